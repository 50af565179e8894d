"""The settings of mail."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import read_settings
from bot.settings.mail_values import SmtpServer, read_mail_from, smtp_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", SmtpServer("smtp", "mail.example.org", 25)),
        ("smtp+starttls://u:p@h", SmtpServer("smtp+starttls", "h", 587, "u", "p")),
        ("smtps://u%40h:p%3A%2F@[::1]:2465/", SmtpServer("smtps", "::1", 2465, "u@h", "p:/")),
    ],
)
def test_the_address_of_a_mail_server_says_how_it_is_reached(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server


WRONG = ["mail.example.org", "http://h", "smtp://", "smtp://h:x", "smtp://h:0", "smtp://h:99999", "smtp://h/path",
         "smtp://h?x=1", "smtp://user@h", "smtp://:password@h", "smtp://u:p#w@h"]  # fmt: skip


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_address_of_a_mail_server_is_refused_with_the_remedy(url: str) -> None:
    with pytest.raises(ValueError, match=r"smtp\+starttls://|user and password"):
        smtp_server(url)


def test_the_sender_of_mails_may_have_a_name() -> None:
    assert read_mail_from("jobs@Example.org") == "jobs@example.org"
    assert read_mail_from("Café Jobs <jobs@example.org>") == "Café Jobs <jobs@example.org>"
    for wrong in (
        "",
        "jobs",
        "jobs@",
        "a@b, c@d",
        "Jobs\r\nBcc: x@y <a@b.example>",
        "Jobs\u2028 <a@b.example>",
        "x" * 400,
    ):
        with pytest.raises(ValueError, match="write one address"):
            read_mail_from(wrong)


def test_with_a_mail_server_the_sender_must_be_named_and_no_password_is_shown(tmp_path: Path) -> None:
    given = {"CALLBOARD_DATA_DIR": str(tmp_path), "SMTP_URL": "smtp://u:planted-secret@h"}
    with pytest.raises(SettingsError, match="MAIL_FROM: missing, as SMTP_URL is set"):
        read_settings(given)
    settings = read_settings({**given, "MAIL_FROM": "jobs@example.org"})
    assert settings.mail_from == "jobs@example.org"
    assert "planted-secret" not in repr(settings)
    assert "planted-secret" not in repr(smtp_server(given["SMTP_URL"]))
