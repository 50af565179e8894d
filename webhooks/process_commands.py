"""`callboard serve | worker | clock`: one process each, for a supervisor that runs them beside each other."""

from threading import Event

import click

from bot.queue import MESSAGES
from bot.queue import SWEEPS as SWEEPS_QUEUE
from bot.runtime import build
from bot.settings import Making
from bot.sweeps import SWEEPS
from bot.ticker import run_clock
from bot.worker import run_worker
from webhooks.ready import settings_of_command
from webhooks.serve import LOOPBACK, serve


@click.command("serve")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
def serve_command(host: str) -> None:
    """Run the web server alone."""
    serve(settings_of_command(Making.KEY), host=host)


@click.command("worker")
@click.argument("queue", type=click.Choice([MESSAGES, SWEEPS_QUEUE]))
def worker_command(queue: str) -> None:
    """Run a worker of one queue."""
    stopping = Event()
    run_worker(settings_of_command(Making.KEY), queue, lambda settings: build(settings, stopping), stopping=stopping)


@click.command("clock")
def clock_command() -> None:
    """Run the clock, which wakes what falls due."""
    stopping = Event()
    runtime = build(settings_of_command(Making.KEY), stopping)
    run_clock(runtime, SWEEPS, runtime.queue, stopping=stopping)
