"""The pages that are made from the code are those that the code makes."""

import importlib.util
from types import ModuleType

import pytest

from tests.docs.reading import DOCS


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["settings.md", "machines.md"])
def test_a_page_made_from_the_code_is_fresh(name: str) -> None:
    kept = (DOCS / name).read_text(encoding="utf-8")
    assert kept == generator().PAGES[name](), f"docs/{name} is stale: run .venv/bin/python docs/generate.py"
