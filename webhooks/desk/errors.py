"""What a person sees when something is not there, not allowed, or went wrong: what happened, and what to do next."""

from flask import Response, render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, MethodNotAllowed, NotFound

from webhooks.desk import desk

MACHINES = ("/api/", "/webhooks/", "/health/", "/metrics", "/media/", "/static/")
"""Addresses that programs call: they get the bare status."""
WORDS = {
    400: ("This form cannot be taken", ""),
    403: ("That is not allowed", ""),
    404: ("There is no such page", "The address may be wrong, or what it showed is gone. The list of jobs has it all."),
    405: ("There is no such page", "Open it from the list of jobs."),
}


@desk.app_errorhandler(400)
@desk.app_errorhandler(403)
@desk.app_errorhandler(404)
@desk.app_errorhandler(405)
def show_error(error: BadRequest | Forbidden | NotFound | MethodNotAllowed) -> Response | HTTPException:
    """Show a page to people, and the bare status to programs."""
    if error.response is not None or request.path.startswith(MACHINES):
        return error
    title, advice = WORDS[error.code]
    advice = advice or str(error.description)
    return Response(render_template("error.html", title=title, advice=advice), error.code, mimetype="text/html")
