"""The functions that RQ calls: thin, safe to run twice, found by their dotted names."""

from bot.dialogue.draining import drain
from bot.outgoing import delivering
from bot.runtime import Runtime


def drain_messages(runtime: Runtime) -> None:
    """Send what is due."""
    drain(runtime)


def deliver_outgoing(runtime: Runtime) -> None:
    """Tell other systems what has happened."""
    delivering.deliver(runtime)
