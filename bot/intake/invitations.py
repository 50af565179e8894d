"""How somebody comes to a password of their own choice: invited by an admin, or having forgotten the one before."""

from sqlalchemy import select

from bot.audit import Actor, record
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.passwords import NONE_YET, NOT_UTF_8
from bot.intake.signed_links import LASTS, make_link, use_link
from bot.intake.throttling import locked_until, note_failure
from bot.intake.user_changes import keep_password
from bot.intake.users import create_invited_user
from bot.mailing.letters import invitation, password_reset, security_notice
from bot.mailing.queueing import queue_mail
from bot.models import LinkPurpose, Role, User
from bot.work import Work

PATHS = {LinkPurpose.INVITATION: "invitation", LinkPurpose.PASSWORD_RESET: "new-password"}


def invite(work: Work, email: str, role: Role, name: str, *, by: Actor) -> str:
    """Make a user and send them a link; return their public id. Raises `InvalidEvent` (e-mail, name), `Conflict`."""
    public_id = create_invited_user(work, email, role, name, by)
    _send_invitation(work, user_of(work, public_id))
    return public_id


def invite_again(work: Work, public_id: str, *, by: Actor) -> None:
    """Send another link; the one before counts no more. Raises `NotFound`, `Conflict` (has a password, disabled)."""
    user = user_of(work, public_id)
    if user.password_hash != NONE_YET:
        raise Conflict("they have chosen a password already, and can ask for a new one at the log-in")
    if user.disabled_at is not None:
        raise Conflict("they may not log in: enable them first")
    _send_invitation(work, user)
    record(work, by, "user.invited_again", "user", public_id)


def ask_for_reset(work: Work, email: str) -> None:
    """Send who has that e-mail a link for a new password. Says nothing of whether there is such a user.

    Who asks often gets no mail for a while, so that nobody can flood a mailbox.
    """
    address = email.strip().lower()
    if NOT_UTF_8.search(address):
        return
    subject = f"reset:{address}"
    is_held_back = locked_until(work, subject) is not None
    note_failure(work, subject)
    if is_held_back:
        return
    user = work.session.execute(select(User).where(User.email == address)).scalar_one_or_none()
    if user is None or user.disabled_at is not None:
        return
    if user.password_hash == NONE_YET:
        _send_invitation(work, user)
        return
    link = _address(work, LinkPurpose.PASSWORD_RESET, user)
    queue_mail(work, user.email, password_reset(link, work.now + LASTS[LinkPurpose.PASSWORD_RESET]))


def choose_password(work: Work, purpose: LinkPurpose, token: str, password_hash: str, *, address: str) -> User:
    """Use a link: its user has the password of that hash from now on, and is logged in nowhere. Return the user.

    *address* is the network address from which it is done. Raises `NotFound` for a link that is not valid.
    """
    user = use_link(work, purpose, token)
    keep_password(work, user, password_hash, by=Actor(user.id, address=address))
    if purpose == LinkPurpose.PASSWORD_RESET:
        tell_of_change(work, user, "Your password was changed by a link that was sent to this address.")
    return user


def tell_of_change(work: Work, user: User, what: str) -> None:
    """Send a user word that what protects their account has changed (ASVS 6.3.7)."""
    try:
        queue_mail(work, user.email, security_notice(what, work.now, work.settings.public_url))
    except InvalidEvent:
        return  # an account that the command line made with an e-mail to which nobody can write


def _send_invitation(work: Work, user: User) -> None:
    link = _address(work, LinkPurpose.INVITATION, user)
    until = work.now + LASTS[LinkPurpose.INVITATION]
    queue_mail(work, user.email, invitation(work.settings.company, Role(user.role), link, until))


def _address(work: Work, purpose: LinkPurpose, user: User) -> str:
    return f"{work.settings.public_url}/{PATHS[purpose]}/{make_link(work, purpose, user.id)}"


def user_of(work: Work, public_id: str) -> User:
    """Return the user of a public id. Raises `NotFound`."""
    user = work.session.execute(select(User).where(User.public_id == public_id)).scalar_one_or_none()
    if user is None:
        raise NotFound(f"there is no user {public_id!r}")
    return user
