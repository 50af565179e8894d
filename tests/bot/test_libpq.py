"""What is sent to PostgreSQL with the next statement: in order, all or nothing, and values to the letter."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

import bot.libpq
from bot.db import Database
from bot.models import Candidate, Channel, Consent
from bot.runtime import Runtime
from bot.statements import Prepared, add_row, change_row, note_row

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
WRITTEN = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(runtime: Runtime) -> Database:
    return runtime.database


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements went together, each time something was sent."""
    found: list[int] = []
    send = bot.libpq._Line.send

    def watched(line: Any) -> Any:
        if line.waiting:
            found.append(len(line.waiting))
        return send(line)

    monkeypatch.setattr(bot.libpq._Line, "send", watched)
    return found


def _note(connection: Connection, address: str, failures: Any = 0) -> None:
    note_row(connection, Channel, provider="twilio", kind="sms", address=address, active=True, failures=failures)


def _addresses(connection: Connection) -> list[str]:
    return list(
        connection.execute(select(Channel.address).order_by(Channel.id).where(Channel.provider == "twilio")).scalars()
    )


def test_what_needs_no_answer_goes_with_what_does(database: Database, sent: list[int]) -> None:
    with database.write() as connection:
        made = add_row(connection, Channel, provider="twilio", kind="sms", address="a", active=True, failures=0)
        sent.clear()
        change_row(connection, Channel, made, failures=1)
        change_row(connection, Channel, made, failures=2)
        assert sent == []
        assert connection.execute(select(Channel.failures).where(Channel.id == made)).scalar_one() == 2
        assert sent == [2]
        change_row(connection, Channel, made, failures=3)
        sent.clear()
    assert sent == [2]  # the change and the commit
    with database.read() as connection:
        assert connection.execute(select(Channel.failures).where(Channel.id == made)).scalar_one() == 3


def test_nothing_stays_of_a_transaction_that_failed_and_the_next_one_works(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            for _ in range(8):  # after five the driver would prepare it by itself
                _addresses(connection)
            _note(connection, "lost")
            add_row(connection, Channel, provider="twilio", kind="sms", address="lost too", active=True, failures=0)
            _note(connection, "lost as well")
            raise LookupError

    for _ in range(3):  # the driver can forget what is prepared when it rolls back
        with pytest.raises(LookupError):
            fail()
    with database.write() as connection:
        _note(connection, "kept")
    with database.read() as connection:
        assert _addresses(connection) == ["kept"]


def test_an_error_of_what_waited_comes_with_the_next_statement_and_names_no_value(database: Database) -> None:
    with database.write() as connection:
        _note(connection, "+14155550100")

    def again() -> None:
        with database.write() as connection:
            _note(connection, "+14155550100")
            _addresses(connection)

    with pytest.raises(IntegrityError) as raised:
        again()
    assert "+1415" not in str(raised.value)
    with pytest.raises(IntegrityError), database.write() as connection:
        _note(connection, "+14155550100")  # with the commit


def test_a_value_that_no_column_takes_is_told_without_it(database: Database) -> None:
    with pytest.raises(DataError) as raised, database.write() as connection:
        _note(connection, "a", failures="secret")
    assert "secret" not in str(raised.value)


def test_a_text_with_nul_is_refused_and_not_cut_off(database: Database) -> None:
    with pytest.raises(DataError), database.write() as connection:
        _note(connection, "one\0two")


def test_a_statement_that_cannot_be_prepared_leaves_the_connection_usable(database: Database) -> None:
    wrong = Prepared(lambda _: select(text("nothing")).select_from(text("nowhere")))
    for _ in range(2):
        with pytest.raises(ProgrammingError), database.write() as connection:
            wrong.first(connection)
    with database.write() as connection:
        _note(connection, "kept")
        assert _addresses(connection) == ["kept"]


def test_a_savepoint_takes_back_what_waited_inside_it(database: Database) -> None:
    with database.write() as connection:
        _note(connection, "before")
        nested = connection.begin_nested()
        _note(connection, "inside")
        nested.rollback()
        _note(connection, "after")
    with database.read() as connection:
        assert _addresses(connection) == ["before", "after"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(word=WRITTEN, fields=some.dictionaries(WRITTEN, WRITTEN | some.integers() | some.booleans() | some.none()))
def test_texts_and_json_come_back_as_they_went(database: Database, word: str, fields: dict[str, Any]) -> None:
    values = {"first_name": word, "last_name": "", "fields": fields, "created_at": MOMENT}
    with database.write() as connection:
        made = connection.execute(
            insert(Candidate).values(public_id=repr(id(values)), **values).returning(Candidate.id)
        )
        key = made.scalar_one()
        connection.execute(update(Candidate).where(Candidate.id == key).values(first_name="", fields={}))
        change_row(connection, Candidate, key, first_name=word, fields=fields)
        row = connection.execute(select(Candidate.first_name, Candidate.fields).where(Candidate.id == key)).one()
        assert tuple(row) == (word, fields)
        connection.rollback()


def test_moments_come_back_in_utc_whatever_their_zone(database: Database) -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=-7)))
    with database.write() as connection:
        person = connection.execute(
            insert(Candidate)
            .values(public_id="p", first_name="", last_name="", fields={}, created_at=MOMENT)
            .returning(Candidate.id)
        ).scalar_one()
        note_row(connection, Consent, candidate_id=person, channel="sms", source="form", given_at=elsewhere)
        read = Prepared(lambda _: select(Consent.given_at, Consent.withdrawn_at))
        row = read.first(connection)
    assert row == (MOMENT, None)
    assert row.given_at.utcoffset() == timedelta()
