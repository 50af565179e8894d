"""What a job's next state does is told before, drafts are deleted, and templates only make jobs."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.job_changes import change_job, delete_job, follow_job, follow_jobs
from bot.intake.job_details import JobDetails, check_details, faults_in
from bot.intake.job_states import UnderWay, next_states, under_way, what_it_does
from bot.intake.jobs import JobPlan, StagePlan, clone_plan, create_job, plan_with, save_as_template
from bot.intake.users import create_user
from bot.models import Enrolment, Job, JobState, Role, SavedView, Simulation, Stage, StageCampaign, User
from bot.pipeline.stages import check_target, find_target
from bot.work import Work, reading, unit_of_work
from flows.flow import StageType
from tests.journeys.boards import Board
from tests.stories import SORRY, Story

BOB = "+14155550102"


def job_of(story: Story, title: str = "Barista") -> int:
    with reading(story.runtime) as work:
        return work.connection.execute(select(Job.id).where(Job.title == title)).scalar_one()


def put(story: Story, job: int, state: JobState) -> None:
    with unit_of_work(story.runtime) as work:
        change_job(work, job, {"state": state})
    follow_job(story.runtime, job)


def test_what_closing_ends_is_counted_before(story: Story) -> None:
    story.job()
    story.job("Waiter")
    running, waiting = story.apply(), story.apply("Waiter/screening")
    with reading(story.runtime) as work:
        assert under_way(work, job_of(story)) == UnderWay(running=1)
        found = under_way(work, job_of(story, "Waiter"))
    assert found == UnderWay(waiting=1)
    assert what_it_does(found, JobState.CLOSED)[0] == "1 waiting is cancelled. The candidates are not told."
    for title in ("Barista", "Waiter"):
        put(story, job_of(story, title), JobState.CLOSED)
    statuses = [story.enrolment(each.enrolment_id).status for each in (running, waiting)]
    assert statuses == ["cancelled", "cancelled"]


def test_a_move_counts_as_one_that_closing_lets_fail_from_when_it_is_asked_for(story: Story) -> None:
    story.job()
    board = Board(story)
    board.ask([story.apply("Barista/new").application_id], "Barista/screening")
    with reading(story.runtime) as work:
        assert under_way(work, board.job_id) == UnderWay(moves=1)


def test_what_waits_for_a_paused_job_is_told_before_it_is_opened(story: Story) -> None:
    story.job()
    put(story, job_of(story), JobState.PAUSED)
    story.apply()
    with reading(story.runtime) as work:
        found = under_way(work, job_of(story))
    assert found == UnderWay(waiting=1, waiting_for_job=1)
    assert what_it_does(found, JobState.OPEN) == ("1 waiting campaign can go out now.",)


def test_it_is_told_in_sentences() -> None:
    busy = UnderWay(running=3, waiting=2, moves=1, unpublished=("Call", "Offer"))
    assert what_it_does(busy, JobState.CLOSED) == (
        "3 running conversations end, 2 waiting are cancelled. The candidates are not told.",
        "1 move that waits will fail.",
        "No application can be added or moved until the job is open again.",
    )
    assert what_it_does(replace(busy, running=1), JobState.PAUSED)[0] == "1 running conversation goes on to the end."
    assert "No campaign is published in Call, Offer" in what_it_does(busy, JobState.OPEN)[0]
    assert "stays ended" in what_it_does(UnderWay(), JobState.OPEN, before=JobState.CLOSED)[0]
    assert what_it_does(UnderWay(), JobState.CLOSED)[0] == "No conversation is running or waiting."


def test_every_state_leads_on_and_none_back_to_a_draft() -> None:
    for state in JobState:
        assert next_states(state)
        assert not {JobState.DRAFT, state} & set(next_states(state))


def test_a_draft_nobody_applied_for_is_deleted_with_all_that_it_holds(story: Story) -> None:
    story.job(state=JobState.DRAFT)
    job = job_of(story)
    with unit_of_work(story.runtime) as work:
        create_user(work, "ann@example.org", Role.RECRUITER, "a long password")
        user = work.session.execute(select(User)).scalar_one().id
        work.session.add(SavedView(job_id=job, owner_id=user, name="Mine", query="", created_at=work.now))
        stage = story.stages["Barista/screening"]
        played = Simulation(
            user_id=user, stage_id=stage, definition={}, revision=1, scene={}, events=[], updated_at=work.now
        )
        work.session.add(played)
    with unit_of_work(story.runtime) as work:
        delete_job(work, job)
    with reading(story.runtime) as work:
        for table in (Job, Stage, StageCampaign, SavedView, Simulation):
            assert work.connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
    with pytest.raises(NotFound), unit_of_work(story.runtime) as work:
        delete_job(work, job)


def test_what_somebody_applied_for_or_is_open_is_never_deleted(story: Story) -> None:
    story.job(state=JobState.DRAFT)
    story.job("Waiter")
    story.apply()
    for title, reason in (("Barista", "somebody has applied"), ("Waiter", "the job is open")):
        with pytest.raises(Conflict, match=reason), unit_of_work(story.runtime) as work:
            delete_job(work, job_of(story, title))


def test_a_template_makes_jobs_and_takes_no_application(story: Story) -> None:
    story.job(location="Porto", state=JobState.OPEN)
    with unit_of_work(story.runtime) as work:
        template = save_as_template(work, job_of(story), " Counter staff ")
    with reading(story.runtime) as work:
        held = work.connection.execute(select(Job).where(Job.id == template)).one()
        assert (held.title, held.state, held.is_template) == ("Counter staff", "draft", True)
        stage = work.connection.execute(
            select(Stage.id).where(Stage.job_id == template, Stage.type == "form")
        ).scalar_one()
        with pytest.raises(Conflict, match="this is a template"):
            check_target(find_target(work, stage), sends=False)
    with pytest.raises(Conflict, match="make a job from it"), unit_of_work(story.runtime) as work:
        change_job(work, template, {"state": JobState.OPEN})
    with unit_of_work(story.runtime) as work:
        plan = plan_with(clone_plan(work, template), JobDetails("Barista, Faro", location="Faro"))
        made = create_job(work, plan)
        assert (plan.is_template, plan.location) == (False, "Faro")
        delete_job(work, template)
    with reading(story.runtime) as work:
        published = (
            select(Stage.name)
            .join(StageCampaign, StageCampaign.stage_id == Stage.id)
            .where(Stage.job_id == made, StageCampaign.published_version_id.is_not(None))
            .order_by(Stage.place)
        )
        assert work.connection.execute(published).scalars().all() == ["screening", "rejected"]
        assert work.connection.execute(select(func.count()).select_from(Enrolment)).scalar_one() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"location": "x" * 201}, "location"),
        ({"language": "xx"}, "language"),
        ({"time_zone": "Europe/Nowhere"}, "time_zone"),
        ({"default_country": "XX"}, "default_country"),
        ({"channels": ()}, "channels"),
        ({"channels": ("sms", "sms")}, "channels"),
        ({"channels": ("pigeon",)}, "channels"),
    ],
)
def test_each_fault_in_the_details_names_its_field(change: dict[str, object], field: str) -> None:
    assert faults_in(JobDetails("Barista")) == {}
    assert list(faults_in(replace(JobDetails("Barista"), **change))) == [field]  # type: ignore[arg-type]


def test_the_people_of_a_job_are_users(story: Story) -> None:
    with unit_of_work(story.runtime) as work:
        create_user(work, "hm@example.org", Role.HIRING_MANAGER, "a long password")
        user = work.connection.execute(select(User.id)).scalar_one()
        check_details(work, JobDetails("Barista", owner_id=user, hiring_manager_id=user))
        assert refused_field(work, JobDetails("Barista", hiring_manager_id=user + 1)) == "hiring_manager_id"
        job = create_job(work, JobPlan("Barista", [StagePlan("No", StageType.REJECT, SORRY)], hiring_manager_id=user))
        assert clone_plan(work, job).hiring_manager_id == user


def refused_field(work: Work, details: JobDetails) -> str:
    with pytest.raises(InvalidEvent) as refused:
        check_details(work, details)
    return refused.value.field


def test_whom_an_answer_has_no_time_for_the_sweep_follows(story: Story) -> None:
    story.job()
    applied = [story.apply(), story.apply(phone=BOB)]
    job = job_of(story)
    with unit_of_work(story.runtime) as work:
        change_job(work, job, {"state": JobState.CLOSED})
    follow_job(story.runtime, job, longest=0)
    assert {story.enrolment(each.enrolment_id).status for each in applied}.isdisjoint({"cancelled"})
    follow_jobs(story.runtime)
    assert {story.enrolment(each.enrolment_id).status for each in applied} == {"cancelled"}
