"""Log in and out, with password."""

from threading import BoundedSemaphore

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.intake.passwords import check_password
from bot.intake.throttling import account_of, forget_failures, locked_until, note_failure
from bot.models import User
from bot.work import reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.addresses import inside
from webhooks.desk.signed_in import forget, remember
from webhooks.metrics import LOGIN_FAILURES

WRONG = "E-mail and password do not match."
HASHING = BoundedSemaphore(1)
"""One password at a time in a process: judging one is dear, and webhooks must find a thread meanwhile."""
PATIENCE_SECONDS = 0.3


@desk.get("/log-in")
def log_in() -> str:
    """Show the form."""
    return render_template("log_in.html", then=inside(request.args.get("then", "")), problem="")


@desk.post("/log-in")
def try_log_in() -> Response | tuple[str, int]:
    """Check the password; too many wrong ones make the next wait."""
    email = request.form.get("email", "")[:300]
    then = inside(request.form.get("then", ""))
    user, locked = _check(email, request.form.get("password", ""))
    if user is not None:
        remember(user)
        return redirect(then)
    problem = "Too many attempts. Wait a little and try again." if locked else WRONG
    return render_template("log_in.html", then=then, problem=problem, email=email), 429 if locked else 422


@desk.post("/log-out")
def log_out() -> Response:
    """End the log-in of this device."""
    forget()
    return redirect(url_for("desk.log_in"))


def _check(email: str, password: str) -> tuple[User | None, bool]:
    """Return the user, and whether log-ins are held back for a while.

    The password is judged in a transaction that only reads: it takes long, and SQLite has one writer.
    """
    subjects = (account_of(email), f"address:{request.remote_addr}")
    with reading(runtime()) as work:
        if any(locked_until(work, subject) for subject in subjects):
            runtime().tallies.count(LOGIN_FAILURES, reason="throttled")
            return None, True
        if not HASHING.acquire(timeout=PATIENCE_SECONDS):
            return None, True
        try:
            user = check_password(work, email, password)
        finally:
            HASHING.release()
    if user is None:
        runtime().tallies.count(LOGIN_FAILURES, reason="wrong")
    with unit_of_work(runtime()) as work:
        for subject in subjects:
            if user is None:
                note_failure(work, subject)
            else:
                forget_failures(work, subject)
    return user, False
