"""Signs to wait for, where something else must have got to a certain point."""

import sys
import threading
import time
from collections.abc import Callable

from sqlalchemy import text

from bot import db
from bot.runtime import Runtime
from bot.work import reading


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Ask again and again until it is so."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it has not come to that"
        time.sleep(0.01)


def somebody_waits(runtime: Runtime) -> bool:
    """Tell whether a transaction of another thread waits for one that is under way, in this thread."""
    return _enters_sqlite() if runtime.database.is_sqlite else _waits_in_postgresql(runtime)


def _enters_sqlite() -> bool:
    """Tell whether another thread stands where a transaction begins, and nobody gets past while one is under way."""
    frames = [frame.f_code for ident, frame in sys._current_frames().items() if ident != threading.get_ident()]
    return any(code.co_filename == db.__file__ and code.co_name in ("write", "run_raw") for code in frames)


def _waits_in_postgresql(runtime: Runtime) -> bool:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with reading(runtime) as work:
        return work.connection.execute(text(waiting)).first() is not None
