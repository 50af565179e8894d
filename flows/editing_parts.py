"""The parts of a draft that are edited one at a time, and what happens where two people edit one of them at once."""

from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from flows.draft_fields import Fields
from flows.draft_paths import CannotEdit, Json, find, list_at
from flows.editing import Edited, edit

SETTINGS = ("name", "language", "expires_after", "reopen")
OUTLINE = "outline"
"""Which modules there are, in which order; what is in them is parts of their own."""
PARTS = ("settings", "welcome", "reminders", OUTLINE, "rules", "conclusion")
MODULE = "module-"
"""Before the number of a module, counted from 0."""


@dataclass(frozen=True, slots=True)
class Clash:
    """The part was changed by somebody else since the form was shown: what both would make of it."""

    theirs: Any
    mine: Any


def part_of(draft: Json, part: str) -> Any:
    """Return what a form of *part* shows, None where that is gone. Raises `CannotEdit` for what is no part."""
    match part:
        case "settings":
            return {name: draft.get(name) for name in SETTINGS}
        case "outline":
            return [module.get("key") if isinstance(module, dict) else None for module in list_at(draft, "modules")]
        case "welcome" | "reminders" | "rules" | "conclusion":
            return draft.get(part)
        case _:
            return find(draft, f"modules[{_number(part)}]")


def _number(part: str) -> int:
    digits = part.removeprefix(MODULE)
    if not part.startswith(MODULE) or not (digits.isascii() and digits.isdigit() and len(digits) < 4):
        raise CannotEdit("", "there is no such part of a campaign")
    return int(digits)


def place_of(draft: Json, part: str, base: Any) -> str | None:
    """Return which part it is now that was *base* when a form showed it as *part*: modules may have moved since."""
    if not part.startswith(MODULE):
        return part
    modules = list_at(draft, "modules")
    if _number(part) < len(modules) and modules[_number(part)] == base:
        return part
    key = base.get("key") if isinstance(base, dict) else None
    same = [i for i, module in enumerate(modules) if isinstance(module, dict) and key and module.get("key") == key]
    return f"{MODULE}{same[0]}" if len(same) == 1 else None


def edit_part(
    draft: Json, part: str, base: Any, form: Fields, action: str = "", *, settled: Collection[str] = ()
) -> Edited | Clash:
    """Return the draft with a form of *part* done, which showed *base*; a clash where that is not what stands there.

    Raises `CannotEdit`.
    """
    place = place_of(draft, part, base)
    if place is None:
        made = edit(_with_base(draft, part, base), form, action, settled=settled).draft
        return Clash(None, _last_of(made, part, base))
    if place != part:
        form, action = _moved(form, action, part, place)
    if part_of(draft, place) == base:
        return edit(draft, form, action, settled=settled)
    if part == OUTLINE:
        raise CannotEdit("modules", "somebody else has added, removed or moved modules meanwhile: look, and try again")
    made = edit(_with_base(draft, place, base), form, action, settled=settled).draft
    mine, theirs = part_of(made, place), part_of(draft, place)
    return Edited(draft) if mine == theirs else Clash(theirs, mine)


def replace_part(draft: Json, part: str, base: Any, mine: Any) -> Edited | Clash:
    """Put *mine* in the place of *base*: what somebody chose after a clash. A module that is gone is added again."""
    place = place_of(draft, part, base)
    if place is None or (part.startswith(MODULE) and base is None):
        again = deepcopy(draft)
        again["modules"] = [*list_at(draft, "modules"), mine]
        return Edited(again)
    now = part_of(draft, place)
    if now not in (base, mine):
        return Clash(now, mine)
    return Edited(_with_base(draft, place, mine))


def _with_base(draft: Json, part: str, base: Any) -> Json:
    """Return the draft with *base* as that part; at the end where there is no such module."""
    made = deepcopy(draft)
    if part == "settings" and isinstance(base, dict):
        made |= {name: base[name] for name in SETTINGS if base.get(name) is not None}
        for name in SETTINGS:
            if base.get(name) is None:
                made.pop(name, None)
    elif part.startswith(MODULE):
        modules = made["modules"] = list_at(made, "modules")
        if _number(part) < len(modules):
            modules[_number(part)] = deepcopy(base)
        else:
            modules += [{} for _ in range(_number(part) - len(modules))]
            modules.append(deepcopy(base))
    elif base is None:
        made.pop(part, None)
    else:
        made[part] = deepcopy(base)
    return made


def _last_of(draft: Json, part: str, base: Any) -> Any:
    found = part_of(draft, part)
    return base if found is None else found


def _moved(form: Fields, action: str, part: str, place: str) -> tuple[Fields, str]:
    """Return a form and an action for a module that stands elsewhere by now."""
    old, new = f"modules[{_number(part)}]", f"modules[{_number(place)}]"
    moved = {new + path.removeprefix(old) if path.startswith(old) else path: form[path] for path in form}
    return moved, action.replace(old, new)
