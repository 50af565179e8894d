"""The thirteen types of question: what each offers to tap, and how it judges a reply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from flows.answers import AnswerValue
from flows.understanding.choices import read_choice, read_choices
from flows.understanding.contacts import read_email, read_phone
from flows.understanding.dates import read_date
from flows.understanding.normalise import normalise
from flows.understanding.numbers import read_number, read_rating
from flows.understanding.places import parse_coordinates, read_place
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from flows.understanding.yes_no import read_true_false, read_yes_no
from flows.wording import phrase, show_value


@dataclass(frozen=True, slots=True)
class Reply:
    """What the candidate sent, with all that judging it needs."""

    text: str
    locale: str  # the language in which they are expected to write, such as "pt" or "pt-BR"
    today: date  # where they are
    region: str  # country for phone numbers without one, such as "PT"
    tapped: str = ""
    latitude: float | None = None
    longitude: float | None = None
    place: str = ""
    media: int = 0  # how many attachments


@dataclass(frozen=True, slots=True)
class Accepted:
    """The reply answers the question."""

    value: AnswerValue


@dataclass(frozen=True, slots=True)
class Unsure:
    """The reply could mean each of these; the candidate is asked which."""

    values: tuple[AnswerValue, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The reply does not answer the question; *problem* names the phrase `problem_<problem>`."""

    problem: str
    blanks: Mapping[str, str] = field(default_factory=dict)


Judgement = Accepted | Unsure | Refused


@dataclass(frozen=True, slots=True)
class Text:
    """A short text."""

    def judge(self, reply: Reply) -> Judgement:
        text = reply.text.strip()
        return Accepted(text) if text else Refused(Problem.EMPTY)


@dataclass(frozen=True, slots=True)
class LongText(Text):
    """A text of any length."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, within *min* and *max* where given."""

    min: Decimal | None = None
    max: Decimal | None = None
    unit: str = ""

    def judge(self, reply: Reply) -> Judgement:
        reading = read_number(reply.text, reply.locale)
        return _within(reading, lambda n: self._problem(n, reply.locale), _number_value)

    def _problem(self, number: Decimal, locale: str) -> Refused | None:
        if self.min is not None and number < self.min:
            return Refused("too_small", {"limit": self._limit(self.min, locale)})
        if self.max is not None and number > self.max:
            return Refused("too_large", {"limit": self._limit(self.max, locale)})
        return None

    def _limit(self, limit: Decimal, locale: str) -> str:
        return f"{show_value(_number_value(limit), locale)} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Date:
    """A day, within *min* and *max* where given; *past* says whether days before today are taken."""

    past: bool = True
    min: date | None = None
    max: date | None = None

    def judge(self, reply: Reply) -> Judgement:
        reading = read_date(reply.text, reply.locale, reply.today)
        return _within(reading, lambda day: self._problem(day, reply), date.isoformat)

    def _problem(self, day: date, reply: Reply) -> Refused | None:
        if not self.past and day < reply.today:
            return Refused("in_the_past", {"today": show_value(reply.today.isoformat(), reply.locale)})
        if self.min is not None and day < self.min:
            return Refused("too_early", {"limit": show_value(self.min.isoformat(), reply.locale)})
        if self.max is not None and day > self.max:
            return Refused("too_late", {"limit": show_value(self.max.isoformat(), reply.locale)})
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the options."""

    options: tuple[str, ...]

    def judge(self, reply: Reply) -> Judgement:
        return _plain(read_choice(reply.text, self.options, reply.locale))


@dataclass(frozen=True, slots=True)
class Choices:
    """Some of the options: at least *min*, at most *max*."""

    options: tuple[str, ...]
    min: int = 0
    max: int | None = None

    def judge(self, reply: Reply) -> Judgement:
        reading = read_choices(reply.text, self.options, reply.locale, self.min, self.max)
        return _within(reading, self._problem, list)

    def _problem(self, chosen: tuple[str, ...]) -> Refused | None:
        if len(chosen) < self.min:
            return Refused("too_few", {"limit": str(self.min)})
        if self.max is not None and len(chosen) > self.max:
            return Refused("too_many", {"limit": str(self.max)})
        return None


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes or no."""

    def judge(self, reply: Reply) -> Judgement:
        return _binary(reply) or _plain(read_yes_no(reply.text, reply.locale))


@dataclass(frozen=True, slots=True)
class TrueFalse:
    """True or false."""

    def judge(self, reply: Reply) -> Judgement:
        return _binary(reply) or _plain(read_true_false(reply.text, reply.locale))


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address."""

    def judge(self, reply: Reply) -> Judgement:
        return _plain(read_email(reply.text))


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number, kept as E.164."""

    def judge(self, reply: Reply) -> Judgement:
        return _plain(read_phone(reply.text, reply.region))


@dataclass(frozen=True, slots=True)
class Rating:
    """A whole number from 1 to 5."""

    def judge(self, reply: Reply) -> Judgement:
        return _plain(read_rating(reply.text, reply.locale))


@dataclass(frozen=True, slots=True)
class Location:
    """A place: shared from the phone, a map link, or typed."""

    def judge(self, reply: Reply) -> Judgement:
        if reply.latitude is not None and reply.longitude is not None:
            return Accepted(_place(reply.latitude, reply.longitude, reply.place or reply.text.strip()))
        if (coordinates := parse_coordinates(reply.text)) is not None:
            latitude, longitude = coordinates
            return Accepted(_place(latitude, longitude, ""))
        return _within(read_place(reply.text, reply.locale), lambda _: None, lambda label: _place(None, None, label))


@dataclass(frozen=True, slots=True)
class File:
    """A file. Its answers come with the Collect module; until then a campaign with one cannot be published."""

    def judge(self, reply: Reply) -> Judgement:  # noqa: ARG002  every type has the same signature
        return Refused(Problem.EMPTY)


QuestionType = (
    Text | LongText | Number | Date | Choice | Choices | YesNo | TrueFalse | Email | Phone | Rating | Location | File
)

TYPES: dict[str, type[QuestionType]] = {
    "text": Text,
    "long_text": LongText,
    "number": Number,
    "date": Date,
    "choice": Choice,
    "choices": Choices,
    "yes_no": YesNo,
    "true_false": TrueFalse,
    "email": Email,
    "phone": Phone,
    "rating": Rating,
    "location": Location,
    "file": File,
}


def type_name(question_type: QuestionType) -> str:
    """Return the name under which a type is written in a file."""
    return next(name for name, kind in TYPES.items() if type(question_type) is kind)


def offered(question_type: QuestionType, locale: str) -> tuple[tuple[str, AnswerValue], ...]:
    """Return what can be tapped, or typed as a number: labels in *locale* with the value of each."""
    match question_type:
        case Choice(options=options):
            return tuple((option, option) for option in options)
        case YesNo():
            return ((phrase("yes", locale), True), (phrase("no", locale), False))
        case TrueFalse():
            return ((phrase("true", locale), True), (phrase("false", locale), False))
        case _:
            return ()


T = TypeVar("T")


def _within(
    reading: Reading[T], problem: Callable[[T], Refused | None], value: Callable[[T], AnswerValue]
) -> Judgement:
    """Judge a reading whose values must keep within limits; a limit may settle a doubt."""
    match reading:
        case Understood(value=read):
            return problem(read) or Accepted(value(read))
        case Doubtful(values=values):
            kept = [v for v in values if problem(v) is None]
            return Unsure(tuple(value(v) for v in kept)) if kept else problem(values[0]) or Refused(Problem.EMPTY)
        case NotUnderstood(problem=reason):
            return Refused(reason)


V = TypeVar("V", bound=AnswerValue)


def _plain(reading: Reading[V]) -> Judgement:
    """Judge a reading without limits, whose value is the answer as it stands."""
    match reading:
        case Understood(value=value):
            return Accepted(value)
        case Doubtful(values=values):
            return Unsure(values)
        case NotUnderstood(problem=problem):
            return Refused(problem)


def _binary(reply: Reply) -> Accepted | None:
    """Read the number of one of the two numbered lines."""
    return {"1": Accepted(value=True), "2": Accepted(value=False)}.get(normalise(reply.text))


def _number_value(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _place(latitude: float | None, longitude: float | None, label: str) -> dict[str, object]:
    return {"latitude": latitude, "longitude": longitude, "label": label}
