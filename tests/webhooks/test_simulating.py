"""The simulator's page without script: each event is a form, and nothing of it touches the installation."""

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.dialogue.rehearsal import read_transcript, rehearse
from bot.models import Application, Candidate, Message, Role, Simulation
from bot.pipeline.publishing import keep_draft
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.webhooks.desk import Desk, on_sqlite
from tests.webhooks.test_editor import form_of, raw, stage
from tests.webhooks.test_editor_files import SOUND

__all__ = ["stage"]


@pytest.fixture
def desk(runtime: Runtime, stage: str) -> Desk:
    with unit_of_work(runtime) as work:
        keep_draft(work, 1, SOUND)
    return Desk(runtime)


def act(desk: Desk, stage: str, word: str, text: str, after: int | None = None) -> Any:
    page = raw(desk, f"/stages/{stage}/simulator")
    form = {name: values[-1] for name, values in form_of(page, 'class="write"').items()}
    changes = {"word": word, "text": text} | ({} if after is None else {"after": str(after)})
    return desk.client.post(f"/stages/{stage}/simulator", data={**form, **changes})


def thread(desk: Desk, stage: str) -> list[str]:
    page = raw(desk, f"/stages/{stage}/simulator")
    return [
        " ".join(text.split()) for text in re.findall(r'<span class="text" dir="auto">(.*?)</span>', page, re.DOTALL)
    ]


def again(desk: Desk, stage: str, path: str = "again", **fields: Any) -> Any:
    csrf = form_of(raw(desk, f"/stages/{stage}"))["csrf"]
    return desk.client.post(f"/stages/{stage}/simulator/{path}", data={"csrf": csrf, **fields})


def test_opening_it_begins_and_events_follow_each_other(desk: Desk, stage: str) -> None:
    assert thread(desk, stage) == ["Hi. Shall we start?"]
    assert act(desk, stage, "candidate", "ok").status_code == 303
    assert act(desk, stage, "taps", "Yes").status_code == 303
    assert thread(desk, stage)[-2:] == ["Yes", "Which shift?"]
    assert again(desk, stage, "back").status_code == 303
    assert thread(desk, stage)[-1] == "Do you drive?"


def test_nothing_of_the_installation_is_touched(desk: Desk, stage: str) -> None:
    act(desk, stage, "candidate", "ok")
    act(desk, stage, "wait", "P9D")
    with reading(desk.runtime) as work:
        for table in (Message, Candidate, Application):
            assert work.connection.execute(select(func.count(table.id))).scalar_one() == 0
        assert work.connection.execute(select(Simulation.events)).scalar_one() == [["candidate", "ok"], ["wait", "P9D"]]


def test_an_event_that_was_sent_twice_happens_once(desk: Desk, stage: str) -> None:
    act(desk, stage, "candidate", "ok", after=0)
    act(desk, stage, "candidate", "ok", after=0)
    assert thread(desk, stage).count("ok") == 1


def test_two_users_play_beside_each_other_and_nobody_is_locked_out_of_the_draft(desk: Desk, stage: str) -> None:
    other = Desk(desk.runtime, Role.ADMIN)
    act(desk, stage, "candidate", "mine")
    act(other, stage, "candidate", "theirs")
    assert "theirs" not in thread(desk, stage)
    assert "mine" not in thread(other, stage)
    form = form_of(raw(other, f"/stages/{stage}?part=welcome"))
    assert other.client.post(f"/stages/{stage}/draft", data={**form, "welcome.text": "New words?"}).status_code == 303
    assert thread(desk, stage)[0] == "Hi. Shall we start?"  # as it was when it began
    assert "The draft has changed since" in raw(desk, f"/stages/{stage}/simulator")
    again(desk, stage)
    assert thread(desk, stage) == ["New words?"]


@on_sqlite
def test_a_draft_with_errors_says_what_to_mend_and_where(desk: Desk, stage: str) -> None:
    form = form_of(raw(desk, f"/stages/{stage}?part=conclusion"))
    desk.client.post(f"/stages/{stage}/draft", data={**form, "conclusion.text": ""})
    page = raw(desk, f"/stages/{stage}/simulator")
    assert "part=conclusion#conclusion.text" in page
    assert desk.client.get(f"/stages/{stage}/simulator/transcript").status_code == 404


@on_sqlite
def test_the_sample_candidate_stands_for_the_variables(desk: Desk, stage: str) -> None:
    with unit_of_work(desk.runtime) as work:
        keep_draft(
            work,
            1,
            {
                **SOUND,
                "welcome": {"text": "Hi {{ candidate.first_name }} in {{ candidate.city }} at {{ company.name }}?"},
            },
        )
    again(desk, stage, candidate="Zoë <b> Lima", city="Faro", company="Café & Co", channel="sms", fails="")
    assert thread(desk, stage) == ["Hi Zoë in Faro at Café &amp; Co?"]
    assert 'class="phone sms"' in raw(desk, f"/stages/{stage}/simulator")
    again(desk, stage)  # keeps the sample
    assert thread(desk, stage) == ["Hi Zoë in Faro at Café &amp; Co?"]
    again(desk, stage, channel="whatsapp", fails="63024")
    assert "Not delivered: 63024" in raw(desk, f"/stages/{stage}/simulator")


@on_sqlite
def test_a_conversation_is_saved_rehearses_as_written_and_opens_again(desk: Desk, stage: str) -> None:
    act(desk, stage, "candidate", "ok")
    act(desk, stage, "fails", "63013")
    act(desk, stage, "taps", "Yes")
    act(desk, stage, "sends", "image")
    answer = desk.client.get(f"/stages/{stage}/simulator/transcript")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="barista-screening.txt"'
    assert rehearse(SOUND, read_transcript(answer.text)) == []
    again(desk, stage, "again")
    assert again(desk, stage, "open", source=answer.text).status_code == 303
    assert "what the transcript says, in every line" in desk.page(f"/stages/{stage}/simulator")
    assert "Do you drive?" in thread(desk, stage)


@on_sqlite
def test_a_transcript_that_differs_is_told_line_by_line(desk: Desk, stage: str) -> None:
    again(desk, stage, "open", source="bot Something else\ncandidate ok\nstatus completed\n")
    page = desk.page(f"/stages/{stage}/simulator")
    assert "Line 1: the transcript has “bot Something else”" in page.replace("bot  ", "bot ")
    again(desk, stage, "open", source="nonsense")
    assert "The transcript cannot be played" in desk.page(f"/stages/{stage}/simulator")


@on_sqlite
@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("candidate", "   "),
        ("wait", "P1Y"),
        ("wait", "soon"),
        ("fails", "7"),
        ("sends", "smell"),
        ("bot", "hi"),
        ("", ""),
        ("ends", "x"),
    ],
)
def test_events_that_make_no_sense_are_refused(desk: Desk, stage: str, word: str, text: str) -> None:
    assert act(desk, stage, word, text).status_code == 400


@on_sqlite
def test_what_cannot_be_tapped_is_told_and_can_be_taken_back(desk: Desk, stage: str) -> None:
    act(desk, stage, "taps", "Nothing")
    assert "cannot be tapped" in raw(desk, f"/stages/{stage}/simulator")
    again(desk, stage, "back")
    assert "cannot be tapped" not in raw(desk, f"/stages/{stage}/simulator")


@on_sqlite
def test_no_conversation_lasts_for_years(desk: Desk, stage: str) -> None:
    act(desk, stage, "wait", "P500D")
    act(desk, stage, "wait", "P500D")
    assert "no campaign lasts that long" in desk.page(f"/stages/{stage}/simulator")
    act(desk, stage, "wait", "P999999D")
    with reading(desk.runtime) as work:
        assert work.connection.execute(select(Simulation.events)).scalar_one() == [["wait", "P500D"]]


@on_sqlite
def test_the_phone_begins_by_itself_once_the_draft_can_be_played(desk: Desk, stage: str) -> None:
    with unit_of_work(desk.runtime) as work:
        keep_draft(work, 1, SOUND | {"modules": []})
    again(desk, stage)  # what is kept now cannot be played
    assert "This draft cannot be played yet" in desk.page(f"/stages/{stage}/simulator")
    with unit_of_work(desk.runtime) as work:
        keep_draft(work, 1, SOUND)
    assert thread(desk, stage) == ["Hi. Shall we start?"]
    act(desk, stage, "candidate", "ok")
    assert thread(desk, stage)[-1] == "Do you drive?"
