"""Approvals of templates, asked for when a campaign is about to be published with one that is not known as approved."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from bot.channels import TWILIO
from bot.dialogue.reconciling import refresh_templates
from bot.models import MessageTemplate
from bot.runtime import Runtime
from bot.work import reading


def learn_approvals(runtime: Runtime, drafts: Iterable[Mapping[str, Any]]) -> bool:
    """Read the provider's templates again where *drafts* name one that is not known as approved; say whether it was.

    Called before the transaction that publishes: nothing is asked over the network inside one.
    """
    if TWILIO not in runtime.senders:
        return False
    wanted = {name for draft in drafts for name in _names(draft)}
    if not wanted:
        return False
    with reading(runtime) as work:
        approved = select(MessageTemplate.name).where(MessageTemplate.status == "approved")
        known = set(work.connection.execute(approved).scalars())
    if wanted <= known:
        return False
    refresh_templates(runtime)
    return True


def _names(draft: Mapping[str, Any]) -> Iterable[str]:
    """Return the names of templates in a draft, which may be wrong in any way."""
    reminders = draft.get("reminders")
    for holder in (draft.get("welcome"), *(reminders if isinstance(reminders, list) else ())):
        template = holder.get("template") if isinstance(holder, Mapping) else None
        name = template.get("name") if isinstance(template, Mapping) else None
        if isinstance(name, str):
            yield name
