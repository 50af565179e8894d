"""Sending now what waits for another campaign of the same candidate."""

from flask import flash, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from bot.audit import record
from bot.messaging.thread import lock_thread
from bot.models import Application
from bot.pipeline.closings import release_now
from bot.work import unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.addresses import inside
from webhooks.desk.sight import application_in_sight
from webhooks.desk.signed_in import current_actor

SENT = "It is sent now. What it waited for has ended."
NOT_WAITING = "Nothing waits there any more."


@desk.post("/applications/release")
def release() -> Response:
    """Release the campaign of one application; the one before it is cancelled (superseded)."""
    public_id = request.form.get("application", "")
    with unit_of_work(runtime()) as work:
        key = application_in_sight(work, g.user, public_id)
        found = select(Application.candidate_id, Application.last_enrolment_id).where(Application.id == key)
        row = work.connection.execute(found).one()
        waits = row.last_enrolment_id is not None
        released = waits and release_now(work, lock_thread(work, row.candidate_id), row.last_enrolment_id)
        if released:
            record(work, current_actor(), "enrolment.released", "application", public_id)
    flash(SENT if released else NOT_WAITING, "good" if released else "message")
    return redirect(inside(request.form.get("then", "")), 303)
