"""Which applications of a job one wants to see, as a value that the address of a page can hold. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from bot.errors import InvalidEvent
from bot.models import ApplicationState
from flows.lifecycles import EnrolmentStatus

NEVER_SENT = "none"
NOBODY = "none"
"""As an owner: nobody looks after the conversation."""
STATUSES = (*(status.value for status in EnrolmentStatus), NEVER_SENT)
STATES = tuple(state.value for state in ApplicationState)
RUNNING = (ApplicationState.ACTIVE.value,)
LONGEST = 200
MOST = 50
_ID = re.compile(r"[0-9a-z]{1,64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """Of several values of one field one is enough, of several fields all must fit; of tags and answers all."""

    stages: tuple[str, ...] = ()
    """Public ids; none for all."""
    statuses: tuple[str, ...] = ()
    """Of the latest enrolment; `none` where nothing was ever sent."""
    states: tuple[str, ...] = RUNNING
    tags: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    """Question and value, such as `("licence", "yes")`."""
    rating: int | None = None
    """At least so many stars on average."""
    needs_person: bool = False
    owner: str = ""
    """The public id of the user who looks after the conversation, or `none`."""
    text: str = ""
    """Each word of it is in the name, the phone number, the e-mail address or the external id."""
    created_since: date | None = None
    moved_since: date | None = None
    """From the beginning of that day in the job's time zone."""

    @property
    def is_plain(self) -> bool:
        """It asks for no more than stages and states."""
        return self == BoardFilter(stages=self.stages, states=self.states)

    def to_pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of an address that say the same; none for what is as it is without them."""
        pairs = [("stage", value) for value in self.stages] + [("status", value) for value in self.statuses]
        pairs += [("state", value) for value in self.states] if self.states != RUNNING else []
        pairs += [("tag", value) for value in self.tags]
        pairs += [("answer", f"{question}={value}") for question, value in self.answers]
        pairs += [("rating", str(self.rating))] if self.rating else []
        pairs += [("person", "1")] if self.needs_person else []
        pairs += [("owner", self.owner)] if self.owner else []
        pairs += [("q", self.text)] if self.text else []
        pairs += [("created", self.created_since.isoformat())] if self.created_since else []
        return pairs + ([("moved", self.moved_since.isoformat())] if self.moved_since else [])

    def to_query(self) -> str:
        """Return `to_pairs` as the query of an address."""
        return urlencode(self.to_pairs())


def read_filter(pairs: Iterable[tuple[str, str]], *, besides: Sequence[str] = ()) -> BoardFilter:
    """Read the parameters of an address; empty ones count as left out, those named *besides* are somebody else's.

    Raises `InvalidEvent`, whose field is the parameter.
    """
    given: dict[str, list[str]] = {}
    for name, raw in pairs:
        if name in besides:
            continue
        if name not in PARAMETERS:
            known = ", ".join(PARAMETERS)
            raise InvalidEvent(f"there is no filter of the name {_shown(name)}; there are {known}", field=name)
        value = raw.strip()
        if value and value not in given.setdefault(name, []):
            given[name].append(_clean(name, value))
    for name, values in given.items():
        _check_number(name, values)
    return _filter_of(given)


def read_query(query: str) -> BoardFilter:
    """Read what `to_query` has written, such as a saved view. Raises `InvalidEvent`."""
    return read_filter(parse_qsl(query, keep_blank_values=True))


def _filter_of(given: dict[str, list[str]]) -> BoardFilter:
    def each(name: str, read: Callable[[str, str], T]) -> tuple[T, ...]:
        return tuple(dict.fromkeys(read(name, value) for value in given.get(name, ())))

    def one(name: str, read: Callable[[str, str], T]) -> T | None:
        return next(iter(each(name, read)), None)

    return BoardFilter(
        stages=each("stage", _id),
        statuses=each("status", _one_of(STATUSES)),
        states=each("state", _one_of(STATES)) or RUNNING,
        tags=each("tag", _text),
        answers=each("answer", _answer),
        rating=one("rating", _stars),
        needs_person=one("person", _one_of(("1",))) is not None,
        owner=one("owner", _id) or "",
        text=one("q", _text) or "",
        created_since=one("created", _day),
        moved_since=one("moved", _day),
    )


_SINGLE = ("rating", "person", "owner", "q", "created", "moved")
PARAMETERS = ("stage", "status", "state", "tag", "answer", *_SINGLE)
"""Names of the parameters of an address that belong to the filter."""


def _shown(value: str) -> str:
    return f"“{_CONTROL.sub('', value)[:40]}”"


def _clean(name: str, value: str) -> str:
    if len(value) > LONGEST:
        raise InvalidEvent(f"the filter {name} is longer than {LONGEST} characters: shorten it", field=name)
    if _CONTROL.search(value):
        raise InvalidEvent(f"the filter {name} holds characters that cannot be shown: type it anew", field=name)
    return value


def _check_number(name: str, values: list[str]) -> None:
    if name in _SINGLE and len(values) > 1:
        raise InvalidEvent(f"the filter {name} is given more than once: leave one", field=name)
    if len(values) > MOST:
        raise InvalidEvent(f"the filter {name} is given more than {MOST} times: leave some out", field=name)


def _text(_name: str, value: str) -> str:
    return value


def _id(name: str, value: str) -> str:
    if not _ID.fullmatch(value):
        raise InvalidEvent(f"the filter {name} does not have the form of an id: {_shown(value)}", field=name)
    return value


def _one_of(words: Sequence[str]) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value not in words:
            raise InvalidEvent(f"the filter {name} cannot be {_shown(value)}: use {', '.join(words)}", field=name)
        return value

    return read


def _stars(name: str, value: str) -> int:
    if value not in ("1", "2", "3", "4", "5"):
        raise InvalidEvent(f"the filter {name} cannot be {_shown(value)}: use a number from 1 to 5", field=name)
    return int(value)


def _day(name: str, value: str) -> date:
    wrong = InvalidEvent(f"the filter {name} cannot be {_shown(value)}: write a day like 2026-01-31", field=name)
    if not _DAY.fullmatch(value):
        raise wrong  # Python reads other forms of ISO 8601 too, such as weeks
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise wrong from error


def _answer(name: str, value: str) -> tuple[str, str]:
    question, _, answer = (part.strip() for part in value.partition("="))
    if not question or not answer:
        raise InvalidEvent(f"the filter {name} is written as question=answer, such as licence=yes", field=name)
    return question, answer
