"""From what the engine wants said to the words of one message. Pure; one renderer for every channel.

Recruiters' texts are Jinja2 templates in a sandbox that knows plain mappings and nothing else; a variable
without a value leaves no hole behind.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import TemplateError, Undefined
from jinja2.environment import Template as JinjaTemplate
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.channels.base import ChannelKind, Media, MediaKind, Option
from bot.engine.effects import Offer, Part, Phrase, Say, Shown, Written
from flows import limits
from flows.modules.content import Block
from flows.wording import phrase, show_value

_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "document": MediaKind.DOCUMENT}
_EMPTY = "\x00"
_HOLE = re.compile(rf"[ \t]*{_EMPTY}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Voice:
    """To whom something is said: their language for fixed phrases and values, and what variables stand for."""

    locale: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InWords(Mapping[str, str]):
    """Values by name, each put into words only when a text asks for it; one without a value stays empty."""

    values_by_name: Mapping[str, Any]
    show: Callable[[str, Any], str]

    def __getitem__(self, name: str) -> str:
        value = self.values_by_name[name]
        return "" if value is None else self.show(name, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message in words. *numbered* also holds the options, for where they cannot be tapped."""

    text: str
    numbered: str = ""
    options: tuple[Option, ...] = ()
    list_label: str = ""
    media: Media | None = None
    template: str = ""
    template_variables: Mapping[str, str] | None = None


def render(say: Say, voice: Voice) -> Rendered:
    """Put *say* into words for *voice*."""
    text = "\n".join(_part(part, voice) for part in say.parts)
    options = tuple(_option(offer, voice) for offer in say.offers)
    numbered = _numbered(text, options, say, voice)
    template = say.template
    return Rendered(
        text=text if say.tap else numbered,
        numbered=numbered,
        options=options if say.tap else (),
        list_label=phrase("choose", voice.locale) if options else "",
        media=_media(say.media) if say.media else None,
        template=template.name if template else "",
        template_variables={n: fill(t, voice) for n, t in template.variables.items()} if template else None,
    )


def can_be_tapped(rendered: Rendered, kind: ChannelKind, *, window_open: bool) -> bool:
    """Say whether the options can go out as buttons or a list: in a WhatsApp session, within its limits."""
    if not rendered.options or kind is not ChannelKind.WHATSAPP or not window_open:
        return False
    longest = max(len(option.label) for option in rendered.options)
    buttons = len(rendered.options) <= limits.BUTTONS and longest <= limits.BUTTON_LABEL
    listed = len(rendered.options) <= limits.LIST_ITEMS and longest <= limits.LIST_LABEL
    return (buttons or listed) and len(rendered.text) <= limits.INTERACTIVE_BODY


def fill(text: str, voice: Voice) -> str:
    """Fill the variables of a recruiter's text."""
    if "{{" not in text:
        return text
    try:
        return _HOLE.sub("", _template(text).render(voice.variables))
    except TemplateError:
        # publishing refuses such a text; a candidate still gets the words rather than nothing
        return text


def split_text(text: str, limit: int = limits.BODY) -> list[str]:
    """Cut a text into bodies of at most *limit* characters, at a paragraph, a line, a space, or anywhere."""
    parts = []
    while len(text) > limit:
        cut = max(text.rfind(mark, 1, limit + 1) for mark in ("\n\n", "\n", " "))
        cut = cut if cut > limit // 2 else limit
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text] if text or not parts else parts


class _Environment(ImmutableSandboxedEnvironment):
    """Attributes are looked up in mappings only: `answers.items` is an answer, never a method."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        return self.undefined(obj=obj, name=str(argument))


class _Nothing(Undefined):
    """A variable without a value: empty, and so is everything below it."""

    def __getattr__(self, name: str) -> "_Nothing":
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _plain(value: object) -> str:
    """Write a variable's value without control characters; where it is empty, mark the hole."""
    return _CONTROL.sub("", "" if value is None else str(value)) or _EMPTY


_ENVIRONMENT = _Environment(undefined=_Nothing, autoescape=False, finalize=_plain)
_ENVIRONMENT.globals.clear()


@lru_cache(maxsize=4096)
def _template(text: str) -> JinjaTemplate:
    return _ENVIRONMENT.from_string(text)


def _part(part: Part, voice: Voice) -> str:
    match part:
        case Phrase(key=key, blanks=blanks):
            return phrase(key, voice.locale, **blanks)
        case Shown(value=value):
            return show_value(value, voice.locale)
        case Written(text=text):
            return fill(text, voice)


def _option(offer: Offer, voice: Voice) -> Option:
    return Option(offer.id, _part(offer.label, voice))


def _numbered(text: str, options: tuple[Option, ...], say: Say, voice: Voice) -> str:
    """Add the options as lines with a number or a letter, and how to answer."""
    if not options or say.marks == "none":
        return text
    letters = say.marks == "letters"
    marks = [f"{chr(ord('a') + i)})" if letters else f"{i + 1}." for i in range(len(options))]
    lines = [f"{mark} {option.label}" for mark, option in zip(marks, options, strict=True)]
    how = [phrase("choose_letter" if letters else "choose_number", voice.locale)] if say.tap else []
    return "\n".join([text, *lines, *how])


def _media(block: Block) -> Media:
    return Media(block.url, _KINDS[block.kind], filename=block.filename)
