"""Named points at which a test lets the process die, to see what is left behind. Nothing happens unless one is set."""

import os

EXIT = 86
_armed: set[str] = set()


def arm(name: str) -> None:
    """Let the process exit, without any clean-up, when it next comes to the point of that name."""
    _armed.add(name)


def crash_point(name: str) -> None:
    """Die here if a test has asked for it."""
    if name in _armed:
        os._exit(EXIT)
