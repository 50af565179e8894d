"""One application with its person: a page of its own, and the drawer over a board."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.insight.board_cards import Card, cards
from bot.insight.board_filter import read_query
from bot.insight.board_where import matching_ids
from bot.insight.story import Story, story
from bot.messaging.thread import Thread, lock_thread
from bot.models import Application, ApplicationState, Candidate, Enrolment
from bot.pipeline.closings import close_application, release_now, reopen_application
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.access import ACCESS
from webhooks.desk.addresses import inside
from webhooks.desk.conversation import note_read, shown, talk_with
from webhooks.desk.live import follow
from webhooks.desk.navigation import may_open
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.sight import application_in_sight, jobs_of
from webhooks.desk.signed_in import current_actor
from webhooks.desk.talking import in_a_sentence

TABS = (("conversation", "Conversation"), ("answers", "Answers"), ("person", "Person"))
LONGEST_QUERY = 2000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What comes before and after an application in the filter from which it was opened."""

    query: str
    before: str = ""
    after: str = ""
    place: int = 0
    total: int = 0


@desk.get("/applications/<public_id>")
def application(public_id: str) -> Response:
    """Show an application: `?tab=` a part of it, `?in=` the filter in whose order one goes to the next."""
    given = request.args.get("tab", "")
    tab = given if given in dict(TABS) else TABS[0][0]
    with reading(runtime()) as work:
        key = application_in_sight(work, g.user, public_id)
        candidate = _candidate_of(work, key)
        follow(work, f"thread-{candidate}")
        told = story(work, key, sees=jobs_of(g.user))
        (card,) = cards(work, [key])
        neighbours = _neighbours(work, told, key)
        talk = talk_with(work, candidate) if tab == TABS[0][0] else None
    if talk is not None:
        note_read(talk)
    values = _values(told, card, neighbours, tab) | (shown(talk) if talk is not None else {})
    return page("drawer/drawer.html" if wants_part() else "drawer/page.html", **values)


def _values(told: Story, card: Card, neighbours: Neighbours, tab: str) -> dict[str, Any]:
    def place(**changes: str) -> str:
        wanted: dict[str, Any] = {"public_id": told.header.id, "tab": tab, "in": neighbours.query or None}
        return url_for("desk.application", **(wanted | changes))

    return {
        "told": told,
        "card": card,
        "neighbours": neighbours,
        "tab": tab,
        "tabs": [(text, place(tab=name), name == tab) for name, text in TABS],
        "place": place,
        "is_part": wants_part(),
        "may_move": "move" in ACCESS and may_open("move"),
    }


def _candidate_of(work: Work, application_id: int) -> str:
    found = select(Candidate.public_id).join(Application, Application.candidate_id == Candidate.id)
    return work.connection.execute(found.where(Application.id == application_id)).scalar_one()


def _neighbours(work: Work, told: Story, key: int) -> Neighbours:
    """Return what comes before and after; a filter that cannot be read has no order."""
    query = request.args.get("in", "")[:LONGEST_QUERY]
    try:
        ids = matching_ids(work, told.header.job_key, read_query(query))[::-1]  # the newest first, as on a board
    except (InvalidEvent, NotFound):
        return Neighbours("")
    if key not in ids:
        return Neighbours(query)
    at = ids.index(key)
    beside = [ids[at - 1] if at else 0, ids[at + 1] if at + 1 < len(ids) else 0]
    rows = work.connection.execute(select(Application.id, Application.public_id).where(Application.id.in_(beside)))
    names = {row.id: row.public_id for row in rows}
    return Neighbours(query, names.get(beside[0], ""), names.get(beside[1], ""), at + 1, len(ids))


def _with_application(public_id: str, act: Callable[[Work, Thread, int], None], action: str) -> AnyResponse:
    """Do something with an application under the lock of its person, and lead back; what cannot be done is told."""
    try:
        with unit_of_work(runtime()) as work:
            key = application_in_sight(work, g.user, public_id)
            candidate_id = select(Application.candidate_id).where(Application.id == key)
            act(work, lock_thread(work, work.connection.execute(candidate_id).scalar_one()), key)
            record(work, current_actor(), action, "application", public_id)
    except NotFound:
        abort(404)
    except Conflict as error:
        flash(in_a_sentence(error))
    then = request.form.get("then", "")
    return redirect(inside(then) if then else url_for("desk.application", public_id=public_id), 303)


def _close(public_id: str, state: ApplicationState, action: str) -> AnyResponse:
    def close(work: Work, thread: Thread, key: int) -> None:
        now = work.connection.execute(select(Application.state).where(Application.id == key)).scalar_one()
        if now != ApplicationState.ACTIVE:
            raise Conflict(f"this application is {now} already")
        close_application(work, thread, key, state)

    return _with_application(public_id, close, action)


@desk.post("/applications/<public_id>/withdraw")
def withdraw_application(public_id: str) -> AnyResponse:
    """Note that the candidate has withdrawn; their campaign ends, and the next in the queue is released."""
    return _close(public_id, ApplicationState.WITHDRAWN, "application.withdrawn")


@desk.post("/applications/<public_id>/archive")
def archive_application(public_id: str) -> AnyResponse:
    """Take an application out of the running; nothing is sent."""
    return _close(public_id, ApplicationState.ARCHIVED, "application.archived")


@desk.post("/applications/<public_id>/reopen")
def reopen(public_id: str) -> AnyResponse:
    """Take an application back into the running."""
    return _with_application(public_id, lambda work, _, key: reopen_application(work, key), "application.reopened")


@desk.post("/applications/<public_id>/release")
def release_enrolment(public_id: str) -> AnyResponse:
    """Send now what waits for another campaign of this candidate, which ends."""

    def let_go(work: Work, thread: Thread, key: int) -> None:
        of_application = (Enrolment.application_id == key, Enrolment.status == "queued")
        waiting = select(Enrolment.id).where(*of_application).order_by(Enrolment.id.desc()).limit(1)
        enrolment_id = work.connection.execute(waiting).scalar_one_or_none()
        if enrolment_id is None or not release_now(work, thread, enrolment_id):
            raise Conflict("nothing of it waits for another campaign any more, or its job is not open")

    return _with_application(public_id, let_go, "enrolment.released")
