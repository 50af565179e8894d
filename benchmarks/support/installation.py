"""An installation to be measured: its settings, database, job and processes, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select

from benchmarks.support.conversation import CAMPAIGN, TEMPLATE
from bot.clock import SystemClock
from bot.db import open_database
from bot.embedded import EmbeddedRedis, bound_to_parent
from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.messaging.channels import set_up_channels
from bot.migrate import upgrade
from bot.models import Channel, MessageTemplate, Stage, StageCampaignVersion
from bot.queue import NullQueue
from bot.runtime import Runtime
from bot.settings import child_environment, read_settings
from bot.work import unit_of_work
from flows.flow import StageType

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, TOKEN = "AC" + "0" * 32, "12345678901234567890123456789012"
OUR_NUMBER = "+15005550006"
START_SECONDS, STOP_SECONDS = 30.0, 30.0


@dataclass(frozen=True, slots=True)
class Installation:
    """One database with a job of two stages, and what its processes get as environment."""

    environ: dict[str, str]
    runtime: Runtime
    form_id: int
    holding_id: int
    version_id: int
    channel_id: int

    @property
    def port(self) -> int:
        return int(self.environ["PORT"])

    def environment(self, **changes: str) -> dict[str, str]:
        return child_environment(**{**self.environ, **changes})


def install(folder: Path, database_url: str, **settings: str) -> Installation:
    """Make the tables, our WhatsApp channel at a provider on loopback, an approved template and a job."""
    environ = {
        "CALLBOARD_DATA_DIR": str(folder),
        "CALLBOARD_SECRET_KEY": "k" * 32,
        "CALLBOARD_COUNTRIES": "US",
        "CALLBOARD_SQLITE_SYNCHRONOUS": "NORMAL",
        "CALLBOARD_LOG": "json",
        "DATABASE_URL": database_url,
        "PORT": str(free_port()),
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WHATSAPP_FROM": OUR_NUMBER,
        "TWILIO_API_BASE": "http://127.0.0.1:9",
        "TWILIO_CONTENT_BASE": "http://127.0.0.1:9",
        **settings,
    }
    read = read_settings(environ)
    database = open_database(read.database_url, sqlite_synchronous=read.sqlite_synchronous)
    runtime = Runtime(read, SystemClock(), database, NullQueue(), {})
    upgrade(database)
    return Installation(environ, runtime, *_set_up(runtime))


def _set_up(runtime: Runtime) -> tuple[int, int, int, int]:
    with unit_of_work(runtime) as work:
        set_up_channels(work)
        template = {"name": TEMPLATE, "language": "en", "content_sid": "HX" + "0" * 32, "status": "approved"}
        described = {"category": "UTILITY", "body": "Shall we start?", "variables": [], "rejection_reason": ""}
        work.connection.execute(insert(MessageTemplate).values(**template, **described, seen_at=work.now))
        stages = [StagePlan("Waiting", StageType.REVIEW), StagePlan("Form", StageType.FORM, CAMPAIGN)]
        create_job(work, JobPlan("Barista", stages, default_country="US"))
        holding, form = work.connection.execute(select(Stage.id).order_by(Stage.id)).scalars()
        version = work.connection.execute(select(StageCampaignVersion.id)).scalar_one()
        channel = work.connection.execute(select(Channel.id)).scalar_one()
    return form, holding, version, channel


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def embedded_redis(folder: Path) -> Iterator[str]:
    """Run the embedded Redis and give its address."""
    redis = EmbeddedRedis(folder)
    redis.ensure()
    try:
        yield redis.url
    finally:
        redis.stop()


@contextmanager
def process(*words: str, environment: dict[str, str], port: int | None = None) -> Iterator[int]:
    """Run a Python module with its arguments and give its process id, once it listens on *port* if it does.

    What it says is kept in the data folder and shown where the benchmark fails.
    """
    command = bound_to_parent([sys.executable, "-m", *words])
    said = Path(environment["CALLBOARD_DATA_DIR"], "said.log")
    with said.open("a") as log:
        started = subprocess.Popen(
            command, env=environment, cwd=ROOT, start_new_session=True, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        if port is not None:
            _await_port(started, port)
        yield started.pid
    except BaseException:
        print(said.read_text()[-3000:], file=sys.stderr)
        raise
    finally:
        _stop(started)


def _await_port(started: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while started.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            time.sleep(1)  # the web server listens before its workers have begun
            return
    raise RuntimeError(f"{started.args} does not listen on port {port}")


def _stop(started: subprocess.Popen[bytes]) -> None:
    started.terminate()
    try:
        started.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
