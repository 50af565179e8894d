"""Templates that the provider keeps for us: which one of a name speaks a campaign's language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from bot.channels import TWILIO
from bot.channels.base import ChannelKind
from bot.models import MessageTemplate
from bot.statements import Prepared
from bot.work import Work

APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """A template as it was last listed."""

    language: str
    status: str
    content_sid: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovedTemplate:
    """A template that may be sent, with its text."""

    name: str
    language: str
    content_sid: str
    body: str
    variables: tuple[str, ...]

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with its blanks filled; one that nothing is given for stays as it is written."""
        return _BLANK.sub(lambda blank: values.get(blank[1]) or blank[0], self.body)


def approved_templates(work: Work) -> list[ApprovedTemplate]:
    """Return the templates that may be sent, by name."""
    rows = work.connection.execute(_APPROVED.order_by(MessageTemplate.name, MessageTemplate.language))
    return [_approved(row) for row in rows]


def find_approved(work: Work, name: str, language: str) -> ApprovedTemplate | None:
    """Return the template of exactly that name and language, if it may be sent."""
    which = (MessageTemplate.name == name, MessageTemplate.language == language)
    row = work.connection.execute(_APPROVED.where(*which)).one_or_none()
    return None if row is None else _approved(row)


def _approved(row: Any) -> ApprovedTemplate:
    return ApprovedTemplate(row.name, row.language, row.content_sid, row.body, tuple(row.variables))


_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_APPROVED = select(
    MessageTemplate.name,
    MessageTemplate.language,
    MessageTemplate.content_sid,
    MessageTemplate.body,
    MessageTemplate.variables,
).where(MessageTemplate.status == APPROVED)


def needs_template(kind: ChannelKind, provider: str | None, *, window_open: bool) -> bool:
    """Say whether nothing but an approved template may go: WhatsApp takes no free text once its window is closed."""
    return kind is ChannelKind.WHATSAPP and provider == TWILIO and not window_open


def find_template(work: Work, name: str, language: str) -> KnownTemplate | None:
    """Return the template of that name in *language* (a BCP 47 tag), an approved one before any other."""
    rows = _OF_NAME.all(work.connection, name=name)
    return best_of([_known(row) for row in rows], language)


def _known(row: Any) -> KnownTemplate:
    return KnownTemplate(row.language, row.status, row.content_sid, tuple(row.variables))


def best_of(known: list[KnownTemplate], language: str) -> KnownTemplate | None:
    """Choose among templates of one name: the same language, approved ones first, the same country before others.

    Providers write `pt_BR` and may list a language only with a country, so `en` finds `en_US`.
    """
    wanted = _tag(language)
    spoken = [template for template in known if _tag(template.language)[0] == wanted[0]]
    return min(spoken, key=lambda template: _distance(template, wanted), default=None)


def _distance(template: KnownTemplate, wanted: list[str]) -> tuple[bool, int, str]:
    tag = _tag(template.language)
    apart = 0 if tag == wanted else 1 if len(tag) == 1 else 2
    return template.status != APPROVED, apart, template.language


def _tag(language: str) -> list[str]:
    return language.replace("-", "_").casefold().split("_")


_OF_NAME = Prepared(
    lambda _: select(
        MessageTemplate.language, MessageTemplate.status, MessageTemplate.content_sid, MessageTemplate.variables
    ).where(MessageTemplate.name == bindparam("name"))
)
