"""The second step of the log-in, and the pages of one's own account."""

import re

import pytest

from bot.intake.users import create_user
from bot.models import Role
from bot.runtime import Runtime
from bot.work import unit_of_work
from tests.webhooks.browsing import PASSWORD
from tests.webhooks.desk import on_sqlite
from tests.webhooks.people_pages import ADMIN, NEW, Person, admin, noted, person_for, subjects, wait


@pytest.fixture
def guarded(runtime: Runtime) -> Person:
    """An admin who has a second factor and is logged out."""
    person = admin(runtime)
    person.recovery = person.adds_factor()  # type: ignore[attr-defined]
    person.send("/log-out")
    wait(runtime, minutes=5)
    return person


def test_a_log_in_with_a_second_factor_takes_two_steps(guarded: Person) -> None:
    answer = guarded.log_in(then="/users")
    assert (answer.status_code, answer.location) == (302, "/log-in/code?then=/users")
    assert not guarded.is_in
    half = guarded.client.get_cookie("callboard")
    assert "six digits" in guarded.page("/log-in/code?then=/users")
    answer = guarded.send("/log-in/code", code=guarded.code(), then="/users")
    assert (answer.status_code, answer.location) == (302, "/users")
    assert guarded.is_in
    whole = guarded.client.get_cookie("callboard")
    assert half
    assert whole
    assert half.value != whole.value
    guarded.client.set_cookie("callboard", half.value)
    assert not guarded.is_in


@on_sqlite
def test_who_is_half_logged_in_may_do_nothing_else(guarded: Person) -> None:
    guarded.log_in()
    for path in ("/jobs", "/account", "/users", "/account/second-factor"):
        assert guarded.get(path).location == f"/log-in?then={path}"
    assert guarded.send("/account/second-factor/remove", remove_password=PASSWORD).status_code == 302
    wait(guarded.runtime, minutes=10)
    assert guarded.send("/log-in/code", code=guarded.code()).location == "/log-in?then=/"
    assert not guarded.is_in


@on_sqlite
def test_a_code_is_asked_of_nobody_else(runtime: Runtime) -> None:
    person = person_for(runtime)
    assert person.get("/log-in/code").location == "/log-in?then=/"
    assert person.send("/log-in/code", code="000000").status_code == 302


def test_a_code_counts_once_and_guessing_has_to_wait(guarded: Person) -> None:
    guarded.log_in()
    code = guarded.code()
    guarded.send("/log-in/code", code=code)
    guarded.send("/log-out")
    guarded.log_in()
    answers = [guarded.send("/log-in/code", code=code).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert guarded.send("/log-in/code", code=guarded.code(1)).status_code == 429
    assert not guarded.is_in
    wait(guarded.runtime, minutes=1)
    assert guarded.send("/log-in/code", code=guarded.code()).status_code == 302
    assert "log_in.held_back" in noted(guarded.runtime)


@on_sqlite
def test_a_recovery_code_logs_in_once(guarded: Person) -> None:
    code = guarded.recovery[3]  # type: ignore[attr-defined]
    guarded.log_in()
    assert guarded.send("/log-in/code", code=code).status_code == 302
    assert "you have 9 left" in guarded.page("/account")
    guarded.send("/log-out")
    guarded.log_in()
    assert guarded.send("/log-in/code", code=code).status_code == 422


@on_sqlite
def test_adding_a_second_factor_needs_the_password_and_a_code(runtime: Runtime) -> None:
    person, elsewhere = admin(runtime), Person(runtime).enters()
    assert "password alone should not be enough" in person.page("/account")
    answer = person.send("/account/second-factor/begin", factor_password="wrong")
    assert (answer.status_code, "This is not your password." in answer.text) == (422, True)
    assert person.get("/account/second-factor").status_code == 303
    person.send("/account/second-factor/begin", factor_password=PASSWORD)
    page = person.page("/account/second-factor")
    assert re.search(r"<code class=\"key\">([A-Z2-7]{4} ?)+</code>", page)
    assert "<svg" in page
    assert person.send("/account/second-factor", code="000000").status_code == 422
    before = person.client.get_cookie("callboard")
    answer = person.send("/account/second-factor", code=person.code())
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)
    assert len(codes) == 10
    assert before != person.client.get_cookie("callboard")
    assert (person.is_in, elsewhere.is_in) == (True, False)
    page = person.page("/account")
    assert "Recovery codes that you have left: <strong>10</strong>" in page
    assert not [code for code in codes if code in page]
    assert subjects(runtime) == ["Your Callboard account was changed"]
    assert person.send("/account/second-factor", code=person.code()).status_code == 303
    assert person.send("/account/second-factor/begin", factor_password=PASSWORD).status_code == 303


@on_sqlite
def test_removing_it_and_new_codes_need_the_password(guarded: Person) -> None:
    guarded.log_in()
    guarded.send("/log-in/code", code=guarded.code())
    for path, field in (("codes", "codes_password"), ("remove", "remove_password")):
        assert guarded.send(f"/account/second-factor/{path}", **{field: "wrong"}).status_code == 422
    answer = guarded.send("/account/second-factor/codes", codes_password=PASSWORD)
    assert len(re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)) == 10
    assert guarded.send("/account/second-factor/remove", remove_password=PASSWORD).status_code == 303
    assert guarded.is_in
    guarded.send("/log-out")
    assert guarded.log_in().location == "/"
    done = [action for action in noted(guarded.runtime) if action.startswith("second_factor")]
    assert done == ["second_factor.confirmed", "second_factor.codes_renewed", "second_factor.removed"]


@on_sqlite
def test_a_new_password_keeps_this_device_and_no_other(runtime: Runtime) -> None:
    person, elsewhere = person_for(runtime, Role.VIEWER).enters(), Person(runtime).enters()
    cookie = person.client.get_cookie("callboard")
    assert cookie
    for fields, said in (
        ({"password": "wrong", "new_password": NEW}, "This is not your password."),
        ({"password": PASSWORD, "new_password": "short"}, "a password has 8 to 200 characters"),
        ({"password": PASSWORD, "new_password": "password1"}, "among the first that are guessed"),
        ({"password": PASSWORD, "new_password": ADMIN}, "among the first that are guessed"),
        ({}, "This is not your password."),
    ):
        answer = person.send("/account/password", **fields)
        assert (answer.status_code, said in answer.text) == (422, True), said
    answer = person.send("/account/password", password=PASSWORD, new_password=NEW)
    assert answer.status_code == 303
    assert (person.is_in, elsewhere.is_in) == (True, False)
    Person(runtime).enters(NEW)
    person.client.set_cookie("callboard", cookie.value)
    assert not person.is_in
    assert subjects(runtime) == ["Your Callboard account was changed"]


@on_sqlite
def test_whoever_guesses_the_password_of_an_open_account_is_held_back(runtime: Runtime) -> None:
    person = admin(runtime)
    answers = [person.send("/account/password", password="wrong", new_password=NEW).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert person.send("/account/password", password=PASSWORD, new_password=NEW).status_code == 429


@on_sqlite
def test_devices_are_listed_and_can_be_logged_out(runtime: Runtime) -> None:
    agent = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) Version/18.4 Safari/605.1.15"}
    person, phone, third = admin(runtime), Person(runtime), Person(runtime).enters()
    form = {"csrf": phone.token(), "email": ADMIN, "password": PASSWORD}
    phone.post("/log-in", form, headers=agent)
    page = person.page("/account")
    assert page.count("this one") == 1
    assert "Safari on iPhone" in page
    ends = re.findall(r'action="(/account/devices/\w+/end)"', page)
    assert len(ends) == 2
    at_phone = page.index("Safari on iPhone")
    nearest = re.search(r'action="(/account/devices/\w+/end)"', page[at_phone:])
    assert nearest
    assert person.send(nearest[1]).status_code == 303
    assert (person.is_in, phone.is_in, third.is_in) == (True, False, True)
    assert person.send(nearest[1]).status_code == 303
    assert "logged out already" in person.page("/account")
    person.send("/account/devices/end-others")
    assert "1 other device is logged out." in person.page("/account")
    assert (person.is_in, third.is_in) == (True, False)


@on_sqlite
def test_nobody_logs_out_the_device_of_another(runtime: Runtime) -> None:
    person = admin(runtime)
    ends = Person(runtime).enters()
    address = re.search(r'action="(/account/devices/\w+/end)"', person.page("/account"))
    assert address
    other = person_for_other(runtime)
    other.send(address[1])
    assert ends.is_in


def person_for_other(runtime: Runtime) -> Person:
    with unit_of_work(runtime) as work:
        create_user(work, "other@example.org", Role.ADMIN, PASSWORD)
    return Person(runtime).enters(email="other@example.org")
