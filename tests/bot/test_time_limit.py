"""A block that takes too long is ended; one that was quick hears nothing afterwards."""

import time

import pytest

from bot import time_limit as limits
from bot.time_limit import TookTooLong, time_limit


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOOK_EVERY", 0.001)


def spin(seconds: float) -> None:
    """Work in Python, as a loop does that does not end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


@pytest.mark.parametrize("time_of_day", ["first", "again"])
def test_a_loop_is_ended_each_time_that_it_takes_too_long(time_of_day: str) -> None:
    began = time.monotonic()
    with pytest.raises(TookTooLong), time_limit(0.05):
        spin(30)
    assert time.monotonic() - began < 3


def test_whoever_ends_just_in_time_is_told_inside_the_block_or_never() -> None:
    told = 0
    for _ in range(300):
        try:
            with time_limit(0.002):
                spin(0.002)
        except TookTooLong:
            told += 1
        spin(0.0005)  # an exception that came too late would land here
    assert 0 < told <= 300
    assert limits._WATCH._ends == {}
