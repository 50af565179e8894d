"""The same application posted several times at the same moment, as a caller does that has lost patience."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.intake.keys import create_key
from bot.models import Application, Candidate, Enrolment, Job, Message, Stage
from bot.work import reading, unit_of_work
from tests.stories import ANN, Story
from webhooks.app import create_app

AT_ONCE = 6


def _post_at_once(story: Story, bodies: list[dict[str, Any]]) -> list[Any]:
    with unit_of_work(story.runtime) as work:
        key = create_key(work, "tests", ())
    app = create_app(story.runtime)
    start = threading.Barrier(len(bodies))

    def post(body: dict[str, Any]) -> Any:
        with app.test_client() as client:
            start.wait(20)
            return client.post("/api/v1/applications", json=body, headers={"Authorization": f"Bearer {key}"})

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(post, bodies))


def _body(story: Story, **more: Any) -> dict[str, Any]:
    """Return an application as a caller names it, with public ids."""
    with reading(story.runtime) as work:
        row = work.connection.execute(
            select(Job.public_id, Stage.public_id)
            .join(Stage, Stage.job_id == Job.id)
            .where(Stage.id == story.stages["Barista/screening"])
        ).one()
    candidate = {"first_name": "Ann", "last_name": "Silva", "phone": ANN}
    return {"job": row[0], "stage": row[1], "candidate": candidate, **more}


def _counts(story: Story) -> list[int]:
    with reading(story.runtime) as work:
        models = (Application, Candidate, Enrolment, Message)
        return [work.connection.execute(select(func.count()).select_from(model)).scalar_one() for model in models]


@pytest.mark.parametrize("known", [False, True], ids=["a new person", "somebody known"])
@pytest.mark.parametrize("phones", [[ANN], [ANN, "+14155550102"]], ids=["one number", "two numbers"])
def test_the_same_external_id_at_once_makes_one_application(story: Story, phones: list[str], *, known: bool) -> None:
    story.job()
    if known:
        story.says("hello", phone=ANN)
    before = _counts(story)
    body = _body(story, external_id="ats-1")
    bodies = [{**body, "candidate": {**body["candidate"], "phone": phones[n % len(phones)]}} for n in range(AT_ONCE)]
    answers = _post_at_once(story, bodies)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({answer.json["id"] for answer in answers}) == 1
    after = _counts(story)
    made = [now - earlier for now, earlier in zip(after, before, strict=True)]
    assert (made[0], made[2], made[3]) == (1, 1, 1)


@pytest.mark.parametrize("known", [False, True], ids=["a new person", "somebody known"])
def test_the_same_candidate_at_once_makes_one_application_and_conflicts(story: Story, *, known: bool) -> None:
    story.job()
    if known:
        story.says("hello", phone=ANN)
    answers = _post_at_once(story, [_body(story)] * AT_ONCE)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: AT_ONCE - 1}
    made = next(answer.json["id"] for answer in answers if answer.status_code == 201)
    assert {answer.json["application"] for answer in answers if answer.status_code == 409} == {made}
    assert _counts(story)[:3] == [1, 1, 1]
