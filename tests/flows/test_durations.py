"""Durations: read, refused with a reason, and written back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P7D", timedelta(days=7)),
        ("PT4H", timedelta(hours=4)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("PT90M", timedelta(minutes=90)),
        (" PT0S ", timedelta()),
    ],
)
def test_weeks_to_seconds_are_read(text, duration):
    assert parse_duration(text) == duration


NO_DURATIONS = ["", "P", "PT", "P1DT", "7D", "P-1D", "-P1D", "P1.5D", "PT1D", "P1H", "p7d", "P٧D", "never"]


@pytest.mark.parametrize("text", NO_DURATIONS)
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="write one such as P7D"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P1Y", "P2M", "P1Y2M3D", "P1MT1M"])
def test_months_and_years_are_refused_with_the_reason(text):
    with pytest.raises(ValueError, match="differ in length"):
        parse_duration(text)


def test_an_absurd_number_is_refused_rather_than_overflowing():
    with pytest.raises(ValueError, match="no duration"):
        parse_duration("P" + "9" * 40 + "D")


@given(st.integers(min_value=0, max_value=400 * 86_400))
def test_what_is_written_reads_back(seconds):
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize("duration", [timedelta(seconds=-1), timedelta(milliseconds=1)])
def test_what_cannot_be_written_is_refused(duration):
    with pytest.raises(ValueError, match="whole seconds"):
        format_duration(duration)


def test_it_is_written_as_people_write_it():
    durations = [timedelta(days=7), timedelta(hours=4), timedelta(minutes=90), timedelta()]
    assert [format_duration(duration) for duration in durations] == ["P7D", "PT4H", "PT1H30M", "PT0S"]
