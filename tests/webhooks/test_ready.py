"""What a start with Twilio's settings says of what ran on the sandbox phone."""

import pytest

from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.stories import Story
from webhooks import ready


@pytest.mark.parametrize("answers", [True, False])
def test_a_start_with_twilio_says_how_many_campaigns_ended_with_the_sandbox(
    build_runtime: Build, monkeypatch: pytest.MonkeyPatch, *, answers: bool
) -> None:
    runtime = build_runtime()
    make_ready(runtime)
    sandbox = Story(runtime, FakeSender(runtime.clock))
    sandbox.job("Driver")
    sandbox.job()
    sandbox.apply("Driver/screening")
    sandbox.apply("Driver/screening", "+14155550102")
    sandbox.apply("Barista/screening", "+14155550102")
    connected = build_runtime(FakeSender(runtime.clock))
    monkeypatch.setattr(ready, "build", lambda _: connected)
    monkeypatch.setattr(ready, "upgrade", lambda _: None)
    monkeypatch.setattr(ready, "refresh_templates", lambda _: answers)
    _, told = ready.make_ready(connected.settings, may_leave_twilio=False)
    ended = f"Campaigns that ran on the sandbox phone have ended, as they reached nobody: {2 if answers else 1}."
    assert told.startswith(f"Channels: Twilio WhatsApp and SMS. {ended}")
    assert ("Candidates for whom another waits behind one: 1." in told) is not answers
    _, again = ready.make_ready(connected.settings, may_leave_twilio=False)
    assert ("have ended" in again) is False
