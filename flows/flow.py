"""One published stage campaign as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from flows.modules import Module
from flows.modules.questions import Question, Questions
from flows.rules import Rule

Never = Literal["never"]


class StageType(StrEnum):
    """What a stage is for; it fixes which modules its campaign may hold."""

    FORM = "form"
    ASSESSMENT = "assessment"
    OFFER = "offer"
    REJECT = "reject"
    SCHEDULE = "schedule"
    REVIEW = "review"

    @property
    def has_campaign(self) -> bool:
        return self is not StageType.REVIEW


@dataclass(frozen=True, slots=True)
class Template:
    """An approved WhatsApp template by its friendly name, with a text for each of its variables."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Welcome:
    """The first message: *text* inside the window and on SMS, *template* to open a conversation on WhatsApp."""

    text: str
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is said to somebody who has been silent for *after*."""

    after: timedelta
    text: str
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """One version of a stage campaign. Rules lead only forward, so a flow cannot loop."""

    name: str
    language: str
    welcome: Welcome
    modules: tuple[Module, ...] = ()
    rules: tuple[Rule, ...] = ()
    conclusion: str | None = None
    expires_after: timedelta | Never | None = None  # None: the installation's default
    reopen: bool = False
    reminders: tuple[Reminder, ...] = ()

    @property
    def is_blast(self) -> bool:
        """A campaign of a single message: nothing is asked and nothing follows."""
        return not self.modules and self.conclusion is None

    @property
    def asks_nothing(self) -> bool:
        """Nothing in it waits for the candidate."""
        return all(module.waits_for_nothing for module in self.modules)

    def questions(self) -> tuple[Question, ...]:
        """All questions in the order of the file."""
        return tuple(q for module in self.modules if isinstance(module, Questions) for q in module.questions)

    def question(self, key: str) -> Question:
        """Return the question of that key; KeyError if there is none."""
        for question in self.questions():
            if question.key == key:
                return question
        raise KeyError(key)

    def module(self, key: str) -> Module:
        """Return the module of that key; KeyError if there is none."""
        for module in self.modules:
            if module.key == key:
                return module
        raise KeyError(key)

    def module_of(self, question_key: str) -> str:
        """Return the key of the module that holds a question; KeyError if none does."""
        for module in self.modules:
            if isinstance(module, Questions) and any(q.key == question_key for q in module.questions):
                return module.key
        raise KeyError(question_key)
