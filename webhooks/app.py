"""The web application."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import NoReturn

from flask import Flask, Request, abort, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from bot.log import configure_logging
from bot.runtime import Runtime, build
from bot.settings import load_settings
from webhooks.api import api
from webhooks.desk.access import check_table
from webhooks.desk.board import SHARED_CARDS
from webhooks.desk.shared_cards import SharedCards
from webhooks.desk.views import desk
from webhooks.faults import answer_to
from webhooks.health import health
from webhooks.streams import STREAMS, Streams
from webhooks.twilio import MESSAGES, STATUS, TwilioCalls

MOST_BYTES = 2 * 1024 * 1024

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; media-src 'self'; "
        "connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}


class _PagesOnly(SecureCookieSessionInterface):
    """Sessions for the pages. Programs have none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith("/api/") else super().open_session(app, request)


def create_app(runtime: Runtime | None = None) -> Flask:
    """Build the application; without a runtime, from the settings of this process."""
    if runtime is None:
        settings = load_settings()
        configure_logging(settings.log)
        runtime = build(settings)
    app = Flask("webhooks")
    secure = runtime.settings.public_url.startswith("https://")
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,  # a campaign may be a file of 1 MB, and pasted as well
        SECRET_KEY=runtime.settings.secret_key,
        SESSION_COOKIE_NAME="__Host-callboard-visit" if secure else "callboard-visit",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )
    app.session_interface = _PagesOnly()
    app.extensions["callboard"] = runtime
    app.wsgi_app = TwilioCalls(runtime, app.wsgi_app)  # type: ignore[method-assign]
    if proxies := runtime.settings.trusted_proxies:
        # only who calls is taken from them: what Twilio signs and links begin with stands in the settings
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    for path in (MESSAGES, f"{STATUS}<public_id>"):
        app.url_map.add(app.url_rule_class(path, endpoint=path))  # for every method
        app.endpoint(path)(_only_posted)
    app.register_blueprint(health)
    app.register_blueprint(api)
    app.register_blueprint(desk)
    check_table(app)
    app.extensions[STREAMS] = Streams(runtime)
    app.extensions[SHARED_CARDS] = SharedCards()
    headers = {**HEADERS, **ONLY_TLS} if secure else HEADERS
    app.before_request(_refuse_nul)
    app.after_request(partial(_add_headers, headers))
    app.register_error_handler(Exception, _unexpected)
    return app


def _only_posted(**_: str) -> NoReturn:
    """Tell a browser that the address is right, and is called by Twilio (`TwilioCalls`)."""
    raise MethodNotAllowed(["POST"])


def _refuse_nul() -> None:
    """No address and no form of ours holds the character NUL, which PostgreSQL cannot even look for."""
    if "\0" in request.path:
        abort(404)
    if request.blueprint == desk.name and any(
        "\0" in text for name, given in request.values.lists() for text in (name, *given)
    ):
        abort(400, "A field holds a character that is no text.")


def _add_headers(headers: Mapping[str, str], response: Response) -> Response:
    """Tell browsers what a page may do."""
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response


def _unexpected(error: Exception) -> Response | HTTPException:
    return error if isinstance(error, HTTPException) else answer_to(error)
