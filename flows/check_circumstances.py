"""What a check must know beside the campaign itself."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from flows.flow import StageType

FirstChannel = Literal["whatsapp", "sms"]


class ListedTemplate(Protocol):
    """A WhatsApp template as the provider lists it."""

    @property
    def status(self) -> str:
        """The state of approval, such as "approved", in any case."""
        ...

    @property
    def variables(self) -> Collection[str]:
        """The names of the blanks in its text."""
        ...


class TemplateBook(Protocol):
    """The WhatsApp templates that the provider knows."""

    def find(self, name: str, language: str) -> ListedTemplate | None:
        """Return the template of that name in a language; None if none is known."""
        ...


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a campaign is to run. What is None is not known, and nothing is found for it."""

    stage_type: StageType | None = None
    templates: TemplateBook | None = None
    first_channel: FirstChannel | None = None
    sandbox: bool = True
    runnable: frozenset[str] | None = None  # kinds of module and types of question that this version can run
    to_publish: bool = True  # else what cannot be run yet is no error: the file may wait for a later version
    knows_all_keys: bool = True  # no module and no question bears a key that could not be read

    @property
    def needs_approval(self) -> bool:
        """A conversation begins on real WhatsApp, which takes nothing but an approved template there."""
        return self.first_channel == "whatsapp" and not self.sandbox
