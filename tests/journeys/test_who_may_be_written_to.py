"""Countries and consent, where a person writes and where strangers do."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from bot.channels.base import ChannelKind, MessageStatus
from bot.dialogue import writing
from bot.errors import Conflict
from bot.intake.applications import ConsentGiven
from bot.messaging.thread import lock_thread
from bot.models import Candidate, Consent, Conversation, Job
from bot.work import reading, unit_of_work
from tests.stories import ANN, OURS, Story

SPANIARD = "+34600111222"


def writes(story: Story, candidate_id: int, kind: ChannelKind | None = None) -> None:
    """Let a person write to a candidate."""
    with unit_of_work(story.runtime) as work:
        writing.write(work, lock_thread(work, candidate_id), "Could you call me?", kind)
    story.send()


def stranger(story: Story) -> int:
    with reading(story.runtime) as work:
        return work.connection.execute(select(Candidate.id)).scalar_one()


def test_a_person_does_not_write_to_a_country_that_is_not_allowed(story: Story) -> None:
    story.job()
    applied = story.apply(phone=SPANIARD)
    story.says("hello", phone=SPANIARD, kind=ChannelKind.SMS)
    with pytest.raises(
        Conflict, match="messages to ES are not allowed: an administrator may add it to CALLBOARD_COUNTRIES"
    ):
        writes(story, applied.candidate_id)
    assert story.sender.accepted == []


def test_a_person_does_not_write_without_consent_unless_the_candidate_wrote_there(story: Story) -> None:
    story.job()
    applied = story.apply(consents=[ConsentGiven(ChannelKind.WHATSAPP, "form")])
    with pytest.raises(Conflict, match="there is no consent for sms: record theirs, or wait"):
        writes(story, applied.candidate_id, ChannelKind.SMS)
    story.says("ok", kind=ChannelKind.SMS)
    writes(story, applied.candidate_id, ChannelKind.SMS)
    assert story.sender.texts()[-1] == "Could you call me?"


def test_a_consent_that_was_taken_back_outlives_what_they_wrote_before(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    story.clock.moment = later = story.clock.moment.replace(hour=12)
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Consent).values(withdrawn_at=later))
    with pytest.raises(Conflict, match="no consent for whatsapp"):
        writes(story, applied.candidate_id)


def test_a_stranger_who_wrote_may_be_answered_by_a_person(story: Story) -> None:
    story.job()
    story.says("is the job still open?")
    writes(story, stranger(story))
    assert story.sender.texts()[-1] == "Could you call me?"


@pytest.mark.parametrize("text", ["win a prize", "HELP", "STATUS", "START"])
def test_strangers_from_elsewhere_get_no_sms_but_a_person_sees_them(story: Story, text: str) -> None:
    story.job()
    story.says(text, phone=SPANIARD, kind=ChannelKind.SMS)
    assert story.sender.accepted == []
    story.says("hello?", phone=SPANIARD, kind=ChannelKind.SMS)
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Conversation.needs_person)).scalar_one() == "wrote"


def test_strangers_from_here_are_answered_by_sms(story: Story) -> None:
    story.job()
    story.says("hello", phone=ANN, kind=ChannelKind.SMS)
    assert [message.to for message in story.sender.accepted] == [ANN]
    assert OURS[ChannelKind.SMS] != ANN


def test_no_stop_and_no_start_makes_us_send_an_sms_where_none_may_go(story: Story) -> None:
    story.job()
    for text, out in [("parar", True), ("comenzar", False), ("please stop", True), ("HELP", True), ("resume", False)]:
        story.says(text, phone=SPANIARD, kind=ChannelKind.SMS)
        with reading(story.runtime) as work:
            assert (lock_thread(work, stranger(story)).opted_out_at is not None) == out
    assert story.sender.accepted == []


def test_the_countries_of_all_their_jobs_count_for_campaigns_as_for_persons(story: Story) -> None:
    story.runtime = replace(story.runtime, settings=replace(story.runtime.settings, countries=None))
    story.job("Driver")
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Job).values(default_country="ES"))
    story.job("Barista")
    story.apply("Driver/new", phone=SPANIARD)
    applied = story.apply("Barista/screening", phone=SPANIARD)
    writes(story, applied.candidate_id, ChannelKind.SMS)
    assert [message.to for message in story.sender.accepted] == [SPANIARD, SPANIARD]


def test_a_person_who_writes_elsewhere_moves_the_conversation_there(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    writes(story, applied.candidate_id, ChannelKind.SMS)
    with reading(story.runtime) as work:
        thread = lock_thread(work, applied.candidate_id)
    assert (thread.kind, story.sender.accepted[-1].kind) == (ChannelKind.SMS, ChannelKind.SMS)


@pytest.mark.parametrize("sender", ["12345", "ALERTS"])
def test_a_short_code_gets_no_answer_but_a_person_sees_what_it_wrote(story: Story, sender: str) -> None:
    story.job()
    story.says("your code is 4711", phone=sender, kind=ChannelKind.SMS)
    assert story.sender.accepted == []
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Conversation.needs_person)).scalar_one() == "wrote"


NEWER = "+12005550100"
"""As long as a number of North America is, with an area code of which nobody knows a country."""


@pytest.mark.parametrize(("countries", "status"), [({"PT"}, "failed"), ({"PT", "CA"}, "sending")])
def test_a_number_of_no_known_country_is_judged_by_its_calling_code(
    story: Story, countries: set[str], status: str
) -> None:
    story.job()
    story.runtime = replace(story.runtime, settings=replace(story.runtime.settings, countries=frozenset(countries)))
    applied = story.apply(phone=NEWER)
    assert story.enrolment(applied.enrolment_id).status == status
    assert len(story.sender.accepted) == (status == "sending")


@pytest.fixture
def nowhere(story: Story) -> Story:
    """A job that names no country, where none is named for all."""
    story.runtime = replace(story.runtime, settings=replace(story.runtime.settings, countries=None))
    story.job()
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Job).values(default_country=None))
    return story


@pytest.mark.parametrize("phone", [ANN, SPANIARD])
def test_a_job_without_a_country_writes_to_any(nowhere: Story, phone: str) -> None:
    nowhere.apply(phone=phone)
    assert [message.to for message in nowhere.sender.accepted] == [phone]


@pytest.mark.parametrize("more", [[], ["Driver"]])
def test_a_stranger_is_answered_where_a_job_names_no_country(nowhere: Story, more: list[str]) -> None:
    for title in more:
        nowhere.job(title)
    nowhere.says("HELP", phone=SPANIARD, kind=ChannelKind.SMS)
    assert [message.to for message in nowhere.sender.accepted] == [SPANIARD]


@pytest.mark.parametrize(
    ("consents", "helps"),
    [
        (None, r'send it with "channel": "sms", or wait until they write there'),
        ([ConsentGiven(ChannelKind.WHATSAPP, "form")], r"wrote: wait until they write there"),
    ],
)
def test_who_never_wrote_on_whatsapp_is_not_said_to_have_and_what_helps_is_told(
    story: Story, consents: list[ConsentGiven] | None, helps: str
) -> None:
    story.job()
    applied = story.apply(consents=consents)
    with pytest.raises(Conflict, match=helps) as refused:
        writes(story, applied.candidate_id)
    assert "have passed" not in str(refused.value)


def test_what_the_refusal_advises_works(story: Story) -> None:
    story.job()
    applied = story.apply()
    writes(story, applied.candidate_id, ChannelKind.SMS)
    assert story.sender.accepted[-1].kind is ChannelKind.SMS
