"""One's own second factor: begun with a QR code, in force with its first code, removed with the password."""

import segno
from flask import flash, g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from bot.errors import Conflict, InvalidEvent
from bot.intake.invitations import tell_of_change
from bot.intake.second_factors import (
    address_for_app,
    begin_second_factor,
    begun_seed,
    confirm_second_factor,
    remove_second_factor,
    renew_recovery_codes,
)
from bot.work import reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.account import account_page, password_fault, this_sign_in
from webhooks.desk.rendering import page
from webhooks.desk.signed_in import current_actor, renew_token


@desk.post("/account/second-factor/begin")
def begin_factor() -> Response:
    """Make a secret for the app, once the password has been given again."""
    faults, status = password_fault("factor_password")
    if faults:
        return account_page(faults, status)
    try:
        with unit_of_work(runtime()) as work:
            begin_second_factor(work, g.user)
    except Conflict:
        flash("You have a second factor already.")
        return redirect(url_for("desk.account"), 303)
    return redirect(url_for("desk.factor"), 303)


@desk.get("/account/second-factor")
def factor() -> Response:
    """Show the QR code, and ask for the first code."""
    return _factor_page({})


def _factor_page(faults: dict[str, str], status: int = 200) -> Response:
    with reading(runtime()) as work:
        seed = begun_seed(work, g.user.id)
    if seed is None:
        return redirect(url_for("desk.account") + "#second-factor", 303)
    spaced = " ".join(seed[start : start + 4] for start in range(0, len(seed), 4))
    picture = qr_code(address_for_app(seed, g.user.email))
    return page("people/factor.html", status=status, faults=faults, picture=picture, seed=spaced)


@desk.post("/account/second-factor")
def confirm_factor() -> Response:
    """Take the first code of the app; from now on it is asked for. Show the recovery codes, once."""
    try:
        with unit_of_work(runtime()) as work:
            code = request.form.get("code", "")
            codes = confirm_second_factor(work, g.user, code, by=current_actor(), but=this_sign_in().id)
            tell_of_change(work, g.user, "A second factor was added to your account.")
    except InvalidEvent:
        return _factor_page({"code": "This is not the code that the app shows now. Wait for the next one."}, 422)
    except Conflict:
        return redirect(url_for("desk.account"), 303)
    renew_token()
    return page("people/recovery_codes.html", codes=codes, is_new=True)


@desk.post("/account/second-factor/codes")
def renew_codes() -> Response:
    """Make new recovery codes, and show them once."""
    faults, status = password_fault("codes_password")
    if faults:
        return account_page(faults, status)
    with unit_of_work(runtime()) as work:
        codes = renew_recovery_codes(work, g.user, by=current_actor())
        tell_of_change(work, g.user, "New recovery codes were made for your account.")
    return page("people/recovery_codes.html", codes=codes, is_new=False)


@desk.post("/account/second-factor/remove")
def remove_factor() -> Response:
    """Ask for no code any more, once the password has been given again."""
    faults, status = password_fault("remove_password")
    if faults:
        return account_page(faults, status)
    with unit_of_work(runtime()) as work:
        remove_second_factor(work, g.user.id, g.user.public_id, by=current_actor(), but=this_sign_in().id)
        tell_of_change(work, g.user, "The second factor was removed from your account.")
    renew_token()
    flash("Your second factor is removed. Other devices are logged out.", "good")
    return redirect(url_for("desk.account"), 303)


def qr_code(text: str) -> Markup:
    """Draw a QR code, dark on light in either theme, as cameras want it."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return Markup(drawn)  # noqa: S704  made by us from numbers
