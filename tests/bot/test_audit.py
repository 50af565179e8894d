"""The audit log: what is noted stays, and what was changed afterwards is found."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.audit import COMMAND_LINE, SYSTEM, Actor, Verdict, record, seal_entries, verify_chain
from bot.models import AuditEntry
from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from bot.work import reading, unit_of_work
from tests.bot.intake.people import make_user

SECRET = "k" * 32


def note(runtime: Runtime, count: int = 1) -> None:
    with unit_of_work(runtime) as work:
        for number in range(count):
            record(work, COMMAND_LINE, "user.created", "user", f"id{number}", {"role": {"to": "admin"}})


def seal(runtime: Runtime) -> None:
    next(sweep for sweep in SWEEPS if sweep.name == "seal_audit").run(runtime)


def test_an_entry_says_who_did_what_to_which_from_where(runtime: Runtime) -> None:
    ann = make_user(runtime)
    with unit_of_work(runtime) as work:
        record(work, Actor(ann, address="203.0.113.9"), "user.disabled", "user", "abc", {"why": "left"})
    with reading(runtime) as work:
        entry = work.connection.execute(select(AuditEntry).where(AuditEntry.user_id == ann)).one()
    assert (entry.action, entry.object_kind, entry.object_id) == ("user.disabled", "user", "abc")
    assert (entry.details, entry.address, entry.at) == ({"why": "left"}, "203.0.113.9", runtime.clock.now())


def test_an_action_has_two_words(runtime: Runtime) -> None:
    with unit_of_work(runtime) as work, pytest.raises(ValueError, match="not an action"):
        record(work, SYSTEM, "Removed Ann Silva")


def test_what_is_undone_with_its_transaction_is_not_noted(runtime: Runtime) -> None:
    def note_and_fail() -> None:
        with unit_of_work(runtime) as work:
            record(work, SYSTEM, "user.created")
            raise KeyError

    with pytest.raises(KeyError):
        note_and_fail()
    with reading(runtime) as work:
        assert not work.connection.execute(select(AuditEntry.id)).all()


def test_an_untouched_chain_is_found_whole_however_it_was_sealed(runtime: Runtime) -> None:
    assert verify_chain(runtime.database, SECRET) == Verdict(0, None)
    note(runtime, 3)
    seal(runtime)
    note(runtime, 2)
    assert verify_chain(runtime.database, SECRET) == Verdict(3, None)
    seal(runtime)
    seal(runtime)
    assert verify_chain(runtime.database, SECRET) == Verdict(5, None)
    assert verify_chain(runtime.database, "another key" * 3) == Verdict(0, 1)


CHANGES: dict[str, dict[str, object]] = {
    "at": {"at": datetime(2026, 3, 2, 8, tzinfo=UTC)},
    "action": {"action": "user.enabled"},
    "object": {"object_id": "id7"},
    "details": {"details": {"role": {"to": "viewer"}}},
    "address": {"address": "203.0.113.1"},
    "actor": {"actor": "system"},
    "seal": {"seal": "0" * 64},
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_entry_that_was_changed_is_found(runtime: Runtime, what: str) -> None:
    note(runtime, 4)
    seal(runtime)
    with unit_of_work(runtime) as work:
        work.connection.execute(update(AuditEntry).where(AuditEntry.position == 3).values(CHANGES[what]))
    assert verify_chain(runtime.database, SECRET).broken_at == 3


def test_an_entry_that_was_taken_out_or_moved_is_found(runtime: Runtime) -> None:
    note(runtime, 5)
    seal(runtime)
    with unit_of_work(runtime) as work:
        work.connection.execute(delete(AuditEntry).where(AuditEntry.position == 2))
    assert verify_chain(runtime.database, SECRET).broken_at == 2
    with unit_of_work(runtime) as work:
        work.connection.execute(update(AuditEntry).where(AuditEntry.position == 5).values(position=2))
    assert verify_chain(runtime.database, SECRET).broken_at == 2


def test_an_entry_that_is_committed_late_takes_the_next_place(runtime: Runtime) -> None:
    note(runtime, 3)
    with unit_of_work(runtime) as work:
        work.connection.execute(update(AuditEntry).where(AuditEntry.id == 2).values(id=90))
    seal(runtime)
    with unit_of_work(runtime) as work:
        record(work, SYSTEM, "user.created")
        work.connection.execute(update(AuditEntry).where(AuditEntry.position.is_(None)).values(id=2))
    seal(runtime)
    assert verify_chain(runtime.database, SECRET) == Verdict(4, None)


def test_the_end_of_each_day_is_told_once(runtime: Runtime) -> None:
    def told() -> int | None:
        with unit_of_work(runtime) as work:
            head = seal_entries(work)
        return head.position if head else None

    note(runtime, 2)
    assert told() is None
    runtime.clock.move(timedelta(days=1))  # type: ignore[attr-defined]
    assert told() is None
    note(runtime)
    assert told() == 2
    assert told() is None
