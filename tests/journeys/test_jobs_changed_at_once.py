"""A job that two people change at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from bot.errors import Conflict
from bot.intake.job_changes import change_job
from bot.models import Job, JobState
from bot.work import reading, unit_of_work
from tests.stories import Story
from tests.waiting import somebody_waits, wait_until


def _set_state(story: Story, job_id: int, state: JobState) -> None:
    with unit_of_work(story.runtime) as work:
        change_job(work, job_id, {"state": state})


def test_a_job_that_is_opened_meanwhile_does_not_become_a_draft_again(story: Story) -> None:
    story.job(state=JobState.DRAFT)
    with reading(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id)).scalar_one()
    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(story.runtime) as work:
            change_job(work, job_id, {"state": JobState.OPEN})
            other = pool.submit(_set_state, story, job_id, JobState.DRAFT)
            wait_until(lambda: somebody_waits(story.runtime))
        with pytest.raises(Conflict, match="it cannot become a draft again"):
            other.result(30)
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Job.state)).scalar_one() == JobState.OPEN
