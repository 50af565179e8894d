"""Keys of the API: who made them, when they were last used, how they are replaced and revoked."""

from datetime import datetime, timedelta

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake import keys
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.once import show_next, to_be_shown
from webhooks.desk.rendering import page
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

LONGEST_NAME = 100
SOON = timedelta(days=14)
LASTING = (("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("", "Never"))
OVERLAPS = (("0", "At once"), ("1", "In a day"), ("7", "In a week"), ("30", "In 30 days"))
SCOPES = (
    ("read", "Read", "Jobs, applications, conversations, answers."),
    ("write", "Write", "Create and move applications, change jobs and campaigns, write to candidates."),
    ("admin", "Administer", "All of that, and webhook endpoints."),
)


@desk.get("/settings/keys")
def api_keys() -> Response:
    """Show the keys, those in use first."""
    return _list({}, {}, 200)


def _list(given: dict[str, object], faults: dict[str, str], status: int) -> Response:
    with reading(runtime()) as work:
        found = keys.list_keys(work)[::-1]
        now = work.now
    return page(
        "settings/api_keys.html",
        status=status,
        standing=[key for key in found if key.stands(now)],
        ended=[key for key in found if not key.stands(now)],
        soon=now + SOON,
        scopes=SCOPES,
        lasting=LASTING,
        given=given,
        faults=faults,
    )


@desk.post("/settings/keys")
def add_api_key() -> Response:
    """Make a key, and show it once."""
    name, scopes = request.form.get("name", "").strip(), request.form.getlist("scopes")
    lasts = request.form.get("lasts", "")
    given: dict[str, object] = {"name": name[:LONGEST_NAME], "scopes": scopes, "lasts": lasts}
    faults = _faults(name, scopes)
    if not faults:
        try:
            with unit_of_work(runtime()) as work:
                key = _made(work, name, tuple(scopes), _end(work.now, lasts, LASTING))
        except InvalidEvent as error:
            faults[{"scope": "scopes"}.get(error.field, error.field)] = str(error)
    if faults:
        return _list(given, faults, 422)
    return redirect(url_for("desk.api_key", public_id=key), 303)


def _faults(name: str, scopes: list[str]) -> dict[str, str]:
    faults = {}
    if not name:
        faults["name"] = "Say what it is for, such as the system that uses it."
    elif len(name) > LONGEST_NAME:
        faults["name"] = f"At most {LONGEST_NAME} characters."
    if not scopes:
        faults["scopes"] = "Choose what it may do."
    return faults


def _made(work: Work, name: str, scopes: tuple[str, ...], expires_at: datetime | None) -> str:
    made = {"created_by": g.user.email, "actor": current_actor()}
    key = keys.create_key(work, name, scopes, expires_at=expires_at, **made)
    return _shown(work, key)


def _shown(work: Work, key: str) -> str:
    public_id = keys.public_id_of(work, key)
    show_next(public_id, key)
    return public_id


def _end(now: datetime, days: str, offered: tuple[tuple[str, str], ...]) -> datetime | None:
    """Return when something ends that was chosen from a list."""
    if days not in {value for value, _ in offered}:
        abort(400, "This form is not complete. Go back, reload the page and try again.")
    return now + timedelta(days=int(days)) if days else None


@desk.get("/settings/keys/<public_id>")
def api_key(public_id: str) -> Response:
    """Show one key, and itself where it was just made."""
    with reading(runtime()) as work:
        key = _found(work, public_id)
        stands = key.stands(work.now)
    return page(
        "settings/api_key.html", key=key, stands=stands, secret=to_be_shown(public_id), overlaps=OVERLAPS, scopes=SCOPES
    )


def _found(work: Work, public_id: str) -> keys.KeyRow:
    try:
        return keys.find_by_public_id(work, public_id)
    except NotFound:
        abort(404)


@desk.post("/settings/keys/<public_id>/rotate")
def rotate_api_key(public_id: str) -> Response:
    """Make a key in the place of another, which ends when that was chosen."""
    place = public_id
    try:
        with unit_of_work(runtime()) as work:
            old = _found(work, public_id)
            ends_at = _end(work.now, request.form.get("overlap", "x"), OVERLAPS) or work.now
            made = {"created_by": g.user.email, "actor": current_actor()}
            place = _shown(work, keys.rotate_key(work, old.public_id, old_ends_at=ends_at, **made))
    except Conflict as error:
        flash(sentence(error))
    return redirect(url_for("desk.api_key", public_id=place), 303)


@desk.post("/settings/keys/<public_id>/revoke")
def revoke_api_key(public_id: str) -> Response:
    """End a key at once."""
    try:
        with unit_of_work(runtime()) as work:
            key = keys.revoke(work, _found(work, public_id), current_actor())
        flash(f"{key.name} is revoked: it is refused from now on.", "good")
    except Conflict:
        flash("That key was revoked already.")
    return redirect(url_for("desk.api_keys"), 303)
