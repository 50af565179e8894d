"""What answers the open question is its answer, though elsewhere it would be a command."""

from datetime import date

import pytest

from bot.engine.hearing import hear
from bot.engine.obeying import obeyed
from bot.engine.position import Position
from flows.modules.questions import Question
from flows.question_types import Accepted, Choice, Choices, Number, QuestionType, Rating, Reply, Text, Unsure, YesNo
from flows.understanding.commands import Command, read_command

COUNTED = [
    ("de", "Wie viele Personen hast du geführt?", "Eine Person"),
    ("de", "Wie viele Mitarbeiter hattest du?", "Einen Mitarbeiter."),
    ("es", "¿Cuántas personas has dirigido?", "una persona"),
    ("pt", "Quantas pessoas liderou?", "Uma pessoa"),
    ("fr", "Combien de personnes avez-vous dirigées ?", "une personne"),
    ("nl", "Aan hoeveel personen gaf je leiding?", "een persoon"),
    ("en", "How many people have you led?", "one person"),
    ("ar", "كم شخصا أدرت؟", "شخص واحد"),
    ("ar", "كم شخصا أدرت؟", "شخص"),
]
OFFERED = {
    "en": "A person",
    "de": "Eine Person",
    "es": "Una persona",
    "pt": "Uma pessoa",
    "fr": "Une personne",
    "nl": "Een persoon",
    "ar": "شخص",
}
HOW_LONG = "Wie viele Jahre hast du gearbeitet?"


def reply(text: str, locale: str = "en") -> Reply:
    return Reply(text, locale, date(2026, 3, 2), "PT")


def heard(kind: QuestionType, text: str, locale: str = "en", asked: str = "A question?", doubt: tuple[int, ...] = ()):
    """Return the command that a reply gives, or else how it is judged."""
    question, position = Question("q", asked, kind), Position("q:q", doubt=doubt)
    command = obeyed(read_command(text, locale), question, position, reply(text, locale))
    return command or hear(question, position, reply(text, locale))


@pytest.mark.parametrize(("locale", "asked", "text"), COUNTED)
def test_one_person_is_a_number_where_people_are_counted(locale: str, asked: str, text: str) -> None:
    assert heard(Number(), text, locale, asked) == Accepted(1)


@pytest.mark.parametrize(("locale", "_", "text"), COUNTED[:6])
def test_one_person_calls_a_person_where_something_else_is_counted(locale: str, _: str, text: str) -> None:
    assert heard(Number(unit="years"), text, locale, "How many people or years?") is Command.PERSON


def test_where_nothing_tells_what_is_counted_they_are_asked_and_saying_it_again_calls_a_person() -> None:
    assert heard(Number(), "Eine Person", "de", HOW_LONG) == Unsure((1,))
    assert heard(Number(), "Eine Person", "de", HOW_LONG, doubt=(1,)) is Command.PERSON


@pytest.mark.parametrize("text", ["eine Person bitte", "ich brauche eine Person", "Person", "keine Antwort"])
def test_a_wish_stays_one_though_people_are_counted(text: str) -> None:
    assert isinstance(heard(Number(), text, "de", COUNTED[0][1]), Command)


def test_a_rating_counts_no_people() -> None:
    assert heard(Rating(), "Eine Person", "de") is Command.PERSON


@pytest.mark.parametrize("locale", OFFERED)
def test_an_option_is_chosen_by_its_label_though_it_reads_as_a_command(locale: str) -> None:
    label = OFFERED[locale]
    assert heard(Choice((label, "42")), label.upper(), locale) == Accepted(label)
    assert heard(Choices((label, "42")), label, locale) == Accepted([label])


@pytest.mark.parametrize(
    ("label", "text"),
    [("Back office", "back"), ("Help desk", "help"), ("Next week", "next"), ("In person", "a person please")],
)
def test_part_of_a_label_may_be_either_and_saying_it_again_is_the_command(label: str, text: str) -> None:
    assert heard(Choice((label, "Other")), text) == Unsure((label,))
    assert isinstance(heard(Choice((label, "Other")), text, doubt=(1,)), Command)


@pytest.mark.parametrize("text", ["talk to a person", "I want to change my answer", "skip", "no comment"])
def test_a_wish_is_obeyed_though_an_option_has_one_of_its_words(text: str) -> None:
    assert isinstance(heard(Choice(("In person", "Change manager", "No car")), text), Command)


@pytest.mark.parametrize("kind", [Number(), Choice(("Stop", "Go")), Text(), YesNo()])
def test_stop_is_obeyed_whatever_is_open(kind: QuestionType) -> None:
    assert heard(kind, "stop") is Command.STOP


def test_not_interested_is_a_no_to_whoever_asks_for_interest() -> None:
    assert heard(YesNo(), "not interested", asked="Are you interested in night shifts?") == Accepted(value=False)
    assert heard(YesNo(), "not interested", asked="Do you have a licence?") is Command.WITHDRAW
    assert heard(Choice(("Yes", "No")), "not interested", asked="Interested in nights?") == Accepted("No")


def test_what_may_be_an_answer_or_a_withdrawal_is_asked() -> None:
    assert heard(YesNo(), "I already have a job", asked="Do you currently have a job?") == Unsure((True,))


def test_the_name_of_a_trade_answers_an_open_question() -> None:
    assert heard(Text(), "operator") == Accepted("operator")
