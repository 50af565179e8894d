"""How the text of a setting becomes a value. Pure; every reader raises `ValueError` with the remedy in it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from flows.durations import parse_duration

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
_CLOCK_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)

LONGEST_EXPIRY = timedelta(days=366)
LONGEST_QUOTED = 15
MOST_PORT = 65535
Network = IPv4Network | IPv6Network
EVERY_NETWORK: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
SHORTEST_SECRET = 16  # characters; what Callboard makes itself has 43


@dataclass(frozen=True, slots=True)
class ContactHours:
    """When reminders and broadcasts may go out: minutes since the candidate's midnight, up to 1440."""

    opens: int
    closes: int


def quoted(text: str) -> str:
    """Repeat a wrong value in a sentence if it is short; a long one may be a secret in the wrong place."""
    return repr(text) if len(text) <= LONGEST_QUOTED else "this"


def shown_wrong(text: str) -> str:
    """Repeat a wrong value where it stands alone; nor is a long one told here."""
    return repr(text) if len(text) <= LONGEST_QUOTED else "(not usable)"


def read_text(text: str) -> str:
    """Take *text* as it stands, unless there is a blank in it: always a slip of the clipboard."""
    if re.search(r"\s", text):
        raise ValueError("remove the blank or line break inside it")
    return text


def read_whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from *least* to *most*."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"{quoted(text)} will not do: write a whole number from {least} to {most}")
        return int(text)

    return read


def read_rate(text: str) -> float:
    """Read a number a second, above zero and at most 1000."""
    if not re.fullmatch(r"\d{1,4}(\.\d{1,6})?", text, re.ASCII) or not 0 < float(text) <= 1000:
        raise ValueError(f"{quoted(text)} will not do: write a number a second, above 0 and at most 1000")
    return float(text)


def read_word(*words: str) -> Callable[[str], str]:
    """Return a reader that accepts one of *words*, in either case."""
    known = {word.lower(): word for word in words}

    def read(text: str) -> str:
        if text.lower() not in known:
            raise ValueError(f"{quoted(text)} will not do: write {' or '.join(words)}")
        return known[text.lower()]

    return read


def read_folder(text: str) -> Path:
    """Read a folder; a relative one counts from the working directory."""
    try:
        folder = Path(text).expanduser().absolute()
        usable = folder.is_dir() or not folder.exists()
    except (OSError, RuntimeError, ValueError):
        raise ValueError("this cannot be a folder: write its path, such as /var/lib/callboard") from None
    if not usable:
        raise ValueError("this is a file: write the path of a folder")
    return folder


def read_secret(text: str) -> str:
    """Take a secret of ours; a short one could be guessed."""
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"use at least {SHORTEST_SECRET} characters, or leave it out: then one is made")
    return text


def read_base_url(text: str) -> str:
    """Read an http or https address to which paths are added; returned without a slash at its end."""
    if not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-f:]+\])(:\d{1,5})?(/[^?#\s]*)?", text, re.IGNORECASE):
        raise ValueError("write the beginning of an address, such as https://example.org without user, ? or #")
    _refuse_odd_port(text)
    return text.rstrip("/")


def read_database_url(text: str) -> str:
    """Read SQLite's or PostgreSQL's address; the latter always goes through psycopg 3."""
    scheme, separator, rest = text.partition("://")
    remedy = "write postgresql://USER:PASSWORD@HOST/NAME, or sqlite:///FILE"
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg", "sqlite"}:
        raise ValueError(remedy)
    try:
        parsed = make_url(text)
        odd_port = parsed.port is not None and not 0 < parsed.port <= MOST_PORT
    except (ArgumentError, ValueError):
        raise ValueError(f"{remedy}; in a password write @, :, / and % as %40, %3A, %2F and %25") from None
    if odd_port:
        raise ValueError(f"the port is none: {remedy}")
    if scheme == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ValueError("name a file, which all processes share: sqlite:///FILE")
        return text
    if not parsed.database:
        raise ValueError(f"the database's name is missing: {remedy}")
    return f"postgresql+psycopg://{rest}"


def read_redis_url(text: str) -> str:
    """Read Redis's (or Valkey's) address."""
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("write redis://HOST:6379/0, rediss:// for TLS, or unix:///PATH of a socket")
    _refuse_odd_port(text)
    parts = urlsplit(text)
    place = parts.path.strip("/")
    if parts.scheme != "unix" and (not parts.hostname or (place and not place.isdecimal())):
        raise ValueError("write redis://HOST:6379/0: a host, a port and the number of the database")
    return text


def _refuse_odd_port(text: str) -> None:
    try:
        port = urlsplit(text).port
    except ValueError:
        raise ValueError(f"the port must be a number from 1 to {MOST_PORT}") from None
    if port == 0:
        raise ValueError(f"the port must be a number from 1 to {MOST_PORT}")


def read_contact_hours(text: str) -> ContactHours:
    """Read `08:00-20:00`; the end may be 24:00."""
    times = [_CLOCK_TIME.fullmatch(part.strip()) for part in text.split("-")]
    minutes = [int(time[1]) * 60 + int(time[2]) for time in times if time]
    if len(minutes) != len(times) or len(times) != 2 or not minutes[0] < minutes[1] <= 1440:
        raise ValueError(f"{quoted(text)} will not do: write opening and closing time of one day, such as 08:00-20:00")
    return ContactHours(*minutes)


def read_expiry(text: str) -> timedelta | Literal["never"]:
    """Read how long a candidate has: one second to a year, or never."""
    if text.lower() == "never":
        return "never"
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise ValueError(str(error).replace(repr(text), quoted(text))) from None
    if not timedelta(seconds=1) <= duration <= LONGEST_EXPIRY:
        raise ValueError(f"{quoted(text)} will not do: write from PT1S to P366D, or never")
    return duration


def read_countries(text: str) -> frozenset[str]:
    """Read two-letter countries (ISO 3166), separated by commas."""
    countries = frozenset(code.strip().upper() for code in text.split(",") if code.strip())
    unknown = sorted(countries - SUPPORTED_REGIONS)
    if unknown or not countries:
        raise ValueError(f"{quoted(', '.join(unknown) or text)} will not do: write two-letter codes such as ES,PT,GB")
    return countries


def read_whatsapp_sender(text: str) -> str:
    """Read our WhatsApp number, with or without `whatsapp:`; returned as E.164."""
    number = re.sub(r"[ ().-]", "", text.removeprefix("whatsapp:"))
    if not _E164.fullmatch(number):
        raise ValueError(f"{quoted(text)} is no number: write it with its country, such as +34600111222")
    return number


def read_sms_sender(text: str) -> str:
    """Read our SMS number: E.164 or a short code. A sender's name is refused, as nobody can answer it."""
    number = re.sub(r"[ ().-]", "", text)
    if not _E164.fullmatch(number) and not _SHORT_CODE.fullmatch(number):
        raise ValueError(f"{quoted(text)} is no number: write it with its country, such as +34600111222")
    return number


def read_sid(kind: Literal["AC", "MG"]) -> Callable[[str], str]:
    """Return a reader of Twilio's ids that begin with *kind*."""

    def read(text: str) -> str:
        if not re.fullmatch(rf"{kind}\w{{2,62}}", text, re.ASCII):
            raise ValueError(f"{quoted(text)} will not do: copy the id that begins with {kind} from Twilio's console")
        return text

    return read


def read_networks(text: str) -> tuple[Network, ...]:
    """Read networks separated by commas, `off` for none and `on` for all."""
    if text.lower() in {"off", "no", "false", "0"}:
        return ()
    if text.lower() in {"on", "yes", "true", "1"}:
        return EVERY_NETWORK
    try:
        return tuple(ip_network(part.strip()) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{quoted(text)} will not do: write networks such as 10.1.0.0/16, or off") from None
