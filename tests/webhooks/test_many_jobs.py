"""The list of jobs where there are many."""

import re
from datetime import timedelta

from sqlalchemy import insert, select

from bot.insight.job_list import AT_ONCE as JOBS
from bot.intake.jobs import clone_plan, create_job
from bot.models import Job, JobState, new_public_id
from bot.work import unit_of_work
from tests.stories import Story
from tests.webhooks.desk import Desk


def add_jobs(story: Story, how_many: int) -> None:
    """Add jobs that nobody has applied for."""
    with unit_of_work(story.runtime) as work:
        template = work.connection.execute(select(Job.__table__).limit(1)).mappings().one()
        rows = [
            {**template, "id": 1000 + n, "public_id": new_public_id(), "title": f"Job no. {n}", "state": JobState.OPEN}
            for n in range(how_many)
        ]
        work.connection.execute(insert(Job), rows)


def test_jobs_are_listed_fifty_at_a_time_newest_first(story: Story) -> None:
    story.job("Oldest job")
    story.apply("Oldest job/screening")
    add_jobs(story, JOBS + 5)
    desk = Desk(story.runtime)
    first = desk.page("/jobs")
    assert re.findall(r">Job no\. (\d+)<", first) == [str(n) for n in range(JOBS + 4, 4, -1)]
    assert "Newest jobs" not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = desk.page(following[1])
    assert re.findall(r">Job no\. (\d+)<", second) == ["4", "3", "2", "1", "0"]
    assert "Oldest job</a>" in second
    assert "1 application<" in second
    assert second.count("0 applications<") == 5
    assert 'rel="next"' not in second
    assert 'href="/jobs">Newest jobs' in second


def test_a_clone_is_told_from_its_original_by_when_it_was_made_in_the_time_of_the_job(story: Story) -> None:
    story.job("Barista", time_zone="Europe/Lisbon", location="Faro")
    story.clock.move(timedelta(days=140, minutes=5))
    with unit_of_work(story.runtime) as work:
        create_job(work, clone_plan(work, work.connection.execute(select(Job.id)).scalar_one()))
    desk = Desk(story.runtime)
    listed = desk.page("/jobs")
    assert re.findall(r"made (.*?)</p>", re.sub("</?time[^>]*>", "", listed)) == [
        "20 Jul 2026, 10:05, Europe/Lisbon",
        "2 Mar 2026, 09:00, Europe/Lisbon",
    ]


def test_a_full_page_of_jobs_leads_nowhere(story: Story) -> None:
    story.job()
    add_jobs(story, JOBS - 1)
    desk = Desk(story.runtime)
    assert 'rel="next"' not in desk.page("/jobs")
    desk.page("/jobs?before=nothing", 404)
