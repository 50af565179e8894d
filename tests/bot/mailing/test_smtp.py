"""Mails over the wire, to a real little server."""

import datetime as dt
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.adapters.mail import MailNotTaken, MailRefused, SmtpTransport
from bot.settings.mail_values import smtp_server
from tests.bot.mailing.smtp_server import Script, mail_server


def message() -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "Café <jobs@example.org>", "ann@example.org", "Olá"
    made.set_content("Bom dia\n.\n..dots\n")
    return made


def send(
    script: Script, scheme: str = "smtp", user: str = "", context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> None:
    server = smtp_server(f"{scheme}://{user}{host}:{script.port}")
    SmtpTransport(server, "callboard.example", context).send(message(), "jobs@example.org", "ann@example.org")


def test_a_mail_arrives_as_it_was_written() -> None:
    with mail_server() as script:
        send(script)
    [taken] = script.taken
    assert (taken.sender, taken.recipients) == ("jobs@example.org", ["ann@example.org"])
    assert (taken.message["Subject"], taken.message["From"]) == ("Olá", "Café <jobs@example.org>")
    assert taken.message.get_content().replace("\r\n", "\n") == "Bom dia\n.\n..dots\n"


@pytest.fixture(scope="session")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for `localhost`, and a client that trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  TLS has its own clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return _server_side(certificate, private), ssl.create_default_context(cafile=str(certificate))


def _server_side(certificate: Path, private: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return context


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_the_password_goes_over_tls(contexts: tuple[ssl.SSLContext, ssl.SSLContext], scheme: str) -> None:
    with mail_server(Script(context=contexts[0], at_once=scheme == "smtps")) as script:
        send(script, scheme, "user:secret@", contexts[1], "localhost")
    [taken] = script.taken
    assert taken.encrypted
    assert taken.user.startswith("PLAIN ")


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with mail_server(Script(context=contexts[0])) as script, pytest.raises(MailNotTaken, match="SSLCertVerification"):
        send(script, "smtp+starttls", "user:secret@", None, "localhost")
    assert "AUTH" not in script.commands
    assert script.taken == []


def test_a_server_without_tls_gets_no_password_that_was_to_go_over_it() -> None:
    with mail_server() as script, pytest.raises(MailRefused, match="STARTTLS"):
        send(script, "smtp+starttls", "user:secret@")
    assert "AUTH" not in script.commands


LATER = {"MAIL": b"451 4.3.0 later\r\n", "RCPT": b"450 4.2.1 <ann@example.org> busy\r\n", "DATA": b"421 4.3.2 closing\r\n",
         "END": b"452 4.3.1 full\r\n", "AUTH": b"535 5.7.8 no\r\n", "EHLO": b"", "QUIT": b""}  # fmt: skip


@pytest.mark.parametrize("command", [name for name in LATER if name != "QUIT"])
def test_what_is_not_taken_now_may_be_tried_again(command: str) -> None:
    user = "user:secret@" if command == "AUTH" else ""
    with mail_server(Script({command: LATER[command]})) as script, pytest.raises(MailNotTaken) as caught:
        send(script, user=user)
    assert "ann@" not in str(caught.value)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", b"553 5.1.8 no\r\n"),
        ("RCPT", b"550 5.1.1 <ann@example.org> unknown\r\n"),
        ("END", b"554 5.7.1 spam ann@example.org\r\n"),
    ],
)
def test_what_is_refused_says_with_which_code_and_no_address(command: str, answer: bytes) -> None:
    with mail_server(Script({command: answer})) as script, pytest.raises(MailRefused) as caught:
        send(script)
    assert str(caught.value) == f"the server refuses it ({answer[:9].decode()})"


def test_a_mail_that_was_taken_has_gone_even_if_the_server_then_hangs_up() -> None:
    with mail_server(Script({"QUIT": b""})) as script:
        send(script)
    assert len(script.taken) == 1


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with mail_server() as script:
        pass
    with pytest.raises(MailNotTaken, match="ConnectionRefusedError"):
        send(script)
