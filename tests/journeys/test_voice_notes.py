"""A voice note, or a photo, in answer to a question that wants words."""

import pytest

from bot.channels.base import ChannelKind, InboundMessage, Media, MediaKind, MessageStatus
from bot.dialogue.inbox import receive
from tests.stories import ANN, OURS, Story

ASKS_FOR = {
    "text": {},
    "long_text": {},
    "yes_no": {},
    "true_false": {},
    "number": {},
    "date": {},
    "choice": {"options": ["Morning", "Night"]},
    "choices": {"options": ["Mon", "Tue", "Wed"]},
    "email": {},
    "phone": {},
    "rating": {},
    "location": {},
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ASKS_FOR)
def test_who_answers_with_a_voice_note_is_thanked_and_asked_for_words(story: Story, kind: str) -> None:
    question = {"key": "q", "type": kind, "text": "And?", **ASKS_FOR[kind]}
    story.job(
        campaign={
            "callboard": 1,
            "name": "One",
            "language": "en",
            "welcome": {"text": "Shall we start?", "template": {"name": "hello", "variables": {"1": "you"}}},
            "modules": [{"key": "m", "type": "questions", "questions": [question]}],
            "conclusion": {"text": "Bye."},
        }
    )
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    said = len(story.sender.accepted)
    note = Media("https://api.example/1", MediaKind.AUDIO)
    receive(
        story.runtime,
        "twilio",
        InboundMessage("SMvoice", ChannelKind.WHATSAPP, ANN, OURS[ChannelKind.WHATSAPP], "", media=(note,)),
    )
    story.send()
    assert story.sender.texts()[said].startswith("Thank you for the file, but I need your answer in words here.")
