"""The log: ids and events, never what people wrote or who they are."""

import json
import logging
import sys
import threading

import pytest

from bot.errors import NotFound
from bot.log import JsonFormatter, TextFormatter, configure_logging, log_event

PERSONAL = ("Ann Silva", "+34600111222", "ann@example.org", "I need a visa")


@pytest.fixture
def lines():
    """What a logger writes in the given form."""
    seen = []

    class Keep(logging.Handler):
        def emit(self, record):
            seen.append((TextFormatter().format(record), JsonFormatter().format(record)))

    handler, root = Keep(), logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield seen
    root.removeHandler(handler)
    root.setLevel(logging.WARNING)


def everything(lines):
    return "\n".join(part for line in lines for part in line)


def test_an_event_with_its_ids_in_both_forms(lines):
    log_event(logging.getLogger("bot.outbox"), "message_sent", message="msg_7f", attempt=2)
    text, as_json = lines[0]
    assert text.endswith("Z INFO message_sent message=msg_7f attempt=2")
    read = json.loads(as_json)
    assert read.pop("time").endswith("Z")
    assert read == {
        "level": "info",
        "logger": "bot.outbox",
        "event": "message_sent",
        "message": "msg_7f",
        "attempt": 2,
    }


@pytest.mark.parametrize("value", PERSONAL)
def test_what_does_not_look_like_an_id_is_withheld(lines, value):
    log_event(logging.getLogger("bot"), "message_sent", message=value)
    assert value not in everything(lines)
    assert "message=(withheld)" in lines[0][0]


def test_a_field_that_is_not_listed_is_withheld(lines):
    log_event(logging.getLogger("bot"), "message_sent", body="hello")
    assert "hello" not in everything(lines)


def test_line_breaks_and_terminal_codes_cannot_forge_a_line(lines):
    log_event(logging.getLogger("bot"), "x\r\n2026 INFO forged\x1b[31m\u202e", error=NotFound("no\nsuch"))
    text, as_json = lines[0]
    assert text.splitlines()[0].endswith(r"x\r\n2026 INFO forged\x1b[31m\u202e")
    assert text.splitlines()[1].strip() == r"bot.errors.NotFound: no\nsuch"
    assert len(as_json.splitlines()) == 1


def test_the_message_of_a_foreign_exception_is_withheld_and_its_stack_kept(lines):
    try:
        int(PERSONAL[0])
    except ValueError as error:
        log_event(logging.getLogger("bot"), "sweep_failed", level=logging.ERROR, error=error)
    assert PERSONAL[0] not in everything(lines)
    text = lines[0][0]
    assert "ValueError\n" in text
    assert "test_log.py:" in text
    assert "test_the_message_of_a_foreign_exception" in text


def test_causes_are_told_and_our_own_messages_with_them(lines):
    try:
        try:
            {}[PERSONAL[1]]
        except KeyError as cause:
            raise NotFound("no application app_1") from cause
    except NotFound as error:
        log_event(logging.getLogger("bot"), "failed", error=error)
    assert PERSONAL[1] not in everything(lines)
    stack = json.loads(lines[0][1])["stack"]
    assert stack[0] == "bot.errors.NotFound: no application app_1"
    assert "KeyError" in stack


def test_values_of_other_loggers_are_withheld(lines):
    logging.getLogger("twilio.http_client").warning("%s %s", "POST", PERSONAL[1])
    logging.getLogger("urllib3").warning(f"retry {PERSONAL[2]}")  # noqa: G004  as others do
    logging.getLogger("bot").warning("text of %s", PERSONAL[0])
    assert not [word for word in PERSONAL if word in everything(lines)]
    assert "twilio.http_client test_log:" in lines[0][0]
    assert lines[2][0].endswith("WARNING text of %s")


@pytest.fixture
def kept_logging():
    """Put the process's logging back."""
    root = logging.getLogger()
    names = ("", "bot", "campaigns", "flows", "webhooks")
    before = root.handlers[:], {name: logging.getLogger(name).level for name in names}
    hooks = sys.excepthook, threading.excepthook, logging.raiseExceptions
    yield
    root.handlers[:] = before[0]
    for name, level in before[1].items():
        logging.getLogger(name).setLevel(level)
    sys.excepthook, threading.excepthook, logging.raiseExceptions = hooks


def test_a_configured_process_is_quiet_about_requests_and_loud_about_us(kept_logging, capsys):
    configure_logging("json")
    logging.getLogger("gunicorn.access").critical("GET /c/token")
    logging.getLogger("werkzeug").info("GET /c/token")
    logging.getLogger("sqlalchemy.engine").info("SELECT 1")
    logging.getLogger("rq.worker").error("could not connect")
    log_event(logging.getLogger("webhooks.api"), "served")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["served"]


def test_uncaught_exceptions_keep_their_message_to_themselves(kept_logging, capsys):
    configure_logging("text")
    error = ValueError(PERSONAL[3])
    sys.excepthook(ValueError, error, None)
    thread = threading.Thread(target=lambda: int(PERSONAL[3]))
    thread.start()
    thread.join()
    written = capsys.readouterr().err
    assert PERSONAL[3] not in written
    assert written.count("CRITICAL uncaught") == 2
