"""Telling administrators by mail that an endpoint was given up: nobody looks at a page for what does not come."""

from sqlalchemy import select

from bot.errors import InvalidEvent
from bot.mailing.letters import endpoint_disabled
from bot.mailing.queueing import queue_mail
from bot.models import Role, User
from bot.outgoing.addresses import read_target
from bot.work import Work


def tell_administrators(work: Work, endpoint_id: str, url: str, reason: str) -> None:
    """Write to everybody who can enable it again. Of the address only the host: the rest may hold what is secret."""
    letter = endpoint_disabled(_host(url), reason, f"{work.settings.public_url}/settings/webhooks/{endpoint_id}")
    admins = select(User.email).where(User.role == Role.ADMIN, User.disabled_at.is_(None)).order_by(User.id)
    for email in work.connection.execute(admins).scalars().all():
        queue_mail(work, email, letter)


def _host(url: str) -> str:
    try:
        return read_target(url).host
    except InvalidEvent:  # one that was right when it was entered
        return "an address"
