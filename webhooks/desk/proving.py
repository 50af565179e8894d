"""Whether somebody is who they say: a password or a code is judged, and who guesses has to wait."""

from enum import StrEnum
from threading import BoundedSemaphore

from flask import request

from bot.audit import Actor, record
from bot.intake.passwords import check_password, is_right
from bot.intake.second_factors import Proof, check_code
from bot.intake.throttling import FREE_FAILURES, account_of, forget_failures, locked_until, note_failure
from bot.models import User
from bot.work import Work, reading, unit_of_work
from webhooks.desk import runtime
from webhooks.metrics import LOGIN_FAILURES

HASHING = BoundedSemaphore(1)
"""One password at a time in a process: judging one is dear, and webhooks must find a thread meanwhile."""
PATIENCE_SECONDS = 0.3
TOO_MANY = "Too many attempts. Wait a little and try again."


class Judged(StrEnum):
    """What came of it."""

    RIGHT = "right"
    WRONG = "wrong"
    HELD_BACK = "held_back"


def judge_log_in(email: str, password: str) -> tuple[User | None, bool]:
    """Return the user, and whether log-ins are held back for a while.

    The password is judged in a transaction that only reads: it takes long, and SQLite has one writer.
    """
    subjects = (account_of(email), _caller())
    with reading(runtime()) as work:
        if _is_held_back(work, subjects) or not HASHING.acquire(timeout=PATIENCE_SECONDS):
            return None, True
        try:
            user = check_password(work, email, password)
        finally:
            HASHING.release()
    _note(subjects, user, is_right=user is not None)
    return user, False


def judge_password(user: User, password: str) -> Judged:
    """Ask somebody who is logged in for their password again, before what protects their account is changed."""
    subjects = (account_of(user.email), _caller())
    with reading(runtime()) as work:
        if _is_held_back(work, subjects) or not HASHING.acquire(timeout=PATIENCE_SECONDS):
            return Judged.HELD_BACK
    try:
        right = is_right(user.password_hash, password)
    finally:
        HASHING.release()
    _note(subjects, user, is_right=right)
    return Judged.RIGHT if right else Judged.WRONG


def judge_code(user: User, code: str) -> tuple[Proof | None, bool]:
    """Return by what the second factor was shown, and whether attempts are held back for a while."""
    subjects = (f"code:{user.public_id}", _caller())
    with reading(runtime()) as work:
        if _is_held_back(work, subjects):
            return None, True
    with unit_of_work(runtime()) as work:
        proof = check_code(work, user.id, code)
    _note(subjects, user, is_right=proof is not None)
    return proof, False


def _caller() -> str:
    return f"address:{request.remote_addr}"


def _is_held_back(work: Work, subjects: tuple[str, ...]) -> bool:
    held_back = any(locked_until(work, subject) for subject in subjects)
    if held_back:
        runtime().tallies.count(LOGIN_FAILURES, reason="throttled")
    return held_back


def _note(subjects: tuple[str, ...], user: User | None, *, is_right: bool) -> None:
    """Count a failure, or forget those before. The audit log is told once, when somebody begins to be held back."""
    if not is_right:
        runtime().tallies.count(LOGIN_FAILURES, reason="wrong")
    with unit_of_work(runtime()) as work:
        for subject in subjects:
            if is_right:
                forget_failures(work, subject)
            elif note_failure(work, subject) == FREE_FAILURES:
                kind = subject.partition(":")[0]
                by = Actor(label="nobody", address=request.remote_addr or "")
                record(work, by, "log_in.held_back", "user", user.public_id if user else "", {"counted_by": kind})
