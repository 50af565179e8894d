"""The recruiters' pages: who may see and change what, what a form must carry, what every answer says to the browser."""

import re
from http.cookies import SimpleCookie
from typing import Any

from sqlalchemy import select

from bot.models import Message, Role
from bot.runtime import Runtime
from bot.work import reading
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.webhooks.api.conftest import ANN, Api, api_of
from tests.webhooks.browsing import EMAIL, NAUGHTY, ONLY_SQLITE, PASSWORD, Browser, browser_for, filled_in
from webhooks.app import HEADERS
from webhooks.desk.access import ANYONE, roles_of


@ONLY_SQLITE
def test_every_page_but_the_log_in_asks_for_the_log_in(browser: Browser) -> None:
    for rule in browser.client.application.url_map.iter_rules():
        if not rule.endpoint.startswith("desk.") or roles_of(rule.endpoint) is ANYONE:
            continue
        path = filled_in(rule.rule)
        if "GET" in (rule.methods or ()):
            answer = browser.get(path)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/log-in"), path
        if "POST" in (rule.methods or ()):
            assert browser.post(path, {}).status_code == 400, path
            assert browser.post(path, {"csrf": browser.token()}).status_code == 302, path


@ONLY_SQLITE
def test_a_form_without_the_token_of_its_session_changes_nothing(browser: Browser) -> None:
    other = Browser(browser.runtime)
    for token in ("", "x", "é", other.token(), "\0"):
        browser.get("/log-in")
        fields = {"csrf": token, "email": EMAIL, "password": PASSWORD}
        assert browser.post("/log-in", fields).status_code == 400
    assert browser.post(f"/log-in?csrf={browser.token()}", {"email": EMAIL, "password": PASSWORD}).status_code == 400
    assert browser.log_in().status_code == 302
    for path in ("/sandbox", "/log-out"):
        assert browser.post(path, {"candidate": "x", "text": "x"}).status_code == 400
    assert browser.get("/jobs").status_code == 200


@ONLY_SQLITE
def test_the_cookie_is_for_the_server_alone(runtime: Runtime, build_runtime: Build) -> None:
    def flags(browser: Browser) -> Any:
        cookie = SimpleCookie(browser.log_in().headers["Set-Cookie"])
        return next(iter(cookie.values()))

    plain = flags(browser_for(runtime))
    assert (plain.key, plain["httponly"], plain["samesite"], plain["secure"]) == ("callboard", True, "Lax", "")
    public = build_runtime(CALLBOARD_PUBLIC_URL="https://bot.example.org")
    secure = flags(Browser(public, base="https://bot.example.org"))
    assert (secure.key, secure["secure"], secure["path"], secure["domain"]) == ("__Host-callboard", True, "/", "")


@ONLY_SQLITE
def test_every_answer_carries_the_headers_of_safety(browser: Browser) -> None:
    paths = ["/", "/log-in", "/nothing", "/api/v1/jobs", "/api/v1/openapi.json", "/health/live", "/health/ready",
             "/metrics", "/static/callboard.css", "/static/nothing", "/webhooks/twilio/messages", "/sandbox"]  # fmt: skip
    browser.log_in()
    for path in paths:
        answer = browser.get(path, buffered=True)
        for name, value in HEADERS.items():
            assert answer.headers.get(name) == value, (path, name)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


@ONLY_SQLITE
def test_pages_that_show_people_are_kept_by_no_cache(browser: Browser) -> None:
    browser.log_in()
    for path in ("/jobs", "/sandbox", "/log-in", "/jobs/x"):
        assert browser.get(path).headers["Cache-Control"] == "no-store", path


@ONLY_SQLITE
def test_a_site_behind_tls_asks_for_tls_from_now_on(build_runtime: Build) -> None:
    runtime = build_runtime(CALLBOARD_PUBLIC_URL="https://bot.example.org")
    make_ready(runtime)
    assert "max-age=" in Browser(runtime).get("/log-in").headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in Browser(build_runtime()).get("/log-in").headers


@ONLY_SQLITE
def test_pages_hold_no_script_or_style_of_their_own(browser: Browser) -> None:
    """The policy would stop them; a page that needs one would silently not work."""
    Api.job(api_of(browser.runtime))
    browser.log_in()
    for path in ("/log-in", "/jobs", "/sandbox"):
        page = browser.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page), path


@ONLY_SQLITE
def test_who_may_only_look_changes_nothing(runtime: Runtime) -> None:
    browser = browser_for(runtime, Role.VIEWER)
    browser.log_in()
    assert browser.get("/jobs").status_code == 200
    assert browser.post("/sandbox", {"csrf": browser.token(), "candidate": "x", "text": "x"}).status_code == 403


def test_naughty_addresses_and_fields_of_the_pages_are_not_our_fault(browser: Browser) -> None:
    api = api_of(browser.runtime)
    made = api.apply(api.job())
    browser.log_in()
    for word in NAUGHTY:
        assert browser.client.get("/sandbox", query_string={"candidate": word}).status_code in {200, 400, 404}
        fields = {"csrf": browser.token(), "candidate": word, "text": word, "tapped": word}
        assert browser.post("/sandbox", fields).status_code in {400, 404}
        assert browser.post("/sandbox", {**fields, "candidate": made["candidate"]}).status_code in {303, 400}
    for path in ("/jobs/%00", "/jobs/%ff", "/jobs/%F0%9F%98%80", "/jobs/..%2f", "/sandbox?candidate=%00", "/static/%00",
                 "/static/..%2fapp.py", "/%00", "/api/v1/jobs/%00", "/c/%00", "/jobs?q=a&q=%00", "/jobs?%00=a"):  # fmt: skip
        assert browser.get(path).status_code in {200, 400, 404}, path


def test_a_header_that_names_no_page_is_not_our_fault(browser: Browser) -> None:
    api = api_of(browser.runtime)
    made = api.apply(api.job())
    odd = {"headers": {"HX-Request": "true", "HX-Current-URL": "http://["}}
    assert browser.get("/jobs", **odd).status_code == 401
    browser.log_in()
    for path in (f"/applications/{made['id']}", f"/inbox/{made['candidate']}/thread"):
        assert browser.get(path, **odd).status_code == 200, path


@ONLY_SQLITE
def test_what_cannot_be_done_any_more_is_told_and_is_no_fault_of_ours(browser: Browser) -> None:
    browser.log_in()
    form = {"csrf": browser.token(), "codes_password": PASSWORD}  # the second factor was removed on another page
    answer = browser.post("/account/second-factor/codes", form)
    assert answer.status_code == 409
    assert "There is no second factor" in answer.text


def test_what_candidates_write_is_shown_and_not_run(browser: Browser) -> None:
    api = api_of(browser.runtime)
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    job = api.job(title=evil)
    made = api.apply(job, candidate={"first_name": evil})
    api.says(evil, ANN)
    browser.log_in()
    for path in ("/jobs", f"/jobs/{job['id']}", f"/sandbox?candidate={made['candidate']}"):
        page = browser.get(path).text
        assert "<script>alert" not in page, path
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page, path
    with reading(browser.runtime) as work:
        assert evil in set(work.connection.execute(select(Message.text)).scalars())


@ONLY_SQLITE
def test_with_twilio_connected_there_is_no_sandbox(build_runtime: Build) -> None:
    first = build_runtime()
    runtime = build_runtime(FakeSender(first.clock))
    make_ready(runtime)
    browser = browser_for(runtime)
    browser.log_in()
    assert browser.get("/sandbox").status_code == 404
    assert browser.post("/sandbox", {"csrf": browser.token(), "candidate": "x", "text": "x"}).status_code == 404
