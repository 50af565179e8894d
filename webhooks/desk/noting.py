"""Private notes in a conversation, and what became of a message of which nobody can tell."""

from flask import Response, abort, flash, g, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.dialogue import noting
from bot.dialogue.deciding import decide
from bot.errors import InvalidEvent, NotFound
from bot.messaging.thread import Thread, see_thread
from bot.models import Message
from bot.work import Work
from webhooks.desk import desk
from webhooks.desk.changing import is_done
from webhooks.desk.conversation import Written, candidate_in_sight
from webhooks.desk.navigation import may_open
from webhooks.desk.rendering import wants_part
from webhooks.desk.talking import back, show_again, with_thread
from webhooks.desk.words import sentence

LONGEST_SHOWN = 100_000
OUTCOMES = {"sent": True, "not_sent": False}


@desk.post("/inbox/<public_id>/notes")
def add_note(public_id: str) -> Response | AnyResponse:
    """Keep a private note in the conversation; one that cannot be kept is shown again with the reason."""
    given, user_id = request.form.get("note", ""), g.user.id
    try:
        text = noting.read_note(given)
    except InvalidEvent as error:
        return _not_kept(public_id, given, sentence(error))
    is_done(lambda work: noting.note(work, see_thread(work, candidate_in_sight(work, public_id)).id, user_id, text))
    return back(public_id)


def _not_kept(public_id: str, given: str, fault: str) -> Response | AnyResponse:
    if wants_part() or may_open("conversation"):
        return show_again(public_id, Written(note=given[:LONGEST_SHOWN], note_fault=fault), status=422)
    flash(fault)  # without script a hiring manager has no page of the conversation alone
    return back(public_id)


@desk.post("/inbox/<public_id>/notes/<note_id>/delete")
def delete_note(public_id: str, note_id: str) -> AnyResponse:
    """Take one's own note back."""
    return _mark(public_id, note_id, deleted=True)


@desk.post("/inbox/<public_id>/notes/<note_id>/restore")
def restore_note(public_id: str, note_id: str) -> AnyResponse:
    """Bring one's own note back that was deleted."""
    return _mark(public_id, note_id, deleted=False)


def _mark(public_id: str, note_id: str, *, deleted: bool) -> AnyResponse:
    act = noting.delete_note if deleted else noting.restore_note

    def mark(work: Work) -> None:
        candidate_in_sight(work, public_id)
        act(work, note_id, g.user.id)

    return back(public_id, deleted=note_id) if is_done(mark) and deleted else back(public_id)


@desk.post("/inbox/<public_id>/messages/<message_id>/settle")
def settle_message(public_id: str, message_id: str) -> AnyResponse:
    """Say whether a message went of which nobody can tell."""
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        abort(400, "This form is not complete. Go back, reload the page and try again.")

    def settle(work: Work, thread: Thread) -> None:
        of_thread = (Message.public_id == message_id, Message.conversation_id == thread.id)
        key = work.connection.execute(select(Message.id).where(*of_thread)).scalar_one_or_none()
        if key is None:
            raise NotFound(f"there is no message {message_id} in this conversation")
        decide(work, key, was_sent=OUTCOMES[outcome])

    return with_thread(public_id, settle, "message.settled")
