"""What is answered where something of ours has failed: nothing of it to the caller, and all of it to the log."""

import logging

from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from bot.log import log_event

_LOG = logging.getLogger(__name__)


def answer_to(error: Exception) -> Response:
    """Note a fault of ours; return 503, to be tried again, where the database cannot be reached, and 500 otherwise."""
    log_event(_LOG, "request_failed", level=logging.ERROR, error=error)
    if isinstance(error, OperationalError):
        said = "The database cannot be reached at the moment. Try again shortly."
        return Response(said, 503, {"Retry-After": "5"}, mimetype="text/plain")
    return Response("Something went wrong on our side; it has been noted.", 500, mimetype="text/plain")
