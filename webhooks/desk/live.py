"""Telling open pages what has changed: the address of a page's stream, and who may listen to what.

A stream carries names and ids, never what they stand for: a page asks for it, and is asked who it is.
"""

from collections.abc import Iterator

from flask import Response, abort, current_app, g, request, url_for

from bot.models import Role, User
from bot.work import Work, reading
from webhooks import connections
from webhooks.desk import desk, runtime
from webhooks.desk.sight import sees_application_of, sees_job
from webhooks.desk.signed_in import current_sign_in
from webhooks.feed import latest_change
from webhooks.streams import STREAMS, Listener, Streams

MOST_NAMES = 20
OF_ALL = frozenset({"inbox", "jobs", "talk", "templates"})


def follow(work: Work, *names: str) -> None:
    """Let the page that is being made hear of *names*, from what *work* reads on; call it before anything is read."""
    g.follows = names
    g.since = latest_change(work)


def events_address() -> str:
    """Return the address of the stream of the page that is being made."""
    if "since" not in g:
        with reading(runtime()) as work:
            g.since = latest_change(work)
    names = ("inbox", "jobs", *g.get("follows", ()))
    return url_for("desk.events", since=g.since, to=names)


@desk.get("/events")
def events() -> Response:
    """Begin a stream; 503 where there can be none or are too many, and the page looks by itself every 15 seconds."""
    user: User = g.user
    names = frozenset(request.args.getlist("to")[:MOST_NAMES])
    last = request.headers.get("Last-Event-ID", "").partition("-")[0]
    given = _number(last or request.args.get("since", ""))
    streams: Streams = current_app.extensions[STREAMS]
    with reading(runtime()) as work:
        heard = frozenset(name for name in names if _may_hear(work, user, name))
        known = latest_change(work)
    if not connections.can_hand_over() or not streams.has_room(user.id):
        abort(503, response=Response("No stream now: look again by yourself.", 503, {"Retry-After": "15"}))
    listener = Listener(user.id, (current_sign_in() or abort(401)).id)
    since = known if given is None else min(given, known)
    return Response(_begin(streams, listener, heard, since), 200, _HEADERS, mimetype="text/event-stream")


_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def _begin(streams: Streams, listener: Listener, heard: frozenset[str], since: int) -> Iterator[bytes]:
    """Greet, and leave the connection to the streams: this thread is needed for others."""
    yield b"retry: 2000\n: hello\n\n"
    streams.take(connections.hand_over(), listener, heard, since)
    raise connections.HandedOver


def _may_hear(work: Work, user: User, name: str) -> bool:
    kind, _, public_id = name.partition("-")
    if name in OF_ALL:
        return user.role != Role.HIRING_MANAGER or name == "jobs"
    match kind:
        case "board" | "job":
            return sees_job(work, user, public_id)
        case "thread":
            return sees_application_of(work, user, public_id)
        case "bulk" | "import":
            return user.role != Role.HIRING_MANAGER
        case "user":
            return public_id == user.public_id
        case _:
            return False


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


@desk.app_context_processor
def stream() -> dict[str, object]:
    """Give every template the address of its stream."""
    return {"events_address": events_address}
