"""The hours in which one may write unasked."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.contact_window import closing

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("moment", "closes", "expected"),
    [
        ((2026, 3, 2, 9, 0), 20 * 60, (2026, 3, 2, 19, 0)),
        ((2026, 7, 1, 9, 0), 20 * 60, (2026, 7, 1, 18, 0)),
        ((2026, 3, 28, 23, 30), 20 * 60, (2026, 3, 29, 18, 0)),  # the night on which the clock goes forward
        ((2026, 3, 2, 9, 0), 24 * 60, (2026, 3, 2, 23, 0)),
        ((2026, 3, 2, 9, 0), 18 * 60 + 30, (2026, 3, 2, 17, 30)),
    ],
)
def test_the_hours_end_on_the_wall_clock_of_the_candidate(
    moment: tuple[int, ...], closes: int, expected: tuple[int, ...]
) -> None:
    assert closing(datetime(*moment, tzinfo=UTC), MADRID, closes) == datetime(*expected, tzinfo=UTC)
