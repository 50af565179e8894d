"""One conversation as a part of a page: what was said, where it stands, and the place to write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, abort, current_app, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.dialogue.attending import Onlooker, mark_read, onlookers
from bot.dialogue.naming import fill_in
from bot.dialogue.snippets import KnownSnippet, snippets_for
from bot.errors import InvalidEvent
from bot.insight.called_persons import needed_for
from bot.insight.composing import Composer, Scheduled, assignees, composer, scheduled_for
from bot.insight.threads import MOST, thread_page, zone_of
from bot.insight.threads import Thread as Told
from bot.intake.people import candidate_by_ref
from bot.messaging.thread import Thread, see_thread
from bot.models import Application, Job, ReadMark, Role, Stage, User, new_public_id
from bot.work import Work, reading, unit_of_work
from flows.segments import segments_of
from webhooks.desk import desk, runtime
from webhooks.desk.access import WRITERS
from webhooks.desk.addresses import page_in_browser
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.sight import jobs_of, sees_application_of
from webhooks.desk.waits import left

LONGEST = 64
MOST_AT_ONCE = 1000
"""Messages on one page; what was said before that is on pages of its own."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the place to write: as it was sent and could not go, or as it was chosen by a link."""

    text: str = ""
    way: str = ""
    template: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    due_at: str = ""
    preview: str = ""
    note: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    scheduled: str = ""
    """The message for later that is being changed."""
    note_fault: str = ""
    """Why the private note was not kept."""


@dataclass(frozen=True, slots=True)
class Talk:
    """All that the part of a page shows of one conversation."""

    id: str
    """The candidate's public id."""
    name: str
    thread: Thread
    told: Told
    most: int
    """So many messages are shown; what is loaded beyond the latest stays when the page looks again."""
    latest: Any
    """Their application that is talked about, most likely: its public id, and the names of job and stage."""
    needs: str
    composer: Composer
    scheduled: list[Scheduled]
    snippets: list[KnownSnippet]
    onlookers: list[Onlooker]
    people: list[tuple[int, str]]
    window_left: str
    window_until: datetime | None
    may_write: bool
    may_note: bool
    token: str
    now: datetime

    @property
    def mark(self) -> str:
        """Return what changes when the place to write must be drawn anew; a text that is being written must not."""
        ways = [(way.kind, way.takes_words, way.barred) for way in self.composer.ways]
        waiting = [(each.id, each.text, each.due_at, each.waits) for each in self.scheduled]
        facts = (self.composer.turn, self.composer.held_by, ways, len(self.composer.templates), waiting)
        return sha256(repr(facts).encode()).hexdigest()[:16]

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone in which the conversation is told."""
        return ZoneInfo(self.told.zone)

    @property
    def is_sms(self) -> bool:
        """Say whether SMS is the way in use, where segments are counted."""
        return bool(self.composer.words_ways) and self.composer.words_ways[0].kind == "sms"


def candidate_in_sight(work: Work, public_id: str) -> int:
    """Return the id of a candidate whom the user sees; to all others they are not there (404)."""
    key = candidate_by_ref(work, public_id[:LONGEST])
    if key is None or not sees_application_of(work, g.user, public_id):
        abort(404)
    return key


def talk_with(work: Work, public_id: str, *, before: int | None = None, most: int = MOST) -> Talk:
    """Read a conversation for the user who looks; 404 for one that they do not see."""
    user: User = g.user
    candidate_id = candidate_in_sight(work, public_id)
    thread, zone = see_thread(work, candidate_id), zone_of(work, candidate_id)
    writes = user.role in WRITERS
    offered = composer(work, thread, user.id)
    until = next((way.open_until for way in offered.ways if way.open_until), None)
    return Talk(
        id=public_id,
        name=f"{thread.first_name} {thread.last_name}".strip() or thread.phone or "Unknown",
        thread=thread,
        told=thread_page(work, thread.id, user.id, zone, before=before, most=most, sees=jobs_of(user)),
        most=most,
        latest=_latest(work, candidate_id, user),
        needs=needed_for(thread.needs_person),
        composer=offered,
        scheduled=scheduled_for(work, thread.id),
        snippets=_filled(work, thread, user) if writes else [],
        onlookers=onlookers(work, thread.id, user.id) if writes else [],
        people=list(assignees(work)) if writes else [],
        window_left=left(until, work.now) if until else "",
        window_until=until.astimezone(ZoneInfo(zone)) if until else None,
        may_write=writes,
        may_note=user.role != Role.VIEWER,
        token=new_public_id(),
        now=work.now,
    )


def _latest(work: Work, candidate_id: int, user: User) -> Any:
    found = select(Application.public_id, Job.title, Stage.name).join(Job, Job.id == Application.job_id)
    found = found.join(Stage, Stage.id == Application.stage_id).where(Application.candidate_id == candidate_id)
    latest = found.where(jobs_of(user)).order_by((Application.state == "active").desc(), Application.id.desc())
    return work.connection.execute(latest.limit(1)).one_or_none()


def _filled(work: Work, thread: Thread, user: User) -> list[KnownSnippet]:
    """Return the snippets with their variables filled for this candidate, as they would be sent."""
    found = []
    for each in snippets_for(work, user.id):
        try:
            text = fill_in(work, thread, each.text, author=user.name or user.email)
        except InvalidEvent:
            continue  # kept by an older version that knew the name
        found.append(KnownSnippet(each.id, each.name, text, each.is_shared, each.is_own, each.author))
    return found


def note_read(talk: Talk) -> None:
    """Keep that the user has read what the page shows."""
    if talk.told.latest_inbound:
        with reading(runtime()) as work:
            is_news = _is_unread(work, talk)
        if is_news:
            with unit_of_work(runtime()) as work:
                mark_read(work, talk.thread.id, g.user.id, talk.told.latest_inbound)


def _is_unread(work: Work, talk: Talk) -> bool:
    mine = (ReadMark.conversation_id == talk.thread.id, ReadMark.user_id == g.user.id)
    before = work.connection.execute(select(ReadMark.message_id).where(*mine)).scalar_one_or_none()
    return before is None or before < talk.told.latest_inbound


def shown(talk: Talk, written: Written | None = None) -> dict[str, Any]:
    """Return the values of the template."""
    written = written or written_from_link(talk)
    chosen = next(
        (each for each in talk.composer.templates if f"{each.name}/{each.language}" == written.template), None
    )
    parts: Any = current_app.jinja_env.get_template("inbox/parts.html").module
    then = _back_to(talk)
    return {
        "talk": talk,
        "back_to": then,
        "conversation_form": partial(parts.form, talk.id, then),
        "note_form": partial(parts.note, talk.id, then, written.note, written.note_fault),
        "written": written,
        "chosen": chosen,
        "segments": segments_of(written.text),
        "here": url_for("desk.conversation", public_id=talk.id),
        "events": _events(talk),
        "level_of_name": "h1" if _page_of()[1:2] == ["inbox"] else "h2",
    }


def _events(talk: Talk) -> str:
    """Return what tells of news here: the stream of a board, which a drawer lies over, names only cards."""
    page_of = _page_of()
    over_board = page_of[1:2] == ["jobs"] and len(page_of) > 2 and page_of[2].isalnum()
    return f"sse:board-{page_of[2][:LONGEST]}" if over_board else f"sse:thread-{talk.id}"


def _page_of() -> list[str]:
    """Return the path of the page that the browser shows, in its parts."""
    path = page_in_browser().path if wants_part() else request.path
    return path.split("/")


def _back_to(talk: Talk) -> str:
    """Return where a form leads without htmx: to the page that has the conversation."""
    if request.endpoint == f"{desk.name}.application":
        query: dict[str, Any] = {"in": request.args.get("in") or None}
        return url_for("desk.application", **(request.view_args or {}), **query)
    return url_for("desk.conversation", public_id=talk.id, tab=request.args.get("tab"), q=request.args.get("q"))


def written_from_link(talk: Talk) -> Written:
    """Read what a link puts into the place to write: a snippet, a template, or a message for later to be changed."""
    later = next((each for each in talk.scheduled if each.id == request.args.get("later") and each.waits), None)
    if later is not None:
        due_at = later.due_at.astimezone(ZoneInfo(talk.told.zone)).strftime("%Y-%m-%dT%H:%M")
        template = f"{later.template['name']}/{later.template['language']}" if later.template else ""
        variables = later.template["variables"] if later.template else {}
        return Written(later.text, later.kind or "", template, variables, due_at, scheduled=later.id)
    snippet = next((each for each in talk.snippets if each.id == request.args.get("snippet")), None)
    return Written(text=snippet.text if snippet else "", template=request.args.get("template", "")[:300])


@desk.get("/inbox/<public_id>/thread")
def thread(public_id: str) -> Response | AnyResponse:
    """Answer with what was said, the latest `?most=` messages of it; without htmx, with the whole page."""
    if not wants_part():
        return redirect(url_for("desk.conversation", public_id=public_id))
    given = request.args.get("most", "")
    most = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else MOST
    with reading(runtime()) as work:
        talk = talk_with(work, public_id, most=min(max(most, MOST), MOST_AT_ONCE))
    note_read(talk)
    return page("inbox/thread.html", **shown(talk))


@desk.get("/inbox/<public_id>/composer")
def composer_of(public_id: str) -> Response | AnyResponse:
    """Answer with the place to write; with nothing (204) where it is still as `?seen=` says."""
    with reading(runtime()) as work:
        talk = talk_with(work, public_id)
    if request.args.get("seen") == talk.mark:
        return Response("", 204)
    if not wants_part():
        return redirect(url_for("desk.conversation", public_id=public_id))
    return page("inbox/composer.html", **shown(talk))


@desk.get("/inbox/<public_id>/conversation")
def conversation_part(public_id: str) -> Response | AnyResponse:
    """Answer with the conversation as a part of whichever page has it; without htmx, the whole page."""
    if not wants_part():
        query = urlencode(list(request.args.items(multi=True)))
        return redirect(f"{url_for('desk.conversation', public_id=public_id)}?{query}".rstrip("?"))
    with reading(runtime()) as work:
        talk = talk_with(work, public_id)
    note_read(talk)
    return page("inbox/conversation.html", **shown(talk))
