"""One plain form for what people type: the same words compare equal however they were typed."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = "‘’‚‛′ʼʹʻˈ`´＇"
_QUOTES = "“”„‟″«»〝〞"
_DASHES = "‐‑‒–—―−﹘﹣－⁃"
_FRACTIONS = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅟↉"
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"

# Before NFKC, which would turn "2½" into "21/2", "5²" into "52" and an acute used as apostrophe into a space.
_BEFORE = str.maketrans(
    {
        **dict.fromkeys(_APOSTROPHES, "'"),
        **dict.fromkeys(_QUOTES, '"'),
        **dict.fromkeys(_DASHES, "-"),
        **{sign: f" {sign}" for sign in _FRACTIONS},
        **{sign: f"^{sign}" for sign in _SUPERSCRIPTS},
    }
)

# After NFKC. Arabic letters that people mix freely, and marks that they leave out.
_REPLACED: dict[int | str, str | None] = {
    **dict.fromkeys("أإآٱ", "ا"),
    **dict.fromkeys("ىیې", "ي"),
    "ک": "ك",
    "ة": "ه",
    "ھ": "ه",
    "ہ": "ه",
    "،": ",",
    "؛": ";",
    "؟": "?",
    "٪": "%",
    "\u0640": None,
    "\u0670": None,
    "\u20e3": None,
    **dict.fromkeys(range(0x064B, 0x0660)),
    **dict.fromkeys(range(0xFE00, 0xFE10)),
    **dict.fromkeys(range(0x1F3FB, 0x1F400)),
}
_AFTER = str.maketrans(_REPLACED)

_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_KEPT = frozenset("+<>%~±≈≤≥")
_SHORT = 80  # characters
_EMOTICON = re.compile(r"(?:^|(?<=[\s\d.!?,)]))[:;=]['-]?[dpoxs](?=\s|$)")


def normalise(text: str) -> str:
    """Return *text* in one plain form that keeps its letters, accents and inner punctuation.

    Compatibility forms are unified (NFKC), case is folded, digits of every script become ASCII,
    Arabic spelling variants are unified, quotes and dashes become ASCII, invisible characters go,
    white space is collapsed, and emoji and punctuation go from both ends. "2½" becomes "2 1⁄2".
    A sign or a decimal point before a first digit stays, as do currency, "%" and "+".
    A text of nothing but emoji or punctuation keeps them: a thumb up says something.
    """
    if not text.isascii():
        text = _plain(text)
    text = " ".join(text.casefold().split())
    return _trim(_EMOTICON.sub("", text)) or text


def fold(text: str) -> str:
    """Return `normalise(text)` without accents, with a space for each inner punctuation mark or emoji."""
    return _remembered(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    text = " ".join(unaccent(normalise(text)).split())
    text = _trim(text) or text  # an accent that went may have stood before a mark
    if text.replace(" ", "").isalnum():
        return text
    spaced = "".join(char if _stays(char) else " " for char in text)
    return " ".join(spaced.split()) or text


_remembered = lru_cache(maxsize=4096)(_fold)
"""A reply, the options and the words of a question are each folded several times in a turn, and in the next again."""


def unaccent(text: str) -> str:
    """Return *text* without accents: "año" as "ano", "cœur" as "coeur", Arabic letters without hamza."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.translate(_LETTERS))
    return "".join(char for char in decomposed if char.isascii() or unicodedata.category(char) != "Mn")


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_BEFORE)).translate(_AFTER)
    return "".join(char if char.isascii() else _plain_char(char) for char in text)


def _plain_char(char: str) -> str:
    match unicodedata.category(char):
        case "Nd" | "No" if (digit := unicodedata.digit(char, None)) is not None:
            return str(digit)  # "❶" too, which `str.isdigit` takes for a digit and `int` does not
        case "Cf":
            return ""
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
    return char


def _core(char: str) -> bool:
    """Tell whether a character says something at the end of a text."""
    return char.isalnum() or char in _KEPT or unicodedata.category(char) in {"Sc", "Mn", "Mc"}


def _stays(char: str) -> bool:
    return char == "#" or _core(char)


def _trim(text: str) -> str:
    start = next((i for i, char in enumerate(text) if _core(char)), None)
    if start is None:
        return ""
    end = next(i for i in range(len(text), start, -1) if _core(text[i - 1]))
    if text[end : end + 1] == "#" and text[end - 1].isalnum():
        end += 1
    return text[_sign_before(text, start) : end]


def _sign_before(text: str, start: int) -> int:
    """Move *start* back over a decimal point or a minus that belongs to the number there."""
    if not (text[start].isdigit() or unicodedata.category(text[start]) == "Sc"):
        return start
    point = start - 1
    if point >= 0 and text[point] in ".," and (point == 0 or text[point - 1] in " -+("):
        start = point
    minus = start - 2 if text[start - 1 : start] == " " else start - 1
    return minus if minus >= 0 and text[minus] == "-" else start
