"""The answers of an enrolment as they stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.models import Answer, Enrolment, StageCampaignVersion
from bot.pipeline.runs import flow_of
from bot.work import Work


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """An answer that was not taken back; *version* is the number of the version that asked."""

    question: str
    type: str
    raw: str
    value: Any
    answered_at: datetime
    version: int


def standing_answers(work: Work, enrolment_id: int) -> list[StandingAnswer]:
    """Return the answers in order of asking.

    Rules only lead forward, so that is the order of the campaign; one given anew keeps its place.
    """
    rows = work.connection.execute(
        select(
            Answer.question,
            Answer.type,
            Answer.raw,
            Answer.value,
            Answer.answered_at,
            StageCampaignVersion.number,
        )
        .join(StageCampaignVersion, StageCampaignVersion.id == Answer.version_id)
        .where(Answer.enrolment_id == enrolment_id, Answer.replaced_at.is_(None))
        .order_by(Answer.id)
    )
    answers = [StandingAnswer(*row) for row in rows]
    version = select(Enrolment.version_id).where(Enrolment.id == enrolment_id)
    flow = flow_of(work, work.connection.execute(version).scalar_one()).flow
    places = {question.key: place for place, question in enumerate(flow.questions())}
    return sorted(answers, key=lambda answer: places.get(answer.question, len(places)))
