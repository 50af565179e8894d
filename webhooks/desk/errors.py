"""What a person sees when something is not there, not allowed, or went wrong: what happened, and what to do next."""

import logging

from flask import Response, g, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from bot.errors import BotError, NotFound
from bot.log import log_event
from webhooks.desk import desk
from webhooks.desk.signed_in import current_user
from webhooks.desk.words import sentence

MACHINES = ("/api/", "/webhooks/", "/health/", "/metrics", "/media/", "/static/")
"""Addresses that programs call: they get the bare status."""
WORDS = {
    400: ("This form cannot be taken", ""),
    403: ("That is not allowed", ""),
    404: ("There is no such page", "The address may be wrong, or what it showed is gone. The list of jobs has it all."),
    405: ("There is no such page", "Open it from the list of jobs."),
    409: ("That cannot be done now", ""),
    413: ("That is too large", "Go back and choose a smaller file, or a part of it."),
    500: (
        "Something went wrong on our side",
        "It has been noted, and nothing was left half done. Go back and try again.",
    ),
}
_LOG = logging.getLogger(__name__)


@desk.app_errorhandler(400)
@desk.app_errorhandler(403)
@desk.app_errorhandler(404)
@desk.app_errorhandler(405)
@desk.app_errorhandler(413)
def show_error(error: HTTPException) -> Response | HTTPException:
    """Show a page to people, and the bare status to programs."""
    if error.response is not None or request.path.startswith(MACHINES):
        return error
    return _page(error.code or 500, str(error.description))


@desk.errorhandler(BotError)
def refuse(error: BotError) -> Response:
    """What a view had not expected to be refused, mostly as somebody else was faster: say why. Nothing was changed."""
    return _page(404, "") if isinstance(error, NotFound) else _page(409, sentence(error))


@desk.errorhandler(Exception)
def show_fault(error: Exception) -> Response | HTTPException:
    """A fault of ours: say nothing of it to the person, and all of it to the log."""
    if isinstance(error, HTTPException):
        return error
    log_event(_LOG, "request_failed", level=logging.ERROR, error=error)
    return _page(500, "")


def _page(code: int, description: str) -> Response:
    """Write the page, with the way back for who is logged in; also where no view has asked who that is."""
    if "user" not in g:
        try:
            g.user = current_user()
        except SQLAlchemyError:
            g.user = None  # the database is the trouble: the page must come all the same
    title, advice = WORDS[code]
    page = render_template("error.html", title=title, advice=advice or description)
    return Response(page, code, mimetype="text/html")
