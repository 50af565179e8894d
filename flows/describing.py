"""A campaign in words: each part as one line for recruiters, with a name that is the same in every version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flows.draft_fields import NEVER, show_duration
from flows.draft_paths import fields_at, list_at
from flows.rules import CONCLUSION

KIND_NAMES = {
    "content": "Content",
    "questions": "Questions",
    "video_interview": "Video interview",
    "collect": "Documents",
    "schedule": "Interview booking",
}
TYPE_NAMES = {
    "text": "Short text", "long_text": "Long text", "number": "Number", "date": "Date", "choice": "One choice",
    "choices": "Several choices", "yes_no": "Yes or no", "true_false": "True or false", "email": "E-mail",
    "phone": "Phone number", "rating": "Rating, 1 to 5", "location": "Location", "file": "File",
}  # fmt: skip
OPERATOR_NAMES = {
    "is": "is", "is_not": "is not", "any_of": "is one of", "contains": "contains", "at_least": "is at least",
    "at_most": "is at most", "answered": "was given",
}  # fmt: skip
_FIELD_NAMES = {
    "maps_to": "fills", "when_tries_run_out": "when tries run out", "max_mb": "most MB", "min": "least", "max": "most",
}  # fmt: skip
_SAID = {
    "settings": ("name", "language"),
    "questions": ("key", "type", "text"),
    "documents": ("key", "label"),
    "blocks": ("text", "caption"),
    "modules": ("key", "type", "blocks", "questions", "documents"),
}
"""What is told of each part by its title and its text; everything else is told as `name: value`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a campaign. Lines of the same *id* in two versions are about the same part."""

    id: str
    level: int
    title: str
    text: str = ""
    details: str = ""


def outline(document: Any) -> tuple[Line, ...]:
    """Return the parts of a campaign, right or wrong, in the order of the conversation."""
    seen: dict[str, int] = {}
    lines = []
    for line in _lines(document if isinstance(document, Mapping) else {}):
        seen[line.id] = seen.get(line.id, 0) + 1
        repeated = seen[line.id] > 1  # two parts of one key, which the checks tell
        lines.append(replace(line, id=f"{line.id}~{seen[line.id]}") if repeated else line)
    return tuple(lines)


def _lines(document: Mapping[str, Any]) -> Iterator[Line]:
    yield Line("settings", 0, "Settings", _text(document.get("name")), _settings(document))
    yield _message("welcome", "Welcome", document.get("welcome"))
    for place, reminder in enumerate(list_at(document, "reminders")):
        told = fields_at({"r": reminder}, "r")
        after = length(told.get("after"))
        yield Line(f"reminders/{place}", 0, f"Reminder after {after}", _text(told.get("text")), _template(told))
    for place, module in enumerate(list_at(document, "modules")):
        yield from _module(fields_at({"m": module}, "m"), place)
    for place, rule in enumerate(list_at(document, "rules")):
        told = fields_at({"r": rule}, "r")
        yield Line(f"rules/{told.get('after', '')}/{_nth(document, place)}", 0, "Rule", rule_in_words(told))
    if document.get("conclusion") is not None:
        yield _message("conclusion", "Conclusion", document.get("conclusion"))


def _nth(document: Mapping[str, Any], place: int) -> int:
    """Return which rule after the same question it is: what tells it from its like."""
    rules = [fields_at({"r": rule}, "r").get("after") for rule in list_at(document, "rules")]
    return rules[:place].count(rules[place])


def _message(name: str, title: str, value: Any) -> Line:
    if isinstance(value, Mapping):
        return Line(name, 0, title, _text(value.get("text")), _template(value))
    return Line(name, 0, title, _text(value))


def _module(module: Mapping[str, Any], place: int) -> Iterator[Line]:
    name = _text(module.get("key")) or f"#{place}"
    kind = _text(module.get("type"))
    yield Line(name, 0, f"{KIND_NAMES.get(kind, kind)} “{name}”", "", _others(module, "modules"))
    titles: list[str] = []
    for block in list_at(module, "blocks"):
        told = fields_at({"b": block}, "b")
        kinds = [each for each in ("text", "image", "video", "document") if each in told]
        title = (kinds or ["text"])[0].capitalize()
        said = " ".join(_text(told.get(each)) for each in (*kinds, "caption") if told.get(each))
        details = _others({n: v for n, v in told.items() if n not in kinds}, "blocks")
        nth = titles.count(title)  # of its kind: what tells it best from the others, as blocks have no keys
        titles.append(title)
        yield Line(f"{name}/{title}/{nth}", 1, title, said, details)
    for list_name, field in (("questions", "text"), ("documents", "label")):
        for number, part in enumerate(list_at(module, list_name)):
            told = fields_at({"p": part}, "p")
            key = _text(told.get("key")) or f"#{number}"
            kind_of = TYPE_NAMES.get(_text(told.get("type")), _text(told.get("type")))
            title = f"{kind_of or ('Document' if field == 'label' else 'Spoken')} “{key}”"
            yield Line(f"{list_name}/{key}", 1, title, _text(told.get(field)), _others(told, list_name))


def _settings(document: Mapping[str, Any]) -> str:
    expiry = document.get("expires_after")
    parts = [f"language {_text(document.get('language')) or 'en'}"]
    if expiry is not None:
        parts.append("never expires" if expiry == NEVER else f"expires after {length(expiry)}")
    if document.get("reopen"):
        parts.append("a late reply goes on where it stopped")
    return ", ".join(parts)


def _template(value: Mapping[str, Any]) -> str:
    template = fields_at(value, "template")
    if not template:
        return ""
    blanks = ", ".join(f"{{{{{n}}}}} = {_text(v)}" for n, v in fields_at(template, "variables").items())
    return f"template {_text(template.get('name'))}{f' with {blanks}' if blanks else ''}"


def _others(part: Mapping[str, Any], kind: str) -> str:
    """Tell the fields that are neither title nor text, in an order of their own: the database keeps none."""
    told = sorted(name for name, value in part.items() if name not in _SAID[kind] and value not in (None, "", []))
    return "; ".join(f"{_FIELD_NAMES.get(name, name.replace('_', ' '))}: {_value(part[name])}" for name in told)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_value(each) for each in value)
        case Mapping():
            return ", ".join(f"{name} {_value(value[name])}" for name in sorted(value))
        case str() if value.startswith("P") and show_duration(value)[0] != value:
            return length(value)
        case _:
            return _text(value)


def rule_in_words(rule: Mapping[str, Any]) -> str:
    """Return a rule as a sentence: if the answer … then … else …."""
    conditions = [_condition(operator, operand) for operator, operand in sorted(fields_at(rule, "if").items())]
    deeds = [_way(rule.get("go_to"))] if rule.get("go_to") else []
    deeds += [f"note the tag “{_text(rule['tag'])}”"] if rule.get("tag") else []
    deeds += [f"add {_text(rule['score'])} to the score"] if rule.get("score") else []
    deeds += [f"propose the stage “{_text(rule['propose_stage'])}”"] if rule.get("propose_stage") else []
    when = f"if the answer {' and '.join(conditions)}" if conditions else "always"
    otherwise = f", else {_way(rule.get('else'))}" if rule.get("else") else ""
    return f"After “{_text(rule.get('after'))}”: {when}, {', '.join(deeds) or 'just go on'}{otherwise}."


def _condition(operator: str, operand: Any) -> str:
    if operator == "answered":
        return "was given" if operand in (True, "true", "yes") else "was skipped"
    quoted = [f"“{_text(each)}”" for each in (operand if isinstance(operand, list) else [operand])]
    return f"{OPERATOR_NAMES.get(operator, operator)} {' or '.join(quoted)}"


def _way(target: Any) -> str:
    return "go to the conclusion" if target == CONCLUSION else f"go to “{_text(target)}”"


def length(value: Any) -> str:
    """Return a duration in words, such as `2 days`."""
    number, unit = show_duration(value)
    if unit == NEVER or not number.isdigit():
        return number or unit
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"


def _text(value: Any) -> str:
    return "" if value is None else str(value)
