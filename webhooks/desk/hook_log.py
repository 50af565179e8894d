"""What webhook endpoints were told: one delivery whole, a test, and telling again."""

import json
from datetime import timedelta

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import Conflict, NotFound
from bot.outgoing import deliveries
from bot.outgoing.announcing import moment
from bot.work import reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.hooks import SINCE, found_endpoint
from webhooks.desk.rendering import page
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

SHOWN = 4000
"""Characters of a request that are shown."""


@desk.get("/settings/webhooks/deliveries/<public_id>")
def webhook_delivery(public_id: str) -> Response:
    """Show what was sent, and what came back."""
    try:
        with reading(runtime()) as work:
            delivery, endpoint_id = deliveries.find_delivery(work, public_id)
            endpoint = found_endpoint(work, endpoint_id)
    except NotFound:
        abort(404)
    body = {"type": delivery.type, "timestamp": moment(delivery.happened_at), "data": delivery.data}
    sent = json.dumps(body, indent=2, ensure_ascii=False)[:SHOWN]
    return page("settings/webhook_delivery.html", delivery=delivery, endpoint=endpoint, sent=sent)


@desk.post("/settings/webhooks/deliveries/<public_id>/replay")
def replay_webhook(public_id: str) -> Response:
    """Tell of one event again."""
    try:
        with unit_of_work(runtime()) as work:
            deliveries.replay(work, current_actor(), public_id)
        flash("It is sent again, with the same webhook-id.", "good")
    except Conflict as error:
        flash(sentence(error))
    except NotFound:
        abort(404)
    return redirect(url_for("desk.webhook_delivery", public_id=public_id), 303)


@desk.post("/settings/webhooks/<public_id>/ping")
def ping_webhook_endpoint(public_id: str) -> Response:
    """Send a test event."""
    with unit_of_work(runtime()) as work:
        found_endpoint(work, public_id)
        deliveries.ping(work, current_actor(), public_id)
    flash("A test is on its way: what came of it is the first line of the log.", "good")
    return _to(public_id)


@desk.post("/settings/webhooks/<public_id>/replay")
def replay_missed_webhooks(public_id: str) -> Response:
    """Tell again of all that was missed since a moment."""
    hours = request.form.get("since", "")
    if hours not in dict(SINCE):
        abort(400, "This form is not complete. Go back, reload the page and try again.")
    try:
        with unit_of_work(runtime()) as work:
            found_endpoint(work, public_id)
            since = work.now - timedelta(hours=int(hours))
            count = deliveries.replay_missed(work, current_actor(), public_id, since)
        flash(
            f"{count} {'event is' if count == 1 else 'events are'} sent again." if count else "Nothing was missed.",
            "good",
        )
    except Conflict as error:
        flash(sentence(error))
    return _to(public_id)


def _to(public_id: str) -> Response:
    return redirect(url_for("desk.webhook_endpoint", public_id=public_id), 303)
