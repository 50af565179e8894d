"""Reading places: typed names and addresses, coordinates, and links to maps.

A location that is shared from the phone arrives apart from the text. A link that holds neither coordinates nor a
name (a short link) is no place, since nothing here uses the network.
"""

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources

from flows.understanding.answer_words import Role, key_of
from flows.understanding.calendar_words import calendar_words
from flows.understanding.commands import is_command_anywhere
from flows.understanding.lexicon import language, table
from flows.understanding.map_links import coordinates_in, links_in, name_in
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from flows.understanding.yes_no import meanings

__all__ = ["parse_coordinates", "read_place"]

_LONGEST = 300  # characters of a name or an address
_LONGEST_LINK = 2000
_SHORTEST = 2  # letters of a name
_MOST_OFFERED = 3
_DAYS = ("weekday:", "day:")
_NOT_A_PLACE: NotUnderstood = NotUnderstood(Problem.NOT_A_PLACE)

_POSTCODE = re.compile(r"\d{4,6}(?:[- ]\d{3,4})?")
_N = r"[+-]?\d{1,3}[.,]\d+"
_DECIMAL = re.compile(rf"({_N})(?:\s*[,;/]\s*|\s+)({_N})")
_COMMAS = re.compile(r"([+-]?\d{1,3},\d+)(?:\s*[;/]\s*|\s+|,\s+)([+-]?\d{1,3},\d+)")
_DEGREES = re.compile(
    r"(?P<a>[NSEWO])?\s*(\d{1,3}(?:[.,]\d+)?)\s*[°º]?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*['′’]\s*)?"
    r"(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|”|'')\s*)?(?P<b>[NSEWO])?\b"
)
_BETWEEN = re.compile(
    r"(?<=[\d\"'°º″′”’][NSEWO])[\s,;/]+|(?<=[\d\"'°º″′”’] [NSEWO])[\s,;/]+|[,;/]?\s+(?=[NSEWO]\s*\d)|[,;/]\s+"
)
_WORDS = re.compile(
    r"\b(?:latitude?|longitude?|lat|lng|lon|long|coordinates?|coords?|gps|coordenadas|koordinaten)\b[:=]?"
)
_EDGES = " \t\n()[]{}<>.;!📍🗺"


def parse_coordinates(text: str) -> tuple[float, float] | None:
    """Return the latitude and longitude that *text* is, or that a link in it marks; None if there are none."""
    if not text or len(text) > _LONGEST_LINK:
        return None
    plain = _ascii_digits(text)
    for link in links_in(plain):
        if found := coordinates_in(link):
            return _on_earth(*found)
    if len(plain) > _LONGEST or not any(char.isdigit() for char in plain):
        return None
    bare = _WORDS.sub(" ", plain.lower()).strip(_EDGES)
    return _from_pair(" ".join(bare.split())) or _from_degrees(bare.upper())


def read_place(text: str, locale: str) -> Reading[str]:
    """Read the name of a place as it was typed, with its white space tidied.

    Two places, the name of a day, and what is made of words of assent and courtesy alone are doubtful.
    """
    if not text or text.isspace():
        return NotUnderstood(Problem.EMPTY)
    links = links_in(text)
    if links:
        return _from_link(text, links[0])
    label = " ".join(text.split())
    if len(label) > _LONGEST or "@" in label or not _may_name(label):
        return _NOT_A_PLACE
    key = key_of(label)
    if _says_something_else(label, key):
        return _NOT_A_PLACE
    if "?" in label or "؟" in label:
        return _NOT_A_PLACE if _is_question(key) else Doubtful((label.strip("?¿؟ "),))
    return _named(label, key, language(locale))


def _named(label: str, key: str, lang: str) -> Reading[str]:
    ors = "|".join(map(re.escape, table("choices", lang)["ors"]))
    several = [part for part in re.split(rf"\s+(?:{ors})\s+", label, flags=re.IGNORECASE) if part]
    if len(several) > 1:
        return Doubtful(tuple(dict.fromkeys(several))[:_MOST_OFFERED])
    said = meanings(label, lang)
    if any(meaning.role is Role.UNSURE for meaning in said) or not said:
        return _NOT_A_PLACE
    # "Nice" approves, and is a city
    answers = all(meaning.role is not Role.UNKNOWN for meaning in said) and said[0].role is not Role.PERHAPS
    doubtful = answers or _denies(label, lang) or len(key) < _SHORTEST or _is_day(key, lang)
    return Doubtful((label,)) if doubtful else Understood(label)


def _denies(label: str, lang: str) -> bool:
    """Tell whether a label begins with a word of its own that denies: "not London", but "Pas-de-Calais", "No. 5"."""
    first, _, rest = label.partition(" ")
    said = meanings(first, lang)
    return len(said) == 1 and (said[0].role is Role.NEGATION or said[0].side is False) and not rest[:1].isdigit()


def _is_day(key: str, lang: str) -> bool:
    """Tell whether a label is the name of a day and nothing else."""
    words = key.split()
    found = calendar_words(lang).match(words, 0) if words else None
    return found is not None and found[1] == len(words) and any(role.startswith(_DAYS) for role in found[0])


def _from_link(text: str, link: str) -> Reading[str]:
    name = name_in(link)
    rest = " ".join(text.replace(link, " ").split()).strip(_EDGES + ":,-")
    if name:
        return Understood(name)
    named = len(rest) > 1 and _may_name(rest) and not _says_something_else(rest, key_of(rest))
    return Doubtful((rest,)) if named else _NOT_A_PLACE


def _may_name(label: str) -> bool:
    """Tell whether a label has a letter, or is a postcode."""
    return any(char.isalpha() for char in label) or _POSTCODE.fullmatch(_ascii_digits(label).strip(_EDGES)) is not None


def _says_something_else(label: str, key: str) -> bool:
    return key in _no_places() or is_command_anywhere(label)


def _is_question(key: str) -> bool:
    return any(key == word or key.startswith(f"{word} ") for word in _questions())


@cache
def _no_places() -> frozenset[str]:
    return frozenset(key_of(phrase) for phrase in _places()["no_place"])


@cache
def _questions() -> frozenset[str]:
    return frozenset(key_of(phrase) for phrase in _places()["questions"])


@cache
def _places() -> dict[str, list[str]]:
    file = resources.files("flows.understanding") / "words" / "places.toml"
    return tomllib.loads(file.read_text("utf-8"))


def _ascii_digits(text: str) -> str:
    """Return *text* with ASCII digits and signs, without marks that cannot be seen."""
    if text.isascii():
        return text
    text = text.replace("٫", ".").replace("،", ",").replace("−", "-").replace("–", "-")
    shown = (char for char in unicodedata.normalize("NFC", text) if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in shown)


def _from_pair(text: str) -> tuple[float, float] | None:
    match = _COMMAS.fullmatch(text) or _DECIMAL.fullmatch(text)
    if not match:
        return None
    return _on_earth(*(float(part.replace(",", ".")) for part in match.groups()))


def _from_degrees(text: str) -> tuple[float, float] | None:
    """Read "38°43'20"N 9°08'21"W", "N 38.72, W 9.14" and the like."""
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) != 2:
        return None
    sides: dict[str, float] = {}
    for part in parts:
        match = _DEGREES.fullmatch(part.strip())
        side = (match["a"] or match["b"]) if match else None
        if not match or not side:
            return None
        whole, minutes, seconds = (float((each or "0").replace(",", ".")) for each in match.group(2, 3, 4))
        degrees = round(whole + minutes / 60 + seconds / 3600, 6)
        sides["lat" if side in "NS" else "lon"] = -degrees if side in "SWO" else degrees
    return _on_earth(sides["lat"], sides["lon"]) if len(sides) == 2 else None


def _on_earth(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Return a point of the earth, but not the one where phones are that do not know where they are."""
    if abs(latitude) > 90 or abs(longitude) > 180 or (latitude, longitude) == (0.0, 0.0):
        return None
    return latitude, longitude
