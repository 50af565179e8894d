"""What becomes of an answer that is taken back, and of what followed from it."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channels.base import MessageStatus
from bot.dialogue.timers import expire_enrolments
from bot.insight.answers import standing_answers
from bot.intake.jobs import StagePlan
from bot.intake.stage_changes import rename_stage
from bot.models import Answer, Application
from bot.work import reading, unit_of_work
from flows.flow import StageType
from tests.stories import TWO_QUESTIONS, Story

RULES = [
    {"after": "licence", "if": {"is": "yes"}, "score": 10},
    {"after": "licence", "if": {"is": "yes"}, "tag": "driver"},
    {"after": "licence", "if": {"is": "yes"}, "propose_stage": "new"},
    {"after": "years", "if": {"at_least": 5}, "score": 5},
    {"after": "years", "if": {"at_least": 5}, "tag": "driver"},
    {"after": "years", "if": {"at_least": 5}, "tag": "old hand"},
    {"after": "years", "if": {"at_least": 5}, "propose_stage": "rejected"},
]


def scoring(*more: dict[str, Any]) -> dict[str, Any]:
    """Return a campaign whose rules judge, with a third question so that one can go back from the second."""
    campaign = deepcopy(TWO_QUESTIONS)
    campaign["modules"][1]["questions"].append({"key": "note", "type": "text", "text": "Anything else?"})
    campaign["rules"] = [*campaign["rules"], *RULES, *more]
    return campaign


def begun(story: Story, campaign: dict[str, Any]) -> int:
    """Let Ann begin; return her enrolment."""
    story.job(campaign=campaign)
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    assert applied.enrolment_id is not None
    return applied.enrolment_id


def judged(story: Story) -> tuple[int, list[str], str | None]:
    with reading(story.runtime) as work:
        columns = select(Application.score, Application.tags, Application.proposed_stage)
        return tuple(work.connection.execute(columns).one())  # type: ignore[return-value]


def listed(story: Story, enrolment_id: int) -> dict[str, Any]:
    with reading(story.runtime) as work:
        return {answer.question: answer.value for answer in standing_answers(work, enrolment_id)}


def test_an_answer_given_twice_scores_once(story: Story) -> None:
    begun(story, scoring())
    for reply in ("yes", "back", "yes"):
        story.says(reply)
    assert judged(story) == (10, ["driver"], "new")


def test_an_answer_taken_back_takes_its_score_its_tag_and_its_proposal_along(story: Story) -> None:
    enrolment_id = begun(story, scoring())
    story.says("yes")
    story.says("7")
    assert judged(story) == (15, ["driver", "old hand"], "rejected")
    story.says("back")
    assert judged(story) == (10, ["driver"], "new")
    story.says("back")
    assert judged(story) == (0, [], None)
    story.says("no")
    assert judged(story) == (0, [], None)
    assert story.enrolment(enrolment_id).status == "completed"


def test_answers_that_are_no_longer_on_the_way_do_not_stand(story: Story) -> None:
    enrolment_id = begun(story, scoring())
    for reply in ("yes", "7", "back", "back", "no"):
        story.says(reply)
    assert listed(story, enrolment_id) == {"licence": False}
    with reading(story.runtime) as work:
        rows = work.connection.execute(select(Answer.question, Answer.replaced_at).order_by(Answer.id)).all()
    assert [(row.question, row.replaced_at is not None) for row in rows] == [
        ("licence", True),
        ("years", True),
        ("licence", False),
    ]


def test_going_back_after_a_campaign_was_reopened_takes_back_what_was_scored_before(story: Story) -> None:
    enrolment_id = begun(story, {**scoring(), "reopen": True})
    story.says("yes")
    story.clock.moment = story.enrolment(enrolment_id).expires_at
    assert expire_enrolments(story.runtime)
    story.says("7")
    assert judged(story) == (15, ["driver", "old hand"], "rejected")
    for reply in ("back", "back", "yes", "7"):
        story.says(reply)
    assert judged(story) == (15, ["driver", "old hand"], "rejected")
    assert listed(story, enrolment_id + 1) == {"licence": True, "years": 7}


def resent(story: Story) -> int:
    """Send Ann's stage again; return the new enrolment."""
    with reading(story.runtime) as work:
        application_id = work.connection.execute(select(Application.id)).scalar_one()
    made = story.move(application_id, "Barista/screening")
    assert made is not None
    story.last_reports(MessageStatus.DELIVERED)
    return made


@pytest.mark.parametrize("first", [["yes"], ["yes", "6"], ["yes", "6", "Hi"], ["yes", "1", "Hi"], ["no"]])
def test_a_stage_that_is_sent_again_scores_as_if_it_had_been_answered_once(story: Story, first: list[str]) -> None:
    begun(story, scoring())
    for reply in first:
        story.says(reply)
    before = judged(story)
    resent(story)
    assert judged(story) == before
    for reply in ("ok", "yes", "1", "Hi"):
        story.says(reply)
    assert judged(story) == (10, ["driver"], "new")


def test_the_last_answers_replace_those_of_every_time_before(story: Story) -> None:
    begun(story, scoring())
    for replies in (["yes", "6", "Hi"], ["ok", "yes", "6", "Hi"], ["ok", "no"]):
        for reply in replies:
            story.says(reply)
        resent(story)
    assert judged(story) == (0, [], None)
    for reply in ("ok", "yes", "6"):
        story.says(reply)
    assert judged(story) == (15, ["driver", "old hand"], "rejected")


def test_a_stage_that_is_sent_again_after_it_was_reopened_scores_once(story: Story) -> None:
    begun(story, {**scoring(), "reopen": True})
    story.says("yes")
    story.clock.move(timedelta(days=8))
    expire_enrolments(story.runtime)
    story.says("6")
    story.says("Hi")
    assert judged(story) == (15, ["driver", "old hand"], "rejected")
    resent(story)
    for reply in ("ok", "yes", "6", "Hi"):
        story.says(reply)
    assert judged(story) == (15, ["driver", "old hand"], "rejected")


def test_what_another_stage_has_said_of_an_application_stays_when_one_is_sent_again(story: Story) -> None:
    begun(story, scoring())
    for reply in ("yes", "1", "Hi"):
        story.says(reply)
    with unit_of_work(story.runtime) as work:
        work.connection.execute(
            update(Application).values(score=Application.score + 7, tags=["driver", "met"], proposed_stage="rejected")
        )
    resent(story)
    for reply in ("ok", "no"):
        story.says(reply)
    assert judged(story) == (7, ["met"], "rejected")


def test_going_back_in_one_stage_leaves_what_another_says_alike(story: Story) -> None:
    story.job(campaign=scoring(), more=[StagePlan("assessment", StageType.ASSESSMENT, scoring())])
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    for reply in ("ok", "yes", "1", "Hi"):
        story.says(reply)
    assert judged(story) == (10, ["driver"], "new")
    story.move(applied.application_id, "Barista/assessment")
    story.last_reports(MessageStatus.DELIVERED)
    for reply in ("ok", "yes", "6"):
        story.says(reply)
    assert judged(story) == (25, ["driver", "old hand"], "rejected")
    story.says("back")
    story.says("back")
    assert judged(story) == (10, ["driver"], "new")


def test_a_campaign_in_force_proposes_a_stage_by_the_name_that_it_has_by_now(story: Story) -> None:
    begun(story, scoring())
    story.says("yes")
    with unit_of_work(story.runtime) as work:
        rename_stage(work, story.stages["Barista/new"], "Applied")
        rename_stage(work, story.stages["Barista/rejected"], "No")
        rename_stage(work, story.stages["Barista/rejected"], "Not now")
    story.says("7")
    assert judged(story)[2] == "Not now"
    story.says("back")
    assert judged(story)[2] == "Applied"
    story.says("back")
    assert judged(story)[2] is None
