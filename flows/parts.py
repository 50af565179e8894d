"""Paths of the parts of a document, such as `modules[1].questions[0].text`."""

import json
import re
from collections.abc import Iterable, Iterator

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class Parts:
    """Parts of a document, each with all that is inside it."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = frozenset(path for path in paths if path)
        self._around = frozenset(part for path in self.paths for part in around(path))

    def hold(self, path: str) -> bool:
        """Tell whether *path* is one of them or inside one."""
        return any(part in self.paths for part in around(path))

    def touch(self, path: str) -> bool:
        """Tell whether one of them is *path* or inside it."""
        return path in self._around


def around(path: str) -> Iterator[str]:
    """Return a path and those of the parts around it."""
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]


def join(path: str, name: str) -> str:
    """Return the path of a field; an odd name is quoted, so that it stays on one line."""
    if not _NAME.fullmatch(name):
        return f"{path}[{json.dumps(name[:64])}]"
    return f"{path}.{name}" if path else name
