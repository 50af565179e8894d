"""A sender whose requests are held against Twilio's own description."""

from collections.abc import Iterator

import pytest

from bot.channels.twilio import TwilioSender
from tests.bot.channels.twilio_sending import make_sender
from tests.provider_specs import specs_folder, violations
from tests.standin.scripted import ScriptedServer


@pytest.fixture
def twilio() -> Iterator[ScriptedServer]:
    """A server on loopback; afterwards every request is held against Twilio's own description."""
    with ScriptedServer() as server:
        yield server
    if specs_folder() is not None:
        assert [problem for request in server.requests for problem in violations(request)] == []


@pytest.fixture
def sender(twilio: ScriptedServer) -> TwilioSender:
    return make_sender(twilio.url)
