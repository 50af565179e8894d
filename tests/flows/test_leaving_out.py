"""A "no" to a question that may be left out is one in every language, and never an answer that nobody gave."""

from datetime import date
from decimal import Decimal

import pytest

from flows.leaving_out import judge
from flows.modules.questions import Question
from flows.question_types import (
    Accepted,
    Choice,
    Choices,
    Date,
    Email,
    Location,
    Number,
    Phone,
    Rating,
    Refused,
    Reply,
    Text,
    Unsure,
    YesNo,
)

NOES = [
    *(("en", no) for no in ("no", "No.", "nope", "no thanks", "No, thank you!", "none")),
    *(("es", no) for no in ("no", "No, gracias", "nope", "ninguno")),
    *(("pt", no) for no in ("não", "nao", "Não, obrigada", "nope")),
    *(("fr", no) for no in ("non", "Non merci", "nope", "aucun")),
    *(("de", no) for no in ("nein", "Nein, danke", "nö", "nope")),
    *(("nl", no) for no in ("nee", "Nee, bedankt", "nope", "geen")),
    *(("ar", no) for no in ("لا", "لا شكرا", "كلا", "no")),
]
NO_ANSWER = [Email(), Phone(), Date(), Rating(), Location(), Choice(("Morning", "Evening")), Choices(("Mon", "Tue"), 1)]


def judged(kind, text, locale="en", *, required=False):
    question = Question("q", "A question?", kind, required=required)
    return judge(question, Reply(text, locale, date(2026, 3, 2), "PT"))


@pytest.mark.parametrize(("locale", "no"), NOES)
@pytest.mark.parametrize("kind", NO_ANSWER, ids=lambda kind: type(kind).__name__)
def test_a_plain_no_leaves_out_what_may_be_left_out(kind, locale, no):
    if (locale, no) != ("ar", "كلا") or not isinstance(kind, Choice | Choices):  # "both", of two
        assert judged(kind, no, locale) == Accepted(None)


@pytest.mark.parametrize(("locale", "no"), NOES)
@pytest.mark.parametrize("kind", [Email(), Phone(), Rating(), Choice(("Morning", "Evening"))])
def test_a_question_that_must_be_answered_is_asked_again(kind, locale, no):
    assert isinstance(judged(kind, no, locale, required=True), Refused)


@pytest.mark.parametrize(("locale", "no"), NOES)
def test_a_no_that_is_an_answer_is_one(locale, no):
    assert judged(Text(), no, locale) == Accepted(no)
    assert judged(YesNo(), no, locale) == Accepted(value=False)
    assert judged(Choice(("Yes", "No")), "no") == Accepted("No")
    assert judged(Choice(("Car", "No car")), "no") == Unsure(("No car",))
    assert judged(Choices(("Mon", "Tue")), "none") == Accepted([])


@pytest.mark.parametrize("no", ["no", "nope", "no thanks", "I don't have any"])
def test_a_no_to_how_many_may_mean_none_where_none_is_possible(no):
    assert judged(Number(), no) == Unsure((0, None))
    assert judged(Number(min=Decimal(1)), "no") == Accepted(None)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Phone(), "I don't have one"),
        (Email(), "no email"),
        (Date(), "I can't"),
        (Location(), "I don't have one"),
        (Rating(), "👎"),
        (Choice(("Morning", "Evening")), "n"),
    ],
)
def test_what_may_be_no_refusal_is_asked_about(kind, text):
    assert judged(kind, text) == Unsure((None,))


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (Date(past=False), "no, 3 March 2020", "in_the_past"),
        (Phone(), "no, 912", "not_a_phone"),
        (Choices(("Mon", "Tue", "Wed"), 2), "Mon", "too_few"),
        (Email(), "no idea what you mean", "not_an_email"),
        (Email(), "", "empty"),
    ],
)
def test_a_reply_that_tries_to_answer_is_told_what_is_wrong_with_it(kind, text, problem):
    refused = judged(kind, text)
    assert isinstance(refused, Refused)
    assert refused.problem == problem
