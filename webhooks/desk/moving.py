"""Moving applications, and whatever else is done to one or to many: the sheet that says what will follow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, abort, flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.dialogue import bulk_moves
from bot.dialogue.bulk_moves import Action
from bot.errors import BotError, Conflict, InvalidEvent, NotFound
from bot.insight.board_cards import cards
from bot.insight.board_where import ids_of, matching_ids
from bot.insight.previews import preview_moves
from bot.insight.sheets import Sheet, sheet
from bot.models import Application, BulkKind, Stage
from bot.pipeline.stages import find_target
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.addresses import inside
from webhooks.desk.board import Wanted, stages_of, wanted_from
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.sight import ALONE, job_in_sight, sees_every_job
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

KINDS = (BulkKind.MOVE, BulkKind.ARCHIVE, BulkKind.TAG, BulkKind.UNTAG, BulkKind.REJECT_EVERYWHERE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: which applications, and what is to be done to them."""

    ids: Sequence[int]
    refs: Sequence[str]
    all: bool
    wanted: Wanted
    kind: BulkKind
    stage: str
    tag: str
    sends: bool
    again: bool
    elsewhere: bool
    newest: str = ""
    """Of all that match, the application that came last."""

    @property
    def is_whole(self) -> bool:
        """Nothing has to be chosen any more before it can be planned."""
        return bool(self.stage) if self.kind is BulkKind.MOVE else bool(self.tag) or self.kind not in _TAGS

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Which applications, as fields of the next form; of all that match also how many they are by now."""
        if not self.all:
            return [*(("application", ref) for ref in self.refs), ("kind", self.kind)]
        shown = [("shown", str(len(self.ids))), ("newest", self.newest)]
        return [("all", "1"), *self.wanted.filter.to_pairs(), *shown, ("kind", self.kind)]


_TAGS = (BulkKind.TAG, BulkKind.UNTAG)
_DEEDS = {
    BulkKind.MOVE: ("moves", "move"),
    BulkKind.ARCHIVE: ("is archived", "are archived"),
    BulkKind.REJECT_EVERYWHERE: ("is rejected everywhere", "are rejected everywhere"),
    BulkKind.TAG: ("is tagged", "are tagged"),
    BulkKind.UNTAG: ("loses the tag", "lose the tag"),
}


@desk.get("/jobs/<public_id>/move")
def move(public_id: str) -> Response | AnyResponse:
    """Show the sheet for `?application=`, with `&stage=` what would follow."""
    return _sheet(public_id, request.args)


@desk.post("/jobs/<public_id>/plan")
def plan(public_id: str) -> Response | AnyResponse:
    """Show the sheet for those that are ticked, or all that match. Changes nothing."""
    return _sheet(public_id, request.form)


@desk.post("/jobs/<public_id>/bulk")
def begin_bulk(public_id: str) -> Response | AnyResponse:
    """Take it down; it begins when the seconds in which it can be undone are over."""
    try:
        with unit_of_work(runtime()) as work:
            asked, ref, told = _begin(work, job_in_sight(work, g.user, public_id))
    except BotError as error:
        flash(sentence(error))
        return _back(public_id)
    flash(told, f"undo {ref}" if asked.kind not in _TAGS else "good")
    if len(asked.ids) > 1 and not wants_part():
        return redirect(url_for("desk.bulk", public_id=ref), 303)
    return _back(public_id)


def _begin(work: Work, key: int) -> tuple[Asked, str, str]:
    asked = _as_shown(work, key, _asked(work, key, request.form), request.form)
    action = _action(work, asked)
    ref = bulk_moves.start(work, key, asked.ids, action, g.user.id)
    details = {"kind": action.kind, "total": len(asked.ids)}
    record(work, current_actor(), "bulk.asked_for", "bulk move", ref, details)
    return asked, ref, _words(work, asked, action)


def _as_shown(work: Work, key: int, asked: Asked, given: Any) -> Asked:
    """Leave out who has come since the sheet was shown. Raises `Conflict` where all that match are others than then."""
    if not asked.all:
        return asked
    newest = ids_of(work, key, [given["newest"]])[0] if given.get("newest") else 0
    ids = [each for each in asked.ids if each <= newest]
    if str(len(ids)) != given.get("shown"):
        raise Conflict(
            f"nothing was done: who matches has changed since the sheet was shown, to {len(asked.ids):,} now; "
            "choose all that match once more, and look at the sheet again"
        )
    return replace(asked, ids=ids)


def _sheet(public_id: str, given: Any) -> Response | AnyResponse:
    with reading(runtime()) as work:
        key = job_in_sight(work, g.user, public_id)
        try:
            asked = _asked(work, key, given)
            found = _forecast(work, key, asked) if asked.is_whole and asked.ids else None
            fault = "" if asked.ids else "Nobody is chosen: tick somebody first."
        except BotError as error:
            return page("board/sheet.html", part="sheet", fault=sentence(error), asked=None, public_id=public_id)
        whom = _whom(work, asked) if asked.ids else ""
        shown = {"asked": asked, "sheet": found, "fault": fault, "stages": stages_of(work, key), "whom": whom}
    words = _first_words(found) if found else ""
    values: dict[str, Any] = {**shown, "words": words, "undo": runtime().settings.undo_seconds}
    return page("board/sheet.html", part="sheet", public_id=public_id, **values)


def _forecast(work: Work, key: int, asked: Asked) -> Sheet:
    return sheet(work, key, asked.ids, _action(work, asked), names_jobs=sees_every_job(g.user))


def _first_words(found: Sheet) -> str:
    """Return what the first of them would be sent, in the words that they would read."""
    if found.example is None or found.stage_id is None:
        return ""
    with reading(runtime()) as work:
        target = find_target(work, found.stage_id)
    shown = preview_moves(runtime(), [found.example], target, sends=True)
    return (shown[0].text or "") if shown else ""


def _asked(work: Work, key: int, given: Any) -> Asked:
    """Read the form. Raises `NotFound`, `InvalidEvent`."""
    refs, takes_all = given.getlist("application"), given.get("all") == "1"
    kind = given.get("kind", BulkKind.MOVE)
    if kind not in KINDS:
        raise InvalidEvent("that cannot be done to applications", field="kind")
    if g.user.role in ALONE and (takes_all or len(refs) != 1 or kind != BulkKind.MOVE):
        abort(403, "Your role moves one application at a time.")
    wanted = wanted_from(given)
    if takes_all and wanted.fault:
        raise InvalidEvent(wanted.fault, field=wanted.field)
    ids = matching_ids(work, key, wanted.filter) if takes_all else ids_of(work, key, refs)
    return Asked(
        ids=ids,
        refs=refs,
        all=takes_all,
        wanted=wanted,
        kind=BulkKind(kind),
        stage=given.get("move_to", ""),
        tag=given.get("put", "")[:100].strip(),
        sends=given.get("sends", "yes") == "yes",
        again=given.get("again") == "yes",
        elsewhere=given.get("elsewhere") == "yes",
        newest=_ref_of(work, ids[-1]) if takes_all and ids else "",
    )


def _ref_of(work: Work, application_id: int) -> str:
    return work.connection.execute(select(Application.public_id).where(Application.id == application_id)).scalar_one()


def _action(work: Work, asked: Asked) -> Action:
    stage_id = None
    if asked.stage:
        found = select(Stage.id).where(Stage.public_id == asked.stage)
        stage_id = work.connection.execute(found).scalar_one_or_none()
        if stage_id is None:
            raise NotFound("that stage is not there any more: load the page anew")
    return Action(asked.kind, stage_id, asked.sends, asked.again, asked.elsewhere, asked.tag)


def _words(work: Work, asked: Asked, action: Action) -> str:
    """Say what is about to happen, as the toast and a screen reader tell it."""
    who = _whom(work, asked)
    deed = _DEEDS[action.kind][0 if len(asked.ids) == 1 else 1]
    if action.stage_id is not None:
        deed = f"{deed} to {find_target(work, action.stage_id).name}"
    seconds = work.settings.undo_seconds
    return f"{who} {deed} in {seconds} seconds." if seconds and action.kind not in _TAGS else f"{who} {deed}."


def _whom(work: Work, asked: Asked) -> str:
    return cards(work, asked.ids)[0].name if len(asked.ids) == 1 else f"{len(asked.ids):,} applications"


def _back(public_id: str) -> AnyResponse:
    """Return to the board; in a sheet, close it: the cards follow by themselves."""
    if wants_part():
        return page("board/sheet.html", part="closed")
    return redirect(inside(request.form.get("then", "")) if "then" in request.form else _board(public_id), 303)


def _board(public_id: str) -> str:
    return url_for("desk.job", public_id=public_id)
