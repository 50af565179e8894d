"""Sending the mails that are due: claimed, handed over outside any transaction, and what came of it written down."""

import logging
from datetime import timedelta
from email.utils import parseaddr

from sqlalchemy import or_, select, update

from bot.adapters.mail import MailFault, MailNotTaken, MailTransport
from bot.log import log_event
from bot.mailing.queueing import message_of
from bot.models import Mail, MailStatus
from bot.runtime import Runtime
from bot.secrets_at_rest import Unreadable
from bot.work import unit_of_work

LEASE = timedelta(minutes=2)
"""A mail that is being sent for so long belongs to a process that is dead; it may then go twice, by the same id."""
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
"""After each attempt; the last one is given up with. A reset lasts an hour, an invitation a week."""
MOST_AT_ONCE = 50

_LOG = logging.getLogger(__name__)


def send_mails(runtime: Runtime) -> None:
    """Send what is due, unless mails stay in the house. A server that does not answer is left alone until next time."""
    transport = runtime.mail
    for _ in range(MOST_AT_ONCE if transport else 0):
        mail = _claim(runtime)
        if transport is None or mail is None or not _send(runtime, transport, mail) or runtime.stopping.is_set():
            return


def _claim(runtime: Runtime) -> Mail | None:
    """Take the mail that has waited longest. Of two at once, one gets it."""
    with unit_of_work(runtime) as work:
        due = or_(Mail.status == MailStatus.QUEUED, Mail.status == MailStatus.SENDING)
        found = select(Mail.id).where(due, Mail.not_before <= work.now).order_by(Mail.not_before).limit(1)
        claimed = (
            update(Mail)
            .where(Mail.id.in_(work.connection.execute(found.with_for_update(skip_locked=True)).scalars().all()))
            .values(status=MailStatus.SENDING, attempts=Mail.attempts + 1, not_before=work.now + LEASE)
            .returning(Mail)
        )
        return work.session.execute(claimed).scalar_one_or_none()


def _send(runtime: Runtime, transport: MailTransport, mail: Mail) -> bool:
    """Try one mail; False where it is of no use to try another now."""
    try:
        message = message_of(runtime.settings.secret_key, mail)
        transport.send(message, parseaddr(mail.sender)[1], mail.recipient)
    except MailNotTaken as error:
        _put_off(runtime, mail, error)
        return False
    except (MailFault, Unreadable, ValueError) as error:
        _give_up(runtime, mail, error)
        return True
    with unit_of_work(runtime) as work:
        sent = update(Mail).where(Mail.id == mail.id, Mail.attempts == mail.attempts)
        work.connection.execute(sent.values(status=MailStatus.SENT, sent_at=work.now, sealed_body="", error=""))
    return True


def _put_off(runtime: Runtime, mail: Mail, error: MailNotTaken) -> None:
    if mail.attempts > len(DELAYS):
        _give_up(runtime, mail, error)
        return
    log_event(_LOG, "mail_put_off", level=logging.WARNING, error=error, attempt=mail.attempts)
    with unit_of_work(runtime) as work:
        later = work.now + DELAYS[mail.attempts - 1]
        again = update(Mail).where(Mail.id == mail.id, Mail.attempts == mail.attempts)
        work.connection.execute(again.values(status=MailStatus.QUEUED, not_before=later, error=str(error)))


def _give_up(runtime: Runtime, mail: Mail, error: Exception) -> None:
    log_event(_LOG, "mail_failed", level=logging.ERROR, error=error, attempt=mail.attempts)
    told = str(error) if isinstance(error, MailFault | Unreadable) else "it cannot be put together"
    with unit_of_work(runtime) as work:
        failed = update(Mail).where(Mail.id == mail.id, Mail.attempts == mail.attempts)
        work.connection.execute(failed.values(status=MailStatus.FAILED, sealed_body="", error=told))
