"""The sheet before a move says of each person what the move then does."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, select, update

from bot.dialogue.bulk_moves import Action
from bot.dialogue.takeover import hold
from bot.insight.previews import Outcome, preview_moves
from bot.insight.sheet_facts import AT_ONCE
from bot.insight.sheets import Sheet, sheet
from bot.intake.jobs import StagePlan
from bot.messaging.consent import opt_out
from bot.messaging.thread import lock_thread
from bot.models import (
    Address,
    Application,
    ApplicationState,
    BulkKind,
    Candidate,
    Consent,
    Job,
    JobState,
    MessageTemplate,
    Stage,
)
from bot.pipeline.closings import close_application
from bot.pipeline.stages import find_target
from bot.work import Work, reading, unit_of_work
from flows.flow import StageType
from tests.insight.crowds import crowd
from tests.stories import TWO_QUESTIONS, Story

MOVE, EVERYWHERE = BulkKind.MOVE, BulkKind.REJECT_EVERYWHERE


def told(story: Story, stage: str | None, *, ids: list[int] | None = None, kind: BulkKind = MOVE, **more: Any) -> Sheet:
    with reading(story.runtime) as work:
        job_id = work.connection.execute(
            select(Stage.job_id).where(Stage.id == story.stages["Barista/new"])
        ).scalar_one()
        mine = select(Application.id).where(Application.job_id == job_id).order_by(Application.id)
        ids = list(work.connection.execute(mine).scalars()) if ids is None else ids
        return sheet(work, job_id, ids, Action(kind, story.stages[stage] if stage else None, **more))


def groups(found: Sheet) -> list[tuple[str, str, int]]:
    return [(group.outcome.value, group.words, group.number) for group in found.groups]


def phones() -> Iterator[str]:
    return (f"+1415555{number:04d}" for number in range(100, 200))


def everybody(story: Story) -> None:
    """Let people of every kind be in the job, named after what is special about them."""
    numbers = phones()
    keys = {}
    for name in ("plain", "stopped", "nowhere", "sms only", "unreachable", "no consent", "held", "in window", "prefers sms",
                 "unreachable both", "withdrawn", "busy", "waits", "begun", "abroad", "sent", "overtaken"):  # fmt: skip
        phone = "+447700900123" if name == "abroad" else next(numbers)
        stage = "Barista/screening" if name in ("begun", "sent", "overtaken") else "Barista/new"
        keys[name] = story.apply(stage, phone=phone, first_name=name, channel="sms" if name == "prefers sms" else None)
        if name in ("begun", "in window", "held"):
            story.says("yes", phone=phone)
        if name in ("busy", "waits"):
            story.apply("Cook/screening", phone=phone)
        if name == "waits":
            story.move(keys[name].application_id, "Barista/screening")
        if name == "overtaken":
            story.apply("Cook/screening", phone=phone)
    with unit_of_work(story.runtime) as work:
        _make_special(work, {name: applied.candidate_id for name, applied in keys.items()})
        gone = keys["withdrawn"]
        close_application(work, lock_thread(work, gone.candidate_id), gone.application_id, ApplicationState.WITHDRAWN)


def _make_special(work: Work, who: dict[str, int]) -> None:
    opt_out(work, lock_thread(work, who["stopped"]))
    hold(work, lock_thread(work, who["held"]), "Rita")
    work.connection.execute(delete(Consent).where(Consent.candidate_id == who["no consent"]))
    withdrawn = update(Consent).where(Consent.candidate_id == who["sms only"], Consent.channel == "whatsapp")
    work.connection.execute(withdrawn.values(withdrawn_at=work.now))
    work.connection.execute(update(Candidate).where(Candidate.id == who["nowhere"]).values(phone=None))
    work.connection.execute(delete(Address).where(Address.candidate_id == who["nowhere"]))
    lost = update(Address).where(Address.candidate_id == who["unreachable"], Address.kind == "whatsapp")
    work.connection.execute(lost.values(unreachable_code="63003"))
    lost = update(Address).where(Address.candidate_id == who["unreachable both"])
    work.connection.execute(lost.values(unreachable_code="63003"))


@pytest.mark.parametrize(
    ("stage", "state", "approval"),
    [
        ("Barista/new", "open", "approved"),
        ("Barista/screening", "open", "approved"),
        ("Barista/rejected", "open", "approved"),
        ("Barista/offer", "open", "approved"),
        ("Barista/screening", "open", "pending"),
        ("Barista/screening", "paused", "approved"),
        ("Barista/rejected", "draft", "approved"),
    ],
)
def test_the_sheet_says_of_everybody_what_the_move_itself_does(
    story: Story, stage: str, state: str, approval: str
) -> None:
    story.job(more=[StagePlan("offer", StageType.OFFER, {**TWO_QUESTIONS, "name": "Offer"})])
    story.job("Cook")
    everybody(story)
    story.clock.move(timedelta(minutes=5))
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(MessageTemplate).values(status=approval))
        work.connection.execute(update(Job).where(Job.title == "Barista").values(state=state))
        target = find_target(work, story.stages[stage])
        refs = list(
            work.connection.execute(select(Application.public_id).where(Application.job_id == target.job_id)).scalars()
        )
    found = told(story, stage, again=True)
    made = {preview.application_ref: preview for preview in preview_moves(story.runtime, refs, target, sends=True)}
    for group in found.groups:
        for named in group.first:
            preview = made[named.id]
            assert (named.name, preview.outcome) == (named.name, group.outcome)
            if group.outcome is Outcome.SENDS:
                assert preview.channel
                assert {"whatsapp": "over WhatsApp", "sms": "over SMS"}[preview.channel] in group.words, named.name
                assert ("hands" in group.words) == ("hands" in (preview.explanation or "")), named.name
                assert (preview.template or "none") in group.words or preview.template is None, named.name
            elif group.outcome is not Outcome.SKIPPED:
                assert preview.explanation == group.words, named.name
    assert found.total == len(refs) == sum(found.counts.values())


def test_who_is_there_already_is_skipped_unless_the_stage_is_to_be_sent_again(story: Story) -> None:
    story.job()
    story.apply("Barista/screening")
    story.apply("Barista/new", phone="+14155550102")
    assert groups(told(story, "Barista/screening")) == [
        ("sends", "over WhatsApp, by the template hello", 1),
        ("skipped", "is in this stage already", 1),
    ]
    found = told(story, "Barista/screening", again=True)
    assert (found.count(Outcome.SENDS), found.campaign, found.stage_name) == (2, "Two questions", "screening")
    assert [(ended.job, ended.stage, ended.number) for ended in found.ends] == [("Barista", "screening", 1)]
    with reading(story.runtime) as work:
        assert found.example in set(work.connection.execute(select(Application.public_id)).scalars())


def test_the_sheet_names_what_a_move_lets_begin(story: Story) -> None:
    story.job()
    story.job("Cook")
    story.apply("Barista/screening")
    story.apply("Cook/screening")
    for stage, sends in (("Barista/new", True), ("Barista/rejected", True), ("Barista/rejected", False)):
        found = told(story, stage, sends=sends)
        assert [(begun.job, begun.stage, begun.number) for begun in found.begins] == [("Cook", "screening", 1)]
    assert told(story, "Barista/screening", again=True).begins == ()
    assert [begun.job for begun in told(story, None, kind=BulkKind.ARCHIVE).begins] == ["Cook"]


def test_the_sheet_for_rejecting_everywhere_names_the_other_jobs_and_lets_nothing_begin(story: Story) -> None:
    story.job()
    story.job("Cook")
    story.apply("Barista/screening")
    story.apply("Cook/screening")
    found = told(story, None, kind=EVERYWHERE)
    assert [(other.job, other.stage, other.number) for other in found.elsewhere] == [("Cook", "rejected", 1)]
    assert [(ended.job, ended.number) for ended in found.ends] == [("Barista", 1), ("Cook", 1)]
    assert found.begins == ()
    assert found.stage_id == story.stages["Barista/rejected"]
    assert groups(found) == [("sends", "over WhatsApp, by the template hello", 1)]


def test_what_cannot_be_done_at_all_is_said_at_once(story: Story) -> None:
    story.job(more=[StagePlan("draft", StageType.FORM)])
    story.job("Cook")
    story.apply("Barista/new")
    assert "not published" in told(story, "Barista/draft").refusal
    assert "another job" in told(story, "Cook/new").refusal
    assert told(story, None).refusal == "choose the stage into which they go"
    assert groups(told(story, "Barista/draft", sends=False)) == [("moves", "nothing is sent", 1)]
    assert told(story, None, kind=BulkKind.TAG, tag="x").total == 1
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Job).values(state=JobState.CLOSED))
    assert told(story, "Barista/screening").refusal.startswith("the job is closed")


def test_a_sheet_of_thousands_asks_for_a_thousand_at_once_and_writes_nothing(story: Story) -> None:
    story.job()
    crowd(story, 3_000)
    with unit_of_work(story.runtime) as work:
        ids = list(work.connection.execute(select(Application.candidate_id)).scalars())
        given = [{"candidate_id": key, "channel": "whatsapp", "source": "test", "given_at": work.now} for key in ids]
        work.connection.execute(insert(Consent), given)
        used = [{"candidate_id": key, "kind": "whatsapp", "value": f"+{key}", "used_at": work.now} for key in ids]
        work.connection.execute(insert(Address), used)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        asked.append(sql)

    event.listen(story.runtime.database.engine, "before_cursor_execute", note)
    found = told(story, "Barista/screening", again=True)
    event.remove(story.runtime.database.engine, "before_cursor_execute", note)
    assert len(asked) < 10 * 3_000 // AT_ONCE
    assert [sql for sql in asked if not sql.startswith("SELECT")] == []
    assert found.total == 3_000
    assert len(found.groups[0].first) == 20
