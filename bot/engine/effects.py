"""What the engine can ask for. The union is closed: whoever acts on effects must handle each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from flows.answers import AnswerValue
from flows.flow import Template
from flows.modules.content import Block


@dataclass(frozen=True, slots=True)
class Phrase:
    """A fixed phrase by key; it follows the candidate's language."""

    key: str
    blanks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A text that a recruiter wrote, with its variables still in it."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A value, to be shown in the candidate's language."""

    value: AnswerValue


Part = Phrase | Written | Shown


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to tap: *id* comes back with the tap."""

    id: str
    label: Phrase | Shown


@dataclass(frozen=True, slots=True)
class Say:
    """Send one message: its parts, one below the other, with things to tap or a medium."""

    parts: tuple[Part, ...] = ()
    offers: tuple[Offer, ...] = ()
    marks: Literal["numbers", "letters", "none"] = "numbers"  # how offers are marked where they cannot be tapped
    tap: bool = True  # whether tapping one offer is an answer; where several may be chosen it is not
    media: Block | None = None
    template: Template | None = None  # for the welcome: what opens a closed window
    lasting: bool = False  # still wanted when the conversation has gone on: it tells something and asks nothing


@dataclass(frozen=True, slots=True)
class Begin:
    """The candidate has begun."""


@dataclass(frozen=True, slots=True)
class SaveAnswer:
    """Keep an answer: the reply as written and the value read from it, None where it was skipped."""

    question: str
    raw: str
    value: AnswerValue


@dataclass(frozen=True, slots=True)
class TakeBack:
    """An answer stands no more: the candidate went back before it."""

    question: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules say of an application, from the answers that stand; a person confirms a proposed stage."""

    score: int = 0
    tags: tuple[str, ...] = ()
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Assess:
    """The answers that stand have changed, and with them what the rules say of the application."""

    before: Assessment
    after: Assessment


@dataclass(frozen=True, slots=True)
class CallPerson:
    """A person is needed; *reason* is a word for the history, such as `not_understood`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The candidate chose to withdraw, and knew it."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The conclusion was said."""


Effect = Say | Begin | SaveAnswer | TakeBack | Assess | CallPerson | Withdraw | Finish
