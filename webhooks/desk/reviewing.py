"""What those who hire say of an application to one another: notes, stars, tags."""

from flask import g, request
from werkzeug.wrappers import Response as AnyResponse

from bot.errors import InvalidEvent
from bot.intake import notes, ratings, tags
from webhooks.desk import desk
from webhooks.desk.drawer import NotKept, show_application, with_application
from webhooks.desk.words import sentence

LONGEST_SHOWN = 100_000


@desk.post("/applications/<public_id>/notes")
def note_application(public_id: str) -> AnyResponse:
    """Write a note on an application, or write one's own of `id` anew; one that cannot be kept is shown again."""
    given, ref, user_id = request.form.get("text", "")[:LONGEST_SHOWN], request.form.get("id", "")[:64], g.user.id
    try:
        text = notes.read_note(given)
    except InvalidEvent as error:
        return show_application(public_id, "notes", NotKept(given, sentence(error), ref), status=422)
    if ref:
        return with_application(public_id, lambda work, _, key: notes.change_note(work, key, ref, user_id, text))
    return with_application(public_id, lambda work, _, key: _only(notes.add_note(work, key, user_id, text)))


@desk.post("/applications/<public_id>/notes/<ref>/delete")
def delete_application_note(public_id: str, ref: str) -> AnyResponse:
    """Delete one's own note."""
    user_id = g.user.id
    return with_application(public_id, lambda work, _, key: notes.delete_note(work, key, ref, user_id), deleted=ref)


@desk.post("/applications/<public_id>/notes/<ref>/restore")
def restore_application_note(public_id: str, ref: str) -> AnyResponse:
    """Bring back one's own note that was deleted."""
    user_id = g.user.id
    return with_application(public_id, lambda work, _, key: notes.restore_note(work, key, ref, user_id))


@desk.post("/applications/<public_id>/stars")
def rate_application(public_id: str) -> AnyResponse:
    """Give stars, or take them back with 0."""
    given, user_id = request.form.get("stars", ""), g.user.id
    stars = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else -1
    return with_application(public_id, lambda work, _, key: ratings.rate(work, key, user_id, stars))


@desk.post("/applications/<public_id>/tags")
def tag_application(public_id: str) -> AnyResponse:
    """Put a tag on, or take the one of `off` away."""
    text, off, user_id = request.form.get("tag", "")[:200], request.form.get("off", "")[:200], g.user.id
    if off:
        return with_application(public_id, lambda work, _, key: _only(tags.untag(work, key, off, user_id)))
    return with_application(public_id, lambda work, _, key: _only(tags.tag(work, key, text, user_id)))


def _only(_: object) -> None:
    """Do, where nobody needs the result."""
