"""Values from the pieces of a text, without recursion, with the spot of each part."""

import json
from dataclasses import dataclass, field

from flows.parts import join
from flows.spots import Mistake, Spot, UnreadableFlow

DEPTH = 30
"""Lists and mappings inside one another."""
MISTAKES = 100
"""Mistakes of one text that are kept."""

Items = list[object] | dict[str, object]


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being filled; *key* is the field whose value comes next.

    What is *repeated* is the value of a field that there is already: it is read, and not kept.
    """

    items: Items
    path: str
    repeated: bool
    key: str | None = None
    key_repeated: bool = False
    keys: dict[str, Spot] = field(default_factory=dict)


@dataclass(slots=True)
class Builder:
    """What has been built so far, and what was wrong on the way. Raises `UnreadableFlow` where it cannot go on.

    One that is *strict* goes on after no mistake, and takes no note of spots, which makes it faster.
    """

    strict: bool = False
    result: object = None
    spots: dict[str, Spot] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    _frames: list[_Frame] = field(default_factory=list)

    def scalar(self, text: str, value: object, spot: Spot) -> None:
        """Take the name of a field, for which *text* stands, or a *value*."""
        frame = self._frames[-1] if self._frames else None
        if frame and isinstance(frame.items, dict) and frame.key is None:
            self._name(frame, text, spot)
        else:
            self._keep(value, spot)

    def open(self, items: Items, spot: Spot) -> None:
        """Begin the list or mapping *items*, which is empty."""
        if len(self._frames) == DEPTH:
            raise UnreadableFlow(f"more than {DEPTH} lists and mappings inside one another", spot.line, spot.column)
        if self._wants_name():
            problem = "the name of a field must be a word: put a text that begins with {{ or [ in quotes"
            raise UnreadableFlow(problem, spot.line, spot.column)
        path, outer = self._path(), self._frames[-1] if self._frames else None
        repeated = bool(outer and (outer.repeated or outer.key_repeated))
        self._keep(items, spot)
        self._frames.append(_Frame(items, path, repeated))

    def close(self) -> None:
        """End the innermost list or mapping."""
        self.result = self._frames.pop().items

    def mistake(self, problem: str, spot: Spot, *, lost: bool = False) -> None:
        """Note what is wrong with what comes next."""
        if self.strict or (lost and self._wants_name()):
            raise UnreadableFlow(problem, spot.line, spot.column)
        if len(self.mistakes) < MISTAKES:
            self.mistakes.append(Mistake(self._path(), problem, spot, lost))

    def _wants_name(self) -> bool:
        frame = self._frames[-1] if self._frames else None
        return frame is not None and isinstance(frame.items, dict) and frame.key is None

    def _path(self) -> str:
        """Return the path of what comes next."""
        if not self._frames or self.strict:
            return ""
        frame = self._frames[-1]
        if isinstance(frame.items, list):
            return f"{frame.path}[{len(frame.items)}]"
        return frame.path if frame.key is None else join(frame.path, frame.key)

    def _name(self, frame: _Frame, name: str, spot: Spot) -> None:
        frame.key = name
        first = frame.keys.setdefault(name, spot)
        frame.key_repeated = first is not spot
        if frame.key_repeated:
            problem = (
                f"the field {json.dumps(name[:64], ensure_ascii=False)} is written twice, first in line {first.line}"
            )
            self.mistake(f"{problem}: remove one of them", spot)
        elif not (frame.repeated or self.strict):
            self.spots[self._path()] = spot

    def _keep(self, value: object, spot: Spot) -> None:
        if not self._frames:
            self.result = value
            return
        frame = self._frames[-1]
        if isinstance(frame.items, list):
            if not (frame.repeated or self.strict):
                self.spots[self._path()] = spot
            frame.items.append(value)
        elif frame.key is not None:
            if not frame.key_repeated:
                frame.items[frame.key] = value
            frame.key, frame.key_repeated = None, False
