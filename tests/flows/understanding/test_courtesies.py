"""What says nothing but thanks or goodbye, and what wants something all the same."""

import pytest

from flows.understanding.courtesies import is_courtesy


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("thanks!", "en"),
        ("Hello, thank you so much, sir", "en"),
        ("Ok, great. Have a nice day 😊", "en"),
        ("🙏🙏", "en"),
        ("👍🏽", "en"),
        ("Danke schön, schönen Tag noch!", "de"),
        ("Thank you", "de"),
        ("Muchas gracias, que tenga buen día", "es"),
        ("Muito obrigada!", "pt"),
        ("Merci beaucoup, bonne journée", "fr"),
        ("Dank u wel, fijne dag nog", "nl"),
        ("شكرا جزيلا", "ar"),
    ],
)
def test_thanks_and_goodbyes_are_courtesies(text: str, locale: str) -> None:
    assert is_courtesy(text, locale)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "?", "!", "hello", "ok?", "wait", "please call me", "thanks, when do I start", "no thanks", "👎", "🤔",
        "thanks 🤷", "thanks but", "ok but I moved", "sir", "thanks " * 40, "شكرا؟",
    ],
)  # fmt: skip
def test_what_may_want_something_is_no_courtesy(text: str) -> None:
    assert not is_courtesy(text, "en")
    assert not is_courtesy(text, "ar")
