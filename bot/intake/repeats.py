"""Answers of the API that are kept for a request that might be sent twice: how long, and no longer."""

from datetime import timedelta

from sqlalchemy import delete

from bot.models import IdempotencyKey
from bot.work import Work

KEPT = timedelta(hours=48)


def forget_old(work: Work) -> None:
    """Drop what has been kept long enough."""
    work.connection.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < work.now - KEPT))
