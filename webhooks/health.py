"""Whether it is alive, whether it is ready, and how it does."""

import hmac
from ipaddress import IPv6Address, ip_address

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot.migrate import is_current
from bot.runtime import Runtime
from webhooks.metrics import exposition

health = Blueprint("health", __name__)

PROXIED = frozenset({"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"})
"""A proxy on this machine speaks for somebody elsewhere."""


@health.get("/health/live")
def live() -> dict[str, str]:
    """The process answers; it asks nobody."""
    return {"status": "live"}


@health.get("/health/ready")
def ready() -> tuple[dict[str, str], int]:
    """The database is there with the schema of this code, and the process is not about to end."""
    runtime: Runtime = current_app.extensions["callboard"]
    if runtime.stopping.is_set():
        return {"status": "stopping"}, 503
    try:
        current = is_current(runtime.database)
    except SQLAlchemyError:
        return {"status": "no database"}, 503
    return ({"status": "ready"}, 200) if current else ({"status": "the schema is not current"}, 503)


@health.get("/metrics")
def metrics() -> Response:
    """Figures for Prometheus: with the token where one is set, else for this machine itself only."""
    runtime: Runtime = current_app.extensions["callboard"]
    token = runtime.settings.metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = hmac.compare_digest(given.encode(), token.encode())
    else:
        allowed = _is_this_machine(request.remote_addr or "") and not PROXIED & set(request.headers.keys())
    if not allowed:
        return Response("not allowed", 403, mimetype="text/plain")
    return Response(exposition(runtime), content_type=CONTENT_TYPE_LATEST)


def _is_this_machine(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    inner = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (inner or found).is_loopback
