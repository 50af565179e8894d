"""Commands, and the sentences in which people wish for them."""

import pytest

from flows.understanding.commands import Command, read_command
from flows.understanding.lexicon import LANGUAGES


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("operator", "en"),
        ("Atendente", "pt"),
        ("asesora", "es"),
        ("Agent", "fr"),
        ("Mitarbeiterin", "de"),
        ("موظف", "ar"),
        ("somebody", "en"),
        ("Jemand", "de"),
        ("quelqu'un", "fr"),
    ],
)
def test_the_name_of_a_trade_answers_an_open_question(text: str, locale: str) -> None:
    assert read_command(text, locale) is Command.PERSON
    assert read_command(text, locale, open_ended=True) is None


@pytest.mark.parametrize("text", ["a person please", "stop", "back", "skip", "help", "status"])
def test_an_open_question_leaves_every_other_command_its_meaning(text: str) -> None:
    assert read_command(text, "en", open_ended=True) is read_command(text, "en") is not None


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "please stop messaging me",
        "no quiero recibir más mensajes",
        "não me mandem mais mensagens",
        "merci de ne plus m'écrire",
        "bitte keine Nachrichten mehr",
        "graag geen berichten meer",
        "من فضلكم لا ترسلوا لي رسائل",
    ],
)
def test_a_wish_to_be_left_alone_is_honoured_in_every_conversation(text: str, locale: str) -> None:
    assert read_command(text, locale) is Command.STOP


@pytest.mark.parametrize("text", ["stop texting me" + " now" * 60, "please " * 40 + "stop", "a b " * 60])
def test_a_long_text_is_no_command(text: str) -> None:
    assert read_command(text, "en") is None
