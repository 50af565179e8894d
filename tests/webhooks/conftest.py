"""The application as Twilio meets it."""

import pytest

from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.webhooks.wire import PUBLIC, Wire
from webhooks.app import create_app


@pytest.fixture
def wire(build_runtime: Build) -> Wire:
    first = build_runtime()
    runtime = build_runtime(FakeSender(first.clock), CALLBOARD_PUBLIC_URL=PUBLIC)
    make_ready(runtime)
    return Wire(runtime, create_app(runtime).test_client())
