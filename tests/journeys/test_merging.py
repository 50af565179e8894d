"""Two candidates who become one: what goes over, what wins, what is refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.audit import Actor
from bot.channels.base import ChannelKind, MessageStatus
from bot.dialogue import arrivals
from bot.errors import Conflict, NotFound
from bot.intake import merging
from bot.intake.merging import merge, references_to
from bot.intake.people import Sender
from bot.messaging.consent import may_write
from bot.messaging.thread import address_for, lock_thread
from bot.models import (
    Address,
    Answer,
    Application,
    AuditEntry,
    Base,
    Candidate,
    Consent,
    Conversation,
    Merge,
    Message,
)
from bot.work import reading, unit_of_work
from tests.stories import ANN, Story
from tests.waiting import somebody_waits, wait_until
from webhooks.feed import Feed

BOB = "+14155550102"
ACTOR = Actor(label="test")


def ref(story: Story, phone: str) -> str:
    with reading(story.runtime) as work:
        return work.connection.execute(select(Candidate.public_id).where(Candidate.phone == phone)).scalar_one()


def join(story: Story, kept: str = ANN, gone: str = BOB) -> None:
    refs = ref(story, kept), ref(story, gone)
    with unit_of_work(story.runtime) as work:
        merge(work, *refs, ACTOR)
    story.send()


def only(story: Story, model: type[Base], *which: Any) -> Any:
    with reading(story.runtime) as work:
        return work.connection.execute(select(model).where(*which)).one()


def count(story: Story, model: type[Base], *which: Any) -> int:
    with reading(story.runtime) as work:
        return work.connection.execute(select(func.count()).select_from(model).where(*which)).scalar_one()


@pytest.fixture
def two(story: Story) -> Story:
    """Ann applied as Barista, Bob, who is the same person, as Waiter."""
    story.job()
    story.job("Waiter")
    story.apply("Barista/new", phone=ANN, first_name="Ann", email="ann@example.org", fields={"shift": "late"})
    story.apply(
        "Waiter/new", phone=BOB, first_name="Anne", last_name="", city="Lisbon", fields={"shift": "early", "car": "yes"}
    )
    return story


def test_what_is_known_is_joined_and_what_differs_is_kept_beside(two: Story) -> None:
    gone = ref(two, BOB)
    join(two)
    person = only(two, Candidate)
    assert (person.first_name, person.phone, person.email, person.city) == ("Ann", ANN, "ann@example.org", "Lisbon")
    assert person.fields == {"shift": "late", "car": "yes"}
    merged = only(two, Merge)
    assert (merged.gone_public_id, merged.gone["first_name"], merged.gone["phone"]) == (gone, "Anne", BOB)
    assert count(two, Application, Application.candidate_id == person.id) == 2
    assert only(two, AuditEntry, AuditEntry.action == "candidate.merged").details == {"gone": gone}


def test_the_campaign_under_way_goes_over_with_its_messages_and_answers_and_goes_on(two: Story) -> None:
    cat = "+14155550103"
    applied = two.apply("Barista/screening", phone=cat, first_name="Cat")
    two.says("sure", phone=cat)
    two.says("yes", phone=cat)
    before = count(two, Message)
    join(two, BOB, cat)
    kept = only(two, Candidate, Candidate.phone == BOB)
    thread = only(two, Conversation, Conversation.candidate_id == kept.id)
    assert (thread.active_enrolment_id, count(two, Message)) == (applied.enrolment_id, before)
    assert count(two, Message, Message.conversation_id == thread.id) == before
    two.says("12", phone=cat)
    assert two.enrolment(applied.enrolment_id).status == "completed"
    assert (two.answers(applied.enrolment_id), count(two, Answer)) == ({"licence": True, "years": 12}, 2)
    assert two.sender.accepted[-1].to == cat


def test_whoever_writes_or_applies_from_either_number_is_the_one_who_was_kept(two: Story) -> None:
    join(two)
    for phone in (ANN, BOB):
        two.says("hello", phone=phone)
    assert (count(two, Candidate), count(two, Conversation)) == (1, 1)
    two.job("Cook")
    two.apply("Cook/screening", phone=BOB)
    assert count(two, Candidate) == 1
    assert count(two, Application) == 3


def test_what_waits_for_its_turn_goes_on_in_the_order_in_which_it_came(two: Story) -> None:
    first = two.apply("Waiter/screening", phone="+14155550103")
    two.job("Cook")
    second = two.apply("Cook/screening", phone="+14155550103")
    assert two.enrolment(second.enrolment_id).status == "queued"
    join(two, ANN, "+14155550103")
    assert two.enrolment(second.enrolment_id).waits_for_id == first.enrolment_id
    for text in ("sure", "no"):
        two.says(text, phone="+14155550103")
    assert two.enrolment(first.enrolment_id).status == "completed"
    assert two.enrolment(second.enrolment_id).status == "sending"


def test_where_a_campaign_is_under_way_with_both_nobody_is_merged(two: Story) -> None:
    two.job("Cook")
    for phone in (ANN, BOB):
        two.apply("Cook/screening", phone=phone)
    with pytest.raises(Conflict, match="under way with both"):
        join(two)
    assert count(two, Candidate) == 2


def all_of(story: Story, model: type[Base]) -> list[Any]:
    with reading(story.runtime) as work:
        return list(work.connection.execute(select(model)).all())


@pytest.mark.parametrize("stopped", [ANN, BOB])
def test_an_opt_out_of_either_holds_for_both_and_ends_what_runs(two: Story, stopped: str) -> None:
    two.says("STOP", phone=stopped)
    two.job("Cook")
    applied = two.apply("Cook/screening", phone=other(stopped))
    join(two)
    person = only(two, Candidate)
    assert person.opted_out_at is not None
    assert (two.enrolment(applied.enrolment_id).status, two.enrolment(applied.enrolment_id).reason) == (
        "cancelled",
        "opted_out",
    )
    assert only(two, Conversation).active_enrolment_id is None


def other(phone: str) -> str:
    return BOB if phone == ANN else ANN


def test_a_consent_that_one_has_withdrawn_stands_for_neither(two: Story) -> None:
    gone = ref(two, BOB)
    with unit_of_work(two.runtime) as work:
        gone_id = work.connection.execute(select(Candidate.id).where(Candidate.public_id == gone)).scalar_one()
        of_sms = (Consent.candidate_id == gone_id, Consent.channel == ChannelKind.SMS)
        work.connection.execute(update(Consent).where(*of_sms).values(withdrawn_at=work.now, withdrawn_how="a letter"))
    join(two)
    with reading(two.runtime) as work:
        kept_id = work.connection.execute(select(Candidate.id)).scalar_one()
        assert may_write(work, kept_id, ChannelKind.WHATSAPP)
        assert not may_write(work, kept_id, ChannelKind.SMS)
    assert count(two, Consent) == 4


def test_what_is_written_next_goes_to_the_number_of_the_one_who_is_kept(two: Story) -> None:
    join(two)
    with reading(two.runtime) as work:
        kept_id = work.connection.execute(select(Candidate.id)).scalar_one()
        for kind in ChannelKind:
            found = address_for(work, kept_id, kind)
            assert found is not None
            assert work.connection.execute(select(Address.value).where(Address.id == found[0])).scalar_one() == ANN


def test_a_message_that_is_leaving_and_two_holders_are_waited_for(two: Story) -> None:
    two.says("hello", phone=BOB)
    with unit_of_work(two.runtime) as work:
        latest = select(func.max(Message.id)).scalar_subquery()
        work.connection.execute(update(Message).where(Message.id == latest).values(status=MessageStatus.SENDING))
    with pytest.raises(Conflict, match="leaving at this moment"):
        join(two)
    with unit_of_work(two.runtime) as work:
        work.connection.execute(update(Message).values(status=MessageStatus.SENT))
        for candidate_id in work.connection.execute(select(Candidate.id).order_by(Candidate.id)).scalars().all():
            thread = lock_thread(work, candidate_id)
            work.connection.execute(
                update(Conversation).where(Conversation.id == thread.id).values(held_by=f"user {candidate_id}")
            )
    with pytest.raises(Conflict, match="hold their conversations"):
        join(two)


def test_a_person_is_not_merged_with_themselves_or_with_nobody(two: Story) -> None:
    with pytest.raises(Conflict, match="one already"):
        join(two, ANN, ANN)
    known = ref(two, ANN)
    with unit_of_work(two.runtime) as work, pytest.raises(NotFound):
        merge(work, known, "nobody", ACTOR)


def test_one_who_was_merged_can_take_in_a_third(two: Story) -> None:
    cat = "+14155550103"
    two.apply("Barista/rejected", phone=cat, first_name="Cat")
    two.send()
    join(two, BOB, cat)
    join(two, ANN, BOB)
    two.says("hello", phone=cat)
    two.job("Cook")
    two.apply("Cook/new", phone=cat)
    assert (count(two, Candidate), count(two, Merge)) == (1, 2)


def test_open_pages_of_both_and_the_lists_hear_that_they_were_merged(two: Story) -> None:
    refs = {f"thread-{ref(two, phone)}" for phone in (ANN, BOB)}
    feed = Feed(two.runtime)
    feed.start()
    join(two)
    assert refs | {"inbox", "jobs", "talk"} <= {news.name for news in feed.read()[1]}
    two.says("hello", phone=BOB)
    assert refs <= {news.name for news in feed.read()[1]}


def test_every_table_that_refers_to_a_person_or_their_thread_is_known() -> None:
    """One that is new must be looked at: is it unique for each person?"""
    of_person = {f"{table.name}.{column.name}" for table, column in references_to(Candidate)}
    assert of_person == {
        "addresses.candidate_id",
        "applications.candidate_id",
        "consents.candidate_id",
        "conversations.candidate_id",
        "distinct_pairs.first_id",
        "distinct_pairs.second_id",
        "enrolments.candidate_id",
        "import_rows.candidate_id",
        "merges.kept_id",
    }
    of_thread = {f"{table.name}.{column.name}" for table, column in references_to(Conversation)}
    assert of_thread == {
        "conversation_notes.conversation_id",
        "messages.conversation_id",
        "presences.conversation_id",
        "reads.conversation_id",
        "scheduled_messages.conversation_id",
    }


def test_two_merges_of_the_same_two_at_once_leave_one(two: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = ref(two, ANN), ref(two, BOB)
    known, others = merging.lock_thread, []

    def attempt(*order: str) -> str:
        try:
            with unit_of_work(two.runtime) as work:
                merge(work, *order, ACTOR)
        except NotFound:
            return "too late"
        return "merged"

    with ThreadPoolExecutor(1) as pool:

        def lock_thread(work: Any, candidate_id: int) -> Any:
            thread = known(work, candidate_id)
            if not others:
                others.append(pool.submit(attempt, *refs[::-1]))
                wait_until(lambda: somebody_waits(two.runtime))
            return thread

        monkeypatch.setattr(merging, "lock_thread", lock_thread)
        assert attempt(*refs) == "merged"
        assert others[0].result(timeout=20) == "too late"
    assert (count(two, Candidate), count(two, Conversation)) == (1, 1)


def test_what_they_write_while_they_are_merged_is_not_lost(two: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    known = arrivals.find_sender
    gone = only(two, Candidate, Candidate.phone == BOB)
    address = only(two, Address, Address.candidate_id == gone.id, Address.kind == ChannelKind.WHATSAPP)
    join(two)

    def as_it_was(work: Any, inbound: Any) -> Sender:
        monkeypatch.setattr(arrivals, "find_sender", known)
        return Sender(gone.id, address.id)

    monkeypatch.setattr(arrivals, "find_sender", as_it_was)
    two.says("hello", phone=BOB)
    message = only(two, Message, Message.inbound)
    assert (message.text, message.conversation_id) == ("hello", only(two, Conversation).id)
