"""Every type of question, given anything at all; and what a candidate copies from our own message."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.question_types import (
    Accepted,
    Choice,
    Choices,
    Date,
    Email,
    Location,
    LongText,
    Number,
    Phone,
    QuestionType,
    Rating,
    Refused,
    Reply,
    Text,
    TrueFalse,
    Unsure,
    YesNo,
)
from flows.understanding.choices import read_choice, read_choices
from flows.understanding.commands import Command, read_command
from flows.understanding.lexicon import LANGUAGES
from flows.understanding.reading import Understood

OPTIONS = ("Morning", "Night shift (22-06)", "No experience", "1-3 years", "Monday", "Tuesday", "€10-12")
TYPES: tuple[QuestionType, ...] = (
    Text(),
    LongText(),
    Number(),
    Date(),
    Choice(OPTIONS),
    Choice(("Yes", "No")),
    Choice(("True", "False")),
    Choices(OPTIONS, min=1, max=3),
    YesNo(),
    TrueFalse(),
    Email(),
    Phone(),
    Rating(),
    Location(),
)
HOSTILE = (
    "1" * 4096,
    "1 " * 2048,
    "1.1." * 1024,
    "-" * 4096,
    "." * 300,
    "👍" * 300,
    "👨‍👩‍👧‍👦" * 500,
    "و" * 300,
    "واحد و" * 50,
    "ﷺ" * 4096,
    "½²" * 150,
    "❶",
    "➋, ፫",
    "a@" * 2048,
    "@" * 4096,
    "a" * 64 + "@" + "b." * 2000,
    "1°1'1\"N " * 33,
    "\x00\u202e\ufeff\ud7ff" * 70,
    "fünfhundert" * 27,
    "quatre-vingt-" * 23,
    "please stop not no more messages " * 9,
    "morning or not evning 1 to 3 " * 10,
    "monday next week in 2 days or " * 10,
    "{{ x }} %s <b> '; --" * 15,
    "(a+)+$ " * 42,
)
WORDS = [
    "yes",
    "no",
    "not",
    "maybe",
    "1",
    "2",
    "3",
    "22",
    "march",
    "monday",
    "next",
    "in",
    "two",
    "weeks",
    "or",
    "and",
    "to",
    "the",
    "a",
    "of",
    ",",
    ".",
    "-",
    "/",
    "@",
    "gmail",
    "com",
    "stop",
    "please",
    "messages",
    "me",
    "don't",
    "any",
    "more",
    "than",
    "half",
    "years",
    "ago",
    "morning",
    "ja",
    "nein",
    "nicht",
    "el",
    "que",
    "أو",
    "لا",
    "نعم",
    "و",
    "من",
    "٣",
    "👍",
    "⭐",
    "?",
]
ANYTHING = st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)
LABELS = st.text(st.characters(categories=["Ll"], max_codepoint=0x24F), min_size=4, max_size=9)


def judged(question: QuestionType, text: str, locale: str) -> Accepted | Unsure | Refused:
    return question.judge(Reply(text=text, locale=locale, today=date(2026, 3, 18), region="PT"))


def test_hostile_texts_are_judged_in_every_language() -> None:
    for text in HOSTILE:
        for locale in LANGUAGES:
            assert read_command(text, locale) in {None, *Command}
            for question in TYPES:
                assert isinstance(judged(question, text, locale), Accepted | Unsure | Refused)


@given(text=ANYTHING, locale=st.sampled_from(LANGUAGES), question=st.sampled_from(TYPES))
@settings(max_examples=600, deadline=None)
def test_a_doubt_offers_one_to_three_different_values(text: str, locale: str, question: QuestionType) -> None:
    match judged(question, text, locale):
        case Unsure(values=values):
            assert 1 <= len(values) <= 3
            assert all(value not in values[:at] for at, value in enumerate(values))
        case Refused(problem=problem):
            assert problem


@example(text="none", locale="en")
@example(text="\U00010107A", locale="en")
@given(text=ANYTHING, locale=st.sampled_from(LANGUAGES))
@settings(max_examples=300, deadline=None)
def test_a_question_is_never_a_plain_answer(text: str, locale: str) -> None:
    for question in (Number(), Date(), YesNo(), TrueFalse(), Rating(), Choice(OPTIONS), Choices(OPTIONS)):
        assert not isinstance(judged(question, f"{text} ok?", locale), Accepted)


NUMBERED = {
    "en": "option {}|number {}|{} please|the {}",
    "es": "opción {}|la {}|el {} por favor|número {}",
    "pt": "opção {}|a {}|o {} por favor|número {}",
    "fr": "option {}|le {}|la {} svp|numéro {}",
    "de": "Option {}|die {}|Nummer {}|{} bitte",
    "nl": "optie {}|nummer {}|{} graag|de {}",
    "ar": "الخيار {}|رقم {}|{} من فضلك",
}


@given(
    labels=st.lists(LABELS, min_size=2, max_size=10, unique=True),
    lang=st.sampled_from(LANGUAGES),
    data=st.data(),
)
@settings(max_examples=400, deadline=None)
def test_the_number_of_a_line_is_read_back(labels: list[str], lang: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(labels)))
    digits = data.draw(st.sampled_from((str(at), str(at).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))))
    form = data.draw(st.sampled_from(("{}", "{}.", "{})", "({})", "#{}", "{}!", *NUMBERED[lang].split("|"))))
    text = form.format(digits)
    assert read_choice(text, labels, lang) == Understood(labels[at - 1]), text
    assert read_choices(text, labels, lang) == Understood((labels[at - 1],)), text


@given(
    labels=st.lists(st.text(min_size=1, max_size=20).filter(str.strip), min_size=2, max_size=10, unique_by=str.strip),
    lang=st.sampled_from(LANGUAGES),
    data=st.data(),
)
@settings(max_examples=300, deadline=None)
def test_a_label_copied_to_the_letter_is_read_back(labels: list[str], lang: str, data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(labels))
    assert read_choice(label, labels, lang) == Understood(label)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_days_may_be_named_otherwise_than_on_the_label(lang: str) -> None:
    days = {
        "en": ("Mon", "Wed", "Mondays and wednesday"),
        "es": ("Lun", "Mié", "lunes y miércoles"),
        "pt": ("Seg", "Qua", "segunda e quarta"),
        "fr": ("Lun", "Mer", "lundi et mercredi"),
        "de": ("Mo", "Mi", "Montag und Mittwoch"),
        "nl": ("ma", "wo", "maandag en woensdag"),
        "ar": ("الإثنين", "الأربعاء", "الاتنين والاربعاء"),
    }
    first, second, text = days[lang]
    assert read_choices(text, (first, second), lang) == Understood((first, second))
