"""One part of a draft as its form shows it: values by path, and what the checks say at each place."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.modules import RUNNABLE
from flows import limits
from flows.check_rules import ALLOWED
from flows.describing import KIND_NAMES, OPERATOR_NAMES, TYPE_NAMES
from flows.draft_fields import as_written, condition_at, show_duration
from flows.draft_paths import Json, fields_at, find, list_at
from flows.editing_keys import question_keys
from flows.editing_parts import MODULE, part_of
from flows.findings import Finding
from flows.flow import StageType
from flows.modules.collect import DOCUMENT_KINDS
from flows.modules.schedule import SCHEDULE_TEMPLATES
from flows.variables import ANSWERS, FIXED
from flows.wording import LOCALES

LANGUAGE_NAMES = {
    "en": "English", "es": "Spanish", "pt": "Portuguese", "fr": "French", "de": "German", "nl": "Dutch", "ar": "Arabic",
}  # fmt: skip
_RUNNING = {kind: name for kind, name in TYPE_NAMES.items() if kind in RUNNABLE}
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
DURATIONS = (("minutes", "minutes"), ("hours", "hours"), ("days", "days"), ("weeks", "weeks"), ("seconds", "seconds"))
CHOICES = ("choice", "choices", "yes_no", "true_false")
OF_SCHEDULE = ("content", "schedule")


@dataclass(frozen=True, slots=True)
class Entry:
    """A part in the list at the side."""

    part: str
    title: str
    text: str
    errors: int
    warnings: int
    path: str = ""
    """Of a module, which can be moved."""


@dataclass(frozen=True, slots=True)
class KnownName:
    """A template as the field of its name suggests it."""

    name: str
    status: str
    body: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a rule as its line of the form shows it."""

    name: str
    """Of the field of its value."""
    operator: str
    value: str
    choices: tuple[str, ...]
    """What can be compared with, where that is known."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A draft, the part of it that is shown, and all findings."""

    draft: Json
    part: str
    findings: Sequence[Finding]
    stage_type: StageType
    stages: Sequence[str] = ()
    """The names of the job's stages, which a rule may propose."""
    templates: Sequence[KnownName] = ()
    at: str = ""
    """Where the eye should be led: what was just added or moved."""
    limits: Any = field(default=limits)
    kind_names: Mapping[str, str] = field(default_factory=lambda: KIND_NAMES)
    type_names: Mapping[str, str] = field(default_factory=lambda: TYPE_NAMES)
    types_offered: Mapping[str, str] = field(default_factory=lambda: _RUNNING)
    """Those that a published campaign may hold."""
    schedule_templates: Sequence[str] = SCHEDULE_TEMPLATES
    document_kinds: Sequence[str] = DOCUMENT_KINDS
    durations: Sequence[tuple[str, str]] = DURATIONS

    @property
    def path(self) -> str:
        """Where the part stands in the draft; empty for the settings."""
        if self.part.startswith(MODULE):
            return f"modules[{self.part.removeprefix(MODULE)}]"
        return "" if self.part == "settings" else self.part

    @property
    def exists(self) -> bool:
        return self.part == "settings" or find(self.draft, self.path) is not None

    @property
    def base(self) -> str:
        """The part as it is shown, to be compared when the form comes back."""
        return json.dumps(part_of(self.draft, self.part), ensure_ascii=False)

    @property
    def outline_base(self) -> str:
        return json.dumps(part_of(self.draft, "outline"), ensure_ascii=False)

    @property
    def direction(self) -> str:
        """How texts of this campaign run."""
        return "rtl" if self.value("language")[:2] in RIGHT_TO_LEFT else "ltr"

    def value(self, path: str) -> str:
        """Return what the field at *path* shows."""
        found = find(self.draft, path)
        if path in ("welcome.text", "conclusion.text") and isinstance(find(self.draft, path[:-5]), str):
            found = find(self.draft, path[:-5])
        return as_written(found)

    def on(self, path: str, *, usual: bool = False) -> bool:
        """Tell whether a box is ticked."""
        found = find(self.draft, path)
        return usual if found is None else found in (True, "true", "yes")

    def duration(self, path: str, usual: str = "") -> tuple[str, str]:
        return show_duration(find(self.draft, path) or usual or None)

    def each(self, path: str) -> list[str]:
        """Return the paths of the entries of a list."""
        return [f"{path}[{index}]" for index in range(len(list_at(self.draft, path)))]

    def has(self, path: str) -> bool:
        return find(self.draft, path) is not None

    def kind_of_block(self, path: str) -> str:
        return next((kind for kind in ("text", "image", "video", "document") if self.has(f"{path}.{kind}")), "text")

    def only(self, path: str, usual: str) -> tuple[str, str]:
        """Return kind and value of what has exactly one: a place, or interviewers."""
        found = fields_at(self.draft, path)
        kind = next(iter(found), usual)
        return kind, "" if found.get(kind) is True else as_written(found.get(kind))

    def variables_at(self, path: str) -> list[str]:
        """Return the names of a template's blanks: those it is known to have, and those that have a value."""
        known = next((each.variables for each in self.templates if each.name == self.value(f"{path}.name")), ())
        return list(dict.fromkeys([*known, *fields_at(self.draft, f"{path}.variables")]))

    def faults(self, path: str, *, deep: bool = False) -> list[Finding]:
        """Return what the checks say of one place; *deep* also of what is in it."""
        below = (f"{path}.", f"{path}[")
        return [each for each in self.findings if each.path == path or (deep and each.path.startswith(below))]

    @property
    def here(self) -> list[Finding]:
        """All findings of the part that is shown."""
        return [each for each in self.findings if part_for(each.path) == self.part]

    @property
    def errors(self) -> int:
        return sum(each.is_error for each in self.findings)

    @property
    def entries(self) -> list[Entry]:
        """The list at the side."""
        modules = [self._module(index) for index in range(len(list_at(self.draft, "modules")))]
        return [
            self._entry("settings", "Settings", self.value("name")),
            self._entry("welcome", "Welcome", self.value("welcome.text")),
            *modules,
            self._entry("conclusion", "Conclusion", self.value("conclusion.text")),
            self._entry("rules", "Rules", _count(len(list_at(self.draft, "rules")), "rule")),
            self._entry("reminders", "Reminders", _count(len(list_at(self.draft, "reminders")), "reminder")),
        ]

    def _entry(self, part: str, title: str, text: str, path: str = "") -> Entry:
        found = [each for each in self.findings if part_for(each.path) == part]
        errors = sum(each.is_error for each in found)
        return Entry(part, title, text, errors, len(found) - errors, path)

    def _module(self, index: int) -> Entry:
        path = f"modules[{index}]"
        kind = self.value(f"{path}.type")
        inside = [
            self.value(f"{each}.{name}")
            for field_name, name in (("questions", "text"), ("blocks", "text"), ("documents", "label"))
            for each in self.each(f"{path}.{field_name}")
        ]
        text = " · ".join(text for text in inside if text) or self.value(f"{path}.key")
        return self._entry(f"{MODULE}{index}", KIND_NAMES.get(kind, kind or "Module"), text, path)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of module that may be added in this type of stage."""
        if self.stage_type is StageType.SCHEDULE:
            has_one = any(
                fields_at({"m": each}, "m").get("type") == "schedule" for each in list_at(self.draft, "modules")
            )
            allowed: tuple[str, ...] = ("content",) if has_one else OF_SCHEDULE
        else:
            allowed = tuple(kind for kind in KIND_NAMES if kind != "schedule")
        return [(kind, KIND_NAMES[kind]) for kind in allowed if kind in RUNNABLE]

    @property
    def languages(self) -> list[tuple[str, str]]:
        shipped = [(code, LANGUAGE_NAMES.get(code, code)) for code in LOCALES]
        written = self.value("language") or "en"
        return shipped if written in LOCALES else [*shipped, (written, written)]

    @property
    def questions(self) -> list[tuple[str, str]]:
        """Key and text of each question that rules may follow."""
        return [(key, f"{key}: {self.value(f'{path}.text')[:60]}") for path, key in question_keys(self.draft)]

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Where a rule may lead; the checks tell what does not come later."""
        keys = [(self.value(f"{path}.key"), self._title(path)) for path in self.each("modules")]
        return [("", "the next part"), *keys, ("conclusion", "the conclusion")]

    def _title(self, path: str) -> str:
        kind = self.value(f"{path}.type")
        return f"{KIND_NAMES.get(kind, kind)} “{self.value(f'{path}.key')}”"

    @property
    def variables(self) -> list[tuple[str, str]]:
        """Every variable that a text may hold, as it is written and as it is shown in the list."""
        early = self.part == "welcome"
        answers = [] if early else [f"{ANSWERS}{key}" for _, key in question_keys(self.draft)]
        return [(f"{{{{ {name} }}}}", name) for name in (*FIXED, *answers)]

    def options_of_question(self, key: str) -> list[tuple[str, str]]:
        """Return the comparisons that an answer to a question can be put to."""
        kind = self._type(key)
        return [(name, OPERATOR_NAMES[name]) for name in ALLOWED.get(kind, tuple(OPERATOR_NAMES))]

    def conditions(self, path: str) -> list[Condition]:
        """Return the comparisons of the rule at *path*."""
        key = self.value(f"{path}.after")
        held = fields_at(self.draft, f"{path}.if")
        return [
            Condition(condition_at(f"{path}.if", number), name, as_written(operand), self._choices(key, name))
            for number, (name, operand) in enumerate(held.items())
        ]

    def _choices(self, key: str, operator: str) -> tuple[str, ...]:
        if operator == "answered":
            return ("true", "false")
        match self._type(key):
            case "yes_no":
                return ("yes", "no")
            case "true_false":
                return ("true", "false")
            case "choice" | "choices":
                path = self._question(key)
                return tuple(str(option) for option in list_at(self.draft, f"{path}.options"))
            case _:
                return ()

    def _type(self, key: str) -> str:
        path = self._question(key)
        return self.value(f"{path}.type") if path else ""

    def _question(self, key: str) -> str:
        return next((path for path, name in question_keys(self.draft) if name == key), "")

    def text_limit(self, path: str) -> int:
        """Return how many characters a question may have: fewer above buttons."""
        return limits.INTERACTIVE_BODY if self.value(f"{path}.type") in CHOICES else limits.BODY

    def option_limit(self, path: str) -> int:
        """Return how long an option of the question may be to be tapped: few are buttons, more a list."""
        few = len(list_at(self.draft, f"{path}.options")) <= limits.BUTTONS
        return limits.BUTTON_LABEL if few else limits.LIST_LABEL


def part_for(path: str) -> str:
    """Return the part of a draft that a finding is about."""
    name = path.partition(".")[0]
    if name.startswith("modules["):
        return f"{MODULE}{name.removeprefix('modules[').partition(']')[0]}"
    bare = name.partition("[")[0]
    return bare if bare in ("welcome", "conclusion", "rules", "reminders") else "settings"


def known_names(rows: Iterable[Any]) -> tuple[KnownName, ...]:
    """Return templates of one language as a form suggests them."""
    return tuple(KnownName(row.name, row.status, row.body, tuple(row.variables)) for row in rows)


def _count(number: int, name: str) -> str:
    return f"{number or 'No'} {name}{'' if number == 1 else 's'}"
