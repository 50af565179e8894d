"""How the person at the terminal can call this program."""

import shlex
import shutil
import sys
from pathlib import Path

NAME = "callboard"


def own_name() -> str:
    """Return what to type for `callboard` here: the bare name where the shell finds this program by it."""
    return shortest_call(Path(sys.argv[0]), Path(sys.executable), shutil.which(NAME), Path.cwd())


def shortest_call(called: Path, python: Path, on_path: str | None, here: Path) -> str:
    """Return how the program *called*, which runs under *python*, can be called from the folder *here*.

    *on_path* is what the shell finds by the bare name. Started as a module, it stands beside the interpreter.
    """
    program = (called if called.name == NAME else python.parent / NAME).absolute()
    if on_path and program.exists() and Path(on_path).samefile(program):
        return NAME
    if not program.exists():
        return f"{shlex.quote(str(python))} -m webhooks"
    if not program.is_relative_to(here):
        return shlex.quote(str(program))
    inside = str(program.relative_to(here))
    return shlex.quote(inside if "/" in inside else f"./{inside}")  # without a slash a shell looks on its path alone
