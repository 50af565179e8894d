"""When and how a campaign goes out: language, expiry, reminders, templates."""

import re
from collections.abc import Collection, Iterator
from datetime import timedelta

from flows import limits
from flows.check_circumstances import Circumstances
from flows.findings import Finding, error, warning
from flows.flow import Flow, Reminder, Template
from flows.modules.schedule import Schedule
from flows.variables import begins_or_ends_with_one
from flows.wording import LOCALES, language_of

WINDOW = timedelta(hours=24)
"""How long after a candidate's last message WhatsApp takes free text (twilio.md 2.1)."""
USUAL_EXPIRY = timedelta(days=7)
YEAR = timedelta(days=366)
TEMPLATE_NAME = 512
TEMPLATE_VARIABLES = 100

_TEMPLATE = re.compile(r"[a-z0-9_]+", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2}(?:[-_][A-Za-z0-9]{2,8})*", re.ASCII)
_GAP = re.compile(r"[\n\r\t]| {4}")


def check_sending(flow: Flow, circumstances: Circumstances) -> Iterator[Finding]:
    """Find what keeps messages from going out, or lets them go out in vain."""
    yield from _language(flow)
    if isinstance(flow.expires_after, timedelta) and not timedelta(seconds=1) <= flow.expires_after <= YEAR:
        yield error("expires_after", "this must lie between one second and a year, or be never")
    yield from _reminders(flow, circumstances)
    yield from _welcome(flow, circumstances)
    for index, module in enumerate(flow.modules):
        for use, name in module.templates.items() if isinstance(module, Schedule) else ():
            path = f"modules[{index}].templates.{use}"
            yield from _template_name(name, path)
            yield from _approval(flow, name, path, circumstances, forbids=False)


def _language(flow: Flow) -> Iterator[Finding]:
    shipped = _LANGUAGE.fullmatch(flow.language) and language_of(flow.language) == flow.language[:2].lower()
    if not shipped:
        problem = f'"{flow.language[:20]}" is none of the languages that are spoken: {", ".join(LOCALES)}'
        yield error("language", problem)


def _reminders(flow: Flow, circumstances: Circumstances) -> Iterator[Finding]:
    before = timedelta()
    for index, reminder in enumerate(flow.reminders):
        path = f"reminders[{index}]"
        if index >= limits.REMINDERS:
            yield error(path, f"there are at most {limits.REMINDERS} reminders: remove this one")
        yield from _delay(flow, reminder, before, f"{path}.after")
        yield from _free_text(reminder, path, circumstances)
        if reminder.template:
            yield from _template(flow, reminder.template, f"{path}.template", circumstances, forbids=False)
        before = max(before, reminder.after)


def _delay(flow: Flow, reminder: Reminder, before: timedelta, path: str) -> Iterator[Finding]:
    expiry = USUAL_EXPIRY if flow.expires_after is None else flow.expires_after
    if reminder.after <= timedelta():
        yield error(path, "a reminder comes after some silence: write a duration such as P1D")
    elif reminder.after <= before:
        yield warning(path, "this is no later than the reminder before it: let each come after a longer silence")
    if isinstance(expiry, timedelta) and reminder.after >= expiry:
        unless = " unless the installation says otherwise" if flow.expires_after is None else ""
        yield warning(path, f"the campaign will have expired by then{unless}: it would never be sent")


def _free_text(reminder: Reminder, path: str, circumstances: Circumstances) -> Iterator[Finding]:
    """Compare with WhatsApp's window, which has closed when somebody has been silent for a day."""
    if circumstances.first_channel == "sms":
        return
    if reminder.template is None and reminder.after >= WINDOW:
        problem = "after 24 hours of silence WhatsApp takes only an approved template: add one"
        yield warning(f"{path}.template", problem)
    if reminder.template and not reminder.text.strip():
        yield warning(f"{path}.text", "without a text nothing can be sent by SMS, or within 24 hours on WhatsApp")


def _welcome(flow: Flow, circumstances: Circumstances) -> Iterator[Finding]:
    template = flow.welcome.template
    on_whatsapp = circumstances.first_channel == "whatsapp"
    if template is None and on_whatsapp:
        problem = "WhatsApp opens a conversation only with an approved template: choose one"
        yield (error if circumstances.needs_approval else warning)("welcome.template", problem)
    if template is not None:
        yield from _template(flow, template, "welcome.template", circumstances, forbids=True)
    if (template or on_whatsapp) and begins_or_ends_with_one(flow.welcome.text):
        problem = "WhatsApp approves no template that begins or ends with a variable: put a word there"
        yield warning("welcome.text", problem)


def _template(
    flow: Flow, template: Template, path: str, circumstances: Circumstances, *, forbids: bool
) -> Iterator[Finding]:
    yield from _template_name(template.name, f"{path}.name")
    yield from _sequence(template, f"{path}.variables")
    for number, value in template.variables.items():
        if _GAP.search(value):
            problem = "a value in a template holds no new line, no tab and no four spaces: write it on one line"
            yield error(f"{path}.variables.{number}", problem)
    yield from _approval(flow, template.name, f"{path}.name", circumstances, forbids=forbids)
    yield from _blanks(flow, template, f"{path}.variables", circumstances)


def _template_name(name: str, path: str) -> Iterator[Finding]:
    if not _TEMPLATE.fullmatch(name) or len(name) > TEMPLATE_NAME:
        yield error(path, "the name of a template has only small letters a to z, digits and _")


def _sequence(template: Template, path: str) -> Iterator[Finding]:
    """Check the variables' names: "1", "2" and so on without a gap (twilio.md 2.3)."""
    wanted = [str(number + 1) for number in range(len(template.variables))]
    if sorted(template.variables) != sorted(wanted):
        yield error(path, 'the variables of a template are "1", "2" and so on, without a gap')
    if len(wanted) > TEMPLATE_VARIABLES:
        yield error(path, f"a template has at most {TEMPLATE_VARIABLES} variables")


def _approval(flow: Flow, name: str, path: str, circumstances: Circumstances, *, forbids: bool) -> Iterator[Finding]:
    """Ask whether a template is approved; where no conversation begins without it, that is an error."""
    book = circumstances.templates
    severe = forbids and circumstances.needs_approval
    if book is None and not (forbids and circumstances.first_channel == "whatsapp"):
        return
    listed = book.find(name, flow.language) if book else None
    if listed is not None and listed.status.casefold() == "approved":
        return
    state = f"is {listed.status.casefold()}, not approved" if listed else "is not known as approved"
    problem = f'the template "{name[:60]}" {state} in {flow.language[:20]}: submit it, or choose another'
    yield (error if severe else warning)(path, problem)


def _blanks(flow: Flow, template: Template, path: str, circumstances: Circumstances) -> Iterator[Finding]:
    """Compare with the blanks of the template: one too few or too many, and WhatsApp refuses every message (63028)."""
    book = circumstances.templates
    listed = book.find(template.name, flow.language) if book else None
    if listed is None or set(listed.variables) == set(template.variables):
        return
    has, given = _names(listed.variables) or "no variables", _names(template.variables) or "none of them"
    problem = f'the template "{template.name[:60]}" has {has}, and here stand values for {given}'
    yield (warning if circumstances.sandbox else error)(path, f"{problem}: each needs one, and no other")


def _names(variables: Collection[str]) -> str:
    shown = [f"{{{{{name[:20]}}}}}" for name in list(variables)[:10]]
    more = f" and {len(variables) - len(shown)} more" if len(variables) > len(shown) else ""
    return ", ".join(shown) + more
