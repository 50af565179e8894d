"""A wish that stands beside an answer is not lost with the answer kept."""

import pytest

from bot.engine.hearing import hear
from bot.engine.position import Position
from flows.modules.questions import Question
from flows.question_types import (
    Accepted,
    Choice,
    Date,
    Email,
    Location,
    LongText,
    Number,
    Phone,
    QuestionType,
    Unsure,
    YesNo,
)
from flows.understanding.commands import Command
from tests.bot.engine.test_obeying import heard, reply

MAIL = "ana@example.com"
PERSON = {
    "en": "but I want to talk to a person",
    "es": "pero quiero hablar con una persona",
    "pt": "mas quero falar com uma pessoa",
    "fr": "mais je veux parler à une personne",
    "de": "aber ich möchte mit einer Person sprechen",
    "nl": "maar kan ik iemand spreken",
    "ar": "لكن أريد التحدث مع شخص",
}
STOP = {
    "en": "and please stop texting me",
    "es": "y no me escriban más",
    "pt": "e não me mandem mais mensagens",
    "fr": "et ne m'écrivez plus",
    "de": "und schreibt mir nicht mehr",
    "nl": "en stuur me geen berichten meer",
    "ar": "ولا ترسلوا لي رسائل",
}
ANSWERS: list[tuple[QuestionType, str]] = [
    (Email(), MAIL),
    (Phone(), "+351 912 345 678"),
    (Location(), "London"),
    (Number(), "3"),
    (YesNo(), "yes"),
]


@pytest.mark.parametrize("locale", PERSON)
@pytest.mark.parametrize(("kind", "answer"), ANSWERS)
def test_a_wish_for_a_person_or_for_silence_is_obeyed_beside_an_answer(
    kind: QuestionType, answer: str, locale: str
) -> None:
    assert heard(kind, f"{answer} {PERSON[locale]}", locale) is Command.PERSON
    assert heard(kind, f"{answer} {STOP[locale]}", locale) is Command.STOP


@pytest.mark.parametrize("text", [f"{MAIL}, help", f"skip, or {MAIL}", f"I want to withdraw but {MAIL}"])
def test_any_other_command_beside_an_answer_makes_it_doubtful(text: str) -> None:
    assert heard(Email(), text) == Unsure((MAIL,))


def test_a_yes_keeps_the_sentence_that_belongs_to_it() -> None:
    assert not isinstance(heard(YesNo(), "yes, and I already have a job"), Command)


def test_an_arabic_word_that_begins_with_and_is_no_new_clause() -> None:
    assert heard(Number(), "شخص واحد", "ar") == Accepted(1)


@pytest.mark.parametrize("text", ["{}, please call me", "{}. You can contact me any time", "Please call me: {}"])
def test_to_be_called_belongs_to_the_number_that_is_asked_for(text: str) -> None:
    assert heard(Phone(), text.format("+351 912 345 678")) == Accepted("+351912345678")
    assert heard(Number(), text.format("3")) != Accepted(3)


def test_a_text_is_kept_with_all_that_it_says() -> None:
    text = "I was a cook, and I want to talk to people"
    assert heard(LongText(), text) == Accepted(text)


def settled(kind: QuestionType, text: str, *doubt: object):
    return hear(Question("q", "A question?", kind), Position("q:q", doubt=doubt), reply(text))


def test_a_number_after_which_one_may_be_its_place_or_a_new_answer() -> None:
    assert settled(Number(), "1", 4, 3) == Unsure((4, 1))
    assert settled(Number(), "3", 4, 3) == Accepted(3)
    assert settled(Choice(("Morning", "Noon", "Night")), "1", "Noon", "Night") == Unsure(("Noon", "Morning"))
    assert settled(Choice(("Morning", "Noon", "Night")), "2", "Morning", "Noon") == Accepted("Noon")
    assert settled(Date(), "1", "2026-04-03", "2026-03-04") == Unsure(("2026-04-03", "2026-04-01"))


@pytest.mark.parametrize("text", ["b", "b please", "B, thanks", "b)"])
def test_the_letter_of_a_reading_may_have_courtesies_beside_it(text: str) -> None:
    assert settled(Number(), text, 4, 3) == Accepted(3)


def test_a_number_of_something_else_than_was_asked_for_is_doubtful() -> None:
    assert heard(Number(), "5 days", asked="How many years have you worked?") == Unsure((5,))
    assert heard(Number(unit="Jahre"), "20 Stunden", "de") == Unsure((20,))
    assert heard(Number(unit="years"), "5 years") == Accepted(5)
