"""A whole story with planted names, numbers, texts and secrets: none of them in any line of the log."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from twilio.request_validator import RequestValidator

from bot.channels.base import ChannelKind, LookupFailed, NotSent, OutgoingMessage, RateLimited, SendError
from bot.channels.twilio import TwilioSender
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.sending import send_due
from bot.intake.keys import create_key
from bot.intake.users import create_user
from bot.log import configure_logging, log_event
from bot.models import Role
from bot.queue import MESSAGES
from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from bot.work import unit_of_work
from tests.conftest import MONDAY, TWILIO, Build, make_ready
from tests.fakes import FakeSender, MemoryContents
from tests.operation.planted import (
    ANSWER,
    CITY,
    EMAIL,
    FIELD,
    FIRST,
    LAST,
    LOGIN,
    PASSWORD,
    PEOPLE,
    PHONE,
    TEXT,
    found_in,
)
from tests.standin.scripted import Answer, ScriptedServer
from tests.stories import HELLO, TWO_QUESTIONS
from webhooks.app import create_app

TOKEN = TWILIO["TWILIO_AUTH_TOKEN"]
METRICS_TOKEN = "planted-metrics-token"
LOUD = ("sqlalchemy.engine", "sqlalchemy.pool", "urllib3", "werkzeug", "gunicorn.error", "gunicorn.access", "twilio",
        "bot", "webhooks", "flows", "campaigns", "rq.worker", "alembic", "flask.app")  # fmt: skip


@contextmanager
def captured(form: Any) -> Iterator[io.StringIO]:
    """Let this process log as a real one does, every logger at its loudest; yield what was written."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in LOUD}
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning, logging.raiseExceptions
    written, stderr = io.StringIO(), sys.stderr
    sys.stderr = written
    try:
        configure_logging(form)
        for name in ("", *LOUD):
            logging.getLogger(name or None).setLevel(logging.DEBUG)
        yield written
    finally:
        sys.stderr = stderr
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        for name, level in before[2].items():
            logging.getLogger(name).setLevel(level)
        sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning, logging.raiseExceptions = hooks


class Unready:
    """Something whose end fails where nobody can catch it."""

    def __del__(self) -> None:
        raise ValueError(TEXT)


class World:
    """The real application, called as the world calls it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.app: Flask = create_app(runtime)
        self.client: FlaskClient = self.app.test_client()
        self.answers: list[str] = []
        with unit_of_work(runtime) as work:
            self.key = create_key(work, "planted", ())
            create_user(work, LOGIN, Role.ADMIN, PASSWORD, f"{FIRST} {LAST}")

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers, **options)

    def twilio(self, path: str, *, signed: bool = True, **fields: str) -> int:
        """Post a webhook of Twilio's."""
        form = {"AccountSid": TWILIO["TWILIO_ACCOUNT_SID"], "From": f"whatsapp:{PHONE}", "WaId": PHONE[1:],
                "To": "whatsapp:+15005550006", "ProfileName": f"{FIRST} {LAST}", **fields}  # fmt: skip
        url = f"{self.runtime.settings.public_url}/webhooks/twilio/{path}"
        signature = RequestValidator(TOKEN).compute_signature(url, form) if signed else "forged"
        answer = self.client.post(f"/webhooks/twilio/{path}", data=form, headers={"X-Twilio-Signature": signature})
        self.answers.append(answer.text)
        return answer.status_code

    def says(self, number: int, text: str) -> int:
        return self.twilio("messages", MessageSid=f"MM{number:032x}", Body=text)

    def sweep(self) -> None:
        send_due(self.runtime)
        for sweep in SWEEPS:
            if sweep.queue is not MESSAGES:  # that one sends, and naps by the clock of the wall
                sweep.run(self.runtime)
        self.runtime.clock.move(timedelta(seconds=90))  # type: ignore[attr-defined]


PLANTED_CAMPAIGN = {**TWO_QUESTIONS, "modules": [
    {"key": "basics", "type": "questions", "questions": [
        {"key": "home", "type": "text", "text": "Where do you live?", "maps_to": "candidate.city"}]}],
    "rules": []}  # fmt: skip


def applied(world: World) -> Any:
    """Make a job and let the planted person apply."""
    stages = [{"name": "screening", "type": "form", "campaign": PLANTED_CAMPAIGN}]
    job = world.api("POST", "/jobs", {"title": "Cook", "default_country": "US", "stages": stages}).json
    person = {"first_name": FIRST, "last_name": LAST, "phone": PHONE, "email": EMAIL, "city": CITY,
              "fields": {"note": FIELD}}  # fmt: skip
    body = {"job": job["id"], "stage": job["stages"][0]["id"], "candidate": person}
    made = world.api("POST", "/applications", body)
    assert made.status_code == 201, made.text
    return made.json


def the_story(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Live through everything that goes well and everything that goes wrong."""
    made = applied(world)
    world.sweep()
    assert world.says(1, f"yes {TEXT}") == 200
    assert world.says(2, ANSWER) == 200
    assert world.says(3, TEXT) == 200
    world.sweep()
    assert world.twilio("messages", signed=False, MessageSid="SM" + "9" * 32, Body=TEXT) == 403
    assert world.twilio("messages", MessageSid=PHONE, Body=TEXT) == 400
    assert world.twilio("status/" + PHONE, MessageSid=TEXT, MessageStatus=TEXT) == 400
    assert world.twilio("status/" + PHONE, MessageSid="SM" + "8" * 32, MessageStatus=TEXT) == 204
    fail_inside(world, monkeypatch)
    fail_in_the_database(world)
    call_the_api_badly(world, made)
    use_the_pages(world)


def fail_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers raise errors that carry the text."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"cannot read {TEXT} of {PHONE}") from KeyError(EMAIL)

    with monkeypatch.context() as patch:
        patch.setattr("bot.dialogue.inbox.handle", fail)
        assert world.says(4, TEXT) == 200
        patch.setattr("webhooks.twilio.receive", fail)
        assert world.says(5, TEXT) == 500
        patch.setattr("webhooks.api.candidates.show_candidate", fail)
        refused = world.api("GET", "/candidates?limit=1")
        assert refused.status_code == 500
        world.answers.append(refused.text)
        patch.setattr("bot.dialogue.backlog.handle", fail)
        for _ in range(4):
            world.sweep()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.excepthook(RuntimeError, RuntimeError(TEXT), None)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"deprecated: {TEXT}", UserWarning, stacklevel=1)
    Unready()
    logging.getLogger("gunicorn.access").info("%s %s", PHONE, f"GET /c/{TEXT}")
    logging.getLogger("gunicorn.error").critical("Error handling request %s", f"/c/{TEXT}")
    logging.getLogger("urllib3.connectionpool").warning("Retrying after %r: %s", EMAIL, f"/Messages?To={PHONE}")
    logging.getLogger("webhooks").error("%s", TEXT)


def fail_in_the_database(world: World) -> None:
    """The database refuses statements, with their parameters at hand."""

    def refuse(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT INTO MESSAGES", "SELECT CANDIDATES")):
            raise OperationalError(statement, parameters, Exception(f"disk full at {parameters!r} {TEXT}"))

    engine = world.runtime.database.engine
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        world.answers.append(str(world.says(6, TEXT)))
        world.answers.append(world.api("GET", f"/candidates?phone={PHONE[1:]}").text)
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


def call_the_api_badly(world: World, made: Any) -> None:
    """Wrong bodies, wrong keys, and a person who has applied already."""
    world.client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {world.key}x"})
    world.client.post(f"/api/v1/applications?{PHONE}", data=f"{{{TEXT}")
    world.api("POST", "/applications", {"candidate": {"phone": PHONE, TEXT: EMAIL}})
    world.api("POST", "/applications", {"job": made["job"], "stage": made["stage"],
                                        "candidate": {"first_name": FIRST, "last_name": LAST, "phone": f"x{PHONE}"}})  # fmt: skip
    world.api("PATCH", f"/candidates/{made['candidate']}", {"fields": {"note": FIELD}, "email": EMAIL})
    world.api("POST", f"/candidates/{made['candidate']}/messages", {"text": TEXT})
    world.api("GET", f"/candidates/{made['candidate']}/messages")
    strangers = [f"/{TEXT}", f"/c/{PHONE}", "/jobs/x", f"/api/v1/{TEXT}", "/metrics"]
    world.answers += [world.app.test_client().get(path).text for path in strangers]


def use_the_pages(world: World) -> None:
    """Log in, wrongly and rightly, and look."""
    browser = world.app.test_client()
    browser.get("/log-in")
    with browser.session_transaction() as session:
        token = session["csrf"]
    assert browser.post("/log-in", data={"csrf": token, "email": LOGIN, "password": PASSWORD + "x"}).status_code == 422
    assert browser.post("/log-in", data={"csrf": token, "email": LOGIN, "password": PASSWORD}).status_code == 302
    assert browser.get("/jobs").status_code == 200


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_whole_story_leaves_nothing_of_anybody_in_the_log(
    build_runtime: Build, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    first = build_runtime()
    sender = FakeSender(first.clock, listed=[HELLO])
    runtime = build_runtime(sender, CALLBOARD_METRICS_TOKEN=METRICS_TOKEN)
    make_ready(runtime)
    refresh_templates(runtime)
    with captured(form) as written:
        world = World(runtime)
        sender.fails = [NotSent("no connection"), RateLimited("slow", retry_after=timedelta(seconds=1))]
        the_story(world, monkeypatch)
    text = written.getvalue()
    assert {
        "inbound_not_handled",
        "request_failed",
        "api_request_failed",
        "send_failed",
        "uncaught",
        "python_warning",
    } <= events(text, form)
    assert not found_in(text, *PEOPLE, world.key, TOKEN, METRICS_TOKEN, runtime.settings.secret_key)
    given = "\n".join(world.answers)
    assert not found_in(given, FIRST, LAST, EMAIL, CITY, ANSWER, FIELD, LOGIN, PASSWORD, world.key, TOKEN)
    figures = world.client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert figures.status_code == 200
    assert not found_in(figures.text, *PEOPLE, world.key, TOKEN, METRICS_TOKEN)


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_provider_that_quotes_the_number_is_not_repeated_in_the_log(form: str) -> None:
    quoted = f"The 'To' number {PHONE} of {FIRST} is not valid: {TEXT}"
    message = OutgoingMessage("m1", ChannelKind.WHATSAPP, "+15005550006", PHONE, TEXT)
    refusal = Answer(400, {"code": 21211, "message": quoted, "more_info": f"https://x/{PHONE}", "status": 400})
    with ScriptedServer() as provider, captured(form) as written:
        sender = TwilioSender(TWILIO["TWILIO_ACCOUNT_SID"], TOKEN, callback_url=lambda id_: f"http://x/{id_}?t={PHONE}",
                              contents=MemoryContents(), api_base=provider.url, content_base=provider.url, timeout=2)  # fmt: skip
        log = logging.getLogger("bot.dialogue.sending")
        provider.answer(refusal, Answer(201, quoted.encode()), Answer(500, quoted.encode()), Answer(behaviour="reset"))
        for _ in range(4):
            with pytest.raises(SendError) as caught:
                sender.send(message)
            log_event(log, "send_failed", level=logging.WARNING, message=message.public_id, error=caught.value)
        provider.answers.clear()
        provider.answer(refusal)
        with pytest.raises(LookupFailed) as unanswered:
            list(sender.sent_to(PHONE, ChannelKind.WHATSAPP, MONDAY))
        log_event(log, "lookup_failed", level=logging.WARNING, error=unanswered.value)
    assert written.getvalue().count("send_failed") == 4
    assert not found_in(written.getvalue(), PHONE, FIRST, TEXT, TOKEN)


def events(text: str, form: str) -> set[str]:
    lines = text.splitlines()
    if form == "json":
        return {json.loads(line)["event"] for line in lines}
    return {line.split()[2] for line in lines if line[:2] == "20"}
