"""What users do at a conversation: take it, write, write for later, note, hand it back. Each form leads back to it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.channels.base import ChannelKind
from bot.dialogue import attending, scheduling, takeover, writing
from bot.dialogue.writing import Draft, TemplateChoice
from bot.errors import Conflict, InvalidEvent, NotAllowed, NotFound
from bot.insight.composing import assignees
from bot.insight.threads import zone_of
from bot.intake.submissions import is_first
from bot.messaging.thread import Thread, lock_thread, see_thread
from bot.models import User
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.changing import is_done, lead_back
from webhooks.desk.conversation import Written, candidate_in_sight, shown, talk_with
from webhooks.desk.inbox import conversation_page
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

TAKE_OVER_FIRST = "Take the conversation over first: the bot would talk as well."
HELD_BY_OTHER = "{} holds the conversation. Take it over first, or let them write."


def author() -> str:
    """Return the name under which others know the user."""
    user: User = g.user
    return user.name or user.email


def back(public_id: str, **told: Any) -> AnyResponse:
    """Lead back: to the part that htmx wants anew, else to the page of the form, with *told* as its query."""
    if wants_part():
        return redirect(url_for("desk.conversation_part", public_id=public_id, **told), 303)
    return lead_back(url_for("desk.conversation", public_id=public_id), **told)


def with_thread(public_id: str, act: Callable[[Work, Thread], None], action: str = "") -> AnyResponse:
    """Do something with a conversation under its lock, and lead back; what cannot be done is told."""

    def act_on_it(work: Work) -> None:
        act(work, lock_thread(work, candidate_in_sight(work, public_id)))
        if action:
            record(work, current_actor(), action, "candidate", public_id)

    is_done(act_on_it)
    return back(public_id)


@desk.post("/inbox/<public_id>/hold")
def hold_conversation(public_id: str) -> AnyResponse:
    """Take a conversation over: the bot is silent."""
    user_id = g.user.id
    return with_thread(
        public_id, lambda work, thread: takeover.hold(work, thread, author(), user_id), "conversation.taken_over"
    )


@desk.post("/inbox/<public_id>/hand-back")
def hand_back_conversation(public_id: str) -> AnyResponse:
    """Let the bot go on."""
    return with_thread(public_id, takeover.hand_back, "conversation.handed_back")


@desk.post("/inbox/<public_id>/set-aside")
def set_aside(public_id: str) -> AnyResponse:
    """Say that nobody need reply."""
    return with_thread(public_id, takeover.set_aside, "conversation.set_aside")


@desk.post("/inbox/<public_id>/assign")
def assign_conversation(public_id: str) -> AnyResponse:
    """Let a user look after it: the one of `user`, nobody where it is empty."""
    given = request.form.get("user", "")

    def assign(work: Work, thread: Thread) -> None:
        known = {str(key): key for key, _ in assignees(work)}
        if given and given not in known:
            raise InvalidEvent("Choose somebody of the list.", field="user")
        takeover.assign(work, thread, known.get(given))

    return with_thread(public_id, assign, "conversation.assigned")


@desk.post("/inbox/<public_id>/write")
def write_message(public_id: str) -> Response | AnyResponse:
    """Send what was written, or keep it for later, or show how a template would read; see `do`."""
    wish = request.form.get("do", "send")
    with reading(runtime()) as work:
        candidate_id = candidate_in_sight(work, public_id)
        zone = zone_of(work, candidate_id)
    written = _written()
    if wish == "choose":
        return show_again(public_id, written, status=200)
    try:
        draft, due_at = _draft(written), _moment(written.due_at, zone) if wish == "later" else None
        if wish == "preview":
            return show_again(public_id, _with(written, preview=_preview(public_id, draft)), status=200)
        with unit_of_work(runtime()) as work:
            thread = lock_thread(work, candidate_id)
            if is_first(work, request.form.get("token", "")):
                _put(work, thread, draft, due_at, written.scheduled)
                action = "message.scheduled" if due_at else "message.written"
                record(work, current_actor(), action, "candidate", public_id)
    except InvalidEvent as error:
        return show_again(public_id, _with(written, faults={error.field or "text": sentence(error)}), status=422)
    except (Conflict, NotAllowed, NotFound) as error:
        return show_again(public_id, _with(written, faults={"text": sentence(error)}), status=422)
    return back(public_id)


def _put(work: Work, thread: Thread, draft: Draft, due_at: datetime | None, scheduled: str) -> None:
    require_holder(thread, g.user.id)
    if due_at is None:
        if scheduled:
            scheduling.unschedule(work, thread, scheduled)
        writing.send(work, thread, draft, author=author())
    elif scheduled:
        scheduling.reschedule(work, thread, scheduled, draft, due_at)
    else:
        scheduling.schedule(work, thread, g.user.id, draft, due_at)


def require_holder(thread: Thread, user_id: int) -> None:
    """Raise `Conflict` unless that user holds the conversation: two who talk at once talk past one another."""
    if thread.held_by is None and thread.opted_out_at is None:
        raise Conflict(TAKE_OVER_FIRST)
    if thread.held_by is not None and thread.held_by_id != user_id:
        raise Conflict(HELD_BY_OTHER.format(thread.held_by))


def _written() -> Written:
    form = request.form
    variables = {
        name.removeprefix("variable-"): value[:2000] for name, value in form.items() if name.startswith("variable-")
    }
    return Written(
        text=form.get("text", "")[:20_000],
        way=form.get("way", ""),
        template=form.get("template", "")[:300],
        variables=variables,
        due_at=form.get("due_at", "")[:30],
        scheduled=form.get("scheduled", "")[:64],
    )


def _with(written: Written, *, preview: str = "", faults: dict[str, str] | None = None) -> Written:
    return Written(
        written.text,
        written.way,
        written.template,
        written.variables,
        written.due_at,
        preview,
        written.note,
        faults or {},
        written.scheduled,
    )


def _draft(written: Written) -> Draft:
    if written.template:
        name, _, language = written.template.rpartition("/")
        return Draft(template=TemplateChoice(name, language, written.variables))
    way = written.way
    if way and way not in tuple(ChannelKind):
        raise InvalidEvent("Choose WhatsApp or SMS.", field="way")
    return Draft(written.text, ChannelKind(way) if way else None)


def _moment(given: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise InvalidEvent("Choose the day and the time at which it is to go.", field="due_at") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def _preview(public_id: str, draft: Draft) -> str:
    with reading(runtime()) as work:
        thread = see_thread(work, candidate_in_sight(work, public_id))
        return writing.words_of(work, thread, draft, author=author())


def show_again(public_id: str, written: Written, *, status: int) -> Response:
    """Show the place to write once more, with all that stood in it."""
    if not wants_part():
        return conversation_page(public_id, written, status=status)
    with reading(runtime()) as work:
        talk = talk_with(work, public_id)
    return page("inbox/conversation.html", status=status, **shown(talk, written))


@desk.post("/inbox/<public_id>/scheduled/<scheduled_id>/cancel")
def cancel_scheduled(public_id: str, scheduled_id: str) -> AnyResponse:
    """Take back a message for later."""
    return with_thread(
        public_id, lambda work, thread: scheduling.unschedule(work, thread, scheduled_id), "message.unscheduled"
    )


@desk.post("/inbox/<public_id>/messages/<message_id>/again")
def send_again(public_id: str, message_id: str) -> AnyResponse:
    """Send a person's message anew that failed."""

    def again(work: Work, thread: Thread) -> None:
        require_holder(thread, g.user.id)
        writing.send_again(work, thread, message_id, author=author())

    return with_thread(public_id, again, "message.sent_again")


@desk.post("/inbox/<public_id>/presence")
def be_there(public_id: str) -> Response:
    """Note that the user's page has the conversation open, and whether they write; `gone` when it is closed."""
    with reading(runtime()) as work:
        key = see_thread(work, candidate_in_sight(work, public_id)).id
    with unit_of_work(runtime()) as work:
        if request.form.get("gone"):
            attending.leave(work, key, g.user.id)
        else:
            attending.attend(work, key, g.user.id, typing=request.form.get("typing") == "yes")
    return Response("", 204)
