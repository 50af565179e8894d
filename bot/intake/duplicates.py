"""People of a job who may be one and the same: two with one e-mail address, or one name and nearly one number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import delete, insert, or_, select

from bot.audit import Actor, record
from bot.errors import NotFound
from bot.intake.columns import plain
from bot.models import Application, Candidate, DistinctPair
from bot.work import Work

MOST_ALIKE = 20
"""Of one name or address; more of them are no slip of somebody's finger."""
MOST_SHOWN = 200
_SLIPS = 2
_LAST_DIGITS = 7


class Likeness(StrEnum):
    """What two people have in common."""

    EMAIL = "email"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Someone:
    """A candidate as they are compared."""

    id: int
    public_id: str
    first_name: str
    last_name: str
    phone: str | None
    email: str | None

    @property
    def name_key(self) -> str:
        """The words of the name in any order."""
        return " ".join(sorted(plain(f"{self.first_name} {self.last_name}").split()))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two who may be one, the one who was known first first."""

    first: Someone
    second: Someone
    likeness: Likeness


def find_duplicates(work: Work, job_id: int) -> list[Pair]:
    """Return the pairs of whom at least one applied for a job, without those who were said to be two people."""
    ours = _people(work, Candidate.id.in_(_applied(job_id)))
    emails = {form for someone in ours if someone.email for form in (someone.email, someone.email.lower())}
    others = _with_emails(work, sorted(emails), job_id)
    distinct = _distinct(work, [someone.id for someone in ours])
    own = {someone.id for someone in ours}
    pairs = likely([*ours, *others])
    shown = [
        pair
        for pair in pairs
        if {pair.first.id, pair.second.id} & own and (pair.first.id, pair.second.id) not in distinct
    ]
    return shown[:MOST_SHOWN]


def _applied(job_id: int) -> Any:
    return select(Application.candidate_id).where(Application.job_id == job_id)


_COLUMNS = (
    Candidate.id,
    Candidate.public_id,
    Candidate.first_name,
    Candidate.last_name,
    Candidate.phone,
    Candidate.email,
)


def _people(work: Work, *which: Any) -> list[Someone]:
    rows = work.connection.execute(select(*_COLUMNS).where(*which).order_by(Candidate.id))
    return [Someone(*row) for row in rows]


def _with_emails(work: Work, emails: Sequence[str], job_id: int) -> list[Someone]:
    """Return who has one of these addresses and never applied for the job."""
    found: list[Someone] = []
    for start in range(0, len(emails), 500):
        some = emails[start : start + 500]
        found += _people(work, Candidate.email.in_(some), Candidate.id.not_in(_applied(job_id)))
    return found


def _distinct(work: Work, ids: Sequence[int]) -> set[tuple[int, int]]:
    if not ids:
        return set()
    low, high = min(ids), max(ids)
    near = or_(DistinctPair.first_id.between(low, high), DistinctPair.second_id.between(low, high))
    rows = work.connection.execute(select(DistinctPair.first_id, DistinctPair.second_id).where(near))
    return {(row.first_id, row.second_id) for row in rows}


def likely(people: Iterable[Someone]) -> list[Pair]:
    """Return the pairs among people who may be one. Pure."""
    by_email: dict[str, list[Someone]] = {}
    by_name: dict[str, list[Someone]] = {}
    for someone in sorted(people, key=lambda someone: someone.id):
        if someone.email:
            by_email.setdefault(someone.email.lower(), []).append(someone)
        if " " in someone.name_key:  # a first name alone is many people's
            by_name.setdefault(someone.name_key, []).append(someone)
    found: dict[tuple[int, int], Pair] = {}
    for likeness, groups in ((Likeness.EMAIL, by_email), (Likeness.NAME, by_name)):
        for group in groups.values():
            for first, second in combinations(group[:MOST_ALIKE], 2):
                if likeness is Likeness.EMAIL or similar_numbers(first.phone, second.phone):
                    found.setdefault((first.id, second.id), Pair(first, second, likeness))
    return sorted(found.values(), key=lambda pair: (pair.second.id, pair.first.id), reverse=True)


def similar_numbers(first: str | None, second: str | None) -> bool:
    """Say whether two numbers are a slip of the finger apart, or differ in the country alone, or one is missing."""
    if not first or not second:
        return True
    return OSA.distance(first, second) <= _SLIPS or first[-_LAST_DIGITS:] == second[-_LAST_DIGITS:]


def tell_apart(work: Work, first: str, second: str, actor: Actor) -> None:
    """Note that two candidates, by their public ids, are two people. Raises `NotFound`."""
    found = select(Candidate.id).where(Candidate.public_id.in_([first, second])).order_by(Candidate.id)
    ids = list(work.connection.execute(found).scalars())
    if len(ids) < len({first, second}) or len(ids) != len((first, second)):
        raise NotFound("one of these people is not here any more: they may have been merged")
    known = select(DistinctPair.at).where(DistinctPair.first_id == ids[0], DistinctPair.second_id == ids[1])
    if work.connection.execute(known).first() is None:
        values = {"first_id": ids[0], "second_id": ids[1], "user_id": actor.user_id, "at": work.now}
        work.connection.execute(insert(DistinctPair).values(values))
        record(work, actor, "candidate.told_apart", "candidate", first, {"other": second})


def keep_apart(work: Work, kept_id: int, gone_id: int) -> None:
    """Let whom a candidate was told apart from be apart from the one who that candidate turned out to be."""
    of_gone = or_(DistinctPair.first_id == gone_id, DistinctPair.second_id == gone_id)
    pairs = work.connection.execute(select(DistinctPair).where(of_gone)).all()
    work.connection.execute(delete(DistinctPair).where(of_gone))
    of_kept = or_(DistinctPair.first_id == kept_id, DistinctPair.second_id == kept_id)
    rows = work.connection.execute(select(DistinctPair.first_id, DistinctPair.second_id).where(of_kept))
    known = {(row.first_id, row.second_id) for row in rows}
    for pair in pairs:
        other = pair.second_id if pair.first_id == gone_id else pair.first_id
        first, second = min(kept_id, other), max(kept_id, other)
        if first != second and (first, second) not in known:
            values = {"first_id": first, "second_id": second, "user_id": pair.user_id, "at": pair.at}
            work.connection.execute(insert(DistinctPair).values(values))
