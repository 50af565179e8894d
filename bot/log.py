"""The log: one event a line, with ids. Never texts of messages, addresses, names, tokens or query strings.

The rule: `log_event(logger, "message_sent", message=public_id)`. The event is a constant name; values go in
by the names of `FIELDS` and must look like ids, counts or words of ours. Whatever else reaches the log is
printed without its values: of any other record only the constant part, of an exception that is not a
`BotError` only its type and where it came from, as databases and providers quote what they were given; of
an `InvalidEvent` only the field.
Control characters are escaped, so a line is always one event (ASVS 16.4.1).
"""

import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from traceback import extract_tb
from types import TracebackType
from typing import Literal, TextIO

from bot.errors import BotError, InvalidEvent

# What it is about: public ids, or keys inside.
_THINGS = (
    "application booking broadcast candidate conversation delivery enrolment file job mail_campaign message "
    "move recipient row stage stage_campaign template user webhook_endpoint"
)
# Where it happened, and how it went, in words and numbers that are ours or the provider's.
_CIRCUMSTANCES = (
    "attempt channel code count kind outcome pid port process provider provider_id queue reason route "
    "seconds status sweep task worker"
)
FIELDS = frozenset(f"{_THINGS} {_CIRCUMSTANCES}".split())
OURS = ("bot", "campaigns", "flows", "webhooks")

_PLAIN = re.compile(r"[\w.:-]{1,80}", re.ASCII)
_PHONE = re.compile(r"(?<![0-9A-Za-z])\+?[0-9][0-9.:-]{6,}(?![0-9A-Za-z])", re.ASCII)
"""A number in any spelling; ids have letters among their digits."""
_WITHHELD = "(withheld)"


def log_event(
    logger: logging.Logger,
    event: str,
    *,
    level: int = logging.INFO,
    error: BaseException | None = None,
    **fields: str | float,
) -> None:
    """Log *event* with *fields*; one that `FIELDS` does not name, or whose value is no id, is withheld."""
    logger.log(level, event, exc_info=error, extra={"ids": {name: _safe(name, fields[name]) for name in fields}})


def configure_logging(form: Literal["text", "json"]) -> None:
    """Send all logging of this process to standard error, and uncaught exceptions and warnings with it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    handler.addFilter(_worth_a_line)  # not by levels: libraries set those of their loggers when imported
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.raiseExceptions = False  # a record that cannot be formatted would be printed with its values
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread_uncaught
    sys.unraisablehook = _log_unraisable
    warnings.showwarning = _log_warning


class TextFormatter(logging.Formatter):
    """`2026-03-02T09:00:00.000Z INFO message_sent message=…`, the stack of an error below it."""

    def format(self, record: logging.LogRecord) -> str:
        ids = "".join(f" {name}={value}" for name, value in _ids(record).items())
        stack = "".join(f"\n    {line}" for line in _stack(record))
        return f"{_time(record)} {record.levelname} {_event(record)}{ids}{stack}"


class JsonFormatter(logging.Formatter):
    """The same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
            **_ids(record),
        }
        stack = list(_stack(record))
        return json.dumps({**line, "stack": stack} if stack else line)


def _worth_a_line(record: logging.LogRecord) -> bool:
    """Pass over the chatter of libraries.

    gunicorn's access log would name addresses, and RQ says every second that Redis is away; workers say so
    once a minute.
    """
    source = record.name.partition(".")[0]
    if source == "rq":
        return record.exc_info is not None
    return source in OURS or (record.levelno >= logging.WARNING and record.name != "gunicorn.access")


def _safe(name: str, value: str | float) -> str | float:
    if name not in FIELDS:
        return _WITHHELD
    if isinstance(value, int | float):
        return value
    return value if _PLAIN.fullmatch(value) and not _PHONE.search(value) else _WITHHELD


def _ids(record: logging.LogRecord) -> Mapping[str, str | float]:
    ids: Mapping[str, str | float] = getattr(record, "ids", {})
    return ids


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event(record: logging.LogRecord) -> str:
    """Return the constant part. Whether other people's text without arguments is constant cannot be known."""
    if record.name.partition(".")[0] in OURS:
        return _escaped(str(record.msg))
    said = str(record.msg) if record.args else _WITHHELD
    return _escaped(f"{record.name} {record.module}:{record.lineno} {said}")


def _stack(record: logging.LogRecord) -> Iterator[str]:
    """Yield the error and what led to it, the first cause last."""
    error = record.exc_info[1] if record.exc_info else None
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield _escaped(_headline(error))
        for frame in extract_tb(error.__traceback__):
            yield _escaped(f"  {'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _headline(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, InvalidEvent):  # its message quotes what came in
        return f"{name}: {error.field}" if error.field else name
    return f"{name}: {error}" if isinstance(error, BotError) else name


def _escaped(text: str) -> str:
    """Write what is not printable (line breaks, terminal codes, text direction) as Python does."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log_event(logging.getLogger("bot"), "uncaught", level=logging.CRITICAL, error=error)


def _log_thread_uncaught(details: threading.ExceptHookArgs) -> None:
    log_event(logging.getLogger("bot"), "uncaught", level=logging.CRITICAL, error=details.exc_value)


def _log_unraisable(details: "sys.UnraisableHookArgs") -> None:
    log_event(logging.getLogger("bot"), "uncaught", level=logging.ERROR, error=details.exc_value)


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001  the hook's own form
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Say which warning and where; libraries quote values in its text."""
    del message
    place = f"{PurePath(filename).stem}:{lineno}"
    log_event(logging.getLogger("bot"), "python_warning", level=logging.WARNING, kind=category.__name__, route=place)
