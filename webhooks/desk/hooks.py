"""Webhook endpoints: made and changed, with a secret that is shown once, tested, switched off and on, taken away."""

from datetime import datetime, timedelta
from typing import Any

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import Conflict, InvalidEvent, NotFound
from bot.models import DeliveryStatus, EventType, WebhookDelivery
from bot.outgoing import deliveries, endpoints
from bot.outgoing.posting import refuse_private
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.once import show_next, to_be_shown
from webhooks.desk.rendering import page
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

SWITCHED_OFF = "a person has disabled it"
SHOWN = 50
SOON = timedelta(seconds=30)
EVENTS = (
    (EventType.APPLICATION_CREATED, "Somebody has applied"),
    (EventType.APPLICATION_MOVED, "An application was moved"),
    (EventType.STATUS_CHANGED, "An enrolment has another status"),
    (EventType.ANSWER_GIVEN, "A question was answered"),
    (EventType.MESSAGE_FAILED, "A message was not delivered"),
    (EventType.OPTED_OUT, "Somebody wants no more messages"),
)
SINCE = (("1", "Last hour"), ("24", "Last 24 hours"), ("72", "Last 3 days"), ("720", "Last 30 days"))


@desk.get("/settings/webhooks")
def webhook_endpoints() -> Response:
    """Show the endpoints."""
    with reading(runtime()) as work:
        found = endpoints.list_endpoints(work)
    return page("settings/webhooks.html", endpoints=found)


@desk.get("/settings/webhooks/new")
def new_webhook_endpoint() -> Response:
    """Show the form of a new endpoint."""
    return page("settings/webhook_form.html", endpoint=None, url="", chosen=[], events=EVENTS, faults={})


@desk.post("/settings/webhooks/new")
def add_webhook_endpoint() -> Response:
    """Make an endpoint, and show its secret once."""
    url, chosen = _given()
    try:
        refuse_private(url, runtime().settings.webhooks_allow_private)
        with unit_of_work(runtime()) as work:
            made, secret = endpoints.create_endpoint(work, current_actor(), url, chosen)
    except (InvalidEvent, Conflict) as error:
        return _again(None, url, chosen, error)
    runtime().subscribers.forget()
    show_next(made.id, secret)
    return _to(made.id)


def _given() -> tuple[str, list[str]]:
    return request.form.get("url", "").strip()[:3000], request.form.getlist("events")[:100]


def _again(endpoint: endpoints.Endpoint | None, url: str, chosen: list[str], error: Exception) -> Response:
    """Show a form once more, with what is wrong at its field."""
    field = error.field if isinstance(error, InvalidEvent) else "url"
    words = str(error) if chosen or field != "events" else "choose at least one event"
    faults = {field: sentence(words)}
    shown: dict[str, Any] = {"endpoint": endpoint, "url": url, "chosen": chosen, "events": EVENTS, "faults": faults}
    return page("settings/webhook_form.html", status=422, **shown)


def _to(public_id: str) -> Response:
    return redirect(url_for("desk.webhook_endpoint", public_id=public_id), 303)


def found_endpoint(work: Work, public_id: str) -> endpoints.Endpoint:
    """Return an endpoint, or show that there is no such page."""
    try:
        return endpoints.find_endpoint(work, public_id)
    except NotFound:
        abort(404)


@desk.get("/settings/webhooks/<public_id>")
def webhook_endpoint(public_id: str) -> Response:
    """Show an endpoint with the log of what it was told, which asks for itself again while something is under way."""
    given = request.args.get("status", "")
    status = DeliveryStatus(given) if given in list(DeliveryStatus) else None
    before = request.args.get("before", "")
    with reading(runtime()) as work:
        endpoint = found_endpoint(work, public_id)
        log, older = _log(work, endpoint, status, before)
        now = work.now
    return page(
        "settings/webhook.html",
        part="log",
        endpoint=endpoint,
        log=log,
        older=older,
        status_chosen=status or "",
        before=before,
        statuses=[("", "Any"), *((each.value, each.title()) for each in DeliveryStatus)],
        is_moving=not before and any(_is_under_way(each, now + SOON) for each in log),
        events=EVENTS,
        since=SINCE,
        former_until=endpoint.former_until if endpoint.former_until and endpoint.former_until > now else None,
        secret="" if "HX-Request" in request.headers else to_be_shown(public_id),
    )


def _log(
    work: Work, endpoint: endpoints.Endpoint, status: DeliveryStatus | None, before: str
) -> tuple[list[deliveries.LoggedDelivery], str]:
    """Return one page of the log, newest first, and where the next one begins; blank at the end."""
    statement = deliveries.deliveries_of(endpoint, status)
    if before.isascii() and before.isdigit() and len(before) < 19:
        statement = statement.where(WebhookDelivery.id < int(before))
    rows = work.connection.execute(statement.order_by(WebhookDelivery.id.desc()).limit(SHOWN + 1)).all()
    found = [deliveries.delivery_from(row) for row in rows[:SHOWN]]
    return found, str(found[-1].key) if len(rows) > SHOWN else ""


def _is_under_way(delivery: deliveries.LoggedDelivery, soon: datetime) -> bool:
    is_due = delivery.status is DeliveryStatus.PENDING and delivery.not_before <= soon
    return is_due or delivery.status is DeliveryStatus.SENDING


@desk.get("/settings/webhooks/<public_id>/edit")
def edit_webhook_endpoint(public_id: str) -> Response:
    """Show the form of an endpoint, with what gives it a new secret and what takes it away."""
    with reading(runtime()) as work:
        found = found_endpoint(work, public_id)
    shown: dict[str, Any] = {"url": found.url, "chosen": found.events, "events": EVENTS, "faults": {}}
    return page("settings/webhook_form.html", endpoint=found, **shown)


@desk.post("/settings/webhooks/<public_id>/edit")
def change_webhook_endpoint(public_id: str) -> Response:
    """Change where an endpoint is, and what it is told."""
    url, chosen = _given()
    with reading(runtime()) as work:
        before = found_endpoint(work, public_id)
    try:
        if url != before.url:
            refuse_private(url, runtime().settings.webhooks_allow_private)
        with unit_of_work(runtime()) as work:
            endpoints.change_endpoint(work, current_actor(), public_id, url=url, events=chosen)
    except InvalidEvent as error:
        return _again(before, url, chosen, error)
    runtime().subscribers.forget()
    return _to(public_id)


@desk.post("/settings/webhooks/<public_id>/switch")
def switch_webhook_endpoint(public_id: str) -> Response:
    """Disable an endpoint, or enable it."""
    with unit_of_work(runtime()) as work:
        found_endpoint(work, public_id)
        if request.form.get("to") == "active":
            endpoints.enable(work, current_actor(), public_id)
        else:
            endpoints.disable(work, current_actor(), public_id, SWITCHED_OFF)
    runtime().subscribers.forget()
    return _to(public_id)


@desk.post("/settings/webhooks/<public_id>/secret")
def rotate_webhook_secret(public_id: str) -> Response:
    """Give an endpoint a new secret, and show it once."""
    with unit_of_work(runtime()) as work:
        found_endpoint(work, public_id)
        _, secret = endpoints.rotate_secret(work, current_actor(), public_id)
    show_next(public_id, secret)
    return _to(public_id)


@desk.post("/settings/webhooks/<public_id>/delete")
def delete_webhook_endpoint(public_id: str) -> Response:
    """Take an endpoint away."""
    with unit_of_work(runtime()) as work:
        gone = found_endpoint(work, public_id)
        endpoints.delete_endpoint(work, current_actor(), public_id)
    runtime().subscribers.forget()
    flash(f"{gone.url} is told nothing any more.", "good")
    return redirect(url_for("desk.webhook_endpoints"), 303)
