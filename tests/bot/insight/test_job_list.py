"""The list of jobs tells of each what stands in its stages and what needs a person, however many jobs there are."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select, update

from bot.insight.job_list import JobQuery, job_line, list_jobs, state_counts
from bot.intake.jobs import JobPlan, StagePlan, create_job, save_as_template
from bot.intake.users import create_user
from bot.models import Application, ApplicationState, Conversation, JobState, Role, User
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from flows.flow import StageType
from tests.stories import Story

BOB = "+14155550102"


def make(runtime: Runtime, *titles: str, **plan: object) -> list[int]:
    stages = [StagePlan("New", StageType.REVIEW), StagePlan("Call", StageType.FORM)]
    with unit_of_work(runtime) as work:
        return [create_job(work, JobPlan(title, stages, **plan)) for title in titles]  # type: ignore[arg-type]


def titles(runtime: Runtime, **query: object) -> list[str]:
    with reading(runtime) as work:
        return [line.title for line in list_jobs(work, JobQuery(**query)).items]  # type: ignore[arg-type]


@contextmanager
def counted(runtime: Runtime) -> Iterator[list[str]]:
    """Count the statements of SQLAlchemy."""
    said: list[str] = []
    event.listen(runtime.database.engine, "before_cursor_execute", note := lambda *given: said.append(given[2]))
    yield said
    event.remove(runtime.database.engine, "before_cursor_execute", note)


def test_each_job_tells_who_stands_where_and_what_needs_a_person(story: Story) -> None:
    story.job()
    story.job("Waiter")
    story.apply()
    story.apply("Barista/new", phone=BOB)
    story.apply("Waiter/screening")  # waits for the other campaign of the same person
    gone = story.apply("Waiter/new", phone=BOB).application_id
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Conversation).values(needs_person="asked"))
        work.connection.execute(
            update(Application).where(Application.id == gone).values(state=ApplicationState.ARCHIVED)
        )
        work.connection.execute(update(Application).where(Application.id != gone).values(proposed_stage="rejected"))
    with reading(story.runtime) as work:
        waiter, barista = list_jobs(work, JobQuery()).items
        assert job_line(work, barista.id) == barista
        assert job_line(work, 999) is None
    assert [(each.name, each.applications) for each in barista.stages] == [
        ("new", 1),
        ("screening", 1),
        ("rejected", 0),
    ]
    assert (barista.applications, barista.people, barista.proposals, barista.waiting) == (2, 2, 2, 0)
    assert (waiter.applications, waiter.people, waiter.proposals, waiter.waiting) == (1, 1, 1, 1)
    assert (barista.not_ready, waiter.state) == ((), JobState.OPEN)


def test_a_stage_whose_campaign_is_not_published_is_not_ready(runtime: Runtime) -> None:
    make(runtime, "Barista")
    with reading(runtime) as work:
        assert list_jobs(work, JobQuery()).items[0].not_ready == ("Call",)


def test_jobs_are_found_by_words_of_title_reference_and_place_in_any_letters(runtime: Runtime) -> None:
    make(runtime, "Barista", reference="B-100%", location="Évora")
    make(runtime, "Head barista", "Cook", location="Porto")
    assert titles(runtime, search="barista") == ["Head barista", "Barista"]
    assert titles(runtime, search="BARISTA porto") == ["Head barista"]
    assert (
        titles(runtime, search="évora")
        == titles(runtime, search="ÉVORA")
        == titles(runtime, search="100%")
        == ["Barista"]
    )
    assert titles(runtime, search="%") == ["Barista"]
    assert titles(runtime, search="_") == []


def test_jobs_are_listed_by_state_and_templates_apart(runtime: Runtime) -> None:
    first, _ = make(runtime, "Barista", "Cook")
    make(runtime, "Waiter", state=JobState.PAUSED)
    with unit_of_work(runtime) as work:
        save_as_template(work, first, "Counter")
    assert titles(runtime) == ["Waiter", "Cook", "Barista"]
    assert titles(runtime, state=JobState.PAUSED) == ["Waiter"]
    assert titles(runtime, templates=True) == ["Counter"]
    with reading(runtime) as work:
        assert state_counts(work) == {JobState.DRAFT: 0, JobState.OPEN: 2, JobState.PAUSED: 1, JobState.CLOSED: 0}


def test_a_hiring_manager_sees_their_own(runtime: Runtime) -> None:
    with unit_of_work(runtime) as work:
        create_user(work, "hm@example.org", Role.HIRING_MANAGER, "a long password")
        user = work.connection.execute(select(User.id)).scalar_one()
    make(runtime, "Barista", hiring_manager_id=user)
    make(runtime, "Cook")
    assert titles(runtime, manager_id=user) == ["Barista"]
    assert titles(runtime, manager_id=user + 1) == []
    with reading(runtime) as work:
        assert state_counts(work, user)[JobState.OPEN] == 1


def test_pages_follow_one_another(runtime: Runtime) -> None:
    make(runtime, *"abcde")
    seen, before = [], None
    while True:
        with reading(runtime) as work:
            page = list_jobs(work, JobQuery(before=before), most=2)
        seen += [line.title for line in page.items]
        before = page.next
        if before is None:
            break
    assert seen == list("edcba")


def test_fifty_jobs_ask_as_little_as_one(runtime: Runtime) -> None:
    make(runtime, "only")
    with counted(runtime) as one, reading(runtime) as work:
        list_jobs(work, JobQuery())
    make(runtime, *map(str, range(60)))
    with counted(runtime) as many, reading(runtime) as work:
        assert len(list_jobs(work, JobQuery()).items) == 50
    assert len(one) == len(many) <= 7


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_counted_by_reading_all_applications(runtime: Runtime) -> None:
    make(runtime, "Barista")
    with counted(runtime) as said, reading(runtime) as work:
        list_jobs(work, JobQuery())
    plans = []
    with reading(runtime) as work:
        for statement in said:
            if "SELECT" in statement:
                rows = work.connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement}", tuple("x" * statement.count("?"))
                )
                plans += [row[3] for row in rows]
    assert [
        plan for plan in plans if plan.startswith("SCAN") and "jobs" not in plan and "conversations" not in plan
    ] == []
    assert any("ix_applications_proposed" in plan for plan in plans)
    assert any("COVERING INDEX ix_enrolments" in plan for plan in plans)
    assert any("COVERING INDEX ix_applications_stage_since" in plan for plan in plans)
    assert any("ix_conversations_person" in plan for plan in plans), plans
