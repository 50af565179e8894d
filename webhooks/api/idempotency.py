"""`Idempotency-Key`: a request that is sent twice has its effect once, and gets the same answer again.

Only answers that had an effect are kept, in the transaction of that effect. A refusal changed nothing, so the
same key may be used again with the fault mended.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from bot.models import IdempotencyKey
from bot.work import Work
from webhooks.api.problems import Problem

LONGEST = 255


@dataclass(frozen=True, slots=True)
class Repeat:
    """A request that may come twice: its key, and what tells it from another under the same key."""

    api_key_id: int
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before."""

    status: int
    body: dict[str, Any]


def read_repeat(header: str | None, api_key_id: int, method: str, path: str, body: object) -> Repeat | None:
    """Return what a request's `Idempotency-Key` says, None without one. Raises `Problem` where it cannot be kept."""
    if header is None:
        return None
    if not header.strip() or len(header) > LONGEST or not header.isascii() or not header.isprintable():
        raise Problem(400, f"Idempotency-Key must be 1 to {LONGEST} plain characters")
    written = json.dumps([method, path, body], sort_keys=True)
    return Repeat(api_key_id, header.strip(), hashlib.sha256(written.encode()).hexdigest())


def earlier(work: Work, repeat: Repeat) -> Kept | None:
    """Return the answer that the first request got. Raises `Problem`: 422 for another request, 409 while it runs.

    SQLite has one writer, so there the second request waits for the first and is answered like it.
    """
    if not work.runtime.database.is_sqlite and not _take(work, repeat):
        raise Problem(409, "a request with this Idempotency-Key is being worked on: try again in a moment")
    row = work.connection.execute(
        select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body).where(
            IdempotencyKey.api_key_id == repeat.api_key_id, IdempotencyKey.key == repeat.key
        )
    ).one_or_none()
    if row is None:
        return None
    if row.fingerprint != repeat.fingerprint:
        raise Problem(422, "this Idempotency-Key was used for another request: use a new one")
    return Kept(row.status, row.body)


def keep(work: Work, repeat: Repeat, status: int, body: dict[str, Any]) -> None:
    """Keep an answer; `bot.intake.repeats` says for how long."""
    values = {
        "api_key_id": repeat.api_key_id,
        "key": repeat.key,
        "fingerprint": repeat.fingerprint,
        "status": status,
        "body": body,
        "created_at": work.now,
    }
    work.connection.execute(insert(IdempotencyKey).values(values))


def _take(work: Work, repeat: Repeat) -> bool:
    """Take the key for this transaction. False: another one has it."""
    name = func.hashtextextended(f"{repeat.api_key_id}:{repeat.key}", 0)
    return bool(work.connection.execute(select(func.pg_try_advisory_xact_lock(name))).scalar_one())
