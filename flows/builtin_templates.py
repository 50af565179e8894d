"""Templates that come with Callboard, in every shipped language: the default texts, as WhatsApp wants them written."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flows.defaults import default_texts
from flows.template_rules import TemplateText
from flows.variables import names_in, numbered
from flows.wording import LOCALES, language_of


class Use(StrEnum):
    """What a template is for. Its value is the name of the template."""

    WELCOME = "callboard_welcome"
    INVITATION = "callboard_invitation"
    """The welcome of a Schedule stage."""
    REMINDER = "callboard_reminder"
    REJECTION = "callboard_rejection"


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A template, and what a stage campaign puts into its blanks."""

    use: Use
    text: TemplateText
    values: Mapping[str, str]


_TEXTS = {
    Use.WELCOME: "welcome",
    Use.INVITATION: "schedule_welcome",
    Use.REMINDER: "reminder",
    Use.REJECTION: "blast",
}
_BEGINS = frozenset({Use.WELCOME, Use.INVITATION})
"""These ask for a reply, and have a button that is one."""
_SAMPLES = {"candidate.first_name": "Ann", "company.name": "Acme", "job.title": "Barista"}


def builtin(use: Use, language: str) -> BuiltIn:
    """Return the template for a use in the shipped language that serves *language*."""
    spoken = language_of(language)
    texts = default_texts(spoken)
    words = texts[_TEXTS[use]]
    names = {str(number): name for number, name in enumerate(names_in(words), start=1)}
    template = TemplateText(
        name=use.value,
        language=spoken,
        category="UTILITY",
        body=numbered(words),
        samples={number: _SAMPLES[name] for number, name in names.items()},
        buttons=(texts["begin"],) if use in _BEGINS else (),
    )
    return BuiltIn(use, template, {number: f"{{{{ {name} }}}}" for number, name in names.items()})


def all_builtin() -> tuple[BuiltIn, ...]:
    """Return every template in every shipped language."""
    return tuple(builtin(use, language) for use in Use for language in LOCALES)
