"""What the engine can be told."""

from dataclasses import dataclass

from flows.question_types import Reply
from flows.understanding.commands import Command


@dataclass(frozen=True, slots=True)
class Started:
    """The welcome goes out. *may_go_on*: free text can follow at once (SMS, or an open window)."""

    may_go_on: bool


@dataclass(frozen=True, slots=True)
class Replied:
    """The candidate wrote. *command* is BACK or SKIP where the text is one; others never reach the engine."""

    reply: Reply
    command: Command | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The conversation goes on after a person held it, or after it was reopened: ask again what is open."""


EngineEvent = Replied | Resumed
