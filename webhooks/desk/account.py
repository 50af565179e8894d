"""One's own account: the password, and where one is logged in."""

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import InvalidEvent, NotFound
from bot.intake.invitations import tell_of_change
from bot.intake.passwords import hashed_password
from bot.intake.second_factors import has_second_factor, recovery_codes_left
from bot.intake.sign_ins import end_sign_in, end_sign_ins, list_sign_ins
from bot.intake.user_changes import keep_password
from bot.models import SignIn
from bot.work import reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.proving import HASHING, PATIENCE_SECONDS, TOO_MANY, Judged, judge_password
from webhooks.desk.rendering import page
from webhooks.desk.signed_in import current_actor, current_sign_in, renew_token

NOT_YOURS = "This is not your password."
CHANGED = "Your password was changed."


@desk.get("/account")
def account() -> Response:
    """Show the account of who is logged in."""
    return account_page({})


def account_page(faults: dict[str, str], status: int = 200) -> Response:
    """Show the account, with what is not right in a form of it."""
    with reading(runtime()) as work:
        devices = list_sign_ins(work, g.user.id, this_sign_in().id)
        has_factor = has_second_factor(work, g.user.id)
        codes_left = recovery_codes_left(work, g.user.id)
    return page(
        "people/account.html",
        status=status,
        faults=faults,
        devices=devices,
        has_factor=has_factor,
        codes_left=codes_left,
    )


def this_sign_in() -> SignIn:
    """Return the log-in of this device."""
    return current_sign_in() or abort(401)


def password_fault(field: str) -> tuple[dict[str, str], int]:
    """Ask for the password once more; return what is to be said by the field's name, nothing where it is right."""
    judged = judge_password(g.user, request.form.get(field, ""))
    if judged == Judged.RIGHT:
        return {}, 200
    return ({field: TOO_MANY}, 429) if judged == Judged.HELD_BACK else ({field: NOT_YOURS}, 422)


@desk.post("/account/password")
def change_password() -> Response:
    """Take another password; all other devices are logged out, and this one gets another token."""
    faults, status = password_fault("password")
    if faults:
        return account_page(faults, status)
    if not HASHING.acquire(timeout=PATIENCE_SECONDS):
        return account_page({"new_password": TOO_MANY}, 429)
    try:
        password_hash = hashed_password(request.form.get("new_password", ""), g.user.email, g.user.name)
    except InvalidEvent as error:
        return account_page({"new_password": f"{error}"}, 422)
    finally:
        HASHING.release()
    with unit_of_work(runtime()) as work:
        keep_password(work, g.user, password_hash, by=current_actor(), but=this_sign_in().id)
        tell_of_change(work, g.user, CHANGED)
    renew_token()
    flash(f"{CHANGED} All other devices are logged out.", "good")
    return redirect(url_for("desk.account"), 303)


@desk.post("/account/devices/<public_id>/end")
def end_device(public_id: str) -> Response:
    """Log one device out."""
    try:
        with unit_of_work(runtime()) as work:
            end_sign_in(work, g.user.id, public_id)
    except NotFound:
        flash("That device is logged out already.")
    return redirect(url_for("desk.account") + "#devices", 303)


@desk.post("/account/devices/end-others")
def end_other_devices() -> Response:
    """Log all other devices out."""
    with unit_of_work(runtime()) as work:
        ended = end_sign_ins(work, g.user.id, but=this_sign_in().id)
    flash(f"{ended} other {'device is' if ended == 1 else 'devices are'} logged out.", "good")
    return redirect(url_for("desk.account") + "#devices", 303)
