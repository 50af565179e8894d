"""When an attempt is repeated, and when an endpoint is given up. Pure."""

import random
from datetime import datetime, timedelta

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After each failed attempt but the tenth, which is the last: three days and some hours in all."""
MOST_ATTEMPTS = len(DELAYS) + 1
JITTER = 0.1
GIVEN_UP_AFTER = timedelta(days=3)
"""An endpoint that has answered nothing with success for so long is disabled."""


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many failed attempts; None where that was the last."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return now + DELAYS[attempts - 1] * (1 + random.uniform(-JITTER, JITTER))


def is_given_up(failing_since: datetime | None, now: datetime) -> bool:
    """Tell whether an endpoint has failed for so long that it is disabled."""
    return failing_since is not None and now - failing_since >= GIVEN_UP_AFTER
