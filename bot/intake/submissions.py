"""Forms that were sent: a second click on the same one does nothing more."""

from datetime import timedelta

from sqlalchemy import delete, insert, select

from bot.models import Submission
from bot.work import Work

KEPT = timedelta(days=2)
LONGEST_TOKEN = 64


def is_first(work: Work, token: str) -> bool:
    """Say whether a form's token comes for the first time, and keep it. An empty one always does.

    Ask under the lock of what the form changes, so that two clicks come one after the other.
    """
    if not token:
        return True
    token = token[:LONGEST_TOKEN]
    if work.connection.execute(select(Submission.token).where(Submission.token == token)).first() is not None:
        return False
    work.connection.execute(insert(Submission).values(token=token, at=work.now))
    return True


def forget_old_submissions(work: Work) -> None:
    """Drop the tokens of forms that nobody has open any more."""
    work.connection.execute(delete(Submission).where(Submission.at < work.now - KEPT))
