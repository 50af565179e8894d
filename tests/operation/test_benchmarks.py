"""What the benchmarks measure goes through here too, small: a change that breaks one is seen before it is run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.growth import Side, build
from benchmarks.support.claiming import claim_seconds, leave_waiting, put_back
from benchmarks.support.conversation import apply_all
from benchmarks.support.filling import queue_one_each
from benchmarks.support.wire import PATH, conversation
from bot.models import Enrolment
from bot.work import reading
from webhooks.app import create_app

MESSAGES = 2_000
pytestmark = pytest.mark.unmigrated


@pytest.fixture
def side(database_url: str, tmp_path: Path) -> Iterator[Side]:
    made = build(tmp_path / "bench", database_url.replace("+psycopg", ""), MESSAGES)
    yield made
    made.installation.runtime.database.engine.dispose()


def test_a_turn_a_board_and_a_claim_can_be_measured_in_a_database_that_was_filled_in(side: Side) -> None:
    seconds = [side.turn(), side.job_board(), side.claim()]
    assert all(0 < measured < 5 for measured in seconds)
    assert side.claim_the_last() > 0


def test_claims_can_be_measured_while_many_wait_and_while_few_do(side: Side) -> None:
    runtime = side.installation.runtime
    queue_one_each(side.installation, MESSAGES // 20)
    many = claim_seconds(runtime, 3)
    leave_waiting(runtime, 5)
    few = claim_seconds(runtime, 3)
    put_back(runtime)
    assert min(many, few, claim_seconds(runtime, MESSAGES // 20 - 6)) > 0


def test_the_requests_of_the_load_are_signed_and_hold_a_whole_conversation(side: Side) -> None:
    installation = side.installation
    apply_all(installation.runtime, installation.form_id, range(1))
    client = create_app(installation.runtime).test_client()
    for request in conversation(0, installation.port):
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        assert client.post(PATH, data=body, headers=headers).status_code == 200
    with reading(installation.runtime) as work:
        last = work.connection.execute(select(Enrolment.status).order_by(Enrolment.id.desc()).limit(1))
        assert last.scalar_one() == "completed"
