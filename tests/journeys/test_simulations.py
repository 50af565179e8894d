"""Conversations that are played beside the editor: the real engine, with nothing that leaves and nothing that stays."""

import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.channels.base import ChannelKind
from bot.dialogue.rehearsal import rehearse
from bot.dialogue.scenes import ATTACHMENTS, Scene
from bot.dialogue.transcripts import Act, one_line, read_transcript
from bot.insight.simulations import MOST_ACTS, Played, obstacles, play
from bot.models import Message
from bot.runtime import Runtime
from bot.work import reading
from flows.editing import edit
from flows.parsing import parse_text

SCENE = Scene(now=datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
BOTH = replace(SCENE, others=(ChannelKind.SMS,))


def campaign() -> dict[str, Any]:
    found = parse_text("""
callboard: 1
name: Screening
language: en
expires_after: P3D
reopen: true
reminders: [{after: P1D, text: "Still there, {{ candidate.first_name }}?"}]
welcome: "Hi {{ candidate.first_name }} from {{ company.name }}. Shall we start?"
modules:
  - {key: hello, type: content, blocks: [{text: "Two\\n\\nquestions …"}, {image: "https://example.org/a.jpg"}]}
  - key: basics
    type: questions
    questions:
      - {key: licence, type: yes_no, text: "Do you drive?"}
      - {key: shift, type: choice, text: "Which shift?", options: [Morning, Noon, Evening, Night]}
      - {key: about, type: long_text, text: "Tell us more.", required: false}
  - {key: more, type: content, blocks: [{text: "You said: {{ answers.about }}"}]}
rules:
  - {after: licence, if: {is: "no"}, go_to: conclusion, tag: no car}
  - {after: shift, if: {any_of: [Night]}, else: more, score: 5}
conclusion: "Bye, {{ candidate.first_name }} ({{ candidate.city }})."
""")
    assert isinstance(found, dict)
    return found


def played(*acts: tuple[str, str], scene: Scene = SCENE, **changes: Any) -> Played:
    return play({**campaign(), **changes}, scene, [Act(*act) for act in acts])


def texts(told: Played) -> list[str]:
    return [said.text for step in told.steps for said in step.said]


def test_opening_it_begins_and_the_trace_tells_what_happens() -> None:
    told = played(("candidate", "ok"), ("taps", "No"))
    assert texts(told)[0].startswith("Hi Ann from ")
    assert told.steps[0].trace[-1] == "It waits at the welcome for a reply."
    assert "It waits for the answer to “licence” in module “basics”." in told.steps[1].trace
    assert told.steps[2].trace[:-1] == (
        "Stored: licence = false, from “No”.",
        "Rule 1 holds: go to the conclusion; noted: tag “no car”. (After “licence”: if the answer is “no”, go to the conclusion, note the tag “no car”)",
    )
    assert told.stands.status == "completed"


def test_a_reply_that_is_not_understood_is_told_with_its_try() -> None:
    told = played(("candidate", "ok"), ("candidate", "yes"), ("candidate", "banana"))
    assert told.steps[-1].trace == ("Not understood, or not for certain: “shift” is at try 2 of 3.",)
    assert [option.label for option in told.offered] == ["Morning", "Noon", "Evening", "Night"]


def test_time_brings_reminders_and_expiry_and_a_late_reply_goes_on() -> None:
    told = played(("candidate", "ok"), ("wait", "P2D"), ("wait", "P2D"), ("candidate", "yes"))
    assert [said.text for said in told.steps[2].said] == ["Still there, Ann?"]
    assert told.steps[3].status == "expired"
    assert told.stands.status == "in_progress"
    assert told.now == datetime(2026, 3, 6, 9, 0, tzinfo=UTC)


def test_a_welcome_that_is_lost_goes_over_the_other_channel_where_there_is_one() -> None:
    told = played(("candidate", "hello"), scene=replace(BOTH, fails=("63024",)))
    first = told.steps[0].said
    assert [(said.kind, said.error_code) for said in first] == [("whatsapp", "63024"), ("sms", "")]
    assert any("63024" in line and "not on WhatsApp" in line for line in told.steps[0].trace)
    assert {said.kind for said in told.steps[1].said} == {ChannelKind.SMS}
    assert played(scene=replace(SCENE, fails=("63024",))).stands.status == "failed"


def test_a_failure_ordered_later_is_of_the_next_message() -> None:
    told = played(("fails", "63013"), ("candidate", "ok"))
    assert told.steps[0].said[0].error_code == ""
    assert [said.error_code for said in told.steps[2].said][:2] == ["63013", ""]
    assert told.armed == ()
    assert played(("fails", "63013")).armed == ("63013",)


@pytest.mark.parametrize("what", ATTACHMENTS)
def test_a_candidate_can_send_files(what: str) -> None:
    assert played(("candidate", "ok"), ("sends", what)).steps[-1].said


@pytest.mark.parametrize("kind", ["content", "questions", "video_interview", "collect", "schedule"])
def test_what_cannot_be_simulated_is_passed_over_with_a_note(kind: str) -> None:
    definition = campaign() | {"rules": []}
    for action in (f"add modules {kind}", "move modules[3] 0"):
        definition = edit(definition, {}, action).draft
    told = play(definition, SCENE, [Act("candidate", "ok")])
    assert bool(told.notes) is (kind in ("video_interview", "collect", "schedule"))
    assert told.stands.status == "in_progress"


def test_a_question_for_a_file_takes_any_text_meanwhile() -> None:
    definition = campaign()
    definition["modules"][1]["questions"][0] = {"key": "cv", "type": "file", "text": "Your CV?"}
    definition["rules"] = []
    told = play(definition, SCENE, [Act("candidate", "ok"), Act("candidate", "here")])
    assert told.notes
    assert told.steps[-1].answers == {"cv": "here"}


def test_what_cannot_be_tapped_is_told_and_the_rest_stays() -> None:
    told = played(("candidate", "ok"), ("taps", "Perhaps"), ("candidate", "yes"))
    assert "cannot be tapped" in told.problem
    assert len(told.steps) == 2


def test_a_campaign_with_errors_is_not_played() -> None:
    assert obstacles({**campaign(), "conclusion": ""})
    assert not obstacles(campaign())


def test_nothing_leaves_and_nothing_is_kept(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the simulator must not reach for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    played(("candidate", "ok"), ("sends", "image"), ("wait", "P9D"), scene=replace(BOTH, fails=("63024",)))
    monkeypatch.undo()
    with reading(runtime) as work:
        assert work.connection.execute(select(func.count(Message.id))).scalar_one() == 0


def test_the_same_events_give_the_same_conversation() -> None:
    acts = [("candidate", "ok"), ("fails", "30008"), ("candidate", "yes"), ("wait", "PT35M"), ("wait", "P1D")]
    once, again = played(*acts, scene=BOTH), played(*acts, scene=BOTH)
    assert [(step.said, step.trace, step.status) for step in once.steps] == [
        (step.said, step.trace, step.status) for step in again.steps
    ]


def green(told: Played) -> None:
    assert rehearse(campaign(), read_transcript(told.transcript())) == []


@pytest.mark.parametrize(
    "scene",
    [
        SCENE,
        replace(BOTH, fails=("63024",)),
        replace(SCENE, kind=ChannelKind.SMS, zone="America/New_York", candidate="José da Silva", city="São Paulo"),
        replace(SCENE, language="pt", company="Café  Norte", recruiter="", email="a@example.org", reference="B-7"),
    ],
)
def test_what_was_played_is_a_transcript_that_rehearses_as_written(scene: Scene) -> None:
    acts = [("candidate", "ok"), ("candidate", "yes"), ("fails", "63013"), ("candidate", "Night / or so"), ("wait", "P1D"),
            ("candidate", "3"), ("sends", "voice"), ("candidate", "two\n lines"), ("wait", "P9D"), ("candidate", "BACK")]  # fmt: skip
    told = played(*[(word, one_line(text)) for word, text in acts], scene=scene)
    assert told.problem == ""
    green(told)
    assert read_transcript(told.transcript()).acts == tuple(step.act for step in told.steps if step.act)


WRITTEN = st.one_of(
    st.text(max_size=30), st.sampled_from(["ok", "yes", "no", "2", "Night", "BACK", "SKIP", "STOP", "START", "HELP", "WITHDRAW", "# x", "…", " / "])
)  # fmt: skip
EVENTS = st.one_of(
    st.tuples(st.just("candidate"), WRITTEN),
    st.tuples(st.just("taps"), st.sampled_from(["Yes", "No", "Morning"])),
    st.tuples(st.just("sends"), st.sampled_from(sorted(ATTACHMENTS))),
    st.tuples(st.just("fails"), st.sampled_from(["30006", "63016", "63013", "21610", "30008", "20429"])),
    st.tuples(st.just("wait"), st.sampled_from(["PT1H", "P1D", "P4D"])),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(EVENTS, max_size=7), st.sampled_from([SCENE, BOTH]))
def test_whatever_is_played_rehearses_as_written(events: list[tuple[str, str]], scene: Scene) -> None:
    acts = [(word, one_line(text)) for word, text in events if one_line(text)]
    green(played(*acts, scene=scene))


def test_a_conversation_has_an_end_of_its_length() -> None:
    told = played(*[("wait", "PT1S")] * (MOST_ACTS + 5))
    assert len(told.steps) == MOST_ACTS + 1


def test_the_written_conversations_of_the_tests_can_be_opened() -> None:
    for path in Path(__file__).parents[1].joinpath("transcripts").glob("*.txt"):
        assert read_transcript(path.read_text()).acts
