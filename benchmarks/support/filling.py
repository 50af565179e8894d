"""Years of use, put into the tables at once: people who have applied, talked to the end and been read."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, Text, case, cast, func, insert, literal, select, text
from sqlalchemy.orm import DeclarativeBase

from benchmarks.support.installation import Installation
from bot.db import Database
from bot.models import (
    Address,
    Answer,
    Application,
    Candidate,
    Consent,
    Conversation,
    Delivery,
    Enrolment,
    EnrolmentEvent,
    Job,
    Message,
    Stage,
    StageMove,
)
from bot.models.base import Base
from bot.work import Work, unit_of_work

MESSAGES_EACH = 20
APPLICATIONS_EACH_JOB = 100
BASE = 1000  # ids of what is filled in begin above those of the installation itself
Columns = dict[str, Any]


def fill(installation: Installation, messages: int) -> str:
    """Fill in so many messages with all that belongs to them; return the public id of a job among them."""
    people = messages // MESSAGES_EACH
    jobs = people // APPLICATIONS_EACH_JOB
    with unit_of_work(installation.runtime) as work:
        _fill_jobs(work, jobs)
        _fill_people(work, people, jobs)
        _fill_runs(work, installation, people, jobs)
        _fill_messages(work, installation, people)
    tidy(installation.runtime.database)
    return f"00{100_000_000_000 + jobs // 2 + 1}"


def queue_one_each(installation: Installation, people: int) -> None:
    """Put one message into the outbox for each of the people that were filled in."""
    with unit_of_work(installation.runtime) as work:
        n = _numbers(people)
        of = {"conversation_id": n + BASE, "address_id": n + BASE, "channel_id": installation.channel_id}
        kind = {"inbound": False, "origin": "bot", "status": "queued", "text": "Shall we start?", "content": {}}
        state = {"priority": 1, "held": False, "attempts": 0, "segments": 1, "created_at": work.now}
        _insert(work, Message, n, {"public_id": literal("01") + _public(n), **of, **kind, **state})


def _fill_jobs(work: Work, jobs: int) -> None:
    n = _numbers(jobs)
    fixed = {"reference": "", "location": "Lisbon", "hiring_manager": "", "recruiter": "Ana", "language": "en"}
    named = {"time_zone": "UTC", "default_country": "US", "channels": ["whatsapp"], "title": "Barista"}
    state = {"state": "open", "is_template": False, "revision": 0, "created_at": work.now}
    given = {**fixed, **named, **state, "public_id": _public(n)}
    _insert(work, Job, n, {"id": n + BASE, **given})
    stage = {"id": n + BASE, "job_id": n + BASE, "place": 1, "name": "Form", "type": "form"}
    _insert(work, Stage, n, {**stage, "public_id": _public(n)})


def _fill_people(work: Work, people: int, jobs: int) -> None:
    n = _numbers(people)
    phone = literal("+1") + cast(n + 3_000_000_000, Text)
    person = {"id": n + BASE, "public_id": _public(n), "first_name": "Ana", "last_name": "Silva", "fields": {}}
    _insert(work, Candidate, n, {**person, "phone": phone, "phone_key": phone, "created_at": work.now})
    of = {"id": n + BASE, "candidate_id": n + BASE}
    _insert(work, Address, n, {**of, "kind": "whatsapp", "value": phone, "used_at": work.now})
    _insert(work, Consent, n, {**of, "channel": "whatsapp", "source": "bench", "given_at": work.now})
    _insert(work, Conversation, n, {**of, "backlog": False, "created_at": work.now})
    place = {"job_id": _job(n, jobs), "stage_id": _job(n, jobs), "state": "active", "score": 0, "tags": []}
    since = {"last_enrolment_id": n + BASE, "moved_at": work.now, "created_at": work.now}
    _insert(work, Application, n, {**of, **place, **since, "public_id": _public(n)})


def _fill_runs(work: Work, installation: Installation, people: int, jobs: int) -> None:
    n, then = _numbers(people), work.now - timedelta(days=30)
    of = {"id": n + BASE, "application_id": n + BASE, "public_id": _public(n), "created_at": then}
    _insert(work, StageMove, n, {**of, "to_stage_id": _job(n, jobs), "source": "bench"})
    places = {"candidate_id": n + BASE, "job_id": _job(n, jobs), "stage_id": _job(n, jobs), "place": n + BASE}
    state = {"status": "completed", "is_blast": False, "position": {}, "finished": False, "reminders_sent": 0}
    times = {"sent_at": then, "delivered_at": then, "started_at": then, "ended_at": then}
    run = {**of, **places, **state, **times, "stage_move_id": n + BASE, "version_id": installation.version_id}
    _insert(work, Enrolment, n, run)
    n = _numbers(people * 4)
    event = {"enrolment_id": (n - 1) // 4 + BASE + 1, "status": "completed", "cause": "answered", "at": then}
    _insert(work, EnrolmentEvent, n, event)
    n = _numbers(people * 5)
    asked = {"enrolment_id": (n - 1) // 5 + BASE + 1, "version_id": installation.version_id, "question": "name"}
    _insert(work, Answer, n, {**asked, "type": "text", "raw": "Ana Silva", "value": "Ana Silva", "answered_at": then})


def _fill_messages(work: Work, installation: Installation, people: int) -> None:
    n, then = _numbers(people * MESSAGES_EACH), work.now - timedelta(days=30)
    person = (n - 1) // MESSAGES_EACH + BASE + 1
    of = {
        "conversation_id": person,
        "address_id": person,
        "enrolment_id": person,
        "channel_id": installation.channel_id,
    }
    kind = {
        "inbound": n % 2 == 0,
        "origin": "bot",
        "status": case((n % 2 == 0, literal("handled")), else_=literal("delivered")),
        "text": "Which shift suits you?",
        "content": {},
    }
    sent = {"priority": 0, "held": False, "attempts": 1, "segments": 1, "provider_id": literal("SM") + _public(n)}
    times = {"created_at": then, "sent_at": then, "confirmed_at": then, "delivered_at": then, "handled_at": then}
    _insert(work, Message, n, {"id": n + BASE, "public_id": _public(n), **of, **kind, **sent, **times})
    n = _numbers(people)
    attempt = {"enrolment_id": n + BASE, "attempt": 1, "kind": "whatsapp", "created_at": then}
    _insert(work, Delivery, n, {**attempt, "message_id": (n - 1) * MESSAGES_EACH + BASE + 1})


def _numbers(most: int) -> ColumnElement[int]:
    """Return the column of a series 1 … *most*."""
    series = select(literal(1, BigInteger).label("n")).cte("series", recursive=True)
    series = series.union_all(select(series.c.n + 1).where(series.c.n < most))
    return series.c.n


def _insert(work: Work, model: type[DeclarativeBase], n: ColumnElement[int], values: Columns) -> None:
    table = model.__table__
    typed = [
        value if isinstance(value, ColumnElement) else literal(value, table.c[name].type)
        for name, value in values.items()
    ]
    rows: Select[Any] = select(*typed).select_from(n.table)  # type: ignore[attr-defined]
    work.connection.execute(insert(model).from_select(list(values), rows, include_defaults=False))


def _public(n: ColumnElement[int]) -> ColumnElement[str]:
    """Return public ids that grow, and stand before those that are made now."""
    return literal("00") + cast(n + 100_000_000_000, Text)


def _job(n: ColumnElement[int], jobs: int) -> ColumnElement[int]:
    return n % jobs + BASE + 1


def tidy(database: Database) -> None:
    """Let PostgreSQL's numbering go on above what was filled in, and its planner know the tables."""
    if database.is_sqlite:
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in Base.metadata.sorted_tables:
            if "id" in table.c and isinstance(table.c.id.type, Integer):
                after = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
                sequence = func.pg_get_serial_sequence(table.name, "id")
                connection.execute(select(func.setval(sequence, after, literal(value=False))))
        connection.execute(text("VACUUM ANALYZE"))
