"""The whole history of an enrolment: what failed over which channel, what went instead, and which message each was."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus
from bot.channels.error_codes import explain
from bot.models import Candidate, Enrolment
from bot.work import reading
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.stories import Story
from tests.webhooks.api.conftest import Api, api_of

NOT_THERE, CARRIER = "63003", "30008"
FAILED = "not delivered over whatsapp: This number is not on WhatsApp (63003)"


class Look:
    """A story, and a program that looks at it over the API."""

    def __init__(self, story: Story) -> None:
        self.story, self.api = story, api_of(story.runtime)

    def history(self, enrolment_id: int | None) -> list[tuple[str, str, str | None]]:
        with reading(self.story.runtime) as work:
            ref = work.connection.execute(select(Enrolment.public_id).where(Enrolment.id == enrolment_id)).scalar_one()
        lines = self.api.get(f"/enrolments/{ref}")["history"]
        return [(line["status"], line["cause"], line["message"]) for line in lines]

    def messages(self) -> list[Any]:
        with reading(self.story.runtime) as work:
            ref = work.connection.execute(select(Candidate.public_id)).scalar_one()
        found: list[Any] = self.api.get(f"/candidates/{ref}/messages")["items"]
        return [message for message in found if message["direction"] == "outgoing"]


@pytest.fixture
def look(story: Story) -> Look:
    return Look(story)


def test_a_welcome_that_goes_over_sms_instead_is_told_with_both_messages(look: Look) -> None:
    look.story.job()
    applied = look.story.apply()
    look.story.last_reports(MessageStatus.FAILED, NOT_THERE)
    look.story.last_reports(MessageStatus.DELIVERED)
    first, second = look.messages()
    assert (first["channel"], second["channel"]) == ("whatsapp", "sms")
    assert (first["fallback_of"], second["fallback_of"], second["retry_of"]) == (None, first["id"], None)
    assert look.history(applied.enrolment_id)[1:] == [
        ("sending", "sent over whatsapp", first["id"]),
        ("sending", FAILED, first["id"]),
        ("sending", "goes over sms instead", second["id"]),
        ("delivered", "the provider says delivered", second["id"]),
    ]


def test_a_welcome_that_is_sent_again_over_the_same_channel_is_told_too(look: Look) -> None:
    look.story.job(channels=["sms"])
    applied = look.story.apply()
    look.story.last_reports(MessageStatus.FAILED, CARRIER)
    first, second = look.messages()
    assert (second["retry_of"], second["fallback_of"]) == (first["id"], None)
    words = "not delivered over sms: It was not delivered, and the carrier gave no reason (30008)"
    again = ("sending", "is sent over sms again", second["id"])
    assert look.history(applied.enrolment_id)[2:] == [("sending", words, first["id"]), again]


def test_a_conversation_that_goes_on_over_sms_says_so_once(look: Look) -> None:
    look.story.job()
    applied = look.story.apply()
    look.story.last_reports(MessageStatus.DELIVERED)
    look.story.says("ok")
    content, question = look.story.sender.accepted[-2:]
    for message in (content, question):
        look.story.reports(message.public_id, MessageStatus.FAILED, NOT_THERE)
    told = [(cause, message) for _, cause, message in look.history(applied.enrolment_id)][-2:]
    instead = next(each["id"] for each in look.messages() if each["fallback_of"] == content.public_id)
    assert told == [(FAILED, content.public_id), ("goes over sms instead", instead)]


def test_a_welcome_that_failed_for_good_says_why_in_words(look: Look) -> None:
    look.story.job(channels=["whatsapp"])
    applied = look.story.apply()
    look.story.last_reports(MessageStatus.FAILED, NOT_THERE)
    (message,) = look.messages()
    last = ("failed", "not delivered: This number is not on WhatsApp (63003)", message["id"])
    assert look.history(applied.enrolment_id)[-1] == last


def _without_consent(look: Look) -> Any:
    return look.story.apply(consents=[])


def _after_stop(look: Look) -> Any:
    look.story.apply()
    look.story.says("STOP")
    return look.story.apply("Driver/screening")


@pytest.mark.parametrize(
    ("applies", "code"), [(_without_consent, "callboard_no_consent"), (_after_stop, "callboard_opted_out")]
)
def test_no_code_of_ours_stands_among_the_words(look: Look, applies: Callable[[Look], Any], code: str) -> None:
    look.story.job("Driver")
    look.story.job()
    status, cause, _ = look.history(applies(look).enrolment_id)[-1]
    assert (status, cause) == ("failed", f"not sent: {explain(code).explanation.rstrip('.')}")


def test_a_country_that_is_not_allowed_is_told_in_words(build_runtime: Build) -> None:
    sender = FakeSender(build_runtime().clock)
    runtime = build_runtime(sender, CALLBOARD_COUNTRIES="PT")
    make_ready(runtime)
    look = Look(Story(runtime, sender))
    look.story.job()
    cause = look.history(look.story.apply().enrolment_id)[-1][1]
    assert cause == "not sent: Messages to this country are not allowed here"


def test_what_was_taken_back_by_stop_says_who_asked_for_it_and_what_helps(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    look.story.job()
    monkeypatch.setattr(Story, "send", lambda _: None)
    applied = look.story.apply()
    look.story.says("STOP", kind=ChannelKind.SMS)
    assert look.messages()[0]["explanation"] == explain("callboard_opted_out").in_words
    assert look.story.enrolment(applied.enrolment_id).reason == "opted_out"


def test_what_was_taken_back_for_a_new_campaign_says_so(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    look.story.job()
    monkeypatch.setattr(Story, "send", lambda _: None)
    applied = look.story.apply()
    look.story.move(applied.application_id, "Barista/screening")
    assert look.messages()[0]["explanation"] == "A move or another campaign took its place."


def test_a_line_without_a_message_names_none(api: Api) -> None:
    made = api.apply(api.job())
    first, *_, last = api.get(f"/enrolments/{made['enrolment']}")["history"]
    (message,) = api.get(f"/candidates/{made['candidate']}/messages")["items"]
    assert (first["message"], last["message"]) == (None, message["id"])
