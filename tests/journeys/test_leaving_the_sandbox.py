"""Twilio is connected: what ran on the sandbox phone ends, and everything that follows goes to the candidate's own."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus
from bot.channels.sandbox import PHONES, SANDBOX
from bot.clock import MovableClock
from bot.dialogue.inbox import receive
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.takeover import hold
from bot.dialogue.writing import write
from bot.insight.enrolments import explain_enrolment
from bot.messaging.thread import lock_thread
from bot.models import Channel, Conversation, EnrolmentEvent, Message
from bot.pipeline.switching import ENDED_WITH_SANDBOX, find_in_sandbox, leave_sandbox
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.stories import ANN, TWO_QUESTIONS, Story

REMINDING = {**TWO_QUESTIONS, "reminders": [{"after": "PT1H", "text": "Still there?"}]}


class Switched:
    """An installation that begins in the sandbox."""

    def __init__(self, build: Build) -> None:
        runtime = build()
        assert isinstance(runtime.clock, MovableClock)
        make_ready(runtime)
        self._build = build
        self.sender = FakeSender(runtime.clock)
        self.story = Story(runtime, self.sender)
        self.story.job("Driver", REMINDING)
        self.story.job()

    def connect(self) -> int:
        """Start again with Twilio's settings; return how many campaigns ended."""
        self.story.runtime = self._build(self.sender)
        make_ready(self.story.runtime)
        refresh_templates(self.story.runtime)
        return leave_sandbox(self.story.runtime, find_in_sandbox(self.story.runtime))

    def disconnect(self) -> None:
        self.story.runtime = self._build()
        make_ready(self.story.runtime)

    def providers(self) -> list[str]:
        """Return over what each message went or was to go, in order."""
        with reading(self.story.runtime) as work:
            found = select(Channel.provider).join(Message, Message.channel_id == Channel.id).where(~Message.inbound)
            return list(work.connection.execute(found.order_by(Message.id)).scalars())


@pytest.fixture
def switched(build_runtime: Build) -> Switched:
    return Switched(build_runtime)


def _says_on_the_phone(runtime: Runtime, text: str) -> None:
    kind = ChannelKind.WHATSAPP
    receive(runtime, SANDBOX, InboundMessage("SBin1", kind, ANN, PHONES[kind], text))


def _with_ann(runtime: Runtime, work: Work) -> Any:
    return lock_thread(work, work.connection.execute(select(Conversation.candidate_id)).scalar_one())


def test_the_next_campaign_is_sent_at_once_after_one_that_ran_on_the_sandbox_phone(switched: Switched) -> None:
    first = switched.story.apply("Driver/screening")
    assert switched.connect() == 1
    second = switched.story.apply()
    assert switched.story.enrolment(second.enrolment_id).status == "sending"
    assert switched.sender.texts() == ["Hi Ann, shall we start?"]
    ended = switched.story.enrolment(first.enrolment_id)
    assert (ended.status, ended.reason) == ("cancelled", "superseded")
    assert ended.ended_at is not None


def test_one_that_ended_with_the_sandbox_says_so(switched: Switched) -> None:
    first = switched.story.apply("Driver/screening")
    switched.connect()
    with reading(switched.story.runtime) as work:
        last = select(EnrolmentEvent.status, EnrolmentEvent.cause).order_by(EnrolmentEvent.id.desc()).limit(1)
        assert tuple(work.connection.execute(last).one()) == ("cancelled", ENDED_WITH_SANDBOX)
        assert "send the stage again" in (explain_enrolment(work, first.enrolment_id or 0) or "")


def test_what_waited_behind_it_is_sent_over_twilio(switched: Switched) -> None:
    switched.story.apply("Driver/screening")
    second = switched.story.apply()
    assert switched.story.enrolment(second.enrolment_id).status == "queued"
    assert [each.somebody_waits for each in find_in_sandbox(switched.story.runtime)] == [True]
    switched.connect()
    switched.story.send()
    assert switched.story.enrolment(second.enrolment_id).status == "sending"
    assert len(switched.sender.accepted) == 1


def test_nothing_more_goes_to_the_sandbox_phone(switched: Switched) -> None:
    switched.story.apply("Driver/screening")
    _says_on_the_phone(switched.story.runtime, "ok")
    with unit_of_work(switched.story.runtime) as work:
        hold(work, _with_ann(switched.story.runtime, work), "Maria")
        write(work, _with_ann(switched.story.runtime, work), "A moment, please.")
    switched.connect()
    before = switched.providers()
    with unit_of_work(switched.story.runtime) as work:
        write(work, _with_ann(switched.story.runtime, work), "It is me.", ChannelKind.SMS)
    switched.story.clock.move(timedelta(hours=2))
    switched.story.send()
    assert switched.providers()[len(before) :] == ["twilio"]
    assert switched.sender.texts() == ["It is me."]
    assert {each.status for each in switched.story.messages()} & {"queued", "sending"} == set()


def test_a_second_start_ends_nothing(switched: Switched) -> None:
    switched.story.apply("Driver/screening")
    assert switched.connect() == 1
    second = switched.story.apply()
    assert switched.connect() == 0
    assert switched.story.enrolment(second.enrolment_id).status == "sending"


def test_a_campaign_that_has_written_to_the_candidate_survives_a_start_without_twilio(switched: Switched) -> None:
    switched.connect()
    real = switched.story.apply()
    switched.story.last_reports(MessageStatus.DELIVERED)
    switched.disconnect()
    assert switched.story.enrolment(real.enrolment_id).status == "delivered"
    _says_on_the_phone(switched.story.runtime, "ok")
    assert switched.connect() == 0
    assert switched.story.enrolment(real.enrolment_id).status == "in_progress"
    with reading(switched.story.runtime) as work:
        in_use = select(Channel.provider).join(Conversation, Conversation.channel_id == Channel.id)
        assert work.connection.execute(in_use).scalar_one() == "twilio"


def test_without_whatsapp_the_conversation_goes_on_by_sms(switched: Switched, build_runtime: Build) -> None:
    switched.story.apply("Driver/screening")
    runtime = build_runtime(switched.sender, TWILIO_WHATSAPP_FROM="")
    make_ready(runtime)
    assert leave_sandbox(runtime, find_in_sandbox(runtime)) == 1
    with reading(runtime) as work:
        kind = select(Channel.provider, Channel.kind).join(Conversation, Conversation.channel_id == Channel.id)
        assert tuple(work.connection.execute(kind).one()) == ("twilio", "sms")
