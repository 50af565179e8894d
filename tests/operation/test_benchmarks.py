"""What the benchmarks measure goes through here too, small: a change that breaks one is seen before it is run."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from benchmarks.board import addresses, by_turns, sheet_form
from benchmarks.growth import Side, build
from benchmarks.live import prepare
from benchmarks.support.boards import Board, Listeners
from benchmarks.support.claiming import claim_seconds, leave_waiting, put_back
from benchmarks.support.conversation import apply_all
from benchmarks.support.crowd import PENDING, gather
from benchmarks.support.filling import queue_one_each
from benchmarks.support.installation import Installation, install
from benchmarks.support.recruiter import PART, Recruiter
from benchmarks.support.wire import conversation
from bot.models import Enrolment
from bot.work import reading
from webhooks.app import create_app
from webhooks.feed import News
from webhooks.streams import _event

MESSAGES = 2_000
pytestmark = pytest.mark.unmigrated


@pytest.fixture
def side(database_url: str, tmp_path: Path) -> Iterator[Side]:
    made = build(tmp_path / "bench", database_url.replace("+psycopg", ""), MESSAGES)
    yield made
    made.installation.runtime.database.engine.dispose()


@pytest.fixture
def bench(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "bench").mkdir()
    made = install(tmp_path / "bench", database_url.replace("+psycopg", ""))
    yield made
    made.runtime.database.engine.dispose()


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


def test_the_requests_of_the_load_are_signed_and_hold_a_whole_conversation(bench: Installation) -> None:
    apply_all(bench.runtime, bench.form_id, range(1))
    client = create_app(bench.runtime).test_client()
    for request in conversation(0, bench.port):
        assert posted(client, request).status_code == 200
    assert latest_status(bench) == "completed"


def test_the_board_of_a_crowd_holds_everybody_and_each_of_its_pages_can_be_measured(bench: Installation) -> None:
    recruiter = Recruiter(bench.runtime)
    crowd = gather(bench, 200, recruiter.user_id, last_page=3)
    pages = addresses(crowd)
    shown = {name: recruiter.get(address, PART).count(b'id="card-') for name, address in pages.items()}
    assert (shown["board"], shown["empty board"], shown["card"]) == (200, 0, 1)
    assert recruiter.get(pages["last page"]).count(b"<tr") == 4  # with the headings
    assert recruiter.get(pages["board"]).count(b'class="slip moving"') == PENDING
    assert b"200 people" in recruiter.post(f"/jobs/{crowd.full}/plan", sheet_form(crowd, all="1"))
    costs = by_turns(recruiter, pages, rounds=1)
    assert all(cost.cpu > 0 and cost.seconds > 0 for each in costs.values() for cost in each)


def test_the_callbacks_of_the_live_boards_are_signed_and_each_changes_a_card(bench: Installation) -> None:
    _, pending = prepare(bench, 2)
    client = create_app(bench.runtime).test_client()
    assert latest_status(bench) == "sending"
    assert [posted(client, callback.request).status_code for callback in pending] == [204, 204]
    assert latest_status(bench) == "delivered"


def test_a_board_that_listens_notes_each_card_once_however_the_stream_is_cut() -> None:
    listeners = Listeners(0, "job", [])
    stream = [_event(News("board-job", ids), 7) for ids in (("a", "b"), ("b", "c"))] + [_event(News("inbox"), 8)]
    whole = "".join(f"{len(text):x}\r\n{text}\r\n" for text in stream).encode()
    with socket.socket() as unused:
        board = Board("cookie", unused)
        for byte in whole:
            listeners.hear(board, bytes([byte]))
    assert {application: boards for application, (boards, _) in listeners.told.items()} == {"a": 1, "b": 1, "c": 1}


def posted(client: FlaskClient, request: bytes) -> TestResponse:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    return client.post(first.split()[1], data=body, headers=dict(line.split(": ", 1) for line in rest))


def latest_status(bench: Installation) -> str:
    with reading(bench.runtime) as work:
        last = select(Enrolment.status).order_by(Enrolment.id.desc()).limit(1)
        return str(work.connection.execute(last).scalar_one())
