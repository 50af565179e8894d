"""What differs between two versions of a campaign: in words, and side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from flows.describing import Line, outline
from flows.findings import has_errors
from flows.reading import read_flow
from flows.writing import write_flow

Kind = Literal["same", "changed", "added", "removed", "moved"]


@dataclass(frozen=True, slots=True)
class Row:
    """A part as it was and as it is, beside each other."""

    kind: Kind
    old: Line | None
    new: Line | None

    @property
    def words(self) -> str:
        """What became of the part, as a sentence for people; nothing where nothing did."""
        line = self.new or self.old
        if line is None or self.kind == "same":
            return ""
        name = line.title
        match self.kind:
            case "added":
                return f"{name} was added{_quoted(line.text)}"
            case "removed":
                return f"{name} was removed{_quoted(line.text)}"
            case "moved":
                return f"{name} stands elsewhere"
        return f"{name}: {'; '.join(_changes(self.old, self.new))}" if self.old and self.new else ""


def compare(old: Any, new: Any) -> tuple[Row, ...]:
    """Return the parts of two documents, each as it was and as it is, in the order of the new one."""
    was, now = outline(_in_one_form(old)), outline(_in_one_form(new))
    before = {line.id: line for line in was}
    after = {line.id: line for line in now}
    in_place = _in_place([line.id for line in was if line.id in after], [line.id for line in now if line.id in before])
    rows: list[Row] = []
    for line in now:
        former = before.get(line.id)
        kind: Kind = "added" if former is None else _kind(former, line, in_place)
        rows.append(Row(kind, former, line))
    for place, line in enumerate(was):
        if line.id not in after:
            rows.insert(_place(rows, was[:place]), Row("removed", line, None))
    return tuple(rows)


def _in_one_form(document: Any) -> Any:
    """Return a sound document without what has its usual value: that differs in writing only."""
    flow, findings = read_flow(document)
    return write_flow(flow) if flow and not has_errors(findings) else document


def differences(old: Any, new: Any) -> tuple[str, ...]:
    """Return what differs, a sentence a part."""
    return tuple(words for row in compare(old, new) if (words := row.words))


def _kind(former: Line, line: Line, in_place: set[str]) -> Kind:
    if (former.title, former.text, former.details) != (line.title, line.text, line.details):
        return "changed"
    return "same" if line.id in in_place else "moved"


def _in_place(was: list[str], now: list[str]) -> set[str]:
    """Return what has kept its order; the fewest parts count as moved."""
    matcher = SequenceMatcher(a=was, b=now, autojunk=False)
    return {was[block.a + i] for block in matcher.get_matching_blocks() for i in range(block.size)}


def _place(rows: list[Row], before: tuple[Line, ...]) -> int:
    """Return where a part that is gone is shown: behind what stood before it."""
    ids = [line.id for line in before]
    for place in range(len(rows) - 1, -1, -1):
        row = rows[place]
        if row.old is not None and row.old.id in ids:
            return place + 1
    return 0


def _changes(old: Line, new: Line) -> Iterator[str]:
    if old.title != new.title:
        yield f"was {old.title}"
    if old.text != new.text:
        yield f"“{_short(old.text)}” became “{_short(new.text)}”"
    if old.details != new.details:
        yield f"{_short(old.details) or 'nothing more'} became {_short(new.details) or 'nothing more'}"


def _quoted(text: str) -> str:
    return f": “{_short(text)}”" if text else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 160 else f"{text[:159]}…"
