"""The list of WhatsApp templates: what the provider lists and what is on its way there, and which stages use what."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.channels.template_words import StateWords, explain_state, warn_of_category
from bot.messaging.template_uses import TemplateUse, uses_of
from bot.models import MessageTemplate, TemplateSubmission
from bot.work import Work
from flows.template_rules import TemplateText

MOST = 1_000
"""WhatsApp keeps 250 for an account until it is verified."""


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """A template as the list shows it."""

    text: TemplateText
    status: str
    words: StateWords
    warning: str
    content_sid: str | None
    submission: str | None
    """The public id of what was written here."""
    seen_at: datetime | None
    """When the provider last listed it."""
    uses: Sequence[TemplateUse]

    @property
    def is_used(self) -> bool:
        """Say whether a published stage needs it."""
        return any(use.published for use in self.uses)

    @property
    def is_draft(self) -> bool:
        """Say whether it can still be changed."""
        return self.status in {"draft", "failed"}


def list_templates(work: Work, *, status: str = "", search: str = "") -> list[TemplateLine]:
    """Return the templates by name and language; *search* is a part of name or text, *status* a state."""
    listed = work.connection.execute(select(MessageTemplate).limit(MOST)).all()
    ours = work.connection.execute(select(TemplateSubmission).limit(MOST)).all()
    written = {row.content_sid: row for row in ours if row.content_sid}
    known = {row.content_sid for row in listed}
    lines = [_listed(row, written.get(row.content_sid)) for row in listed]
    lines += [_written(row) for row in ours if row.content_sid not in known]
    needle = search.strip().casefold()
    chosen = [
        line
        for line in lines
        if (not status or line.words.label == explain_state(status).label)
        and (needle in line.text.name.casefold() or needle in line.text.body.casefold())
    ]
    return _with_uses(work, sorted(chosen, key=lambda line: (line.text.name, line.text.language)))


def read_at(work: Work) -> datetime | None:
    """Return when the provider's list was last read."""
    latest: datetime | None = work.connection.execute(select(func.max(MessageTemplate.seen_at))).scalar_one()
    return latest


def _listed(row: Any, ours: Any) -> TemplateLine:
    text = TemplateText(row.name, row.language, row.category, row.body, row.samples, tuple(row.buttons))
    warning = warn_of_category(ours.category if ours else "", row.category)
    words = explain_state(row.status, row.rejection_reason)
    public_id = ours.public_id if ours else None
    return TemplateLine(text, row.status, words, warning, row.content_sid, public_id, row.seen_at, ())


def _written(row: Any) -> TemplateLine:
    text = TemplateText(row.name, row.language, row.category, row.body, row.samples, tuple(row.buttons))
    words = explain_state(row.status, row.problem or "")
    return TemplateLine(text, row.status, words, "", row.content_sid, row.public_id, None, ())


def _with_uses(work: Work, lines: list[TemplateLine]) -> list[TemplateLine]:
    """Tell of each which stages name it, in whichever country's form of its language."""
    found: Mapping[tuple[str, str], list[TemplateUse]] = defaultdict(list)
    for use in uses_of(work, {line.text.name for line in lines}):
        found[use.template, _spoken(use.language)].append(use)
    return [replace(line, uses=tuple(found[line.text.name, _spoken(line.text.language)])) for line in lines]


def _spoken(language: str) -> str:
    return language.replace("-", "_").split("_")[0].casefold()
