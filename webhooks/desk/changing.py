"""What the forms about a person do: one transaction, what was refused told on the next page, and the way back."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import abort, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from bot.errors import Conflict, InvalidEvent, NotAllowed, NotFound
from bot.work import Work, unit_of_work
from webhooks.desk import runtime
from webhooks.desk.addresses import inside
from webhooks.desk.words import sentence


def is_done(act: Callable[[Work], object]) -> bool:
    """Do it in one transaction; of what is not there, 404. False: it was refused, and the next page says why."""
    try:
        with unit_of_work(runtime()) as work:
            act(work)
    except NotFound:
        abort(404)
    except (Conflict, InvalidEvent, NotAllowed) as error:
        flash(sentence(error))
        return False
    return True


def lead_back(home: str, **told: str) -> AnyResponse:
    """Lead to the page that the form names as `then`, else to *home*, with *told* in the query."""
    then = request.form.get("then", "")
    place, more = inside(then) if then else home, urlencode(told)
    return redirect(f"{place}{'&' if '?' in place else '?'}{more}" if more else place, 303)
