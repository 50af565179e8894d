"""Bearer keys and what they may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.intake.keys import find_key, touch_key
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from webhooks.api.problems import Problem
from webhooks.metrics import DENIED

Scope = Literal["read", "write", "admin"]
NOTED_EVERY = timedelta(minutes=1)
"""A read should not wait for the one writer of SQLite only to note that a key is in use."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The key with which a request came."""

    key_id: int
    scopes: frozenset[str]


def authenticate(runtime: Runtime, header: str) -> Caller:
    """Return who calls. Raises `Problem` with 401 without a key that stands."""
    kind, _, key = header.partition(" ")
    if kind.lower() != "bearer" or not key.strip():
        runtime.tallies.count(DENIED, reason="no_key")
        raise _unknown("send an API key: Authorization: Bearer cb_…")
    with reading(runtime) as work:
        found = find_key(work, key.strip())
    if found is None:
        runtime.tallies.count(DENIED, reason="unknown_key")
        raise _unknown("this API key is not known, or was revoked")
    return Caller(*found)


def check_scope(runtime: Runtime, caller: Caller, scopes: Sequence[Scope]) -> None:
    """Raise `Problem` with 403 where the key has none of the scopes of which one is enough."""
    if not caller.scopes & {*scopes, "admin"}:
        runtime.tallies.count(DENIED, reason="scope")
        raise Problem(403, f"this API key lacks the scope {' or '.join(map(repr, scopes))}")


def note_use(runtime: Runtime, caller: Caller, noted: dict[int, datetime]) -> None:
    """Keep when a key was last used, about once a minute; *noted* is this process's memory of it.

    What it is refused counts: a key that leaked shows itself so.
    """
    now = runtime.clock.now()
    last = noted.get(caller.key_id)
    if last is not None and now - last < NOTED_EVERY:
        return
    noted[caller.key_id] = now
    with unit_of_work(runtime) as work:
        touch_key(work, caller.key_id)


def _unknown(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="callboard"'})
