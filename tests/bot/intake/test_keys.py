"""Keys of the API: shown once, kept as a hash, taken until they end, and replaced with an overlap."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.clock import MovableClock
from bot.errors import BotError, Conflict, InvalidEvent, NotFound
from bot.intake.keys import create_key, find_by_public_id, find_key, hash_key, list_keys, revoke, rotate_key
from bot.models import ApiKey, AuditEntry
from bot.runtime import Runtime
from bot.work import reading, unit_of_work

DAY = timedelta(days=1)


def make(runtime: Runtime, lasts: timedelta | None = None, name: str = "ATS") -> str:
    with unit_of_work(runtime) as work:
        return create_key(work, name, ("read",), created_by="ada@example.org", expires_at=lasts and work.now + lasts)


def taken(runtime: Runtime, key: str) -> bool:
    with reading(runtime) as work:
        return find_key(work, key) is not None


def move(runtime: Runtime, by: timedelta) -> None:
    assert isinstance(runtime.clock, MovableClock)
    runtime.clock.move(by)


def rotate(runtime: Runtime, overlap: timedelta = DAY) -> str:
    with unit_of_work(runtime) as work:
        return rotate_key(
            work, list_keys(work)[0].public_id, old_ends_at=work.now + overlap, created_by="bea@example.org"
        )


def test_of_a_key_its_hash_and_its_beginning_are_kept(runtime: Runtime) -> None:
    key = make(runtime)
    with reading(runtime) as work:
        row = work.connection.execute(select(ApiKey)).one()
        (shown,) = list_keys(work)
    assert row.key_hash == hash_key(key)
    assert (shown.prefix, shown.created_by, shown.scopes) == (key[:9], "ada@example.org", ("read",))
    assert key not in {str(value) for value in row}


def test_a_key_ends_at_its_moment(runtime: Runtime) -> None:
    key, lasting = make(runtime, DAY), make(runtime, name="other")
    move(runtime, DAY - timedelta(seconds=1))
    assert taken(runtime, key)
    move(runtime, timedelta(seconds=1))
    assert (taken(runtime, key), taken(runtime, lasting)) == (False, True)


def test_a_key_is_replaced_by_one_of_the_same_kind_and_both_are_taken_for_a_while(runtime: Runtime) -> None:
    old = make(runtime, 90 * DAY)
    move(runtime, 80 * DAY)
    new = rotate(runtime)
    assert (taken(runtime, old), taken(runtime, new)) == (True, True)
    with reading(runtime) as work:
        before, after = list_keys(work)
    assert (after.name, after.scopes, after.created_by) == ("ATS", ("read",), "bea@example.org")
    assert before.successor == after.public_id
    assert after.expires_at == after.created_at + 90 * DAY
    move(runtime, DAY)
    assert (taken(runtime, old), taken(runtime, new)) == (False, True)


def test_a_key_that_ends_sooner_than_the_overlap_ends_as_it_was_meant_to(runtime: Runtime) -> None:
    old = make(runtime, timedelta(hours=1))
    rotate(runtime)
    move(runtime, timedelta(hours=1))
    assert not taken(runtime, old)


def test_an_overlap_of_nothing_ends_the_old_key_at_once(runtime: Runtime) -> None:
    old = make(runtime)
    new = rotate(runtime, timedelta())
    assert (taken(runtime, old), taken(runtime, new)) == (False, True)


def test_a_key_is_replaced_once_and_only_while_it_stands(runtime: Runtime) -> None:
    make(runtime)
    rotate(runtime)
    with pytest.raises(Conflict, match="replaced already"):
        rotate(runtime)
    with unit_of_work(runtime) as work:
        revoke(work, list_keys(work)[0])
    with pytest.raises(Conflict, match="not in use"):
        rotate(runtime)


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (InvalidEvent, {"name": "a\nb", "scopes": ()}),
        (InvalidEvent, {"name": "a", "scopes": ("everything",)}),
    ],
)
def test_what_is_no_name_and_no_scope_is_refused(runtime: Runtime, error: type[BotError], arguments) -> None:
    with pytest.raises(error), unit_of_work(runtime) as work:
        create_key(work, **arguments)


def test_a_key_cannot_end_in_the_past(runtime: Runtime) -> None:
    with pytest.raises(InvalidEvent, match="past"):
        make(runtime, -DAY)


def test_what_is_done_with_keys_is_on_record_without_them(runtime: Runtime) -> None:
    key = make(runtime)
    rotate(runtime)
    with unit_of_work(runtime) as work:
        revoke(work, list_keys(work)[0])
        rows = work.connection.execute(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [row.action for row in rows] == ["api_key.created", "api_key.created", "api_key.rotated", "api_key.revoked"]
    assert not any(key[3:] in str(row) for row in rows)


def test_a_key_that_is_not_there_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound), reading(runtime) as work:
        find_by_public_id(work, "x")
