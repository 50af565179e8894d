"""What a check must know beside the campaign itself."""

from dataclasses import dataclass
from typing import Literal, Protocol

from flows.flow import StageType

FirstChannel = Literal["whatsapp", "sms"]


class TemplateBook(Protocol):
    """The WhatsApp templates that the provider knows."""

    def status(self, name: str, language: str) -> str | None:
        """Return the state of approval, such as "approved", in any case; None if it is unknown."""
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
