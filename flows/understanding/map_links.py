"""Coordinates in links to maps, and in `geo:` addresses (RFC 5870). Links are read, never followed."""

import re
from urllib.parse import unquote_plus

_LINK = re.compile(r"(?:https?://|www\.|geo:|maps?\.|goo\.gl/)\S+", re.IGNORECASE)
_N = r"([+-]?\d{1,3}(?:\.\d+)?)"
_PAIR = rf"{_N}\s*[,~]\s*{_N}"
# What marks the place itself comes before what marks the centre of the picture.
_MARKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"!3d{_N}!4d{_N}",
        rf"[?&](?:q|query|destination|daddr|coordinate|address|saddr)=(?:loc:)?{_PAIR}",
        rf"[?&]mlat={_N}&mlon={_N}",
        rf"[?&](?:ll|sll|center|cp|viewpoint|near)={_PAIR}",
        rf"/(?:maps/)?(?:search|place|dir/[^/]*|dir)/{_PAIR}",
        rf"^geo:{_PAIR}",
        rf"@{_PAIR}",
        rf"#map=\d+(?:\.\d+)?/{_N}/{_N}",
        rf"[?&]q={_N}%20{_N}",
    )
)
_NAMED = re.compile(r"[?&](?:q|query|daddr|destination|address)=([^&#]+)|/place/([^/@?#]+)", re.IGNORECASE)
_LONGITUDE_FIRST = re.compile(r"^(?:https?://)?(?:\w+\.)*yandex\.", re.IGNORECASE)
_FIGURES = re.compile(r"^[+-]?\d+\.\d+,\s*[+-]?\d+\.\d+")


def links_in(text: str) -> list[str]:
    """Return the links of a text."""
    return [found.rstrip(".,;)>]\"'") for found in _LINK.findall(text)]


def coordinates_in(link: str) -> tuple[float, float] | None:
    """Return the latitude and longitude that a link marks."""
    plain = unquote_plus(link.replace("+", "%2B")) if "%" in link or "+" in link else link
    plain = re.sub(r",\s*\+", ",", plain)
    for mark in _MARKS:
        if match := mark.search(plain):
            first, second = float(match[1]), float(match[2])
            if _LONGITUDE_FIRST.match(link):
                first, second = second, first
            if (first, second) != (0.0, 0.0):  # "geo:0,0?q=…" says where in its query
                return first, second
    return None


def name_in(link: str) -> str | None:
    """Return the name of the place that a link searches for."""
    match = _NAMED.search(link)
    name = unquote_plus(match[1] or match[2]) if match else ""
    name = " ".join(_FIGURES.sub("", name).strip("()").split())
    return name if any(char.isalpha() for char in name) else None
