"""The admins' pages: users, invitations, the mailbox, the audit log; and choosing a password by a link."""

import re

import pytest

from bot.intake.users import create_user
from bot.models import Role
from bot.runtime import Runtime
from bot.work import unit_of_work
from tests.conftest import Build
from tests.webhooks.browsing import PASSWORD
from tests.webhooks.desk import on_sqlite
from tests.webhooks.people_pages import (
    ADMIN,
    BEN,
    NEW,
    Person,
    admin,
    id_of,
    newest_link,
    noted,
    person_for,
    subjects,
    wait,
)


def make_ben(runtime: Runtime, role: Role = Role.RECRUITER) -> str:
    with unit_of_work(runtime) as work:
        return create_user(work, BEN, role, PASSWORD, "Ben")


def test_who_is_invited_chooses_a_password_and_is_in(runtime: Runtime) -> None:
    boss = admin(runtime)
    answer = boss.send("/users", email=f" {BEN.upper()} ", name="Ben <b>", role="hiring_manager")
    assert answer.status_code == 303
    page = boss.page("/users")
    assert "The invitation is in the mailbox." in page
    assert "Ben &lt;b&gt;" in page
    assert ">invited<" in page
    link = newest_link(runtime)
    ben = Person(runtime)
    for _ in range(2):  # a mail program may have looked before
        assert BEN in ben.page(link)
    answer = ben.send(link, password="password1")
    assert (answer.status_code, "among the first that are guessed" in answer.text) == (422, True)
    assert ben.send(link, password=NEW).location == "/log-in"
    assert "Your password is set." in ben.page("/log-in")
    assert ben.enters(NEW, BEN).is_in
    assert "This link does not work" in Person(runtime).page(link, 404)
    assert Person(runtime).send(link, password="another of my own").status_code == 404
    assert noted(runtime)[-3:] == ["user.invited", "user.password_changed", "user.logged_in"]


@on_sqlite
def test_an_invitation_that_cannot_be_says_why_at_its_field(runtime: Runtime) -> None:
    boss = admin(runtime)
    for fields, said in (
        ({"email": ADMIN, "role": "viewer"}, "There is a user with this e-mail already"),
        ({"email": "nobody", "role": "viewer"}, "Write one address"),
        ({"email": "a@b.example,c@d.example", "role": "viewer"}, "Write one address"),
        ({"email": BEN, "role": "emperor"}, "Choose a role"),
        ({"email": BEN, "role": "viewer", "name": "x" * 250}, "This cannot be a name"),
        ({}, "Choose a role"),
    ):
        answer = boss.send("/users", **fields)
        assert (answer.status_code, said in answer.text) == (422, True), said
    assert subjects(runtime) == []


def test_a_forgotten_password_is_replaced_by_a_link(runtime: Runtime) -> None:
    boss, stranger = admin(runtime), Person(runtime)
    answers = [
        stranger.send("/forgotten-password", email=email) for email in (ADMIN, "nobody@example.org", "", "x\u2028y")
    ]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/forgotten-password/sent")}
    assert "If there is a user with that e-mail, a mail is on its way." in stranger.page("/forgotten-password/sent")
    assert subjects(runtime) == ["A new password for Callboard"]
    link = newest_link(runtime)
    assert link.startswith("/new-password/")
    assert stranger.send(link, password=NEW).status_code == 303
    assert not boss.is_in
    assert Person(runtime).log_in(PASSWORD).status_code == 422
    Person(runtime).enters(NEW)


@on_sqlite
def test_a_link_for_one_thing_does_no_other_and_expires(runtime: Runtime) -> None:
    admin(runtime)
    stranger = Person(runtime)
    stranger.send("/forgotten-password", email=ADMIN)
    link = newest_link(runtime)
    assert stranger.send(link.replace("new-password", "invitation"), password=NEW).status_code == 404
    for wrong in (link[:-1], f"{link}x", "/new-password/é", "/invitation/x"):
        assert "This link does not work" in stranger.page(wrong, 404)
    assert stranger.post(link, {"password": NEW}).status_code == 400  # without the token of a form
    wait(runtime, hours=1)
    assert "Ask for another" in stranger.page(link, 404)
    assert stranger.send(link, password=NEW).status_code == 404


@on_sqlite
def test_one_caller_cannot_ask_for_ever_so_many_mails(runtime: Runtime) -> None:
    person_for(runtime)
    stranger = Person(runtime)
    answers = [
        stranger.send("/forgotten-password", email=f"user{number}@example.org").status_code for number in range(6)
    ]
    assert answers == [303] * 5 + [429]


def test_an_admin_changes_a_role_and_who_may_log_in(runtime: Runtime) -> None:
    boss, ben = admin(runtime), f"/users/{make_ben(runtime)}"
    at_work = Person(runtime).enters(email=BEN)
    assert "on 1 device" in boss.page(ben)
    boss.send(f"{ben}/role", role="viewer")
    assert "Their role is changed" in boss.page(ben)
    assert not at_work.is_in
    at_work.enters(email=BEN)
    boss.send(f"{ben}/log-out")
    assert not at_work.is_in
    boss.send(f"{ben}/disable")
    assert "may not log in" in boss.page(ben)
    assert at_work.log_in(email=BEN).status_code == 422
    boss.send(f"{ben}/enable")
    at_work.enters(email=BEN)
    assert boss.send(f"{ben}/role", role="emperor").status_code == 400
    assert boss.send("/users/nobody/disable").status_code == 404
    boss.page("/users/nobody", 404)


@on_sqlite
def test_the_last_admin_cannot_go(runtime: Runtime) -> None:
    boss = admin(runtime)
    me = f"/users/{id_of(runtime, ADMIN)}"
    for path, fields in (("disable", {}), ("role", {"role": "viewer"})):
        assert boss.send(f"{me}/{path}", **fields).status_code == 303
        page = boss.page(me)
        assert f"{ADMIN.capitalize()} is the last admin who may log in: first give another user that role" in page
        assert "callboard users" not in page
    assert boss.is_in


@on_sqlite
def test_an_admin_removes_the_second_factor_of_a_lost_phone(runtime: Runtime) -> None:
    first = admin(runtime)
    first.adds_factor()
    make_ben(runtime, Role.ADMIN)
    ben = Person(runtime).enters(email=BEN)
    assert ">on<" in ben.page(f"/users/{id_of(runtime, ADMIN)}").replace("<dd>on</dd>", ">on<")
    ben.send(f"/users/{id_of(runtime, ADMIN)}/remove-second-factor")
    assert not first.is_in
    assert first.log_in().location == "/"
    assert "second_factor.removed" in noted(runtime)
    assert subjects(runtime)[0] == "Your Callboard account was changed"


@on_sqlite
def test_an_invitation_is_sent_again_as_long_as_it_is_needed(runtime: Runtime) -> None:
    boss = admin(runtime)
    boss.send("/users", email=BEN, role="viewer")
    ben = f"/users/{id_of(runtime, BEN)}"
    first = newest_link(runtime)
    boss.send(f"{ben}/invite")
    assert newest_link(runtime) != first
    Person(runtime).page(first, 404)
    Person(runtime).send(newest_link(runtime), password=NEW)
    boss.send(f"{ben}/invite")
    assert "They have chosen a password already" in boss.page(ben)


PAGES = ("/users", "/mailbox", "/audit")


@on_sqlite
@pytest.mark.parametrize("role", [Role.RECRUITER, Role.HIRING_MANAGER, Role.VIEWER])
def test_only_admins_see_users_mails_and_the_audit_log(runtime: Runtime, role: Role) -> None:
    person = person_for(runtime, role).enters()
    menu = person.page("/account")
    for path in PAGES:
        person.page(path, 403)
        assert f'href="{path}"' not in menu
    me = f"/users/{id_of(runtime, ADMIN)}"
    for path in ("/users", f"{me}/role", f"{me}/enable", f"{me}/invite", f"{me}/remove-second-factor"):
        assert person.send(path, role="admin", email=BEN).status_code == 403
    person.page("/account")


def test_the_mailbox_shows_a_mail_in_all_its_parts_and_lets_it_do_nothing(runtime: Runtime) -> None:
    boss = admin(runtime)
    assert "No mail yet" in boss.page("/mailbox")
    boss.send("/users", email=BEN, role="viewer")
    address = re.search(r'href="(/mailbox/\w+)"', boss.page("/mailbox"))
    assert address
    page = boss.page(address[1])
    assert f'<iframe class="mail-frame" title="The mail as it looks" sandbox src="{address[1]}/html">' in page
    assert newest_link(runtime) in page
    assert "You are invited to Callboard" in boss.page(f"{address[1]}?part=text")
    assert "auto-generated" in boss.page(f"{address[1]}?part=headers")
    assert "multipart/alternative" in boss.page(f"{address[1]}?part=source")
    assert "mail-frame" in boss.page(f"{address[1]}?part=nothing")
    framed = boss.get(f"{address[1]}/html")
    assert framed.text.startswith("<!doctype html>")
    policy = framed.headers["Content-Security-Policy"]
    assert {"sandbox", "frame-ancestors 'self'", "default-src 'none'"} <= {part.strip() for part in policy.split(";")}
    assert noted(runtime).count("mail.opened") == 1
    for path in ("/mailbox/nothing", "/mailbox/nothing/html"):
        boss.page(path, 404)


@on_sqlite
def test_a_mail_that_was_sealed_with_another_key_is_told_so(runtime: Runtime, build_runtime: Build) -> None:
    boss = admin(runtime)
    boss.send("/users", email=BEN, role="viewer")
    address = re.search(r'href="(/mailbox/\w+)"', boss.page("/mailbox"))
    assert address
    other = Person(build_runtime(CALLBOARD_SECRET_KEY="z" * 32)).enters()
    assert "sealed with another <code>CALLBOARD_SECRET_KEY</code>" in other.page(address[1])


def test_the_audit_log_is_filtered_and_leafed_through(runtime: Runtime) -> None:
    boss = admin(runtime)
    ben = make_ben(runtime)
    for _ in range(26):
        boss.send(f"/users/{ben}/disable")
        boss.send(f"/users/{ben}/enable")
    page = boss.page("/audit")
    assert page.count("<tr>") == 51
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older
    rest = boss.page(older[1])
    assert "command line" in rest
    assert ">Newest<" in rest
    assert 'rel="next"' not in rest
    assert boss.page(f"/audit?action=user.&object={ben}&user={id_of(runtime, ADMIN)}").count("<tr>") == 51
    assert boss.page("/audit?action=log_in.").count("<tr>") == 0
    assert "No entry fits" in boss.page("/audit?user=nobody")
    assert "role: <bdi>recruiter</bdi>" in rest
    for odd in ("before=x", "before=-1", "before=99999999999999999999", "action=%25", "user=%F0%9F%98%80", "object=é"):
        boss.page(f"/audit?{odd}")
