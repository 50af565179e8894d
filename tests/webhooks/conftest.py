"""The application as Twilio meets it, and as a browser does."""

import pytest

from bot.dialogue.demonstration import set_up_demonstration
from bot.dialogue.sending import send_due
from bot.runtime import Runtime
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.webhooks.browsing import Browser, browser_for
from tests.webhooks.desk import Desk
from tests.webhooks.processes import Run
from tests.webhooks.wire import PUBLIC, Wire
from webhooks.app import create_app


@pytest.fixture
def wire(build_runtime: Build) -> Wire:
    first = build_runtime()
    runtime = build_runtime(FakeSender(first.clock), CALLBOARD_PUBLIC_URL=PUBLIC)
    make_ready(runtime)
    return Wire(runtime, create_app(runtime).test_client())


@pytest.fixture
def browser(runtime: Runtime) -> Browser:
    return browser_for(runtime)


@pytest.fixture
def desk(runtime: Runtime) -> Desk:
    """A recruiter, with the demonstration."""
    set_up_demonstration(runtime)
    while send_due(runtime):
        pass
    return Desk(runtime)


@pytest.fixture
def start(tmp_path):
    runs = []

    def start(*command, **options):
        runs.append(Run(*command, **options))
        return runs[-1]

    yield start
    for run in runs:
        run.close()
