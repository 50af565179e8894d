"""Whether it is alive, whether it is ready, and how it does."""

import hmac

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from bot.migrate import is_current
from bot.runtime import Runtime
from webhooks.metrics import exposition

health = Blueprint("health", __name__)


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
        allowed = request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
    if not allowed:
        return Response("not allowed", 403, mimetype="text/plain")
    return Response(exposition(runtime), mimetype="text/plain")
