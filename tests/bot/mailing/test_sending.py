"""Mails on their way: sent once, tried again where that helps, given up with a reason; no header can be smuggled in."""

from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from bot.adapters.mail import MailNotTaken, MailRefused
from bot.errors import InvalidEvent
from bot.mailing.queueing import TASK, Letter, forget_old_mails, queue_mail
from bot.mailing.sending import DELAYS
from bot.models import Mail
from bot.queue import InlineQueue
from bot.runtime import Runtime
from bot.sweeps import send_mails
from bot.work import reading, unit_of_work
from tests.bot.intake.people import later
from tests.conftest import Build

LETTER = Letter(
    "invitation", "Welcome – olá", "Come to https://x/secret-token\n", "<p>Come</p>", {"Reply-To": "maria@example.org"}
)


class Post:
    """A mail server in memory."""

    def __init__(self) -> None:
        self.taken: list[tuple[EmailMessage, str, str]] = []
        self.fault: Exception | None = None

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        if self.fault:
            raise self.fault
        self.taken.append((message, sender, recipient))


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def runtime(build_runtime: Build, post: Post) -> Runtime:
    made = build_runtime(SMTP_URL="smtp://mail.example.org", MAIL_FROM="Café Jobs <jobs@example.org>")
    return replace(made, mail=post)


def write(runtime: Runtime, recipient: str = "ann@example.org", letter: Letter = LETTER) -> str:
    with unit_of_work(runtime) as work:
        return queue_mail(work, recipient, letter)


def row(runtime: Runtime) -> Any:
    with reading(runtime) as work:
        return work.session.execute(select(Mail)).scalar_one()


def test_a_mail_is_sent_when_its_transaction_has_committed(runtime: Runtime, post: Post) -> None:
    public_id = write(runtime)
    assert isinstance(runtime.queue, InlineQueue)
    assert runtime.queue.is_waiting(TASK)
    assert "secret-token" not in str(vars(row(runtime)))
    runtime.queue.drain(runtime)
    [(message, sender, recipient)] = post.taken
    assert (sender, recipient) == ("jobs@example.org", "ann@example.org")
    assert (message["Subject"], message["From"], message["Reply-To"]) == (
        "Welcome – olá",
        "Café Jobs <jobs@example.org>",
        "maria@example.org",
    )
    assert message["Message-ID"] == f"<{public_id}@example.org>"
    assert "secret-token" in message.get_body(("plain",)).get_content()
    assert message.get_body(("html",)).get_content().strip() == "<p>Come</p>"
    assert (row(runtime).status, row(runtime).sealed_body, row(runtime).attempts) == ("sent", "", 1)
    send_mails(runtime)
    assert len(post.taken) == 1


def test_what_is_not_taken_is_tried_again_later_and_given_up_in_the_end(runtime: Runtime, post: Post) -> None:
    write(runtime)
    post.fault = MailNotTaken("the server cannot be reached (TimeoutError)")
    for attempt, delay in enumerate(DELAYS, start=1):
        send_mails(runtime)
        send_mails(runtime)
        assert (row(runtime).status, row(runtime).attempts) == ("queued", attempt)
        later(runtime, seconds=delay.total_seconds())
    send_mails(runtime)
    assert (row(runtime).status, row(runtime).error) == ("failed", "the server cannot be reached (TimeoutError)")
    assert row(runtime).sealed_body == ""


def test_one_that_is_put_off_goes_later_and_under_the_same_id(runtime: Runtime, post: Post) -> None:
    public_id = write(runtime)
    post.fault = MailNotTaken("busy")
    send_mails(runtime)
    post.fault = None
    later(runtime, minutes=1)
    send_mails(runtime)
    assert [message["Message-ID"] for message, _, _ in post.taken] == [f"<{public_id}@example.org>"]
    assert (row(runtime).status, row(runtime).error) == ("sent", "")


def test_what_is_refused_is_given_up_at_once_and_holds_up_nobody(runtime: Runtime, post: Post) -> None:
    write(runtime)
    post.fault = MailRefused("the server refuses it (550 5.1.1)")
    send_mails(runtime)
    assert (row(runtime).status, row(runtime).error) == ("failed", "the server refuses it (550 5.1.1)")
    post.fault = None
    write(runtime, "ben@example.org")
    send_mails(runtime)
    assert len(post.taken) == 1


def test_a_mail_whose_sender_was_killed_is_taken_over(runtime: Runtime, post: Post) -> None:
    class KilledError(BaseException):
        pass

    write(runtime)
    post.fault = KilledError()  # type: ignore[assignment]
    with pytest.raises(KilledError):
        send_mails(runtime)
    post.fault = None
    send_mails(runtime)
    assert (row(runtime).status, post.taken) == ("sending", [])
    later(runtime, minutes=2)
    send_mails(runtime)
    assert (row(runtime).status, len(post.taken)) == ("sent", 1)


def test_without_a_server_a_mail_stays_in_the_local_mailbox(build_runtime: Build) -> None:
    runtime = build_runtime()
    write(runtime)
    send_mails(runtime)
    assert (row(runtime).status, row(runtime).attempts) == ("kept", 0)
    assert isinstance(runtime.queue, InlineQueue)
    assert not runtime.queue.waiting
    later(runtime, days=31)
    with unit_of_work(runtime) as work:
        forget_old_mails(work)
    with reading(runtime) as work:
        assert not work.connection.execute(select(Mail.id)).all()


def test_a_mail_sealed_with_another_key_fails_with_the_remedy(runtime: Runtime, post: Post) -> None:
    write(runtime)
    other = replace(runtime, settings=replace(runtime.settings, secret_key="z" * 32))
    send_mails(other)
    assert row(runtime).status == "failed"
    assert "CALLBOARD_SECRET_KEY" in row(runtime).error


BREAKS = ["\n", "\r", "\r\n", "\0", "\x85", "\u2028", "\u2029", "\x0b", "\x0c"]


@pytest.mark.parametrize("character", BREAKS)
def test_no_line_break_gets_into_a_header(runtime: Runtime, character: str) -> None:
    smuggled = f"x{character}Bcc: evil@example.org"
    with pytest.raises(InvalidEvent):
        write(runtime, f"ann@example.org{character}Bcc: evil@example.org")
    with pytest.raises(InvalidEvent):
        write(runtime, letter=replace(LETTER, subject=smuggled))
    with pytest.raises(InvalidEvent):
        write(runtime, letter=replace(LETTER, headers={"Reply-To": smuggled}))


NO_MAILBOX = [
    "",
    "ann",
    "a@b.example, c@d.example",
    "Ann <a@b.example>",
    "<a@b.example>",
    "a@b@c",
    "a@b.example;c@d.example",
]


@pytest.mark.parametrize("recipient", NO_MAILBOX)
def test_a_mail_goes_to_one_mailbox(runtime: Runtime, recipient: str) -> None:
    with pytest.raises(InvalidEvent):
        write(runtime, recipient)


@pytest.mark.parametrize("name", ["Bcc: x", "to", "From", "SUBJECT", "X Y", ""])
def test_no_header_of_our_own_can_be_set_from_outside(runtime: Runtime, name: str) -> None:
    with pytest.raises(InvalidEvent):
        write(runtime, letter=replace(LETTER, headers={name: "x"}))
