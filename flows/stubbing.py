"""What cannot be run yet, replaced by a note in its place, so that the rest of a campaign can be tried out."""

from collections.abc import Collection
from copy import deepcopy
from typing import Any

from flows.describing import KIND_NAMES
from flows.draft_paths import Json, fields_at, list_at

ANYTHING = "(A file is wanted here, which cannot be simulated: write anything.)"


def stubbed(document: Json, runnable: Collection[str]) -> tuple[Json, tuple[str, ...]]:
    """Return the campaign with a note for each module and question that is not *runnable*, and these notes."""
    made = deepcopy(document)
    notes: list[str] = []
    for place, module in enumerate(list_at(made, "modules")):
        fields = fields_at({"m": module}, "m")
        kind = str(fields.get("type"))
        if kind not in runnable:
            note = f"{KIND_NAMES.get(kind, kind)} “{fields.get('key')}” cannot be simulated yet: it is passed over."
            made["modules"][place] = {"key": fields.get("key"), "type": "content", "blocks": [{"text": f"[{note}]"}]}
            notes.append(note)
        elif kind == "questions":
            notes += [note for question in list_at(fields, "questions") if (note := _stub_question(question, runnable))]
    return made, tuple(notes)


def _stub_question(question: Any, runnable: Collection[str]) -> str:
    if not isinstance(question, dict) or question.get("type") in runnable:
        return ""
    question["type"] = "text"
    question["text"] = f"{question.get('text')}\n{ANYTHING}"
    return f"Question “{question.get('key')}” wants a file, which cannot be simulated yet: any text will do."
