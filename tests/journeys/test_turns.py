"""Whose turn it is, when jobs are paused and opened meanwhile."""

from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.intake.job_changes import change_job, follow_job
from bot.messaging.thread import lock_thread
from bot.models import Job, JobState
from bot.pipeline.closings import release_now
from bot.work import unit_of_work
from tests.stories import Story


def _set_job(story: Story, title: str, state: JobState) -> int:
    with unit_of_work(story.runtime) as work:
        job_id: int = work.connection.execute(select(Job.id).where(Job.title == title)).scalar_one()
        change_job(work, job_id, {"state": state})
        return job_id


def test_who_applies_as_a_paused_job_opens_comes_after_what_waited_for_it(story: Story) -> None:
    story.job("Driver")
    story.job()
    _set_job(story, "Driver", JobState.PAUSED)
    waited = story.apply("Driver/screening")
    job_id = _set_job(story, "Driver", JobState.OPEN)
    came_later = story.apply()
    assert story.enrolment(came_later.enrolment_id).status == "queued"
    follow_job(story.runtime, job_id)
    story.send()
    assert story.enrolment(waited.enrolment_id).status == "sending"
    later = story.enrolment(came_later.enrolment_id)
    assert (later.status, later.waits_for_id) == ("queued", waited.enrolment_id)


def test_what_a_person_releases_overtakes_those_who_wait_before_it(story: Story) -> None:
    for title in ("Barista", "Driver", "Cook"):
        story.job(title)
    first, second, third = (story.apply(f"{title}/screening") for title in ("Barista", "Driver", "Cook"))
    story.last_reports(MessageStatus.DELIVERED)
    with unit_of_work(story.runtime) as work:
        thread = lock_thread(work, first.candidate_id)
        assert third.enrolment_id
        assert release_now(work, thread, third.enrolment_id)
    story.send()
    statuses = [story.enrolment(a.enrolment_id).status for a in (first, second, third)]
    assert statuses == ["cancelled", "queued", "sending"]


def test_a_blast_that_is_released_ends_no_campaign_that_runs(story: Story) -> None:
    for title in ("Barista", "Driver"):
        story.job(title)
    rejected = story.apply("Driver/new")
    running = story.apply("Barista/screening")
    _set_job(story, "Driver", JobState.PAUSED)
    blast = story.move(rejected.application_id, "Driver/rejected")
    assert story.enrolment(blast).status == "queued"
    _set_job(story, "Driver", JobState.OPEN)
    with unit_of_work(story.runtime) as work:
        assert release_now(work, lock_thread(work, running.candidate_id), blast or 0)
    story.send()
    assert story.enrolment(blast).status == "sending"
    assert story.enrolment(running.enrolment_id).status == "sending"
    assert story.sender.texts()[-1] == "Not this time."
