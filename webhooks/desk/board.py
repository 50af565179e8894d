"""The board and the table of one job: the same applications, the same filter in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, current_app, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from bot.errors import InvalidEvent, NotFound
from bot.insight import board as boards
from bot.insight.board_cards import cards
from bot.insight.board_filter import PARAMETERS, STATES, STATUSES, BoardFilter, read_filter
from bot.insight.board_where import stage_ids, where
from bot.intake.saved_views import views_of
from bot.models import Application, Job, Stage, User
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.card_links import CardLinks, card_links
from webhooks.desk.doubts import doubts
from webhooks.desk.live import follow
from webhooks.desk.navigation import may_open
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.shared_cards import SharedCards
from webhooks.desk.sight import job_in_sight
from webhooks.desk.table import table
from webhooks.desk.words import sentence

MOST_CARDS = 100
SHARED_CARDS = "callboard_shared_cards"
COUNTS = ""
"""In place of an application: how many each stage has."""
VIEWS = ("board", "table")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter of an address, or what is wrong with it; then all that is active is shown."""

    filter: BoardFilter
    fault: str = ""
    field: str = ""
    unread: tuple[tuple[str, str], ...] = ()
    """With a fault, what was given: forms and addresses go on saying it, so that nobody takes it for no filter."""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of an address that say the same."""
        return list(self.unread) if self.fault else self.filter.to_pairs()

    @property
    def query(self) -> str:
        """The same as the query of an address, empty or beginning with `&`."""
        return f"&{urlencode(self.pairs)}" if self.pairs else ""

    @property
    def narrows(self) -> bool:
        """It was read, and leaves somebody out."""
        return not self.fault and bool(self.pairs)

    def typed(self, name: str) -> str:
        """Return what was given for a parameter where the filter cannot be read."""
        return next((value for given, value in self.unread if given == name), "")


def wanted_from(given: "MultiDict[str, str]") -> Wanted:
    """Read the filter; what cannot be read is told and left out, so that a board is shown all the same."""
    pairs = [(name, value) for name, value in given.items(multi=True) if name in PARAMETERS]
    try:
        return Wanted(read_filter(pairs))
    except InvalidEvent as error:
        return Wanted(BoardFilter(), sentence(error), error.field or "", tuple(pairs))


@desk.get("/jobs/<public_id>")
def job(public_id: str) -> Response:
    """Show the applications of a job as a board, or as a table with `?view=table`."""
    return show_job(public_id, request.args)


def show_job(
    public_id: str, given: "MultiDict[str, str]", *, unkept: Mapping[str, Any] | None = None, status: int = 200
) -> Response:
    """Show what an address, or a form, asks for; with *unkept*, a view that was refused stays in its form."""
    view = given.get("view", "")
    view = view if view in VIEWS else "board"
    with reading(runtime()) as work:
        follow(work, f"board-{public_id}", f"job-{public_id}")
        key = job_in_sight(work, g.user, public_id)
        wanted = _wanted_of(work, key, given)
        shown = {**_common(work, key, wanted, view), "unkept": unkept or {}, "status": status}
        if view == "table":
            rows = table(work, key, wanted.filter, request.args)
            return page("board/page.html", part="results", rows=rows, **shown)
        columns = boards.board(work, key, wanted.filter, shown=_shown())
        return page("board/page.html", part="results", columns=columns, **shown)


def _shown() -> dict[str, int]:
    """Return how many cards of a stage the page shows that asks again, as `&shown=<stage>:<number>` says it."""
    pairs = (given.partition(":")[::2] for given in request.args.getlist("shown")[:MOST_CARDS])
    return {
        stage: int(number) for stage, number in pairs if number.isascii() and number.isdecimal() and len(number) < 9
    }


def _wanted_of(work: Work, key: int, given: "MultiDict[str, str] | None" = None) -> Wanted:
    """Read the filter of the address, or of what is given; one by a stage that is no more is told and left out too."""
    wanted = wanted_from(request.args if given is None else given)
    try:
        stage_ids(work, key, wanted.filter)
    except NotFound:
        gone = "The stage that this filter names is not there any more."
        return Wanted(BoardFilter(), gone, "stage", tuple(wanted.pairs))
    return wanted


def _common(work: Work, key: int, wanted: Wanted, view: str) -> dict[str, Any]:
    found = work.connection.execute(select(Job).where(Job.id == key)).one()
    return {
        "job": found,
        "view": view,
        "wanted": wanted,
        "links": card_links(found.public_id, wanted.filter),
        "is_part": wants_part(),
        "here": url_for("desk.job", public_id=found.public_id),
        "stages": stages_of(work, key),
        "people": _owners(work),
        "statuses": STATUSES,
        "states": STATES,
        "doubts": doubts(work, key) if may_open("settle") else {},
        "views": views_of(work, key, g.user.id),
        "opened": request.args.get("application", "")[:64],
    }


def stages_of(work: Work, key: int) -> list[Any]:
    """Return the stages of a job in their order."""
    found = select(Stage.public_id, Stage.name, Stage.type).where(Stage.job_id == key).order_by(Stage.place)
    return list(work.connection.execute(found))


def _owners(work: Work) -> list[tuple[str, str]]:
    found = select(User.public_id, User.name, User.email).where(User.disabled_at.is_(None)).order_by(User.name)
    return [(row.public_id, row.name or row.email) for row in work.connection.execute(found)]


@desk.get("/jobs/<public_id>/columns/<stage>")
def job_column(public_id: str, stage: str) -> Response | AnyResponse:
    """Answer with the cards of one stage behind `?after=`; without htmx, with that stage alone as a table."""
    if "HX-Request" not in request.headers:
        wanted = wanted_from(request.args)
        alone = wanted.pairs if wanted.fault else replace(wanted.filter, stages=(stage,)).to_pairs()
        return redirect(f"{url_for('desk.job', public_id=public_id)}?{urlencode([('view', 'table'), *alone])}")
    with reading(runtime()) as work:
        key = job_in_sight(work, g.user, public_id)
        wanted = _wanted_of(work, key)
        try:
            found, more = boards.column(work, key, stage, wanted.filter, after=request.args.get("after", ""))
        except NotFound:
            abort(404)
        links = card_links(public_id, wanted.filter)
        shown: dict[str, Any] = {"cards": found, "more": more, "stage": stage, "wanted": wanted, "public_id": public_id}
        return page("board/cards.html", part="more", links=links, **shown)


@desk.get("/jobs/<public_id>/cards")
def job_cards(public_id: str) -> Response:
    """Answer with the cards of `?application=` as they are now, and how many each stage has; a page puts them in place.

    A card that the filter leaves out by now is not among them. `&heard=` is the moment at which the page was told.
    """
    given = list(dict.fromkeys(request.args.getlist("application")[:MOST_CARDS]))
    heard = request.args.get("heard", "")
    with reading(runtime()) as work:
        key = job_in_sight(work, g.user, public_id)
        wanted = _wanted_of(work, key)
    links = card_links(public_id, wanted.filter)
    shelf: SharedCards = current_app.extensions[SHARED_CARDS]
    view = (public_id, wanted.query, links)
    moment = int(heard) if heard.isascii() and heard.isdigit() and len(heard) < 16 else 0
    written = shelf.take(view, [*given, COUNTS], moment, lambda refs: _write(key, links, wanted, refs))
    whole = f"<template>{''.join(written[ref] for ref in given)}</template>{written[COUNTS]}"
    return Response(whole, mimetype="text/html")


def _write(key: int, links: CardLinks, wanted: Wanted, refs: Sequence[str]) -> dict[str, str]:
    """Write the cards of these applications, empty for one that is not to be seen, and the counts."""
    with reading(runtime()) as work:
        chosen = where(work, key, wanted.filter)
        found = select(Application.id).where(Application.job_id == key, Application.public_id.in_(refs), *chosen)
        shown = cards(work, work.connection.execute(found).scalars().all())
        counts = boards.count_by_column(work, key, wanted.filter) if COUNTS in refs else {}
        stages = work.connection.execute(select(Stage.id, Stage.public_id).where(Stage.job_id == key)).all()
    numbers = {row.public_id: counts.get(row.id, 0) for row in stages}
    written = {
        **dict.fromkeys(refs, ""),
        **{card.id: render_template("board/card.html", card=card, links=links) for card in shown},
    }
    return written | ({COUNTS: render_template("board/counts.html", counts=numbers)} if COUNTS in refs else {})
