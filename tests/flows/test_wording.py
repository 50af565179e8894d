"""Fixed phrases: complete, tappable and safe to write back in every language; values as people write them."""

import re
import unicodedata
from importlib.resources import files
from string import Formatter

import pytest

from flows.understanding.reading import Understood
from flows.wording import LOCALES, language_of, phrase, phrases, show_value

TRANSLATED = [language for language in LOCALES if language != "en"]
IN_LATIN_LETTERS = [language for language in LOCALES if language != "ar"]
LABELS = ["yes", "no", "true", "false", "ok", "later", "withdraw", "keep", "choose", "leave_out"]
RIGHT_TO_LEFT = {"R", "AL"}

# Words that carriers take as an opt-in or opt-out of their own, and "yes" and "cancel" in other languages.
# STOP and START are left out: there the carrier and we mean the same.
CARRIER_WORDS = {
    *("YES", "CANCEL", "END", "QUIT", "UNSUBSCRIBE", "STOPALL", "UNSTOP", "REVOKE", "OPTOUT", "INFO"),
    *("SÍ", "SI", "CANCELAR", "CANCELA", "ALTO", "PARAR", "FIN", "BAJA", "SIM", "FIM", "SAIR", "REMOVER"),
    *(
        "OUI",
        "ANNULER",
        "ARRET",
        "ARRÊT",
        "ARRETER",
        "ARRÊTER",
        "JA",
        "ABBRECHEN",
        "STOPP",
        "ENDE",
        "ABMELDEN",
    ),
    *("ANNULEREN", "EINDE", "AFMELDEN", "نعم", "إلغاء", "الغاء", "إيقاف", "ايقاف", "توقف", "قف"),
}


def source(language):
    return files("flows").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")


def without_values(language):
    return [line.split(" = ")[0] for line in source(language).splitlines()]


def blanks(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def offered_words(text):
    """Return the words that a phrase offers to write back: those between guillemets or in capitals."""
    text = re.sub(r"{\w+}", "", text)
    quoted = re.findall(r"«([^»]*)»", text)
    capitals = [word for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"«[^»]*»", "", text)) if word.isupper()]
    return quoted + capitals


def offered_commands(key, language):
    """Return the commands that a phrase offers, in its order; OK is the label of a button, not a command."""
    from flows.understanding.commands import read_command  # noqa: PLC0415  most tests here need no commands

    words = [word for word in offered_words(phrases(language)[key]) if word != phrase("ok", language)]
    return [(word, read_command(word, language)) for word in words]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_language_has_the_keys_of_english_and_no_others(language):
    assert phrases(language).keys() == phrases("en").keys()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_file_is_laid_out_line_for_line_as_the_english_one(language):
    assert without_values(language) == without_values("en")


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_phrase_has_the_blanks_of_the_english_one(language):
    translated = {key: blanks(text) for key, text in phrases(language).items()}
    assert translated == {key: blanks(text) for key, text in phrases("en").items()}


@pytest.mark.parametrize("language", LOCALES)
def test_no_phrase_is_empty_or_has_space_around_it(language):
    assert [key for key, text in phrases(language).items() if not text or text != text.strip()] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_was_left_in_english(language):
    english = phrases("en")
    untranslated = [key for key, text in phrases(language).items() if " " in text and text == english[key]]
    assert [key for key in untranslated if key != "status_job"] == []


@pytest.mark.parametrize("language", LOCALES)
def test_labels_fit_on_a_button(language):
    assert [label for label in LABELS if not 1 <= len(phrase(label, language)) <= 20] == []


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize(
    ("one", "other"), [("yes", "no"), ("true", "false"), ("later", "withdraw"), ("withdraw", "keep")]
)
def test_labels_offered_together_differ(one, other, language):
    assert phrase(one, language).casefold() != phrase(other, language).casefold()


@pytest.mark.parametrize("language", LOCALES)
def test_no_phrase_offers_a_word_that_carriers_take_for_themselves(language):
    offered = {word.upper() for text in phrases(language).values() for word in offered_words(text)}
    assert offered & CARRIER_WORDS == set()


@pytest.mark.parametrize("language", LOCALES)
def test_every_word_offered_to_write_back_reads_as_a_command(language):
    offered = [pair for key in phrases(language) for pair in offered_commands(key, language)]
    assert offered
    assert [word for word, command in offered if command is None] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_phrase_offers_the_commands_of_the_english_one_in_the_same_order(language):
    offered = {key: [command for _, command in offered_commands(key, language)] for key in phrases("en")}
    assert offered == {key: [command for _, command in offered_commands(key, "en")] for key in phrases("en")}


@pytest.mark.parametrize("language", LOCALES)
def test_stop_and_start_are_the_same_words_in_every_language(language):
    assert "STOP" in offered_words(phrase("help", language, company="ACME"))
    assert offered_words(phrase("stopped", language)) == ["START"]


@pytest.mark.parametrize("language", LOCALES)
def test_the_word_that_confirms_a_reading_is_the_label_of_its_button_and_reads_as_agreement(language):
    from flows.understanding.yes_no import read_yes_no  # noqa: PLC0415  nor agreement

    assert offered_words(phrase("doubt_one_how", language)) == [phrase("ok", language)]
    assert read_yes_no(phrase("ok", language), language) == Understood(value=True)


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize(("example", "labels"), [("example_yes_no", "yes no"), ("example_true_false", "true false")])
def test_an_example_of_two_answers_says_the_words_that_stand_on_the_buttons_below_it(example, labels, language):
    text = phrase(example, language).casefold()
    assert all(phrase(label, language).casefold() in text for label in labels.split())
    assert not any(letter.isdigit() for letter in text)


@pytest.mark.parametrize("language", IN_LATIN_LETTERS)
def test_no_typographic_sign_makes_a_text_message_longer(language):
    assert set("“”„‘’‚«»‹›–—…\u00a0\u202f\u2011") & set(source(language)) == set()


def test_arabic_phrases_begin_from_the_right_whatever_fills_their_blanks():
    filled = {key: re.sub(r"{\w+}", "Barista", text) for key, text in phrases("ar").items()}
    first = {key: next(filter(is_strong, text)) for key, text in filled.items()}
    assert [key for key, letter in first.items() if unicodedata.bidirectional(letter) not in RIGHT_TO_LEFT] == []


def is_strong(char):
    return unicodedata.bidirectional(char) in {"L", *RIGHT_TO_LEFT}


def test_the_arabic_phone_example_keeps_its_groups_of_digits_in_order():
    assert "\u200e+971 " in phrase("example_phone", "ar")


@pytest.mark.parametrize("locale", ["pt", "pt-BR", "pt_PT", "PT"])
def test_a_locale_is_served_by_its_language(locale):
    assert language_of(locale) == "pt"
    assert phrase("yes", locale) == "Sim"


@pytest.mark.parametrize("locale", ["it", "zh-Hans", "", "english"])
def test_a_locale_without_phrases_is_served_in_english(locale):
    assert language_of(locale) == "en"


def test_a_phrase_is_returned_with_its_blanks_filled():
    assert phrase("problem_too_few", "de", limit="2") == "Bitte mindestens 2 auswählen."


def test_an_unknown_phrase_or_an_unfilled_blank_is_refused():
    with pytest.raises(KeyError):
        phrase("no_such_phrase", "en")
    with pytest.raises(KeyError):
        phrase("problem_too_few", "en")


@pytest.mark.parametrize(
    ("language", "yes", "no"),
    [
        ("en", "Yes", "No"),
        ("es", "Sí", "No"),
        ("pt", "Sim", "Não"),
        ("fr", "Oui", "Non"),
        ("de", "Ja", "Nein"),
        ("nl", "Ja", "Nee"),
        ("ar", "نعم", "لا"),
    ],
)
def test_true_and_false_are_shown_as_yes_and_no(language, yes, no):
    assert show_value(value=True, locale=language) == yes
    assert show_value(value=False, locale=language) == no


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "12,345.5"),
        ("es", "12.345,5"),
        ("pt", "12.345,5"),
        ("fr", "12\u202f345,5"),
        ("de", "12.345,5"),
        ("nl", "12.345,5"),
        ("ar", "12,345.5"),
    ],
)
def test_numbers_are_shown_with_the_separators_of_the_language(language, shown):
    assert show_value(12345.5, language) == shown
    assert show_value(3, language) == "3"


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "March 22, 2027"),
        ("es", "22 de marzo de 2027"),
        ("pt", "22 de março de 2027"),
        ("fr", "22 mars 2027"),
        ("de", "22. März 2027"),
        ("nl", "22 maart 2027"),
        ("ar", "22 مارس 2027"),
    ],
)
def test_dates_are_shown_in_words(language, shown):
    assert show_value("2027-03-22", language) == shown


@pytest.mark.parametrize("text", ["2027-13-45", "+491701234", "Barista", "0123456789", ""])
def test_a_text_that_is_no_date_is_shown_as_it_is(text):
    assert show_value(text, "de") == text


def test_a_skipped_answer_is_shown_as_a_dash():
    assert show_value(None, "fr") == "–"


def test_several_choices_are_shown_one_after_the_other():
    assert show_value(["Mornings", "Nights"], "en") == "Mornings, Nights"


def test_a_place_is_shown_by_its_name_or_by_where_it_is():
    assert show_value({"latitude": 38.72, "longitude": -9.14, "label": "Lisboa"}, "pt") == "Lisboa"
    assert show_value({"latitude": 38.72, "longitude": -9.14, "label": ""}, "pt") == "38.72, -9.14"
