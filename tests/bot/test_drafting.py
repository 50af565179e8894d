"""Drafts that several people edit at once, and the versions that are made of them."""

import pytest
from sqlalchemy import delete, select

from bot.audit import Actor
from bot.errors import NotFound
from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.intake.users import create_user
from bot.models import AuditEntry, Change, Role, Stage, User
from bot.pipeline.drafting import (
    DraftChanged,
    draft_to_edit,
    draft_to_show,
    publish_seen,
    replace_draft,
    store,
    version_in,
    versions_of,
)
from bot.pipeline.publishing import keep_draft
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from flows.flow import StageType

SOUND = {
    "callboard": 1, "name": "Screening", "language": "en", "welcome": {"text": "Hi. Shall we start?"},
    "modules": [{"key": "basics", "type": "questions", "questions": [{"key": "car", "type": "yes_no", "text": "A car?"}]}],
    "conclusion": {"text": "Bye."},
}  # fmt: skip


@pytest.fixture
def stage(runtime: Runtime) -> int:
    with unit_of_work(runtime) as work:
        plan = StagePlan("Screening", StageType.FORM, SOUND, publish=False)
        create_job(work, JobPlan("Barista", [plan, StagePlan("Look", StageType.REVIEW)]))
        return work.connection.execute(select(Stage.id).where(Stage.name == "Screening")).scalar_one()


@pytest.fixture
def maria(runtime: Runtime) -> Actor:
    with unit_of_work(runtime) as work:
        create_user(work, "maria@example.org", Role.RECRUITER, "a long password")
    with reading(runtime) as work:
        return Actor(work.connection.execute(select(User.id)).scalar_one(), "Maria")


def test_each_change_of_a_draft_is_counted_and_has_somebody_who_made_it(
    runtime: Runtime, stage: int, maria: Actor
) -> None:
    with unit_of_work(runtime) as work:
        draft = draft_to_edit(work, stage)
        assert (draft.revision, draft.changed_by, draft.published) == (0, "", None)
        store(work, draft, {**SOUND, "name": "Other"}, maria)
    with unit_of_work(runtime) as work:
        draft = draft_to_show(work, stage)
        assert (draft.revision, draft.changed_by) == (1, "maria@example.org")
        keep_draft(work, stage, SOUND)
    with reading(runtime) as work:
        assert (draft_to_show(work, stage).revision, draft_to_show(work, stage).changed_by) == (2, "")


def test_the_same_again_is_no_change(runtime: Runtime, stage: int, maria: Actor) -> None:
    with unit_of_work(runtime) as work:
        store(work, draft_to_edit(work, stage), dict(SOUND), maria)
        assert draft_to_show(work, stage).revision == 0


def test_nobody_publishes_what_they_have_not_seen(runtime: Runtime, stage: int, maria: Actor) -> None:
    with unit_of_work(runtime) as work:
        keep_draft(work, stage, {**SOUND, "name": "Other"})
    with pytest.raises(DraftChanged), unit_of_work(runtime) as work:
        publish_seen(work, stage, maria, seen=0)
    with unit_of_work(runtime) as work:
        assert publish_seen(work, stage, maria, seen=1)[0] == 1


def test_a_version_says_who_made_it_and_who_looks_at_the_job_is_told(
    runtime: Runtime, stage: int, maria: Actor
) -> None:
    with unit_of_work(runtime) as work:
        work.connection.execute(delete(Change))
        publish_seen(work, stage, maria, seen=0)
    with reading(runtime) as work:
        (version,) = versions_of(work, stage)
        assert (version.number, version.made_by, version.in_force) == (1, "maria@example.org", True)
        assert version_in(work, stage, 1) == SOUND
        assert draft_to_show(work, stage).settled == {"basics", "car"}
        assert work.connection.execute(select(AuditEntry.action, AuditEntry.user_id)).all()[1:] == [
            ("stage_campaign.published", maria.user_id)
        ]
        assert work.connection.execute(select(Change.topic)).scalars().all() == ["job"]


def test_a_draft_with_an_error_is_not_published(runtime: Runtime, stage: int, maria: Actor) -> None:
    with unit_of_work(runtime) as work:
        keep_draft(work, stage, {**SOUND, "conclusion": {"text": ""}})
        number, findings = publish_seen(work, stage, maria, seen=1)
    assert number is None
    assert [finding.path for finding in findings if finding.is_error] == ["conclusion.text"]
    with reading(runtime) as work:
        assert versions_of(work, stage) == []


def test_a_whole_draft_is_replaced_only_where_it_is_the_one_that_was_seen(
    runtime: Runtime, stage: int, maria: Actor
) -> None:
    with unit_of_work(runtime) as work:
        replace_draft(work, stage, {**SOUND, "name": "Imported"}, maria, seen=0, source="import")
    with pytest.raises(DraftChanged), unit_of_work(runtime) as work:
        replace_draft(work, stage, SOUND, maria, seen=0, source="import")
    with reading(runtime) as work:
        assert draft_to_show(work, stage).document["name"] == "Imported"


def test_a_stage_without_a_campaign_has_no_draft(runtime: Runtime, stage: int) -> None:
    with reading(runtime) as work:
        review = work.connection.execute(select(Stage.id).where(Stage.name == "Look")).scalar_one()
        with pytest.raises(NotFound):
            draft_to_show(work, review)
        with pytest.raises(NotFound):
            version_in(work, stage, 7)
