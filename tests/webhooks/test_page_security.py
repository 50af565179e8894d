"""The recruiters' pages: who may come in, what a form must carry, what every answer says to the browser."""

import re
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from bot.intake.users import check_password, create_user
from bot.models import Message, Role, User
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.webhooks.api.conftest import ANN, Api, api_of
from webhooks.app import HEADERS, create_app
from webhooks.desk.auth import HASHING

EMAIL, PASSWORD = "maria@example.org", "a long password"
NAUGHTY = [
    "\0",
    "a\0b",
    "\u202e",
    "😀" * 500,
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "\udc80".encode("utf-8", "surrogatepass"),
]


class Browser:
    """A browser with its cookies, that fills in forms as they are."""

    def __init__(self, runtime: Runtime, *, base: str = "http://localhost") -> None:
        self.runtime, self.base = runtime, base
        self.client: FlaskClient = create_app(runtime).test_client()

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, base_url=self.base, **options)

    def post(self, path: str, data: Any, **options: Any) -> Any:
        return self.client.post(path, base_url=self.base, data=data, **options)

    def token(self) -> str:
        """Return the token of the form that stands on the log-in page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/log-in").text)
        assert found
        return found[1]

    def log_in(self, password: str = PASSWORD, email: str = EMAIL, **fields: str) -> Any:
        return self.post("/log-in", {"csrf": self.token(), "email": email, "password": password, **fields})


@pytest.fixture
def browser(runtime: Runtime) -> Browser:
    return browser_for(runtime)


def browser_for(runtime: Runtime, role: Role = Role.RECRUITER, **options: str) -> Browser:
    with unit_of_work(runtime) as work:
        create_user(work, EMAIL, role, PASSWORD, "Maria")
    return Browser(runtime, **options)


HOUR = timedelta(hours=1)
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONLY_SQLITE
def test_every_page_but_the_log_in_asks_for_the_log_in(browser: Browser) -> None:
    for rule in browser.client.application.url_map.iter_rules():
        if not rule.endpoint.startswith("desk.") or rule.endpoint in {"desk.log_in", "desk.try_log_in"}:
            continue
        path = re.sub("<[^>]+>", "x", rule.rule)
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
def test_logging_in_gives_a_new_session_and_logging_out_ends_it(browser: Browser) -> None:
    before = browser.token()
    assert browser.log_in().status_code == 302
    assert browser.token() != before
    assert browser.post("/log-out", {"csrf": before}).status_code == 400
    assert browser.post("/log-out", {"csrf": browser.token()}).status_code == 302
    assert browser.get("/jobs").status_code == 302


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


OUTSIDE = ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "evil",
           "/\n/evil.example", "javascript:alert(1)", "//[", "/\t/[", "http://[", "https:evil.example", " //evil.example",
           "///evil.example", "/%09/[", "//evil.example\\@localhost"]  # fmt: skip


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
def test_who_may_only_look_changes_nothing(runtime: Runtime) -> None:
    browser = browser_for(runtime, Role.VIEWER)
    browser.log_in()
    assert browser.get("/jobs").status_code == 200
    assert browser.post("/sandbox", {"csrf": browser.token(), "candidate": "x", "text": "x"}).status_code == 403


@ONLY_SQLITE
def test_a_new_password_or_a_disabled_user_ends_the_session(browser: Browser) -> None:
    browser.log_in()
    assert browser.get("/jobs").status_code == 200
    with unit_of_work(browser.runtime) as work:
        work.connection.execute(update(User).values(disabled_at=work.now))
    assert browser.get("/jobs").status_code == 302
    with unit_of_work(browser.runtime) as work:
        work.connection.execute(update(User).values(disabled_at=None, password_hash="another"))
    assert browser.get("/jobs").status_code == 302


@ONLY_SQLITE
def test_a_session_that_was_altered_or_signed_by_another_key_is_none(browser: Browser, build_runtime: Build) -> None:
    browser.log_in()
    name = "callboard"
    cookie = browser.client.get_cookie(name)
    assert cookie
    other = Browser(build_runtime(CALLBOARD_SECRET_KEY="z" * 32))
    for value in (cookie.value[:-2] + "AA", "x" + cookie.value, cookie.value):
        other.client.set_cookie(name, value)
        assert other.get("/jobs").status_code == 302


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
                 "/static/..%2fapp.py", "/%00", "/api/v1/jobs/%00", "/c/%00"):  # fmt: skip
        assert browser.get(path).status_code in {200, 400, 404}, path


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
