"""Invitations and new passwords: links that work once, for one thing, and say nothing to strangers."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from bot.audit import Actor
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.invitations import ask_for_reset, choose_password, invite, invite_again
from bot.intake.passwords import check_password, hashed_password
from bot.intake.sign_ins import begin_sign_in, find_sign_in
from bot.intake.signed_links import find_link, forget_old_links
from bot.intake.user_changes import disable_user, list_users, set_password
from bot.mailing.queueing import message_of
from bot.models import LinkPurpose, Mail, Role, SignedLink, User
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.bot.intake.people import PASSWORD, later, make_user, rows

ANN, BEN = "ann@example.org", "ben@example.org"
NEW = "four unrelated words"
INVITATION, RESET = LinkPurpose.INVITATION, LinkPurpose.PASSWORD_RESET


def mails(runtime: Runtime) -> list[tuple[str, str]]:
    """Return to whom mails went, and with which text."""
    with reading(runtime) as work:
        found = work.session.execute(select(Mail).order_by(Mail.id)).scalars().all()
    messages = [message_of(runtime.settings.secret_key, mail) for mail in found]
    return [(message["To"], message.get_body(("plain",)).get_content()) for message in messages]


def token_in(text: str, path: str) -> str:
    found = re.search(rf"http://localhost:8000/{path}/([\w-]{{43}})\s", text)
    assert found, text
    return found[1]


def invited(runtime: Runtime, role: Role = Role.RECRUITER) -> str:
    """Invite Ben; return the token."""
    by = Actor(make_user(runtime))
    with unit_of_work(runtime) as work:
        invite(work, BEN, role, "Ben", by=by)
    return token_in(mails(runtime)[-1][1], "invitation")


def reset(runtime: Runtime, email: str = ANN) -> str:
    with unit_of_work(runtime) as work:
        ask_for_reset(work, email)
    return token_in(mails(runtime)[-1][1], "new-password")


def choose(runtime: Runtime, purpose: LinkPurpose, token: str, password: str = NEW) -> None:
    password_hash = hashed_password(password, ANN, BEN)
    with unit_of_work(runtime) as work:
        choose_password(work, purpose, token, password_hash, address="203.0.113.9")


def may_log_in(runtime: Runtime, email: str, password: str) -> bool:
    with reading(runtime) as work:
        return check_password(work, email, password) is not None


def test_who_is_invited_chooses_a_password_and_logs_in(runtime: Runtime) -> None:
    token = invited(runtime)
    recipient, text = mails(runtime)[-1]
    assert recipient == BEN
    assert "as a recruiter" in text
    assert "until Monday 9 March 2026, 09:00 UTC" in text
    assert not may_log_in(runtime, BEN, "")
    with reading(runtime) as work:
        assert [row.is_invited for row in list_users(work)] == [False, True]
        assert find_link(work, INVITATION, token).email == BEN
        assert find_link(work, INVITATION, token).email == BEN  # looking uses nothing up
    choose(runtime, INVITATION, token)
    assert may_log_in(runtime, BEN, NEW)
    with pytest.raises(NotFound):
        choose(runtime, INVITATION, token, "another of my own")
    assert may_log_in(runtime, BEN, NEW)


def test_a_password_that_will_not_do_does_not_use_the_link_up(runtime: Runtime) -> None:
    token = invited(runtime)
    for password in ("short", "password1", f"{BEN}", "x" * 201, "iloveyou123"):
        with pytest.raises(InvalidEvent):
            choose(runtime, INVITATION, token, password)
    choose(runtime, INVITATION, token)


def test_a_new_password_ends_log_ins_and_is_told(runtime: Runtime) -> None:
    ann = make_user(runtime)
    with unit_of_work(runtime) as work:
        cookie = begin_sign_in(work, ann, "")
    token = reset(runtime, " ANN@example.org ")
    assert may_log_in(runtime, ANN, PASSWORD)
    choose(runtime, RESET, token)
    assert (may_log_in(runtime, ANN, PASSWORD), may_log_in(runtime, ANN, NEW)) == (False, True)
    with reading(runtime) as work:
        assert find_sign_in(work, cookie) is None
    assert "Your password was changed" in mails(runtime)[-1][1]


def test_a_link_to_a_new_password_ends_with_the_password_that_it_was_asked_for(runtime: Runtime) -> None:
    make_user(runtime)
    token = reset(runtime)
    with unit_of_work(runtime) as work:
        set_password(work, ANN, "words of my own choice")
    with pytest.raises(NotFound):
        choose(runtime, RESET, token)
    assert may_log_in(runtime, ANN, "words of my own choice")


Spoil = Callable[[Runtime, str], str]


def _disable(runtime: Runtime, token: str) -> str:
    with unit_of_work(runtime) as work:
        disable_user(work, BEN)
    return token


def _again(runtime: Runtime, token: str) -> str:
    with unit_of_work(runtime) as work:
        ask_for_reset(work, BEN)
    return token


def _wait(runtime: Runtime, token: str) -> str:
    later(runtime, hours=1)
    return token


SPOILED: dict[str, Spoil] = {
    "altered": lambda _, token: f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
    "cut off": lambda _, token: token[:-1],
    "blank": lambda _runtime, _token: "",
    "no text": lambda _runtime, _token: "\udc80",
    "its hash": lambda runtime, _: str(rows(runtime, SignedLink.id, SignedLink.token_hash)[0].token_hash),
    "expired": _wait,
    "replaced": _again,
    "of somebody disabled": _disable,
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_link_that_is_not_right_is_refused_alike(runtime: Runtime, how: str) -> None:
    make_user(runtime)
    make_user(runtime, BEN)
    token = SPOILED[how](runtime, reset(runtime, BEN))
    with reading(runtime) as work, pytest.raises(NotFound):
        find_link(work, RESET, token)
    with pytest.raises(NotFound):
        choose(runtime, RESET, token)
    assert may_log_in(runtime, BEN, NEW) is False


def test_a_link_does_one_thing_alone(runtime: Runtime) -> None:
    token = invited(runtime)
    with pytest.raises(NotFound):
        choose(runtime, RESET, token)


def test_a_stranger_is_sent_nothing_and_told_the_same(runtime: Runtime) -> None:
    make_user(runtime)
    make_user(runtime, BEN)
    with unit_of_work(runtime) as work:
        disable_user(work, BEN)
    for email in ("nobody@example.org", BEN, "", "\udc80", "x" * 300, "a\n@b"):
        with unit_of_work(runtime) as work:
            assert ask_for_reset(work, email) is None  # type: ignore[func-returns-value]
    assert mails(runtime) == []


def test_asking_often_floods_no_mailbox(runtime: Runtime) -> None:
    make_user(runtime)
    for _ in range(20):
        reset(runtime)
    assert len(mails(runtime)) == 5
    later(runtime, minutes=16)
    reset(runtime)
    assert len(mails(runtime)) == 6


def test_an_invitation_is_sent_again_until_there_is_a_password(runtime: Runtime) -> None:
    first = invited(runtime)
    with reading(runtime) as work:
        ben = list_users(work)[1]
    with unit_of_work(runtime) as work:
        invite_again(work, ben.public_id, by=Actor())
    second = token_in(mails(runtime)[-1][1], "invitation")
    with pytest.raises(NotFound):
        choose(runtime, INVITATION, first)
    with unit_of_work(runtime) as work:
        ask_for_reset(work, BEN)  # who has lost it may ask for it at the log-in
    third = token_in(mails(runtime)[-1][1], "invitation")
    with pytest.raises(NotFound):
        choose(runtime, INVITATION, second)
    choose(runtime, INVITATION, third)
    with unit_of_work(runtime) as work, pytest.raises(Conflict):
        invite_again(work, ben.public_id, by=Actor())
    with unit_of_work(runtime) as work, pytest.raises(NotFound):
        invite_again(work, "nobody", by=Actor())


def test_an_invited_admin_is_no_admin_who_may_log_in(runtime: Runtime) -> None:
    token = invited(runtime, Role.ADMIN)
    with unit_of_work(runtime) as work, pytest.raises(Conflict, match="last admin"):
        disable_user(work, ANN)
    choose(runtime, INVITATION, token)
    with unit_of_work(runtime) as work:
        disable_user(work, ANN)


def test_nobody_is_invited_twice_or_at_what_is_no_mailbox(runtime: Runtime) -> None:
    by = Actor(make_user(runtime))
    with unit_of_work(runtime) as work:
        with pytest.raises(Conflict):
            invite(work, ANN, Role.VIEWER, "", by=by)
        for email in (
            "ann",
            "a@b@c",
            "a@b,c@d.example",
            "Ann <a@b.example>",
            "a@b\r\nBcc: x@y.example",
            "a b@c.example",
        ):
            with pytest.raises(InvalidEvent):
                invite(work, email, Role.VIEWER, "", by=by)
    assert mails(runtime) == []


def test_neither_links_nor_mails_hold_a_token_in_clear(runtime: Runtime) -> None:
    token = invited(runtime)
    with reading(runtime) as work:
        kept = f"{work.connection.execute(select(SignedLink)).all()} {work.connection.execute(select(Mail)).all()}"
    assert token not in kept


def test_old_links_are_dropped(runtime: Runtime) -> None:
    make_user(runtime)
    reset(runtime)
    later(runtime, days=30, hours=1)
    with unit_of_work(runtime) as work:
        forget_old_links(work)
    assert rows(runtime, SignedLink.id) == []


def test_an_invited_person_cannot_log_in_with_what_stands_in_for_a_password(runtime: Runtime) -> None:
    invited(runtime)
    with unit_of_work(runtime) as work:
        work.connection.execute(update(User).where(User.email == BEN).values(disabled_at=None))
    for password in ("", "a", "$argon2id$"):
        assert not may_log_in(runtime, BEN, password)
