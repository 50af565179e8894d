"""Users, for admins: who there is, inviting, roles, and who may log in."""

import re
from collections.abc import Callable

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.audit import record
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.invitations import invite, invite_again, tell_of_change, user_of
from bot.intake.second_factors import remove_second_factor
from bot.intake.sign_ins import end_sign_ins, list_sign_ins
from bot.intake.user_changes import disable_user, enable_user, find_user, list_users, set_role
from bot.models import Role, User
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.rendering import page
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

ROLES = (
    (Role.ADMIN, "Admin", "Everything, users and settings included."),
    (Role.RECRUITER, "Recruiter", "Jobs, campaigns, candidates and all conversations."),
    (Role.HIRING_MANAGER, "Hiring manager", "Looks, moves, notes and rates in the jobs that are theirs."),
    (Role.VIEWER, "Viewer", "Looks at all jobs and changes nothing."),
)


@desk.get("/users")
def users() -> Response:
    """List all users."""
    return _users_page({}, {})


def _users_page(faults: dict[str, str], given: dict[str, str], status: int = 200) -> Response:
    with reading(runtime()) as work:
        found = list_users(work)
    sends = runtime().settings.smtp_url is not None
    unsafe = [each for each in found if each.role == Role.ADMIN and not each.disabled_at and not each.has_second_factor]
    return page(
        "people/users.html",
        status=status,
        users=found,
        roles=ROLES,
        faults=faults,
        given=given,
        sends=sends,
        unsafe=unsafe,
    )


@desk.post("/users")
def invite_user() -> Response:
    """Invite somebody by e-mail."""
    given = {name: request.form.get(name, "").strip()[:300] for name in ("email", "name", "role")}
    try:
        role = Role(given["role"])
    except ValueError:
        return _users_page({"role": "Choose a role"}, given, 422)
    try:
        with unit_of_work(runtime()) as work:
            invite(work, given["email"], role, given["name"], by=current_actor())
    except InvalidEvent as error:
        field = "name" if error.field == "name" else "email"
        words = {"name": "This cannot be a name", "email": "Write one address, such as maria@example.org"}
        return _users_page({field: words[field]}, given, 422)
    except Conflict:
        return _users_page({"email": "There is a user with this e-mail already"}, given, 422)
    flash(f"The invitation is {'on its way' if runtime().settings.smtp_url else 'in the mailbox'}.", "good")
    return redirect(url_for("desk.users"), 303)


@desk.get("/users/<public_id>")
def user(public_id: str) -> Response:
    """Show one user, with what an admin can do."""
    with reading(runtime()) as work:
        try:
            found = find_user(work, public_id)
        except NotFound:
            abort(404)
        devices = list_sign_ins(work, user_of(work, public_id).id, 0)
    return page("people/user.html", found=found, devices=devices, roles=ROLES, is_oneself=found.email == g.user.email)


@desk.post("/users/<public_id>/role")
def change_role(public_id: str) -> Response:
    """Give a user another role."""
    try:
        role = Role(request.form.get("role", ""))
    except ValueError:
        abort(400, "There is no such role. Go back, reload the page and choose one of the list.")
    return _do(
        public_id,
        lambda work, one: set_role(work, one.email, role, by=current_actor()),
        "Their role is changed, and they log in anew.",
    )


@desk.post("/users/<public_id>/disable")
def disable(public_id: str) -> Response:
    """Log a user out and refuse their log-in."""
    return _do(
        public_id,
        lambda work, one: disable_user(work, one.email, by=current_actor()),
        "They are logged out, and may not log in.",
    )


@desk.post("/users/<public_id>/enable")
def enable(public_id: str) -> Response:
    """Let a user log in again."""
    return _do(public_id, lambda work, one: enable_user(work, one.email, by=current_actor()), "They may log in again.")


@desk.post("/users/<public_id>/log-out")
def log_user_out(public_id: str) -> Response:
    """Log a user out on all devices."""
    return _do(public_id, _log_out, "They are logged out everywhere.")


@desk.post("/users/<public_id>/remove-second-factor")
def remove_factor_of(public_id: str) -> Response:
    """Let a user log in without a code, as their phone is lost."""
    return _do(public_id, _remove_factor, "Their second factor is removed: they log in with the password alone.")


@desk.post("/users/<public_id>/invite")
def invite_user_again(public_id: str) -> Response:
    """Send another invitation."""
    where = "on its way" if runtime().settings.smtp_url else "in the mailbox"
    return _do(
        public_id,
        lambda work, one: invite_again(work, one.public_id, by=current_actor()),
        f"Another invitation is {where}; the link before it works no more.",
    )


def _do(public_id: str, deed: Callable[[Work, User], object], done: str) -> Response:
    """Do something to a user, and say that it is done or why it cannot be."""
    try:
        with unit_of_work(runtime()) as work:
            deed(work, user_of(work, public_id))
    except NotFound:
        abort(404)
    except Conflict as error:
        flash(_sentence(str(error)))
    else:
        flash(done, "good")
    return redirect(url_for("desk.user", public_id=public_id), 303)


def _log_out(work: Work, one: User) -> None:
    end_sign_ins(work, one.id)
    record(work, current_actor(), "user.logged_out_everywhere", "user", one.public_id)


def _remove_factor(work: Work, one: User) -> None:
    remove_second_factor(work, one.id, one.public_id, by=current_actor())
    tell_of_change(work, one, "An administrator has removed the second factor from your account.")


def _sentence(words: str) -> str:
    """Write an error as a sentence; what the command line would do is not for this page."""
    plain = re.sub(r" \(callboard [^)]*\)", "", words)
    return sentence(plain)
