"""Named points at which a test lets the process die, to see what is left behind. Nothing happens unless one is set."""

import os

EXIT = 86
_armed: dict[str, int] = {}


def arm(name: str, *, at: int = 1) -> None:
    """Let the process exit, without any clean-up, when it comes to the point of that name for the *at*-th time."""
    _armed[name] = at


def crash_point(name: str) -> None:
    """Die here if a test has asked for it."""
    if name in _armed:
        _armed[name] -= 1
        if _armed[name] == 0:
            os._exit(EXIT)
