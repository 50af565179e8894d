"""One application with its person: a page of its own, and the drawer over a board."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.insight.board_cards import Card, cards
from bot.insight.board_filter import read_query
from bot.insight.board_table import neighbours
from bot.insight.reviews import notes_of, stars_of
from bot.insight.story import Story, story
from bot.insight.timelines import timeline
from bot.intake.tags import tags_of_job
from bot.messaging.thread import Thread, lock_thread
from bot.models import Application, ApplicationState, Candidate, Enrolment, Job
from bot.pipeline.closings import close_application, release_now, reopen_application
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.addresses import page_in_browser
from webhooks.desk.changing import is_done, lead_back
from webhooks.desk.conversation import note_read, shown, talk_with
from webhooks.desk.live import follow
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.sight import application_in_sight, jobs_of, sees_every_job
from webhooks.desk.signed_in import current_actor

TABS = (
    ("conversation", "Conversation"),
    ("answers", "Answers"),
    ("notes", "Notes"),
    ("timeline", "Timeline"),
    ("person", "Person"),
)
LONGEST_QUERY = 2000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What comes before and after an application in the filter from which it was opened."""

    query: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class NotKept:
    """A note that could not be kept: what was written, why not, and which note was to be changed, if one was."""

    text: str = ""
    fault: str = ""
    ref: str = ""


@desk.get("/applications/<public_id>")
def application(public_id: str) -> Response:
    """Show an application: `?tab=` a part of it, `?in=` the filter in whose order one goes to the next.

    An open page asks for `?part=news` of it: all of a tab, but of the conversation, which follows by itself, the head.
    """
    given = request.args.get("tab", "")
    return show_application(public_id, given if given in dict(TABS) else TABS[0][0])


def show_application(public_id: str, tab: str, not_kept: NotKept | None = None, *, status: int = 200) -> Response:
    """Show that tab of an application, with the note that could not be kept still in its place."""
    only_head = tab == TABS[0][0] and wants_part() and request.args.get("part") == "news"
    with reading(runtime()) as work:
        key = application_in_sight(work, g.user, public_id)
        candidate, job = _of_whom_and_where(work, key)
        follow(work, f"thread-{candidate}", f"board-{job}")
        told = story(work, key, sees=jobs_of(g.user))
        (card,) = cards(work, [key])
        beside = _beside(work, told)
        talk = talk_with(work, candidate) if tab == TABS[0][0] and not only_head else None
        more = _PARTS[tab](work, key) if tab in _PARTS else {}
        stars = stars_of(work, key, g.user.id)
    if talk is not None:
        note_read(talk)
        more = shown(talk)
    more |= {"stars": stars, "only_head": only_head, "not_kept": not_kept or NotKept()}
    values = _values(told, card, beside, tab) | more
    return page("drawer/drawer.html" if wants_part() else "drawer/page.html", status=status, **values)


def _notes(work: Work, key: int) -> dict[str, Any]:
    job_id = select(Application.job_id).where(Application.id == key)
    known = tags_of_job(work, work.connection.execute(job_id).scalar_one())
    return {"notes": notes_of(work, key, g.user.id), "known_tags": known}


def _timeline(work: Work, key: int) -> dict[str, Any]:
    try:
        return {"timeline": timeline(work, key, before=request.args.get("before", "")[:100])}
    except InvalidEvent:
        return {"timeline": timeline(work, key)}


_PARTS: Mapping[str, Callable[[Work, int], dict[str, Any]]] = {"notes": _notes, "timeline": _timeline}


def _values(told: Story, card: Card, beside: Neighbours, tab: str) -> dict[str, Any]:
    def place(**changes: str) -> str:
        wanted: dict[str, Any] = {"public_id": told.header.id, "tab": tab, "in": beside.query or None}
        return url_for("desk.application", **(wanted | changes))

    return {
        "told": told,
        "card": card,
        "beside": beside,
        "zone": ZoneInfo(told.header.zone),
        "tab": tab,
        "tabs": [(text, place(tab=name), name == tab) for name, text in TABS],
        "place": place,
        "is_part": wants_part() and page_in_browser().path.split("/")[1:2] != ["applications"],
        "names_jobs": sees_every_job(g.user),
    }


def _of_whom_and_where(work: Work, application_id: int) -> tuple[str, str]:
    """Return the public ids of its candidate and its job."""
    found = select(Candidate.public_id, Job.public_id).select_from(Application)
    found = found.join(Candidate, Candidate.id == Application.candidate_id).join(Job, Job.id == Application.job_id)
    candidate, job = work.connection.execute(found.where(Application.id == application_id)).one()
    return candidate, job


def _beside(work: Work, told: Story) -> Neighbours:
    """Return what comes before and after; a filter that cannot be read has no order."""
    query = request.args.get("in", "")[:LONGEST_QUERY]
    try:
        before, after = neighbours(work, told.header.job_key, read_query(query), told.header.id)
    except (InvalidEvent, NotFound):
        return Neighbours("")
    return Neighbours(query, before or "", after or "")


def with_application(
    public_id: str, act: Callable[[Work, Thread, int], None], action: str = "", **told: str
) -> AnyResponse:
    """Do something with an application under the lock of its person, and lead back with *told* as query.

    What cannot be done is told instead.
    """

    def act_on_it(work: Work) -> None:
        key = application_in_sight(work, g.user, public_id)
        candidate_id = select(Application.candidate_id).where(Application.id == key)
        act(work, lock_thread(work, work.connection.execute(candidate_id).scalar_one()), key)
        if action:
            record(work, current_actor(), action, "application", public_id)

    return lead_back(url_for("desk.application", public_id=public_id), **(told if is_done(act_on_it) else {}))


def _close(public_id: str, state: ApplicationState, action: str) -> AnyResponse:
    def close(work: Work, thread: Thread, key: int) -> None:
        now = work.connection.execute(select(Application.state).where(Application.id == key)).scalar_one()
        if now != ApplicationState.ACTIVE:
            raise Conflict(f"this application is {now} already")
        close_application(work, thread, key, state, user_id=g.user.id)

    return with_application(public_id, close, action)


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
    user_id = g.user.id
    return with_application(
        public_id, lambda work, _, key: reopen_application(work, key, user_id=user_id), "application.reopened"
    )


@desk.post("/applications/<public_id>/release")
def release_enrolment(public_id: str) -> AnyResponse:
    """Send now what waits for another campaign of this candidate, which ends."""

    def let_go(work: Work, thread: Thread, key: int) -> None:
        of_application = (Enrolment.application_id == key, Enrolment.status == "queued")
        waiting = select(Enrolment.id).where(*of_application).order_by(Enrolment.id.desc()).limit(1)
        enrolment_id = work.connection.execute(waiting).scalar_one_or_none()
        if enrolment_id is None or not release_now(work, thread, enrolment_id):
            raise Conflict("nothing of it waits for another campaign any more, or its job is not open")

    return with_application(public_id, let_go, "enrolment.released")
