"""Many conversations at once, written without the turns that would have made them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, text

from bot.models import Address, Candidate, Channel, Conversation, Message, new_public_id
from bot.runtime import Runtime
from bot.work import reading, unit_of_work

REASONS = ("asked", "wrote", "not_understood", "not_delivered")
AT_ONCE = 5000


def people(runtime: Runtime, number: int, *, user_id: int) -> None:
    """Add *number* conversations of two messages: each 20th awaits a person, each 50th is the user's."""
    with reading(runtime) as work:
        channel = work.connection.execute(select(Channel.id).limit(1)).scalar_one()
    now = runtime.clock.now()
    for begin in range(1, number + 1, AT_ONCE):
        ids = range(begin, min(begin + AT_ONCE, number + 1))
        with unit_of_work(runtime) as work:
            rows: list[tuple[Any, list[dict[str, Any]]]] = [
                (Candidate, [_candidate(n, now) for n in ids]),
                (
                    Address,
                    [
                        {"id": n, "candidate_id": n, "kind": "whatsapp", "value": f"+1415{n:07d}", "used_at": now}
                        for n in ids
                    ],
                ),
                (Conversation, [_conversation(n, now, channel, user_id) for n in ids]),
                (Message, [_message(n, inbound, now, channel) for n in ids for inbound in (False, True)]),
            ]
            for model, values in rows:
                work.connection.execute(insert(model), values)
    settle = "ANALYZE" if runtime.database.is_sqlite else "VACUUM ANALYZE"  # as PostgreSQL does by itself, some time
    with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(settle))


def _candidate(number: int, now: Any) -> dict[str, Any]:
    return {
        "id": number,
        "public_id": f"c{number}",
        "first_name": f"Ann{number}",
        "last_name": "Silva",
        "created_at": now,
    }


def _conversation(number: int, now: Any, channel: int, user_id: int) -> dict[str, Any]:
    at = now - timedelta(seconds=number)
    awaited = number % 20 == 0
    return {
        "id": number, "candidate_id": number, "channel_id": channel, "address_id": number, "created_at": at, "stirred_at": at,
        "backlog": False, "awaiting_since": at if awaited else None,
        "needs_person": REASONS[number // 20 % len(REASONS)] if awaited else None,
        "assigned_to_id": user_id if number % 50 == 0 else None,
        "held_by": "Ana Reis" if number % 100 == 0 else None, "held_by_id": user_id if number % 100 == 0 else None,
    }  # fmt: skip


def _message(number: int, inbound: bool, now: Any, channel: int) -> dict[str, Any]:  # noqa: FBT001
    return {
        "public_id": new_public_id(), "conversation_id": number, "channel_id": channel, "address_id": number,
        "inbound": inbound, "origin": "candidate" if inbound else "bot", "status": "handled" if inbound else "delivered",
        "text": f"Words {number}", "content": {}, "created_at": now, "priority": 0, "held": False, "attempts": 0, "segments": 1,
    }  # fmt: skip
