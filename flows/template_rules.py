"""What WhatsApp asks of a template before it looks at what it says (shared facts: Meta's and Twilio's own rules).

What breaks a rule is refused hours later, and its name is used up; so it is found here, before it is handed over.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flows import limits
from flows.check_sending import TEMPLATE_NAME, TEMPLATE_VARIABLES
from flows.findings import Finding, error, warning

CATEGORIES = ("UTILITY", "MARKETING")
"""Codes for logging in, the third category, have a text of WhatsApp's own."""
SHORTEST = 30
MOST_BUTTONS = 10
BUTTONS_SHOWN = 3

_NAME = re.compile(r"[a-z0-9_]+", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:_[A-Za-z]{2,4})?", re.ASCII)
_BLANK = re.compile(r"\{\{(\d{1,3})\}\}", re.ASCII)
_BRACES = re.compile(r"\{\{.*?\}\}|\{\{|\}\}", re.DOTALL)
_SIDE_BY_SIDE = re.compile(r"\}\}[\s\W_]*\{\{")
_WORD = re.compile(r"\w+")
_GAP = re.compile(r"[\n\r\t]| {4}")
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\ufe0f\U0001f000-\U0001faff]")


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A template as somebody has written it."""

    name: str
    language: str
    category: str
    body: str
    samples: Mapping[str, str] = field(default_factory=dict)
    """For each variable, what might stand there."""
    buttons: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the blanks, each once, in order of first use."""
        return blanks_in(self.body)

    def filled(self, values: Mapping[str, str] | None = None) -> str:
        """Return the text as somebody reads it, with the samples where no values are given."""
        shown = self.samples if values is None else values
        return _BLANK.sub(lambda blank: shown.get(blank[1]) or blank[0], self.body)


def blanks_in(body: str) -> tuple[str, ...]:
    """Return the names of the blanks of a text, each once, in order of first use."""
    return tuple(dict.fromkeys(_BLANK.findall(body)))


def check_template(template: TemplateText) -> tuple[Finding, ...]:
    """Return what WhatsApp would refuse, at `name`, `language`, `category`, `body`, `samples.1`, `buttons[0]`."""
    return tuple(finding for part in (_identity, _body, _blanks, _samples, _buttons) for finding in part(template))


def _identity(template: TemplateText) -> Iterator[Finding]:
    if not _NAME.fullmatch(template.name) or len(template.name) > TEMPLATE_NAME:
        yield error("name", "a name has only small letters a to z, digits and _, such as screening_welcome")
    if not _LANGUAGE.fullmatch(template.language):
        yield error("language", "write the language as WhatsApp does: en, or with a country pt_BR")
    if template.category not in CATEGORIES:
        problem = "choose UTILITY for news of an application, or MARKETING for what advertises a job"
        yield error("category", problem)


def _body(template: TemplateText) -> Iterator[Finding]:
    body = template.body
    if not body.strip():
        yield error("body", "a template needs a text: write one")
        return
    if body != body.strip():
        yield error("body", "the text begins or ends with a blank or an empty line: remove it")
    if _EMOJI.match(body.strip()[0]) or _EMOJI.match(body.strip()[-1]):
        yield error("body", "the text begins or ends with an emoji, which WhatsApp refuses: put words there")
    if len(template.filled()) > limits.INTERACTIVE_BODY:
        problem = f"with its samples the text has {len(template.filled())} characters"
        yield error("body", f"{problem}, and WhatsApp takes {limits.INTERACTIVE_BODY}: shorten it")
    if "\t" in body or "    " in body or "\n\n\n" in body.replace("\r", ""):
        yield error("body", "the text holds a tab, four blanks or two empty lines in a row: WhatsApp refuses them")
    if len(body.strip()) < SHORTEST:
        yield warning("body", f"a text of fewer than {SHORTEST} characters is often rejected: say a little more")


def _blanks(template: TemplateText) -> Iterator[Finding]:
    body, names = template.body.strip(), template.variables
    if odd := next((found for found in _BRACES.findall(body) if not _BLANK.fullmatch(found)), None):
        yield error("body", f'"{odd[:40]}" is no variable of a template: number them, {{{{1}}}}, {{{{2}}}} and so on')
    if sorted(names, key=int) != [str(number + 1) for number in range(len(names))]:
        yield error("body", "the variables are {{1}}, {{2}} and so on: number them without a gap")
    if len(names) > TEMPLATE_VARIABLES:
        yield error("body", f"a template has at most {TEMPLATE_VARIABLES} variables")
    places = [blank.span() for blank in _BLANK.finditer(body)]
    if places and (places[0][0] == 0 or places[-1][1] == len(body)):
        yield error("body", "the text begins or ends with a variable, which WhatsApp refuses: put a word there")
    if _SIDE_BY_SIDE.search(body):
        yield error("body", "two variables stand side by side: put a word between them")
    words = len(_WORD.findall(_BLANK.sub(" ", body)))
    if names and words < (needed := 2 * len(names) + 1):
        yield error("body", f"{len(names)} variables need at least {needed} words around them, and there are {words}")


def _samples(template: TemplateText) -> Iterator[Finding]:
    for name in template.variables:
        sample = template.samples.get(name, "")
        if not sample.strip():
            yield error(f"samples.{name}", f"give an example for {{{{{name}}}}}: whoever approves reads it")
        elif _GAP.search(sample):
            yield error(f"samples.{name}", "an example stands on one line, without tabs and without four blanks")


def _buttons(template: TemplateText) -> Iterator[Finding]:
    labels = [label.strip() for label in template.buttons]
    if len(labels) > MOST_BUTTONS:
        yield error("buttons", f"a template has at most {MOST_BUTTONS} buttons")
    for index, label in enumerate(labels):
        path = f"buttons[{index}]"
        if not label or len(label) > limits.BUTTON_LABEL:
            yield error(path, f"a button has 1 to {limits.BUTTON_LABEL} characters")
        elif _EMOJI.search(label) or _BRACES.search(label) or "\n" in label:
            yield error(path, "a button holds no emoji, no variable and no new line")
        elif label.casefold() in (each.casefold() for each in labels[:index]):
            yield error(path, "two buttons say the same: give each its own words")
    if len(labels) > BUTTONS_SHOWN:
        yield warning("buttons", f"phones show {BUTTONS_SHOWN} buttons, and the rest behind a list")
