"""The provider: the tests' stand-in for Twilio as a process, which takes 100 ms for each request."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.support.installation import ACCOUNT, TOKEN, free_port, process
from bot.settings import child_environment

ANSWER_SECONDS = 0.1


@contextmanager
def provider(folder: Path, *options: str) -> Iterator[dict[str, str]]:
    """Run it and give the settings by which an installation reaches it."""
    port = free_port()
    words = ("--port", str(port), "--account", ACCOUNT, "--auth-token", TOKEN, "--answer-delay", str(ANSWER_SECONDS))
    environment = child_environment(CALLBOARD_DATA_DIR=str(folder))
    with process("tests.standin.twilio", *words, *options, environment=environment, port=port):
        base = f"http://127.0.0.1:{port}"
        yield {"TWILIO_API_BASE": base, "TWILIO_CONTENT_BASE": base}
