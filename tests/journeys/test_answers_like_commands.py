"""What answers the open question is kept, though the same words are a command elsewhere."""

from sqlalchemy import select

from bot.models import Answer, Conversation
from bot.work import reading
from tests.stories import TWO_QUESTIONS, Story

PEOPLE = {"key": "people", "type": "number", "text": "Wie viele Personen hast du geführt?"}
CHECKS = {"key": "checks", "type": "choice", "text": "Wer soll prüfen?", "options": ["Eine Person", "Ein Computer"]}
CAMPAIGN = TWO_QUESTIONS | {
    "language": "de",
    "modules": [{"key": "basics", "type": "questions", "questions": [PEOPLE, CHECKS]}],
    "rules": [],
}


def kept(story: Story) -> tuple[list[object], str | None]:
    """Return the answers, and why a person should look at the conversation."""
    with reading(story.runtime) as work:
        answers = work.connection.execute(select(Answer.value).order_by(Answer.id)).scalars()
        return list(answers), work.connection.execute(select(Conversation.needs_person)).scalar_one()


def test_one_person_is_an_answer_where_people_are_counted_or_offered(story: Story) -> None:
    story.job(campaign=CAMPAIGN)
    story.apply()
    for text in ("ja", "Eine Person", "Eine Person"):
        story.says(text)
    assert kept(story) == ([1, "Eine Person"], None)


def test_a_wish_for_a_person_is_obeyed_there_all_the_same(story: Story) -> None:
    story.job(campaign=CAMPAIGN)
    story.apply()
    for text in ("ja", "Ich möchte mit einer Person sprechen"):
        story.says(text)
    assert kept(story) == ([], "asked")
