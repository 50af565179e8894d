"""Logging in: what makes a session and ends it, and who has to wait."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from bot.intake.passwords import check_password
from bot.intake.user_changes import set_password
from bot.models import LoginAttempt, User
from bot.sweeps import SWEEPS
from bot.work import reading, unit_of_work
from tests.webhooks.browsing import EMAIL, HOUR, NAUGHTY, ONLY_SQLITE, PASSWORD, Browser
from webhooks.app import create_app
from webhooks.desk.proving import HASHING
from webhooks.desk.signed_in import UNATTENDED


@ONLY_SQLITE
def test_logging_in_gives_a_new_session_and_logging_out_ends_it(browser: Browser) -> None:
    before = browser.token()
    assert browser.log_in().status_code == 302
    assert browser.token() != before
    assert browser.post("/log-out", {"csrf": before}).status_code == 400
    assert browser.post("/log-out", {"csrf": browser.token()}).status_code == 302
    assert browser.get("/jobs").status_code == 302


OUTSIDE = ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "evil",
           "/\n/evil.example", "javascript:alert(1)", "//[", "/\t/[", "http://[", "https:evil.example", " //evil.example",
           "///evil.example", "/%09/[", "//evil.example\\@localhost", "/\r\nX: y",
           "/jobs?\rSet-Cookie: x"]  # fmt: skip


@ONLY_SQLITE
def test_after_the_log_in_one_stays_on_this_site(browser: Browser) -> None:
    for then in OUTSIDE:
        assert browser.client.get("/log-in", query_string={"then": then}).status_code == 200, then
        answer = browser.log_in(then=then)
        assert answer.status_code == 302
        assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", answer.headers["Location"]), (then, answer.headers["Location"])
        assert "evil" not in answer.headers["Location"].split("?")[0].split("/")[1]
    assert browser.log_in(then="/sandbox?candidate=x").headers["Location"] == "/sandbox?candidate=x"


@ONLY_SQLITE
def test_wrong_passwords_make_the_next_one_wait(browser: Browser) -> None:
    answers = [browser.log_in("wrong").status_code for _ in range(7)]
    assert answers[:5] == [422] * 5
    assert 429 in answers[5:]
    assert browser.log_in().status_code == 429
    browser.runtime.clock.move(HOUR)  # type: ignore[attr-defined]
    assert browser.log_in().status_code == 302


@ONLY_SQLITE
def test_failures_are_forgotten_a_day_after_the_last(browser: Browser) -> None:
    def failures() -> int:
        next(sweep for sweep in SWEEPS if sweep.name == "forget_failed_log_ins").run(browser.runtime)
        with reading(browser.runtime) as work:
            return work.connection.execute(select(func.count()).select_from(LoginAttempt)).scalar_one()

    browser.log_in("wrong", email="stranger@example.org")
    browser.runtime.clock.move(timedelta(hours=23))
    assert failures() == 2
    browser.runtime.clock.move(HOUR)
    assert failures() == 0


@ONLY_SQLITE
def test_many_log_ins_at_once_cannot_take_all_threads(browser: Browser) -> None:
    with HASHING:
        assert browser.log_in().status_code == 429
    assert browser.log_in().status_code == 302


@ONLY_SQLITE
def test_a_password_is_judged_while_others_write(browser: Browser) -> None:
    with browser.runtime.database.write():
        assert browser.get("/log-in").status_code == 200
        with reading(browser.runtime) as work:
            assert check_password(work, EMAIL, PASSWORD)


@ONLY_SQLITE
def test_a_stranger_and_a_wrong_password_hear_the_same(browser: Browser) -> None:
    wrong = browser.log_in("wrong").text
    stranger = browser.log_in("wrong", email="nobody@example.org").text
    said = re.compile(r'role="alert"[^>]*>([^<]+)')
    assert said.search(wrong)[1] == said.search(stranger)[1]  # type: ignore[index]


def test_naughty_words_at_the_log_in_are_only_wrong(browser: Browser) -> None:
    for word in NAUGHTY:
        browser.runtime.clock.move(HOUR)  # type: ignore[attr-defined]
        assert browser.log_in(word, email=word).status_code in {400, 422}  # type: ignore[arg-type]
    browser.runtime.clock.move(HOUR)  # type: ignore[attr-defined]
    assert browser.log_in("x" * 200_000).status_code in {413, 422}
    browser.runtime.clock.move(HOUR)  # type: ignore[attr-defined]
    assert browser.log_in(then="x" * 100_000).status_code in {302, 413}


@ONLY_SQLITE
def test_a_new_password_or_a_disabled_user_ends_the_session(browser: Browser) -> None:
    browser.log_in()
    assert browser.get("/jobs").status_code == 200
    with unit_of_work(browser.runtime) as work:
        set_password(work, EMAIL, "another long password")
    assert browser.get("/jobs").status_code == 302
    browser.log_in("another long password")
    assert browser.get("/jobs").status_code == 200
    with unit_of_work(browser.runtime) as work:
        work.connection.execute(update(User).values(disabled_at=work.now))
    assert browser.get("/jobs").status_code == 302


@ONLY_SQLITE
def test_a_cookie_that_was_altered_is_none(browser: Browser) -> None:
    browser.log_in()
    cookie = browser.client.get_cookie("callboard")
    assert cookie
    other = Browser(browser.runtime)
    for value in (f"{cookie.value[:-2]}AA", f"x{cookie.value}", "", "x" * 3000, "é"):
        other.client.set_cookie("callboard", value)
        assert other.get("/jobs").status_code == 302
    other.client.set_cookie("callboard", cookie.value)
    assert other.get("/jobs").status_code == 200


@ONLY_SQLITE
def test_a_cookie_from_before_the_log_in_or_the_log_out_is_worth_nothing(browser: Browser) -> None:
    browser.client.set_cookie("callboard", "set-by-somebody-else")
    browser.log_in()
    first = browser.client.get_cookie("callboard")
    assert first
    assert first.value != "set-by-somebody-else"
    browser.log_in()
    second = browser.client.get_cookie("callboard")
    assert second
    browser.post("/log-out", {"csrf": browser.token()})
    for ended in (first, second):
        browser.client.set_cookie("callboard", ended.value)
        assert browser.get("/jobs").status_code == 302


@ONLY_SQLITE
def test_what_a_page_asks_by_itself_keeps_nobody_logged_in(browser: Browser) -> None:
    def after(minutes: int, **headers: str) -> int:
        browser.runtime.clock.move(timedelta(minutes=minutes))  # type: ignore[attr-defined]
        return int(browser.get("/jobs", headers=headers).status_code)

    browser.log_in()
    assert after(90) == 200
    assert after(90, **{UNATTENDED: "1"}) == 200
    assert after(90, **{UNATTENDED: "1"}) == 302


@ONLY_SQLITE
@pytest.mark.parametrize(("proxies", "held_back"), [(0, 429), (1, 422)])
def test_behind_a_trusted_proxy_only_the_one_who_guesses_is_held_back(
    browser: Browser, proxies: int, held_back: int
) -> None:
    settings = replace(browser.runtime.settings, trusted_proxies=proxies)
    client = create_app(replace(browser.runtime, settings=settings)).test_client()
    for number in range(8):
        _guess(client, f"guess{number}@example.org", "203.0.113.9, 198.51.100.1")
    assert _guess(client, "other@example.org", "203.0.113.9, 198.51.100.1") == 429
    assert _guess(client, "another@example.org", "203.0.113.9, 198.51.100.2") == held_back


def _guess(client: FlaskClient, email: str, forwarded: str) -> int:
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/log-in").text)
    form = {"email": email, "password": "wrong", "csrf": token[1] if token else ""}
    return client.post("/log-in", data=form, headers={"X-Forwarded-For": forwarded}).status_code
