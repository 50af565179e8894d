"""Log in and out: by password, and by a code where the user has a second factor."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.intake.second_factors import Proof, has_second_factor, recovery_codes_left
from bot.work import reading
from webhooks.desk import desk, runtime
from webhooks.desk.addresses import inside
from webhooks.desk.proving import TOO_MANY, judge_code, judge_log_in
from webhooks.desk.rendering import page
from webhooks.desk.signed_in import forget, half_signed_in, remember, remember_half

WRONG = "E-mail and password do not match."
WRONG_CODE = "This code is not right, or was used already. Wait for the next one."


@desk.get("/log-in")
def log_in() -> Response:
    """Show the form."""
    return page("people/log_in.html", then=inside(request.args.get("then", "")), problem="")


@desk.post("/log-in")
def try_log_in() -> Response:
    """Check the password; too many wrong ones make the next wait."""
    email = request.form.get("email", "")[:300]
    then = inside(request.form.get("then", ""))
    user, held_back = judge_log_in(email, request.form.get("password", ""))
    if user is None:
        problem, status = (TOO_MANY, 429) if held_back else (WRONG, 422)
        return page("people/log_in.html", status=status, then=then, problem=problem, email=email)
    with reading(runtime()) as work:
        asks_for_code = has_second_factor(work, user.id)
    if asks_for_code:
        remember_half(user)
        return redirect(url_for("desk.ask_code", then=then))
    remember(user, "password")
    return redirect(then)


@desk.get("/log-in/code")
def ask_code() -> Response:
    """Ask for the code of the second factor."""
    then = inside(request.args.get("then", ""))
    if half_signed_in() is None:
        return redirect(url_for("desk.log_in", then=then))
    return page("people/code.html", then=then, problem="")


@desk.post("/log-in/code")
def try_code() -> Response:
    """Check the code; the log-in then goes on under another token."""
    then = inside(request.form.get("then", ""))
    user = half_signed_in()
    if user is None:
        return redirect(url_for("desk.log_in", then=then))
    proof, held_back = judge_code(user, request.form.get("code", ""))
    if proof is None:
        problem, status = (TOO_MANY, 429) if held_back else (WRONG_CODE, 422)
        return page("people/code.html", status=status, then=then, problem=problem)
    remember(user, proof)
    if proof == Proof.RECOVERY_CODE:
        _say_what_is_left(user.id)
    return redirect(then)


def _say_what_is_left(user_id: int) -> None:
    with reading(runtime()) as work:
        left = recovery_codes_left(work, user_id)
    flash(f"That recovery code is used up; you have {left} left. New ones are made under My account.")


@desk.post("/log-out")
def log_out() -> Response:
    """End the log-in of this device."""
    forget()
    return redirect(url_for("desk.log_in"))
