"""What the variables of recruiters' texts become in the words that candidates read."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import MessageStatus
from bot.dialogue.rehearsal import read_transcript, rehearse
from bot.dialogue.simulator import Scene, simulate
from tests.stories import TWO_QUESTIONS, Story

CONCLUSION = "{{ answers.licence }}; {{ answers.days }}; {{ answers.start }}; {{ answers.sure }}; {{ answers.year }}"


def campaign(conclusion: str) -> dict[str, Any]:
    """Return a campaign whose last words repeat what it was told."""
    questions = [
        {"key": "licence", "type": "yes_no", "text": "Do you drive?"},
        {"key": "days", "type": "choices", "text": "Which days?", "options": ["Mon", "Tue", "Wed"]},
        {"key": "start", "type": "date", "text": "When can you start?"},
        {"key": "sure", "type": "true_false", "text": "The earth is flat."},
        {"key": "year", "type": "number", "text": "Since when do you drive?"},
        {"key": "note", "type": "text", "text": "Anything else?", "required": False},
    ]
    modules = [{"key": "basics", "type": "questions", "questions": questions}]
    return {**deepcopy(TWO_QUESTIONS), "modules": modules, "rules": [], "conclusion": {"text": conclusion}}


REPLIES = ("ok", "no", "Mon and Tue", "2026-04-01", "false", "2019")


def test_answers_are_repeated_as_people_write_them(story: Story) -> None:
    story.job(campaign=campaign(CONCLUSION))
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    for reply in (*REPLIES, "skip"):
        story.says(reply)
    assert story.sender.texts()[-1] == "No; Mon, Tue; April 1, 2026; False; 2019"


def test_answers_are_repeated_in_the_language_of_the_candidate(story: Story) -> None:
    story.job(campaign=campaign(CONCLUSION))
    story.apply(language="de")
    story.last_reports(MessageStatus.DELIVERED)
    for reply in ("ok", "nein", "Mon und Tue", "1.4.2026", "falsch", "2019", "überspringen"):
        story.says(reply)
    assert story.sender.texts()[-1] == "Nein; Mon, Tue; 1. April 2026; Falsch; 2019"


@pytest.mark.parametrize(("reply", "words"), [("2026-04-01", "You wrote 2026-04-01."), ("skip", "You wrote.")])
def test_a_text_is_repeated_to_the_letter_and_a_skipped_one_leaves_no_hole(
    story: Story, reply: str, words: str
) -> None:
    story.job(campaign=campaign("You wrote {{ answers.note }}."))
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    for earlier in (*REPLIES, reply):
        story.says(earlier)
    assert story.sender.texts()[-1] == words


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["Mon", "Tue"], "Mon, Tue"),
        (True, "Yes"),
        ({"latitude": 38.72, "longitude": -9.14, "label": "Lisboa"}, "Lisboa"),
        ({"latitude": 0.0, "longitude": -9.14, "label": ""}, "0.0, -9.14"),
        ({"name": "Maria", "title": "Manager"}, "Maria, Manager"),
    ],
)
def test_custom_fields_are_written_as_people_write_them(story: Story, value: object, shown: str) -> None:
    said = campaign("Noted: {{ candidate.fields.wish }}.")
    said["welcome"] = {**said["welcome"], "text": "{{ candidate.fields.wish }}?"}
    story.job(campaign=said)
    story.apply(fields={"wish": value})
    assert story.sender.texts()[0] == f"{shown}?"


@pytest.mark.parametrize(("kind", "shown"), [("text", "2026-03-02"), ("date", "March 2, 2026")])
def test_a_field_is_written_like_the_answer_that_fills_it(story: Story, kind: str, shown: str) -> None:
    question = {"key": "wish", "type": kind, "text": "Which?", "maps_to": "candidate.fields.wish"}
    said = campaign("{{ answers.wish }}, {{ candidate.fields.wish }}.")
    story.job(campaign={**said, "modules": [{"key": "basics", "type": "questions", "questions": [question]}]})
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    story.says("2026-03-02")
    assert story.sender.texts()[-1] == f"{shown}, {shown}."


def test_the_company_has_the_name_of_the_setting(story: Story) -> None:
    said = campaign("Goodbye from {{ company.name }}.")
    said["welcome"] = {**said["welcome"], "text": "Hello from {{ company.name }}."}
    story.job(campaign=said)
    story.apply()
    assert story.sender.texts()[0] == f"Hello from {story.runtime.settings.company}."


def test_a_rehearsal_and_the_simulator_say_the_same() -> None:
    definition = campaign("At {{ company.name }} you said " + CONCLUSION)
    ends = "bot  At our company you said No; Mon, Tue; April 1, 2026; False; 2019"
    heard = "".join(f"candidate  {reply}\nbot  …\n" for reply in REPLIES)
    transcript = f"bot  …\n{heard}candidate  skip\n{ends}\nends completed\n"
    assert rehearse(definition, read_transcript(transcript)) == []
    simulator = simulate(definition, Scene(now=datetime(2026, 3, 2, 9, tzinfo=UTC)))
    for reply in (*REPLIES, "skip"):
        simulator.hear(reply)
    assert simulator.said()[-1].text == ends.removeprefix("bot  ")
