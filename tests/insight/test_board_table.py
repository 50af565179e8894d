"""The table of a job, page by page in any order."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.errors import InvalidEvent, NotFound
from bot.insight.board_filter import BoardFilter
from bot.insight.board_table import SORTS, neighbours, table_page
from bot.models import Application, Candidate, Job, Rating
from bot.work import Work, reading, unit_of_work
from tests.insight.crowds import crowd, user
from tests.stories import Story

NUMBER, PAGE = 23, 5


@pytest.fixture
def job_id(story: Story) -> int:
    """A job with a crowd of which some are alike in everything that one can sort by."""
    story.job()
    crowd(story, NUMBER)
    raters = [user(story, name=name) for name in ("Rita Ray", "Sam Soh", "Tom Tai")]
    with unit_of_work(story.runtime) as work:
        ids = list(work.connection.execute(select(Application.id).order_by(Application.id)).scalars())
        rated = [
            {"application_id": key, "user_id": rater, "stars": 1 + (key + place * key) % 5, "rated_at": work.now}
            for key in ids[::2]
            for place, rater in enumerate(raters)
        ]
        work.connection.execute(insert(Rating), rated)
        work.connection.execute(update(Application).where(Application.id.in_(ids[:7])).values(last_enrolment_id=None))
        alike = Candidate.id.in_(ids[:9])
        work.connection.execute(update(Candidate).where(alike).values(first_name="Same", last_name="Name"))
        return int(work.connection.execute(select(Job.id)).scalar_one())


def _walk(work: Work, job_id: int, sort: str) -> list[str]:
    """Go through all pages to the end, and back to the start."""
    page = table_page(work, job_id, BoardFilter(), sort=sort, most=PAGE)
    assert page.before is None
    pages = [page]
    while page.after:
        page = table_page(work, job_id, BoardFilter(), sort=sort, after=page.after, most=PAGE)
        pages.append(page)
    for earlier in reversed(pages[:-1]):
        assert page.before
        page = table_page(work, job_id, BoardFilter(), sort=sort, before=page.before, most=PAGE)
        assert [row.id for row in page.rows] == [row.id for row in earlier.rows]
    assert page.before is None
    assert {page.total for page in pages} == {NUMBER}
    return [row.id for page in pages for row in page.rows]


@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_of_the_table_hold_everyone_once_in_either_direction(story: Story, job_id: int, sort: str) -> None:
    with reading(story.runtime) as work:
        upwards, downwards = _walk(work, job_id, sort), _walk(work, job_id, f"-{sort}")
        assert len(set(upwards)) == NUMBER
        assert upwards == downwards[::-1]
        for place, ref in enumerate(upwards):
            beside = (upwards[place - 1] if place else None, upwards[place + 1] if place + 1 < NUMBER else None)
            assert neighbours(work, job_id, BoardFilter(), ref, sort=sort) == beside


def test_the_rows_are_in_the_order_asked_for(story: Story, job_id: int) -> None:
    def column(sort: str, name: str) -> list[Any]:
        with reading(story.runtime) as work:
            return [getattr(row, name) for row in table_page(work, job_id, BoardFilter(), sort=sort, most=50).rows]

    assert column("name", "name")[:2] == ["Same Name", "Same Name"]
    assert column("stage", "stage_name")[::11] == ["new", "screening", "rejected"]
    rated = [found for found in column("-rating", "rating") if found is not None]
    assert rated == sorted(rated, reverse=True)
    assert any(found % 1 for found in rated)
    assert column("rating", "rating")[0] is None
    assert column("moved", "moved_at") == sorted(column("moved", "moved_at"))
    assert column("status", "status")[0] == "queued"
    assert column("status", "status")[-7:] == [""] * 7


def test_an_order_or_a_place_that_there_is_not_is_refused_in_words(story: Story, job_id: int) -> None:
    with reading(story.runtime) as work:
        with pytest.raises(InvalidEvent, match="use created, name"):
            table_page(work, job_id, BoardFilter(), sort="phone")
        with pytest.raises(NotFound, match="load the table anew"):
            table_page(work, job_id, BoardFilter(), after="gone")


def test_one_who_does_not_fit_the_filter_still_has_neighbours_in_it(story: Story, job_id: int) -> None:
    with reading(story.runtime) as work:
        rows = table_page(work, job_id, BoardFilter(), most=50).rows
        failed = [row.id for row in rows if row.status == "failed"]
        other = next(row.id for row in rows if row.status == "expired")
        before, after = neighbours(work, job_id, BoardFilter(statuses=("failed",)), other)
        assert {before, after} & set(failed)
