"""One plain form for what people type."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.understanding.normalise import fold, normalise, unaccent


@pytest.mark.parametrize(
    ("text", "plain", "folded"),
    [
        ("  Hello   World ", "hello world", "hello world"),
        ("¿Qué?", "qué", "que"),
        ("L’été", "l'été", "l ete"),
        ("Straße", "strasse", "strasse"),
        ("naïve—ok", "naïve-ok", "naive ok"),
        ("cœur", "cœur", "coeur"),
        ("İstanbul", "i̇stanbul", "istanbul"),
        ("22.", "22", "22"),
        ("-3", "-3", "3"),
        ("- 3", "- 3", "3"),
        (".5", ".5", "5"),
        ("...5", "5", "5"),
        ("#5", "5", "5"),
        ("*5*", "5", "5"),
        ("“5”", "5", "5"),
        ("5️⃣", "5", "5"),
        ("5²", "5^2", "5 2"),
        ("2½", "2 1⁄2", "2 1 2"),
        ("80%", "80%", "80%"),
        ("80٪", "80%", "80%"),
        ("5+", "5+", "5+"),
        ("€12", "€12", "€12"),
        ("C#", "c#", "c#"),
        ("C++", "c++", "c++"),
        ("1’500", "1'500", "1 500"),
        ("1\u202f500,50", "1 500,50", "1 500 50"),
        ("５", "5", "5"),
        ("٢٢", "22", "22"),
        ("۲۲", "22", "22"),
        ("٢٢ مارس", "22 مارس", "22 مارس"),
        ("\u200f٢٢\u200e", "22", "22"),
        ("ثَلاثَة", "ثلاثه", "ثلاثه"),
        ("أحمد إلى آخر", "احمد الي اخر", "احمد الي اخر"),
        ("مـــرحبا", "مرحبا", "مرحبا"),
        ("مئة", "مئه", "ميه"),
        ("نعم؟", "نعم", "نعم"),
        ("یک", "يك", "يك"),
        ("👍", "👍", "👍"),
        ("👍🏽", "👍", "👍"),
        ("❤️", "❤", "❤"),
        ("👍 sí!", "sí", "si"),
        ("ok 🙂", "ok", "ok"),
        ("ok :)", "ok", "ok"),
        ("5 :D", "5", "5"),
        ("yes 👍 please", "yes 👍 please", "yes please"),
        ("a,b;c", "a,b;c", "a b c"),
        ("?", "?", "?"),
        ("", "", ""),
        (" \n\t ", "", ""),
        ("a\u200bb\u00adc", "abc", "abc"),
    ],
)
def test_plain_forms(text: str, plain: str, folded: str) -> None:
    assert normalise(text) == plain
    assert fold(text) == folded


@given(text=st.text(max_size=200))
@settings(max_examples=500, deadline=None)
def test_any_text_has_a_plain_form(text: str) -> None:
    for plain in (normalise(text), fold(text)):
        assert plain == " ".join(plain.split())
        assert "\u200f" not in plain


@given(text=st.text(st.characters(codec="latin-1"), max_size=60) | st.text("أإآةىيكـًَ٠١٢، ab", max_size=30))
@example("¯#0")
@settings(max_examples=300, deadline=None)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(text=st.text(st.characters(codec="ascii"), max_size=60))
def test_plain_letters_have_no_accents_to_lose(text: str) -> None:
    assert unaccent(text) == text
