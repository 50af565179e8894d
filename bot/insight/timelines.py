"""Everything that happened to one application, newest first, from all the tables that know of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, literal, or_, select

from bot.errors import InvalidEvent, NotFound
from bot.insight.timeline_sources import SOURCES, Entry, Source
from bot.models import Application, Job
from bot.work import Work

PAGE = 50


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some entries, and what to give for those before them."""

    entries: tuple[Entry, ...]
    before: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entry is: of several of one moment, those of a later source are later."""

    at: datetime
    source: int
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.source}~{self.id}"


def timeline(work: Work, application_id: int, *, before: str = "", most: int = PAGE) -> Timeline:
    """Return what happened to an application, in the job's zone. Raises `NotFound`, `InvalidEvent`."""
    place = _read(before) if before else None
    zone = _zone(work, application_id)
    found = []
    for number, source in enumerate(SOURCES):
        rows = _rows(work, source, number, application_id, place, most)
        found.append([(_Place(row.at, number, row.id), source, row) for row in rows])
    newest = merge(*found, key=lambda each: (each[0].at, each[0].source, each[0].id), reverse=True)
    chosen = list(islice(newest, most + 1))
    entries = tuple(source.show(work, row, zone) for _, source, row in chosen[:most])
    return Timeline(entries, str(chosen[most - 1][0]) if len(chosen) > most else None)


def _zone(work: Work, application_id: int) -> ZoneInfo:
    found = select(Job.time_zone).join(Application, Application.job_id == Job.id)
    name = work.connection.execute(found.where(Application.id == application_id)).scalar_one_or_none()
    if name is None:
        raise NotFound(f"there is no application {application_id}")
    return ZoneInfo(name)


def _rows(
    work: Work, source: Source, number: int, application_id: int, place: _Place | None, most: int
) -> Sequence[Any]:
    rows = source.select(application_id)
    if place is not None:
        rows = rows.where(_earlier(source, number, place))
    return work.connection.execute(rows.order_by(source.at.desc(), source.key.desc()).limit(most + 1)).all()


def _earlier(source: Source, number: int, place: _Place) -> ColumnElement[bool]:
    at = literal(place.at, source.at.type)
    earlier, as_late = source.at < at, source.at == at
    if number == place.source:
        return or_(earlier, and_(as_late, source.key < place.id))
    return or_(earlier, as_late) if number < place.source else and_(earlier)


def _read(before: str) -> _Place:
    try:
        at, source, key = before.split("~")
        moment = datetime.fromisoformat(at)
        place = _Place(moment.astimezone(UTC), int(source), int(key)) if moment.tzinfo else None
    except (ValueError, OverflowError):  # a moment that is in no year of ours once it is in UTC
        place = None
    if place is None or not 0 <= place.id < 2**63 or not 0 <= place.source < len(SOURCES):
        raise InvalidEvent("there is no such place in the timeline: load the page anew", field="before")
    return place
