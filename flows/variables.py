"""Variables in texts: `{{ dotted.name }}` and nothing else (interfaces.md, "A stage campaign as a file")."""

import re
from collections.abc import Callable, Iterable

from flows.suggestions import suggestion

FIXED = (
    "candidate.first_name",
    "candidate.last_name",
    "candidate.full_name",
    "candidate.email",
    "candidate.phone",
    "candidate.city",
    "job.title",
    "job.reference",
    "job.location",
    "recruiter.first_name",
    "recruiter.last_name",
    "recruiter.full_name",
    "company.name",
)
"""The names that every text may use, beside custom fields."""

_MEANT = {
    "candidate.name": "candidate.full_name",
    "candidate.mail": "candidate.email",
    "candidate.surname": "candidate.last_name",
    "candidate.mobile": "candidate.phone",
    "candidate.number": "candidate.phone",
    "candidate.town": "candidate.city",
    "candidate.location": "candidate.city",
    "job.name": "job.title",
    "job.city": "job.location",
    "recruiter.name": "recruiter.full_name",
    "company": "company.name",
}
"""What is meant by names that resemble another one more."""

ANSWERS = "answers."
"""The beginning of a name that stands for the answer to a question."""

_CUSTOM_FIELD = re.compile(r"candidate\.fields\.[a-z][a-z0-9_]*", re.ASCII)
_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*", re.ASCII)
_TOKEN = re.compile(r"\{\{(?P<inside>(?:(?!\{\{).)*?)\}\}|\{\{|\}\}|\{%.{0,99}?%\}|\{%|\{#.{0,99}?#\}|\{#", re.DOTALL)


def names_in(text: str) -> tuple[str, ...]:
    """Return the names of the variables in *text*, each once, in the order of their first use."""
    names = (_name(token) for token in _TOKEN.finditer(text))
    return tuple(dict.fromkeys(name for name in names if name))


def without(text: str, stand_in: str = "") -> str:
    """Return *text* with *stand_in* in the place of each variable: what is sent in any case."""
    return _TOKEN.sub(lambda token: stand_in if _name(token) else token.group(), text)


def numbered(text: str) -> str:
    """Return *text* as a template writes it: with `{{1}}` and so on for its variables, by `names_in`."""
    numbers = {name: number for number, name in enumerate(names_in(text), start=1)}
    return _TOKEN.sub(lambda token: f"{{{{{numbers[name]}}}}}" if (name := _name(token)) else token.group(), text)


def begins_or_ends_with_one(text: str) -> bool:
    """Tell whether a variable stands first or last, which WhatsApp refuses in a template (twilio.md 2.3)."""
    text = text.strip()
    places = [token.span() for token in _TOKEN.finditer(text) if _name(token)]
    return bool(places) and (places[0][0] == 0 or places[-1][1] == len(text))


def problems(text: str, known: Callable[[str], bool], names: Iterable[str] = FIXED) -> tuple[str, ...]:
    """Return a sentence for each thing in *text* that is no variable, or one that is not *known*.

    *names* are those to suggest for an unknown one.
    """
    found = [_problem(token, known, names) for token in _TOKEN.finditer(text)]
    return tuple(dict.fromkeys(problem for problem in found if problem))


def is_fixed(name: str) -> bool:
    """Tell whether every text may use *name*."""
    return name in FIXED or _CUSTOM_FIELD.fullmatch(name) is not None


def _name(token: re.Match[str]) -> str | None:
    inside = token["inside"]
    match = _NAME.fullmatch(inside) if inside is not None else None
    return match[1] if match else None


def _problem(token: re.Match[str], known: Callable[[str], bool], names: Iterable[str]) -> str | None:
    written = _short(token.group())
    if name := _name(token):
        if known(name):
            return None
        return f'there is no variable "{_short(name)}" here{_hint(name, names)}'
    if written in ("{{", "}}"):
        return f'"{written}" stands alone: a variable is written {{{{ candidate.first_name }}}}'
    return f'"{written}" is no variable: only a name may stand there, as in {{{{ candidate.first_name }}}}'


def _hint(name: str, names: Iterable[str]) -> str:
    if name.startswith("candidate.fields."):
        return ": the name of a custom field has only small letters, digits and _"
    known = f"; known are {', '.join(FIXED)}, candidate.fields.… and {ANSWERS}… of earlier questions"
    return suggestion(_MEANT.get(name.lower(), name), names) or known


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:37]}…"
