"""Templates as they are now, asked for when a campaign is about to be published with one that seems not to do."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bot.channels import TWILIO
from bot.dialogue.reconciling import refresh_templates
from bot.messaging.templates import APPROVED, find_template
from bot.runtime import Runtime
from bot.work import Work, reading


def learn_approvals(runtime: Runtime, drafts: Iterable[Mapping[str, Any]]) -> bool:
    """Read the provider's templates again where *drafts* name one that is not known as approved; say whether it was.

    So it is where one is known with other variables: it may have been made anew.
    Called before the transaction that publishes: nothing is asked over the network inside one.
    """
    if TWILIO not in runtime.senders:
        return False
    wanted = {use for draft in drafts for use in _uses(draft)}
    with reading(runtime) as work:
        missing = not all(_would_do(work, *use) for use in wanted)
    if missing:
        refresh_templates(runtime)
    return missing


def _would_do(work: Work, name: str, language: str, variables: Collection[str]) -> bool:
    found = find_template(work, name, language)
    return found is not None and found.status == APPROVED and set(found.variables) == variables


def _uses(draft: Mapping[str, Any]) -> Iterable[tuple[str, str, frozenset[str]]]:
    """Return the templates that a draft, which may be wrong in any way, names: with its language and the variables."""
    reminders, language = draft.get("reminders"), draft.get("language")
    for holder in (draft.get("welcome"), *(reminders if isinstance(reminders, list) else ())):
        template = holder.get("template") if isinstance(holder, Mapping) else None
        if not isinstance(template, Mapping) or not isinstance(language, str):
            continue
        name, variables = template.get("name"), template.get("variables")
        if isinstance(name, str):
            yield name, language, frozenset(variables if isinstance(variables, Mapping) else ())
