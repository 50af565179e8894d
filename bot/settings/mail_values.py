"""How the settings of mail become values. Pure; every reader raises `ValueError` with the remedy in it."""

import re
from dataclasses import dataclass, field
from email.utils import getaddresses
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
LONGEST_FROM = 320

_ADDRESS = re.compile(r"([\w.!#$%&'*+/=?^`{|}~-]{1,64})@([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)", re.ASCII)
"""A host alone is enough: within a house it often is `localhost`, or has no dot."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The mail server that takes our mails."""

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def read_smtp_url(text: str) -> str:
    """Check the address of a mail server; `smtp_server` takes it apart."""
    smtp_server(text)
    return text


def smtp_server(url: str) -> SmtpServer:
    """Read `smtp://HOST:25`, `smtp+starttls://USER:PASSWORD@HOST:587` or `smtps://…:465`. Raises `ValueError`."""
    remedy = "write smtp+starttls://USER:PASSWORD@HOST:587, smtps://…:465 or smtp://HOST:25"
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in PORTS:
        raise ValueError(remedy)
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else PORTS[scheme]
    except ValueError:
        raise ValueError(f"{remedy}; in a password write @, :, / and % as %40, %3A, %2F and %25") from None
    if not parts.hostname or not port or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{remedy}; in a password write @, :, /, ?, # and % as %40, %3A, %2F, %3F, %23 and %25")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("give user and password, or neither")
    return SmtpServer(scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))


def read_mail_from(text: str) -> str:
    """Read `Callboard <jobs@example.org>` or the bare address."""
    (name, address), *others = getaddresses([text]) or [("", "")]
    found = None if others else _ADDRESS.fullmatch(address)
    if found is None or re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", text) or len(text) > LONGEST_FROM:
        raise ValueError("write one address, such as jobs@example.org or Callboard <jobs@example.org>")
    plain = f"{found[1]}@{found[2].lower()}"
    return f"{name} <{plain}>" if name else plain
