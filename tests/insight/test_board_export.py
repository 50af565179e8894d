"""The applications that fit a filter, for a spreadsheet."""

import tracemalloc
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import NotFound
from bot.insight import board_export
from bot.insight.board_export import HEADER, export
from bot.insight.board_filter import BoardFilter
from bot.models import Job
from bot.work import reading
from tests.insight.crowds import crowd
from tests.stories import Story


def rows(story: Story, **wanted: Any) -> list[list[str]]:
    with reading(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id).order_by(Job.id).limit(1)).scalar_one()
    return list(export(story.runtime, job_id, BoardFilter(**wanted)))


def test_a_row_holds_who_somebody_is_where_they_stand_and_what_they_answered(story: Story) -> None:
    story.job(time_zone="America/New_York")
    story.job("Cook")
    story.apply(email="ann@corp.example", city="=cmd()")
    story.says("yes")
    story.says("yes")
    story.says("three")
    story.apply("Barista/new", phone="+14155550102", first_name="Bob", last_name="")
    story.apply("Cook/new", phone="+14155550103", first_name="Elsewhere")
    header, ann, bob = rows(story)
    assert header[: len(HEADER)] == list(HEADER)
    assert header[len(HEADER) :] == ["screening: licence", "screening: years"]
    told = dict(zip(header, ann, strict=True))
    assert (told["First name"], told["Phone"], told["City"], told["Language"]) == (
        "Ann",
        "+14155550101",
        "=cmd()",
        "en",
    )
    assert (told["Stage"], told["Status"], told["State"]) == ("screening", "Completed", "active")
    assert (told["screening: licence"], told["screening: years"]) == ("yes", "3")
    assert told["Applied"] == "2026-03-02T04:00-05:00"
    assert dict(zip(header, bob, strict=True))["Status"] == ""


def test_parts_hold_everybody_once_whatever_the_filter(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.job()
    crowd(story, 40)
    monkeypatch.setattr(board_export, "AT_ONCE", 7)
    found = [row[0] for row in rows(story)[1:]]
    assert len(set(found)) == len(found) == 40
    assert len(rows(story, statuses=("failed", "none"))) == 6
    assert rows(story, tags=("no such",)) == [list(HEADER)]
    with pytest.raises(NotFound):
        rows(story, stages=("gone",))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_memory_stays_flat_however_many_there_are(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_export, "AT_ONCE", 50)
    story.job()
    crowd(story, 1_000)
    rows(story)
    with reading(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id)).scalar_one()
    tracemalloc.start()
    number = sum(1 for _ in export(story.runtime, job_id, BoardFilter()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 1_001
    assert most < 1_500_000
