"""Moving applications: one at once, many in the background, and what a move would do."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field
from sqlalchemy import select

from bot.channels.base import ChannelKind
from bot.dialogue.bulk import plan
from bot.errors import Conflict, NotAllowed, NotFound
from bot.insight.previews import Outcome, preview_moves
from bot.models import Application, BulkMove, BulkMoveItem, Candidate, Enrolment, Stage, StageMove
from bot.pipeline.stages import Target, check_target, find_target, move
from bot.runtime import Runtime
from bot.work import Work, reading
from webhooks.api.applications import SOURCE, enrolment_ref
from webhooks.api.finding import key_in, key_of
from webhooks.api.operations import Call, Result
from webhooks.api.problems import wrong_field
from webhooks.api.texts import ExternalId, Form, Id, Shape

MOST = 10_000
MOST_PREVIEWED = 500


class MoveStatus(StrEnum):
    """How far one application of a move of many is."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class NewMove(Form):
    """Where an application is to go; a move to the stage in which it is sends that stage's campaign again."""

    stage: Id
    send: bool = True
    external_id: ExternalId | None = None


class NewMoves(Form):
    """Many applications into one stage."""

    applications: list[Id] = Field(min_length=1, max_length=MOST)
    stage: Id
    send: bool = True


class PreviewWish(Form):
    """A move of which one wants to know what it would do."""

    applications: list[Id] = Field(min_length=1, max_length=MOST_PREVIEWED)
    stage: Id
    send: bool = True


class MovedShape(Shape):
    """A move that was made, now or before, and the enrolment that it began."""

    application: str
    enrolment: str | None


class MovesAccepted(Shape):
    """A move of many, which goes on in the background."""

    id: str


class Counts(Shape):
    """How far a move of many is."""

    total: int
    pending: int
    done: int
    failed: int


class MoveResult(Shape):
    """What became of one application."""

    application: str
    status: MoveStatus
    reason: str | None
    enrolment: str | None


class MovesShape(Shape):
    """A move of many: its progress, and the results in the order given."""

    id: str
    stage: str
    send: bool
    state: Literal["running", "finished"]
    counts: Counts
    results: list[MoveResult]
    created_at: datetime
    finished_at: datetime | None


class PreviewItem(Shape):
    """What a move would do to one application."""

    application: str
    candidate: str | None
    outcome: Outcome
    channel: ChannelKind | None
    text: str | None
    template: str | None
    explanation: str | None


class PreviewShape(Shape):
    """What a move would do, in the order given; nothing of it has happened."""

    items: list[PreviewItem]
    counts: dict[Outcome, int]


def move_one(work: Work, call: Call) -> Result:
    """Move an application; 200 and nothing new where the `external_id` was used before."""
    form: NewMove = call.body
    application_id = key_of(work, Application, call.id)
    target = find_target(work, key_in(work, Stage, form.stage, "stage"))
    of_job = select(Application.job_id).where(Application.id == application_id)
    if work.connection.execute(of_job).scalar_one() != target.job_id:
        raise wrong_field("stage", "this stage belongs to another job than the application")
    try:
        moved = move(work, application_id, target, source=SOURCE, external_id=form.external_id, sends=form.send)
    except NotAllowed as error:
        raise wrong_field("stage", str(error)) from None
    if moved.repeated:
        _refuse_another(work, moved.move_id, application_id)
    shape = MovedShape(application=call.id, enrolment=enrolment_ref(work, moved.enrolment_id))
    return Result(shape, 200 if moved.repeated else 201)


def move_many(work: Work, call: Call) -> Result:
    """Take down a move of many, which then goes on in the background."""
    form: NewMoves = call.body
    target = _target(work, form)
    public_id = plan(work, form.applications, target.stage_id, sends=form.send)
    return Result(MovesAccepted(id=public_id), 202)


def get_moves(work: Work, call: Call) -> Result:
    """Show how far a move of many is."""
    bulk = work.connection.execute(
        select(BulkMove.id, BulkMove.sends, BulkMove.created_at, BulkMove.finished_at, Stage.public_id)
        .join(Stage, Stage.id == BulkMove.stage_id)
        .where(BulkMove.public_id == call.id, BulkMove.job_id.is_(None))
    ).one_or_none()
    if bulk is None:
        raise NotFound("there is no move of many with this id")
    results = _results(work, bulk.id)
    counts = _counts(results)
    shape = MovesShape(
        id=call.id,
        stage=bulk.public_id,
        send=bulk.sends,
        state="running" if counts.pending else "finished",
        counts=counts,
        results=results,
        created_at=bulk.created_at,
        finished_at=bulk.finished_at,
    )
    return Result(shape)


def preview(runtime: Runtime, call: Call) -> Result:
    """Tell who would get what, and who would be skipped and why."""
    form: PreviewWish = call.body
    with reading(runtime) as work:
        target = _target(work, form)
    previews = preview_moves(runtime, form.applications, target, sends=form.send)
    with reading(runtime) as work:
        keys = {each.candidate_id for each in previews if each.candidate_id is not None}
        rows = work.connection.execute(select(Candidate.id, Candidate.public_id).where(Candidate.id.in_(keys)))
        names = {row.id: row.public_id for row in rows}
    items = [
        PreviewItem(
            application=each.application_ref,
            candidate=names.get(each.candidate_id) if each.candidate_id is not None else None,
            outcome=each.outcome,
            channel=each.channel,
            text=each.text,
            template=each.template,
            explanation=each.explanation,
        )
        for each in previews
    ]
    counts = {outcome: sum(item.outcome is outcome for item in items) for outcome in Outcome}
    return Result(PreviewShape(items=items, counts=counts))


def _target(work: Work, form: NewMoves | PreviewWish) -> Target:
    target = find_target(work, key_in(work, Stage, form.stage, "stage"))
    try:
        check_target(target, sends=form.send)
    except NotAllowed as error:
        raise wrong_field("stage", str(error)) from None
    return target


def _refuse_another(work: Work, move_id: int, application_id: int) -> None:
    made = select(StageMove.application_id).where(StageMove.id == move_id)
    if work.connection.execute(made).scalar_one() != application_id:
        raise Conflict("this external_id was used for a move of another application")


def _results(work: Work, bulk_id: int) -> list[MoveResult]:
    rows = work.connection.execute(
        select(BulkMoveItem.application_ref, BulkMoveItem.status, BulkMoveItem.reason, Enrolment.public_id)
        .outerjoin(Enrolment, Enrolment.id == BulkMoveItem.enrolment_id)
        .where(BulkMoveItem.bulk_move_id == bulk_id)
        .order_by(BulkMoveItem.place)
    )
    return [
        MoveResult(application=ref, status=MoveStatus(status), reason=reason, enrolment=enrolment)
        for ref, status, reason, enrolment in rows
    ]


def _counts(results: list[MoveResult]) -> Counts:
    counted = {status.value: sum(result.status is status for result in results) for status in MoveStatus}
    return Counts(total=len(results), **counted)
