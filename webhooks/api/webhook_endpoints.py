"""`/webhook_endpoints`: who is told what happens, and what came of it; for keys with the scope `admin` alone."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bot.audit import Actor
from bot.models import DeliveryStatus, EndpointState, EventType, WebhookDelivery, WebhookEndpoint
from bot.outgoing import deliveries, endpoints
from bot.outgoing.addresses import LONGEST_URL
from bot.outgoing.posting import refuse_private
from bot.runtime import Runtime
from bot.work import Work
from webhooks.api.operations import Call, Result
from webhooks.api.paging import PageQuery, page
from webhooks.api.texts import Changes, Form, Moment, Shape

SWITCHED_OFF = "disabled over the API"


class NewEndpoint(Form):
    """An endpoint that is to be told of these events."""

    url: str = Field(min_length=1, max_length=LONGEST_URL)
    events: list[EventType] = Field(min_length=1, max_length=100)


class EndpointChanges(Changes):
    """What is to be otherwise; what is left out stays."""

    url: str | None = Field(None, min_length=1, max_length=LONGEST_URL)
    events: list[EventType] | None = Field(None, min_length=1, max_length=100)
    state: Literal["active", "disabled"] | None = None


class EndpointShape(Shape):
    """An endpoint."""

    id: str
    url: str
    events: list[EventType]
    state: EndpointState
    state_reason: str | None = Field(description="Why it is disabled.")
    created_at: datetime
    failing_since: datetime | None = Field(description="The first failure after the last success.")
    former_secret_until: datetime | None = Field(description="Until when the secret before signs as well.")


class EndpointWithSecret(EndpointShape):
    """An endpoint with a secret that is shown this once."""

    secret: str


class EndpointPage(Shape):
    """A page of endpoints."""

    items: list[EndpointShape]
    next: str | None


class DeliveryQuery(PageQuery):
    """Which deliveries to list."""

    status: DeliveryStatus | None = None


class DeliveryShape(Shape):
    """One event for one endpoint, and what the last attempt brought."""

    id: str
    event: str = Field(description="The `webhook-id`: the same at each attempt, and in replays.")
    type: str
    data: dict[str, Any]
    status: DeliveryStatus
    attempts: int
    happened_at: datetime
    attempted_at: datetime | None
    next_attempt_at: datetime | None
    code: int | None = Field(description="The HTTP status of the answer.")
    latency_ms: int | None
    response: str | None = Field(description="The beginning of the answer.")
    error: str | None = Field(description="Why it failed, in words.")


class DeliveryPage(Shape):
    """A page of deliveries."""

    items: list[DeliveryShape]
    next: str | None


class ReplayWish(Form):
    """From when on what was missed is to be told again."""

    since: Moment


class Replayed(Shape):
    """How many deliveries are tried again."""

    count: int


def look_up(runtime: Runtime, call: Call) -> None:
    """Refuse an address of our own network before the transaction begins. Raises `InvalidEvent`."""
    if call.body.url is not None:
        refuse_private(call.body.url, runtime.settings.webhooks_allow_private)


def post_endpoint(work: Work, call: Call) -> Result:
    """Make an endpoint."""
    form: NewEndpoint = call.body
    made, secret = endpoints.create_endpoint(work, _actor(call), form.url, form.events)
    return Result(_with_secret(made, secret), 201, afterwards=_forget, is_secret=True)


def get_endpoints(work: Work, call: Call) -> Result:
    """List the endpoints, newest first."""
    rows, following = page(work, endpoints.known_endpoints(), WebhookEndpoint.id, call.query)
    items = [_shape(endpoints.endpoint_from(row)) for row in rows]
    return Result(EndpointPage(items=items, next=following))


def get_endpoint(work: Work, call: Call) -> Result:
    """Show an endpoint."""
    return Result(_shape(endpoints.find_endpoint(work, call.id)))


def patch_endpoint(work: Work, call: Call) -> Result:
    """Change an endpoint, switch it off or on."""
    form: EndpointChanges = call.body
    endpoints.change_endpoint(work, _actor(call), call.id, url=form.url, events=form.events)
    if form.state == "disabled":
        endpoints.disable(work, _actor(call), call.id, SWITCHED_OFF)
    elif form.state == "active":
        endpoints.enable(work, _actor(call), call.id)
    return Result(_shape(endpoints.find_endpoint(work, call.id)), afterwards=_forget)


def delete_endpoint(work: Work, call: Call) -> Result:
    """Take an endpoint away."""
    gone = endpoints.delete_endpoint(work, _actor(call), call.id)
    shape = _shape(gone).model_copy(update={"state": EndpointState.DELETED})
    return Result(shape, afterwards=_forget)


def rotate_secret(work: Work, call: Call) -> Result:
    """Give an endpoint a new secret; the former one signs beside it for a day."""
    endpoint, secret = endpoints.rotate_secret(work, _actor(call), call.id)
    return Result(_with_secret(endpoint, secret), is_secret=True)


def ping(work: Work, call: Call) -> Result:
    """Send a test event to an endpoint."""
    return Result(_delivery(deliveries.ping(work, _actor(call), call.id)), 202)


def get_deliveries(work: Work, call: Call) -> Result:
    """List what an endpoint was told, newest first."""
    query: DeliveryQuery = call.query
    endpoint = endpoints.find_endpoint(work, call.id)
    rows, following = page(work, deliveries.deliveries_of(endpoint, query.status), WebhookDelivery.id, query)
    items = [_delivery(deliveries.delivery_from(row)) for row in rows]
    return Result(DeliveryPage(items=items, next=following))


def replay_missed(work: Work, call: Call) -> Result:
    """Tell an endpoint again of what it has missed since a moment."""
    form: ReplayWish = call.body
    count = deliveries.replay_missed(work, _actor(call), call.id, form.since)
    return Result(Replayed(count=count), 202)


def replay_one(work: Work, call: Call) -> Result:
    """Tell an endpoint of one event again."""
    return Result(_delivery(deliveries.replay(work, _actor(call), call.id)), 202)


def _actor(call: Call) -> Actor:
    return Actor(label=f"key {call.caller.key_id}")


def _forget(runtime: Runtime) -> None:
    runtime.subscribers.forget()


def _shape(endpoint: endpoints.Endpoint) -> EndpointShape:
    return EndpointShape(
        id=endpoint.id,
        url=endpoint.url,
        events=[EventType(each) for each in endpoint.events],
        state=endpoint.state,
        state_reason=endpoint.state_reason,
        created_at=endpoint.created_at,
        failing_since=endpoint.failing_since,
        former_secret_until=endpoint.former_until,
    )


def _with_secret(endpoint: endpoints.Endpoint, secret: str) -> EndpointWithSecret:
    return EndpointWithSecret(**_shape(endpoint).model_dump(), secret=secret)


def _delivery(delivery: deliveries.LoggedDelivery) -> DeliveryShape:
    return DeliveryShape(**{name: getattr(delivery, name) for name in DeliveryShape.model_fields})
