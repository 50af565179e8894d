"""Whether a reply takes up the words of what was asked."""

import pytest

from flows.understanding.echoes import is_label, is_part_of, names_people, takes_up


@pytest.mark.parametrize(
    "text",
    [
        "How many people have you led?",
        "Wie viele Mitarbeiter hatten Sie?",
        "¿A cuántas personas has dirigido?",
        "Quantas pessoas liderou?",
        "Combien de collaborateurs aviez-vous ?",
        "Hoeveel medewerkers had je?",
        "كم عدد الأشخاص في فريقك؟",
    ],
)
def test_a_question_that_counts_people_names_them(text: str) -> None:
    assert names_people(text)


@pytest.mark.parametrize("text", ["How many years?", "Wie viele Sprachen sprechen Sie?", "كم سنة عملت؟", ""])
def test_other_questions_name_no_people(text: str) -> None:
    assert not names_people(text)


@pytest.mark.parametrize(
    ("text", "asked", "locale"),
    [
        ("not interested", "Are you interested in night shifts?", "en"),
        ("ich bin nicht interessiert", "Sind Sie an Nachtschichten interessiert?", "de"),
        ("no me interesa", "¿Le interesa el turno de noche?", "es"),
        ("غير مهتم", "هل أنت مهتم بالعمل الليلي؟", "ar"),
    ],
)
def test_a_refusal_in_the_words_of_the_question_takes_them_up(text: str, asked: str, locale: str) -> None:
    assert takes_up(text, asked, locale)
    assert not takes_up(text, "1 + 1", locale)


def test_a_label_may_lose_or_gain_an_article_and_gain_courtesies() -> None:
    assert is_label("person please", "A person", "en")
    assert is_label("the recruiter", "Recruiter", "en")
    assert not is_label("a person", "In person", "en")
    assert not is_label("please", "A person", "en")


def test_a_wish_is_no_part_of_a_label() -> None:
    assert is_part_of("agent", "Travel agent", "en")
    assert not is_part_of("I want to change my answer", "Change manager", "en")
    assert not is_part_of("talk to a person", "In person", "en")
