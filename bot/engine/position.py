"""All that a conversation must remember between two messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.answers import AnswerValue

WELCOME = "welcome"
DONE = "done"
DECLINED = "declined"
QUESTION = "q:"
MODULE = "m:"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a conversation stands.

    `state` is `welcome`, `declined` (a "no" to the welcome), `q:<question>`, `m:<module>` or `done`.
    `doubt` holds the readings of the last reply that the candidate was asked to choose from; None is to leave it out.
    `called` says that a person has been called for the question that is open: asking it again would only nag.
    """

    state: str = WELCOME
    tries: int = 0
    answers: Mapping[str, AnswerValue] = field(default_factory=dict)  # those that stand
    asked: tuple[str, ...] = ()  # questions answered or skipped, oldest first: the way BACK goes
    doubt: tuple[AnswerValue, ...] = ()
    called: bool = False

    @property
    def question(self) -> str | None:
        """The key of the question that waits for an answer."""
        return self.state.removeprefix(QUESTION) if self.state.startswith(QUESTION) else None

    def to_json(self) -> dict[str, Any]:
        """Return the form that is stored; empty parts are left out."""
        parts: dict[str, Any] = {
            "state": self.state,
            "tries": self.tries,
            "answers": dict(self.answers),
            "asked": list(self.asked),
            "doubt": list(self.doubt),
            "called": self.called,
        }
        return {name: value for name, value in parts.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Position":
        """Read the stored form."""
        return cls(
            state=stored.get("state", WELCOME),
            tries=stored.get("tries", 0),
            answers=stored.get("answers", {}),
            asked=tuple(stored.get("asked", ())),
            doubt=tuple(stored.get("doubt", ())),
            called=stored.get("called", False),
        )
