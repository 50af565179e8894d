"""Passwords: which may be chosen, what is kept of them, and whether one is right."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE, RANKED_DICTIONARIES

from bot.errors import InvalidEvent
from bot.models import User
from bot.work import Work

SHORTEST_PASSWORD = 8
ADVISED_LENGTH = 15
LONGEST_PASSWORD = 200
"""A hash costs the same for all lengths; estimating does not."""
LONGEST_JUDGED = 1000
"""Of those that were chosen when longer ones were taken."""
ESTIMATED = 32
"""Characters that are estimated: what is safe so far is safe."""
MOST_SIGNS = 6
"""Of those that are read as letters too, such as 4 and @. Zxcvbn tries all readings: more of them take it seconds."""
LEAST_SCORE = 2
"""Of zxcvbn: a million guesses, which is beyond the lists of common passwords that are tried first."""
NONE_YET = ""
"""In place of a hash: of somebody who has been invited."""
NOT_UTF_8 = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes that are no text; nothing can store it."""

_SIGNS = frozenset(sign for signs in L33T_TABLE.values() for sign in signs)
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's minimum for Argon2id: a hash must not be a lever that stops the webhooks."""
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43


def hashed_password(password: str, *known: str) -> str:
    """Return what is kept of a password. Raises `InvalidEvent` for one that may not be chosen.

    It is too short, too long, no text, or guessed first, as are those made of *known*: the e-mail, the name.
    """
    if NOT_UTF_8.search(password):
        raise InvalidEvent("a password is text in UTF-8", field="password")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidEvent(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", field="password")
    if _is_guessed_first(password, known):
        raise InvalidEvent(
            f"this password is among the first that are guessed: take {ADVISED_LENGTH} characters or more, "
            "such as four words that have nothing to do with each other",
            field="password",
        )
    return _HASHER.hash(password)


def _is_guessed_first(password: str, known: tuple[str, ...]) -> bool:
    if password.lower() in RANKED_DICTIONARIES["passwords"]:
        return True
    if len(_SIGNS & set(password[:ESTIMATED])) > MOST_SIGNS:
        return False
    words = ["callboard", *(word for text in known for word in (text, *re.split(r"[\W_]+", text)) if word)]
    return bool(zxcvbn(password[:ESTIMATED], user_inputs=words)["score"] < LEAST_SCORE)


def check_password(work: Work, email: str, password: str) -> User | None:
    """Return the user whose password this is. Takes as long, and says as little, where there is none."""
    user = work.session.execute(select(User).where(User.email == email.strip().lower())).scalar_one_or_none()
    known = user is not None and user.disabled_at is None
    kept = user.password_hash if user is not None and known else NONE_YET
    return user if is_right(kept, password) and known else None


def is_right(kept: str, password: str) -> bool:
    """Tell whether *kept* is the hash of this password; where there is none, it takes as long to say no."""
    try:
        return _HASHER.verify(kept or _NOBODY, password[:LONGEST_JUDGED])
    except (VerificationError, InvalidHashError):
        return False
