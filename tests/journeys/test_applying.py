"""Applying while the candidate's conversation is busy with something else."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select, update

from bot.intake.applications import Applicant, Applied, apply_for
from bot.messaging.thread import lock_thread
from bot.models import Candidate
from bot.pipeline.stages import find_target
from bot.work import reading, unit_of_work
from tests.stories import ANN, Story
from tests.waiting import somebody_waits, wait_until


def _apply(story: Story) -> Applied:
    person = Applicant(ANN, "Ann", "Silva", fields={"applied_with": "b"})
    with unit_of_work(story.runtime) as work:
        target = find_target(work, story.stages["Driver/screening"])
        return apply_for(work, target, person, source="test", external_id=None, sends=True)


def test_an_application_of_somebody_known_waits_for_their_turn_and_loses_nothing_of_what_it_wrote(
    story: Story,
) -> None:
    story.job()
    story.job("Driver")
    known = story.apply().candidate_id
    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(story.runtime) as work:
            thread = lock_thread(work, known)
            applying = pool.submit(_apply, story)
            wait_until(lambda: somebody_waits(story.runtime))
            answered = {**thread.fields, "answered": "a"}
            work.connection.execute(update(Candidate).where(Candidate.id == known).values(fields=answered))
        assert applying.result(30).candidate_id == known
    with reading(story.runtime) as work:
        fields = work.connection.execute(select(Candidate.fields).where(Candidate.id == known)).scalar_one()
    assert fields == {"answered": "a", "applied_with": "b"}
