"""The wire by which mails leave the house."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import urlsplit

from bot.errors import BotError
from bot.settings import Settings
from bot.settings.mail_values import SmtpServer, smtp_server

TIMEOUT_SECONDS = 15
LONGEST_ANSWER = 200
REFUSED = range(500, 600)


class MailFault(BotError):
    """A mail has not gone; the message says why, without addresses."""


class MailNotTaken(MailFault):
    """The server cannot be reached, is busy, or will not have us: it is worth trying again."""


class MailRefused(MailFault):
    """The server will not take this mail, however often it is tried."""


class MailTransport(Protocol):
    """Takes a mail to its recipient's server. Safe to share between threads."""

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand the mail over. Raises `MailNotTaken` or `MailRefused`."""
        ...


class SmtpTransport:
    """Hands each mail to one server, over a connection of its own: they are few."""

    def __init__(self, server: SmtpServer, own_name: str, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._own_name = own_name
        self._context = context

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        with _told(recipient), self._connected() as client:
            client.send_message(message, sender, [recipient])

    def check(self) -> None:
        """Connect and log in, and send nothing. Raises `MailFault`."""
        with _told(""), self._connected() as client:
            client.noop()

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._server
        context = self._context or ssl.create_default_context()
        where = (server.host, server.port, self._own_name)
        if server.scheme == "smtps":
            client: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=TIMEOUT_SECONDS, context=context)
        else:
            client = smtplib.SMTP(*where, timeout=TIMEOUT_SECONDS)
        try:
            if server.scheme == "smtp+starttls":
                client.starttls(context=context)
            if server.user:
                client.login(server.user, server.password)
            yield client
            _say_goodbye(client)
        finally:
            client.close()


@contextmanager
def _told(recipient: str) -> Iterator[None]:
    """Turn what goes wrong into what it means."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        raise _fault(*error.recipients[recipient]) from None
    except smtplib.SMTPAuthenticationError as error:
        raise MailNotTaken(f"the server does not accept user and password of SMTP_URL ({error.smtp_code})") from None
    except smtplib.SMTPResponseException as error:
        raise _fault(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError:
        raise MailRefused("the server lacks what this mail needs: STARTTLS, log-in, or addresses in UTF-8") from None
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotTaken(f"the server cannot be reached ({type(error).__name__})") from None


def _say_goodbye(client: smtplib.SMTP) -> None:
    """End politely. The mail has been taken by now, so nothing that happens here may count against it."""
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        return


def _fault(code: int, answer: bytes | str) -> MailFault:
    """Tell what an answer means. Its words often quote the address, so only their first code is told."""
    words = answer if isinstance(answer, str) else answer.decode("ascii", "replace")
    enhanced = words[:LONGEST_ANSWER].split(" ")[0]
    told = f"{code} {enhanced}" if enhanced.replace(".", "").isdecimal() else str(code)
    if code in REFUSED:
        return MailRefused(f"the server refuses it ({told})")
    return MailNotTaken(f"the server does not take it now ({told})")


def mail_transport(settings: Settings) -> MailTransport | None:
    """Return the way out for mails; None where they stay in the local mailbox."""
    if settings.smtp_url is None:
        return None
    return SmtpTransport(smtp_server(settings.smtp_url), urlsplit(settings.public_url).hostname or "localhost")
