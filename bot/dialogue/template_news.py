"""Approvals of templates, asked for when a campaign is about to be published with one that is not known as approved."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.channels import TWILIO
from bot.dialogue.reconciling import refresh_templates
from bot.messaging.templates import APPROVED, find_template
from bot.runtime import Runtime
from bot.work import Work, reading


def learn_approvals(runtime: Runtime, drafts: Iterable[Mapping[str, Any]]) -> bool:
    """Read the provider's templates again where *drafts* name one that is not known as approved; say whether it was.

    Called before the transaction that publishes: nothing is asked over the network inside one.
    """
    if TWILIO not in runtime.senders:
        return False
    wanted = {pair for draft in drafts for pair in _names(draft)}
    with reading(runtime) as work:
        missing = not all(_is_approved(work, name, language) for name, language in wanted)
    if missing:
        refresh_templates(runtime)
    return missing


def _is_approved(work: Work, name: str, language: str) -> bool:
    found = find_template(work, name, language)
    return found is not None and found.status == APPROVED


def _names(draft: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Return the names of templates in a draft, which may be wrong in any way, with its language."""
    reminders, language = draft.get("reminders"), draft.get("language")
    for holder in (draft.get("welcome"), *(reminders if isinstance(reminders, list) else ())):
        template = holder.get("template") if isinstance(holder, Mapping) else None
        name = template.get("name") if isinstance(template, Mapping) else None
        if isinstance(name, str) and isinstance(language, str):
            yield name, language
