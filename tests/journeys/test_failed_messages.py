"""What follows when a message of ours was not delivered: for the enrolment, the conversation and the channel."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.base import ChannelKind, MessageStatus, OutgoingMessage, Rejected, Sent
from bot.channels.error_codes import explain
from bot.dialogue.writing import write
from bot.messaging.thread import lock_thread
from bot.models import Channel, Conversation
from bot.work import reading, unit_of_work
from tests.fakes import FakeSender
from tests.stories import ONLY_NEWS, Story

SMS = ChannelKind.SMS


def test_a_welcome_that_the_provider_cancels_fails_the_enrolment_and_frees_the_turn(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    story.last_reports(MessageStatus.CANCELLED)
    failed = story.enrolment(first.enrolment_id)
    assert (failed.status, failed.reason) == ("failed", "callboard_provider_cancelled")
    assert story.enrolment(second.enrolment_id).status == "sending"


def test_a_question_that_the_provider_cancels_calls_a_person(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    story.last_reports(MessageStatus.CANCELLED)
    assert story.enrolment(applied.enrolment_id).status == "in_progress"
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Conversation.needs_person)).scalar_one() == "not_delivered"


def test_a_message_of_a_person_that_does_not_arrive_calls_a_person(story: Story) -> None:
    story.job()
    applied = story.apply("Barista/new")
    story.says("hello")
    with unit_of_work(story.runtime) as work:
        write(work, lock_thread(work, applied.candidate_id), "Maria here")
    story.send()
    assert story.sender.texts()[-1] == "Maria here"
    story.last_reports(MessageStatus.FAILED, "30005")
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Conversation.needs_person)).scalar_one() == "not_delivered"


def test_a_blast_does_not_move_the_conversation_that_runs_to_another_channel(story: Story) -> None:
    story.job(channels=["sms"])
    story.job("Driver")
    story.apply()
    story.says("ok", kind=SMS)
    other = story.apply("Driver/new")
    story.move(other.application_id, "Driver/rejected")
    assert story.sender.accepted[-1].kind is ChannelKind.WHATSAPP
    with reading(story.runtime) as work:
        asked = select(Conversation.channel_id).scalar_subquery()
        assert work.connection.execute(select(Channel.kind).where(Channel.id == asked)).scalar_one() == "sms"


def test_a_fallback_of_a_campaign_that_asks_nothing_says_everything_on_sms(story: Story) -> None:
    story.job(campaign=ONLY_NEWS)
    applied = story.apply()
    assert story.sender.texts() == ["Hello"]
    story.last_reports(MessageStatus.FAILED, "63024")
    over_sms = [message.text for message in story.sender.accepted if message.kind is SMS]
    assert over_sms == ["Hello", "First.", "Second.", "That was all."]
    story.reports(story.sender.accepted[1].public_id, MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "completed"


def test_a_fallback_to_whatsapp_waits_for_a_reply_before_it_says_the_rest(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms", "whatsapp"])
    applied = story.apply()
    story.reports(story.sender.accepted[0].public_id, MessageStatus.FAILED, "30006")
    story.send()
    assert story.sender.accepted[-1].template is not None
    story.last_reports(MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "delivered"
    story.says("ok")
    assert [message.text for message in story.sender.accepted if message.kind is ChannelKind.WHATSAPP] == [
        *("Hello", "First.", "Second.", "That was all.")
    ]
    assert story.enrolment(applied.enrolment_id).status == "completed"


def test_a_welcome_that_fails_when_the_conversation_has_begun_is_not_sent_again(story: Story) -> None:
    story.job()
    applied = story.apply()
    welcome = story.sender.accepted[0].public_id
    story.says("hello", kind=SMS)
    said = len(story.sender.accepted)
    story.reports(welcome, MessageStatus.FAILED, "63024")
    story.send()
    assert len(story.sender.accepted) == said
    assert story.enrolment(applied.enrolment_id).status == "in_progress"


def test_a_question_that_was_asked_again_and_answered_does_not_come_once_more(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    story.last_reports(MessageStatus.FAILED, "63010")
    story.says("hello?")
    story.says("yes")
    assert story.sender.texts()[-1] == "How many years?"
    said = len(story.sender.accepted)
    story.clock.move(timedelta(minutes=20))
    story.send()
    assert len(story.sender.accepted) == said


def test_a_question_whose_failure_is_heard_of_after_its_answer_does_not_come_once_more(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    question = story.sender.accepted[-1].public_id
    story.says("yes")
    story.reports(question, MessageStatus.FAILED, "63010")
    said = len(story.sender.accepted)
    story.clock.move(timedelta(minutes=20))
    story.send()
    assert len(story.sender.accepted) == said


@pytest.mark.parametrize("writes", [[], ["help"]])
def test_a_question_that_failed_and_is_still_open_comes_again(story: Story, writes: list[str]) -> None:
    story.job()
    story.apply()
    story.says("ok")
    question = story.sender.accepted[-1].public_id
    for text in writes:
        story.says(text)
    story.reports(question, MessageStatus.FAILED, "63010")
    story.clock.move(timedelta(minutes=20))
    story.send()
    assert story.sender.texts()[-1] == "Do you drive?"


def test_a_conclusion_that_failed_comes_again(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    story.says("no")
    story.last_reports(MessageStatus.FAILED, "63010")
    story.clock.move(timedelta(minutes=20))
    story.send()
    assert story.enrolment(applied.enrolment_id).status == "completed"
    assert story.sender.texts()[-2:] == ["Thank you, Ann."] * 2


PEOPLE = [f"+1415555010{number}" for number in range(3)]


@pytest.mark.parametrize("code", ["63007", "63020", "63026", "63018", "21611"])
def test_a_refusal_of_our_sender_fails_nobody_and_all_goes_out_when_it_is_over(story: Story, code: str) -> None:
    story.job()
    story.sender.fails = [Rejected("refused", code=code), Rejected("refused", code=code)]
    applied = [story.apply(phone=phone) for phone in PEOPLE]
    assert story.sender.accepted == []
    assert {story.enrolment(one.enrolment_id).status for one in applied} == {"sending"}
    assert pauses(story) == {code}
    story.clock.move(timedelta(seconds=61))
    story.send()
    assert len(story.sender.fails) == 0
    story.clock.move(timedelta(seconds=61))
    story.send()
    assert {message.to for message in story.sender.accepted} == set(PEOPLE)


def test_a_refusal_of_our_sender_by_callback_pauses_it_and_the_message_is_sent_anew_later(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.reports(story.sender.accepted[-1].public_id, MessageStatus.FAILED, "63020")
    assert pauses(story) == {"63020"}
    story.apply(phone=PEOPLE[0])
    assert len(story.sender.accepted) == 1
    story.clock.move(timedelta(seconds=61))
    story.send()
    assert len(story.sender.accepted) == 2
    story.clock.move(timedelta(minutes=20))
    story.send()
    assert story.sender.accepted[-1].to == story.sender.accepted[0].to
    story.last_reports(MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "delivered"


def test_a_sender_that_stays_refused_fails_the_enrolment_after_days(story: Story) -> None:
    story.job()
    applied = story.apply()
    for _ in range(8):
        story.last_reports(MessageStatus.FAILED, "63007")
        story.clock.move(timedelta(days=1, hours=3))
        story.send()
    failed = story.enrolment(applied.enrolment_id)
    assert (failed.status, failed.reason) == ("failed", "63007")
    assert len(story.sender.accepted) == 8


def refuses(story: Story, monkeypatch: pytest.MonkeyPatch, phone: str, code: str, kind: ChannelKind) -> None:
    """Let the provider refuse whatever goes to *phone* over a kind of channel."""
    known = story.sender.send

    def send(_: FakeSender, message: OutgoingMessage) -> Sent:
        if message.to == phone and message.kind is kind:
            raise Rejected("refused", code=code)
        return known(message)

    monkeypatch.setattr(FakeSender, "send", send)


@pytest.mark.parametrize("code", ["21606", "30034"])
def test_a_destination_that_our_number_does_not_reach_fails_alone_with_a_remedy_and_holds_nobody(
    story: Story, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    story.job(channels=["sms"])
    refuses(story, monkeypatch, PEOPLE[0], code, SMS)
    unreached, reached = (story.apply(phone=phone) for phone in PEOPLE[:2])
    failed = story.enrolment(unreached.enrolment_id)
    assert (failed.status, failed.reason) == ("failed", code)
    assert "Ask an administrator" in explain(code).remedy
    assert [message.to for message in story.sender.accepted] == [PEOPLE[1]]
    assert pauses(story) == set()
    story.says("ok", phone=PEOPLE[1], kind=SMS)
    assert story.enrolment(reached.enrolment_id).status == "in_progress"


@pytest.mark.parametrize("code", ["21606", "30034"])
def test_whom_our_number_does_not_reach_is_written_to_over_whatsapp_where_that_is_agreed(
    story: Story, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    story.job(channels=["sms", "whatsapp"])
    refuses(story, monkeypatch, PEOPLE[0], code, SMS)
    applied = story.apply(phone=PEOPLE[0])
    assert [message.kind for message in story.sender.accepted] == [ChannelKind.WHATSAPP]
    story.last_reports(MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "delivered"


@pytest.mark.parametrize("code", ["21212", "21659", "30032"])
def test_a_number_that_is_wrong_for_everybody_waits_until_it_is_mended(story: Story, code: str) -> None:
    story.job(channels=["sms"])
    story.sender.fails = [Rejected("refused", code=code)]
    applied = [story.apply(phone=phone) for phone in PEOPLE]
    assert story.sender.accepted == []
    assert pauses(story) == {code}
    story.clock.move(timedelta(seconds=61))
    story.send()
    assert {message.to for message in story.sender.accepted} == set(PEOPLE)
    assert {story.enrolment(one.enrolment_id).status for one in applied} == {"sending"}
    assert pauses(story) == set()


def test_the_log_says_which_kind_of_sender_is_paused(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    story.job(channels=["sms"])
    story.sender.fails = [Rejected("refused", code="21212")]
    story.apply()
    (paused,) = [record.ids for record in caplog.records if record.msg == "sender_paused"]  # type: ignore[attr-defined]
    assert (paused["kind"], paused["code"]) == ("sms", "21212")


def test_a_country_that_our_short_code_does_not_reach_holds_back_no_other(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job(channels=["sms"])
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Channel).where(Channel.kind == "sms", Channel.active).values(address="12345"))
    refuses(story, monkeypatch, PEOPLE[0], "21659", SMS)
    unreached = story.apply(phone=PEOPLE[0])
    story.apply(phone=PEOPLE[1])
    assert [message.to for message in story.sender.accepted] == [PEOPLE[1]]
    assert story.enrolment(unreached.enrolment_id).reason == "21659"
    assert pauses(story) == set()


def pauses(story: Story) -> set[str]:
    """Return why channels are paused now."""
    with reading(story.runtime) as work:
        paused = select(Channel.pause_cause).where(Channel.paused_until > work.now)
        return set(work.connection.execute(paused).scalars())
