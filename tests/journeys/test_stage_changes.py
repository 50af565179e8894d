"""The stages of a job are added, named, ordered and removed, and nobody is lost over it."""

import pytest
from sqlalchemy import select, update

from bot.dialogue import bulk_moves
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.template_submissions import work_on_submissions
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake import imports
from bot.intake.job_changes import OVERTAKEN, change_job
from bot.intake.stage_changes import (
    add_stage,
    order_stages,
    remove_stage,
    rename_stage,
    retype_stage,
    shift_stage,
)
from bot.messaging.submissions import submit_builtin
from bot.models import Application, ApplicationState, Change, Enrolment, Job, Stage, StageMove
from bot.pipeline.publishing import in_force, stage_campaign_of
from bot.pipeline.stages import find_target
from bot.work import reading, unit_of_work
from flows.builtin_templates import Use, builtin
from flows.flow import StageType
from tests.journeys.boards import Board
from tests.journeys.importing import NOBODY, ready
from tests.stories import Story


@pytest.fixture
def job(story: Story) -> int:
    """A job with three stages, and Ann in the one that has a campaign."""
    story.job(language="pt")
    story.apply()
    return only_job(story)


def only_job(story: Story) -> int:
    with reading(story.runtime) as work:
        return work.connection.execute(select(Job.id)).scalar_one()


def names(story: Story, job: int) -> list[str]:
    with reading(story.runtime) as work:
        return list(
            work.connection.execute(select(Stage.name).where(Stage.job_id == job).order_by(Stage.place)).scalars()
        )


def application(story: Story):
    with reading(story.runtime) as work:
        return work.connection.execute(select(Application)).one()


def test_a_new_stage_comes_last_with_a_draft_in_the_language_of_the_job(story: Story, job: int) -> None:
    with unit_of_work(story.runtime) as work:
        stage = add_stage(work, job, " Proposta ", StageType.OFFER)
        found = stage_campaign_of(work, stage)
    assert names(story, job) == ["new", "screening", "rejected", "Proposta"]
    assert found is not None
    assert (found.version, found.draft["language"], found.draft["name"]) == (None, "pt", "Proposta")
    assert found.draft["welcome"]["text"].startswith("Olá")


@pytest.mark.parametrize(
    ("kind", "use"), [("offer", Use.WELCOME), ("schedule", Use.INVITATION), ("reject", Use.REJECTION)]
)
def test_a_new_stage_opens_with_our_own_template_once_it_is_approved(
    story: Story, job: int, kind: str, use: Use
) -> None:
    with unit_of_work(story.runtime) as work:
        submit_builtin(work, [builtin(use, "pt")], None)
    work_on_submissions(story.runtime)
    for status, named in (("pending", None), ("approved", use.value)):
        story.sender.judge(story.sender.listed[-1].content_sid, status)
        refresh_templates(story.runtime)
        with unit_of_work(story.runtime) as work:
            found = stage_campaign_of(work, add_stage(work, job, f"{kind} {status}", StageType(kind)))
        assert found is not None
        assert found.draft["welcome"].get("template", {}).get("name") == named


def test_a_review_stage_has_no_draft(story: Story, job: int) -> None:
    with unit_of_work(story.runtime) as work:
        assert stage_campaign_of(work, add_stage(work, job, "Later", StageType.REVIEW)) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "NEW", "screening "])
def test_a_stage_has_a_name_of_its_own(story: Story, job: int, name: str) -> None:
    for change in (
        lambda work: add_stage(work, job, name, StageType.FORM),
        lambda work: rename_stage(work, story.stages["Barista/rejected"], name),
    ):
        with pytest.raises(InvalidEvent) as refused, unit_of_work(story.runtime) as work:
            change(work)
        assert refused.value.field == "name"
    assert names(story, job) == ["new", "screening", "rejected"]


def test_who_was_proposed_for_a_stage_still_is_after_it_has_another_name(story: Story, job: int) -> None:
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Application).values(proposed_stage="rejected"))
        rename_stage(work, story.stages["Barista/rejected"], "No")
        rename_stage(work, story.stages["Barista/new"], "New")  # its own name in other letters is free
    assert names(story, job) == ["New", "screening", "No"]
    assert application(story).proposed_stage == "No"


def test_stages_are_put_in_any_order_at_once_and_one_by_one(story: Story, job: int) -> None:
    new, screening, rejected = (story.stages[f"Barista/{name}"] for name in ("new", "screening", "rejected"))
    with unit_of_work(story.runtime) as work:
        order_stages(work, job, [rejected, new, screening])
    assert names(story, job) == ["rejected", "new", "screening"]
    for by, expected in (
        (1, "new rejected screening"),
        (-1, "rejected new screening"),
        (-9, "rejected new screening"),
        (9, "new screening rejected"),
    ):
        with unit_of_work(story.runtime) as work:
            shift_stage(work, rejected, by)
        assert names(story, job) == expected.split()
    for wrong in ([], [new, screening], [new, new, screening], [new, screening, rejected, 999]):
        with pytest.raises(Conflict, match="have changed meanwhile"), unit_of_work(story.runtime) as work:
            order_stages(work, job, wrong)
    assert names(story, job) == ["new", "screening", "rejected"]


def test_an_empty_stage_is_removed_and_what_was_there_keeps_its_history(story: Story, job: int) -> None:
    screening = story.stages["Barista/screening"]
    story.move(application(story).id, "Barista/new")
    with unit_of_work(story.runtime) as work:
        remove_stage(work, screening)
    assert names(story, job) == ["new", "rejected"]
    with reading(story.runtime) as work:
        named = select(Stage.name).join(Enrolment, Enrolment.stage_id == Stage.id)
        assert work.connection.execute(named).scalars().all() == ["screening"]
        with pytest.raises(NotFound):
            find_target(work, screening)
    with pytest.raises(NotFound), unit_of_work(story.runtime) as work:
        rename_stage(work, screening, "Back")


def test_a_stage_with_somebody_in_it_stays_and_says_where_they_can_go(story: Story, job: int) -> None:
    with (
        pytest.raises(Conflict, match="1 application is in this stage: move them to another first, such as new"),
        unit_of_work(story.runtime) as work,
    ):
        remove_stage(work, story.stages["Barista/screening"])
    assert names(story, job) == ["new", "screening", "rejected"]


def test_who_has_withdrawn_goes_on_to_the_stage_beside_the_one_that_is_removed(story: Story, job: int) -> None:
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Application).values(state=ApplicationState.WITHDRAWN))
        remove_stage(work, story.stages["Barista/screening"])
    assert application(story).stage_id == story.stages["Barista/new"]
    with reading(story.runtime) as work:
        last = work.connection.execute(select(StageMove).order_by(StageMove.id.desc())).first()
        assert last is not None
        assert (last.from_stage_id, last.source) == (story.stages["Barista/screening"], "stage removed")


def test_a_stage_stays_while_a_move_or_an_import_is_on_its_way_into_it(story: Story) -> None:
    story.job()
    board, stage = Board(story), story.stages["Barista/screening"]
    ref = board.ask([story.apply("Barista/new").application_id], "Barista/screening")
    for do in (bulk_moves.pause, bulk_moves.cancel):  # it can be undone; it is paused
        with pytest.raises(Conflict, match="on their way into this stage"):
            board.do(remove_stage, stage)
        board.do(do, ref)
    imported = ready(story)
    imported.start(delay=10)
    for end in (imports.pause, imports.cancel):
        with pytest.raises(Conflict, match="an import adds people to this stage: let it end, or cancel it"):
            board.do(remove_stage, stage)
        imported.do(end, NOBODY)
    board.do(remove_stage, stage)
    assert names(story, board.job_id) == ["new", "rejected"]


def test_the_last_stage_stays(story: Story, job: int) -> None:
    story.move(application(story).id, "Barista/new")
    for name in ("screening", "rejected"):
        with unit_of_work(story.runtime) as work:
            remove_stage(work, story.stages[f"Barista/{name}"])
    with pytest.raises(Conflict, match="needs a stage"), unit_of_work(story.runtime) as work:
        remove_stage(work, story.stages["Barista/new"])


def test_the_type_of_a_stage_stays_once_somebody_was_there(story: Story, job: int) -> None:
    rejected = story.stages["Barista/rejected"]
    with unit_of_work(story.runtime) as work:
        retype_stage(work, rejected, StageType.FORM)
        assert in_force(work, rejected) is None
        retype_stage(work, story.stages["Barista/new"], StageType.OFFER)
        found = stage_campaign_of(work, story.stages["Barista/new"])
        assert found is not None
        assert found.draft["language"] == "pt"
    with pytest.raises(Conflict, match="its type stays"), unit_of_work(story.runtime) as work:
        retype_stage(work, story.stages["Barista/screening"], StageType.OFFER)


def test_two_people_do_not_overwrite_each_other(story: Story, job: int) -> None:
    with reading(story.runtime) as work:
        seen = work.connection.execute(select(Job.revision)).scalar_one()
    with unit_of_work(story.runtime) as work:
        change_job(work, job, {"title": "Head barista"}, seen=seen)
    with pytest.raises(Conflict, match=OVERTAKEN.split(":")[0]), unit_of_work(story.runtime) as work:
        add_stage(work, job, "Another", StageType.FORM, seen=seen)
    with unit_of_work(story.runtime) as work:
        add_stage(work, job, "Another", StageType.FORM, seen=seen + 1)
    with reading(story.runtime) as work:
        told = work.connection.execute(select(Change.key).where(Change.topic == "job").order_by(Change.id.desc()))
        assert told.scalars().first() == job
