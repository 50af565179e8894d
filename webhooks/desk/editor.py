"""The editor of a stage's campaign: one part of the draft at a time, stored as one writes, with what the checks say."""

import json
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.pipeline.drafting import Draft, draft_to_edit, draft_to_show, store
from bot.pipeline.publishing import check_draft
from bot.work import Work, reading, unit_of_work
from flows.comparing import differences
from flows.describing import Line, outline
from flows.draft_paths import CannotEdit, can_be_stored, list_at
from flows.editing import Edited
from flows.editing_keys import keys_in
from flows.editing_parts import MODULE, OUTLINE, Clash, edit_part, place_of, replace_part
from webhooks.desk import desk, runtime
from webhooks.desk.editor_stages import StageFacts, actor, edited_stage, sheet_of, stage_in_sight
from webhooks.desk.live import follow
from webhooks.desk.rendering import page, wants_part

PAGE = "editor/stage.html"
FIRST = "welcome"
SAVED = "told"
"""The element that stores by itself what is written, and is told what the checks say of it."""


@desk.get("/stages/<public_id>")
def stage(public_id: str) -> Response:
    """Show one part of the draft with its form, the list of parts beside it; to who may only look, what it says."""
    with reading(runtime()) as work:
        facts = stage_in_sight(work, public_id)
        if not facts.type.has_campaign:
            return page("editor/none.html", stage=facts)
        follow(work, f"job-{facts.job_public_id}")
        return _show(work, facts, draft_to_show(work, facts.id), request.args.get("part", FIRST))


@desk.post("/stages/<public_id>/draft")
def save_draft(public_id: str) -> AnyResponse:
    """Store a part of the draft, and do what a button says; where somebody else has changed it, show both."""
    part, action = request.form.get("part", ""), request.form.get("do", "")[:200]
    form = {name: request.form.getlist(name) for name in request.form}
    try:
        with unit_of_work(runtime()) as work:
            facts = edited_stage(work, public_id)
            draft = draft_to_edit(work, facts.id)
            done = edit_part(draft.document, part, _json("base"), form, action, settled=draft.settled)
            if isinstance(done, Clash):
                return _show_clash(work, facts, draft, part, done)
            store(work, draft, done.draft, actor())
            if request.headers.get("HX-Target") == SAVED and place_of(draft.document, part, _json("base")) == part:
                return _tell(work, facts, part, done)
    except CannotEdit as refused:
        flash(f"Not done: {refused}.")
        return _to(public_id, part if part != OUTLINE else request.form.get("open", FIRST))
    for problem in done.problems:
        flash(f"{problem.path}: {problem.message}.")
    return _after(public_id, part, action, done.draft)


@desk.post("/stages/<public_id>/draft/mine")
def keep_mine(public_id: str) -> AnyResponse:
    """Put one's own words in the place of somebody else's, after both were shown."""
    part = request.form.get("part", "")
    with unit_of_work(runtime()) as work:
        facts = edited_stage(work, public_id)
        draft = draft_to_edit(work, facts.id)
        try:
            done = replace_part(draft.document, part, _json("base"), _json("mine"))
        except CannotEdit as refused:
            abort(400, str(refused))
        if isinstance(done, Clash):
            return _show_clash(work, facts, draft, part, done)
        store(work, draft, done.draft, actor())
    flash("Yours is in the draft now.", "good")
    return _to(public_id, part)


def _json(name: str) -> Any:
    try:
        value = json.loads(request.form.get(name, "null"), parse_constant=str)
    except (ValueError, RecursionError):
        value = "\0"
    if not can_be_stored(value):
        abort(400, "This form is not complete. Go back, reload the page and try again.")
    return value


_IN_THE_PLACE_OF_ALL = {"HX-Retarget": "#workplace", "HX-Reswap": "morph:outerHTML"}
"""Also where a part that stores by itself has asked: there is more to show than what it wanted to hear."""


def _show(work: Work, facts: StageFacts, draft: Draft, part: str) -> Response:
    sheet = sheet_of(work, facts, draft, check_draft(work, facts.id, draft.document), part)
    try:
        is_there = sheet.exists and part != OUTLINE
    except CannotEdit:
        is_there = False
    if not is_there and part not in ("conclusion", "rules", "reminders"):
        sheet = sheet_of(work, facts, draft, sheet.findings, FIRST)
    lines = outline(draft.document)
    answer = page(PAGE, part="workplace", stage=facts, draft=draft, sheet=sheet, outline=lines, is_part=wants_part())
    answer.headers.update(_IN_THE_PLACE_OF_ALL)
    return answer


def _tell(work: Work, facts: StageFacts, part: str, done: Edited) -> Response:
    """Say what the checks find in what was just stored, without touching what is being written."""
    draft = draft_to_show(work, facts.id)
    findings = (*done.problems, *check_draft(work, facts.id, draft.document))
    sheet = sheet_of(work, facts, draft, findings, part)
    keys = [(path, key) for path, key in keys_in(draft.document) if path.startswith(sheet.path or "none")]
    return page(PAGE, part="saved", stage=facts, draft=draft, sheet=sheet, saved_now=True, keys_now=keys)


def _show_clash(work: Work, facts: StageFacts, draft: Draft, part: str, clash: Clash) -> Response:
    """Show what both have made of a part; nothing is stored before somebody chooses."""
    theirs, mine = _alone(part, clash.theirs), _alone(part, clash.mine)
    sheet = sheet_of(work, facts, draft, check_draft(work, facts.id, draft.document), FIRST)
    answer = page(
        PAGE,
        part="clash",
        status=200 if "HX-Request" in request.headers else 409,
        stage=facts,
        draft=draft,
        sheet=sheet,
        part_name=part,
        clash={"theirs": _lines(part, theirs), "mine": _lines(part, mine), "words": differences(theirs, mine)},
        base=json.dumps(clash.theirs, ensure_ascii=False),
        mine=json.dumps(clash.mine, ensure_ascii=False),
    )
    answer.headers.update(_IN_THE_PLACE_OF_ALL)
    return answer


def _lines(part: str, document: dict[str, Any]) -> list[Line]:
    """Return what a document of one part says; every document has settings and a welcome, if only by default."""
    usual = {"settings", "welcome"} - {part}
    return [line for line in outline(document) if line.id not in usual]


def _alone(part: str, value: Any) -> dict[str, Any]:
    """Return a document that has nothing but a part, to be told in words."""
    if part == "settings":
        return value if isinstance(value, dict) else {}
    if part.startswith(MODULE):
        return {"modules": [value]} if value is not None else {}
    return {part: value}


def _after(public_id: str, part: str, action: str, document: dict[str, Any]) -> AnyResponse:
    """Lead on to where something was just done."""
    verb, _, rest = action.partition(" ")
    path, _, detail = rest.partition(" ")
    if part == OUTLINE and verb == "add":
        return _to(public_id, f"{MODULE}{_newest(document, detail)}")
    at = _added(document, path, detail) if verb == "add" else _moved(verb, path)
    return _to(public_id, part if part != OUTLINE else request.form.get("open", FIRST), at=at)


def _newest(document: dict[str, Any], kind: str) -> int:
    """Return the place of a module that was just added: the last of its kind."""
    modules = list_at(document, "modules")
    kinds = [module.get("type") if isinstance(module, dict) else None for module in modules]
    return len(kinds) - 1 - kinds[::-1].index(kind) if kind in kinds else 0


_FIRST_FIELDS = {"questions": ".text", "documents": ".label", "rules": ".after", "reminders": ".after", "options": ""}


def _added(document: dict[str, Any], path: str, detail: str) -> str:
    """Return the first field of what was just added."""
    name, held = path.rpartition(".")[2], list_at(document, path)
    field = f".{detail}" if name == "blocks" else _FIRST_FIELDS.get(name)
    return path if field is None or not held else f"{path}[{len(held) - 1}]{field}"


def _moved(verb: str, path: str) -> str:
    """Return the path of what was acted on, which has another place now where it was moved."""
    stem, bracket, rest = path.rpartition("[")
    number = rest.partition("]")[0]
    if not bracket or not number.isdigit() or verb not in ("up", "down", "duplicate"):
        return path
    by = -1 if verb == "up" else 1
    return f"{stem}[{max(int(number) + by, 0)}]"


def _to(public_id: str, part: str, at: str = "") -> AnyResponse:
    place = url_for("desk.stage", public_id=public_id, part=part, at=at or None)
    return redirect(place, 303)
