"""What has changed, from the rows that transactions leave (`Work.changed`) to the names that pages listen to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select

from bot.models import Application, BulkMove, Candidate, Change, Conversation, Import, Job, Merge, Topic, User
from bot.runtime import Runtime
from bot.work import Work, reading

LATE = timedelta(seconds=5)
"""A transaction may commit after a later one, with an earlier number: so long its number is looked for again."""
MOST = 5000


@dataclass(frozen=True, slots=True)
class News:
    """An event of a stream: its name, and the ids that it is about."""

    name: str
    ids: tuple[str, ...] = ()


def latest_change(work: Work) -> int:
    """Return the number of the latest change, 0 before the first."""
    return work.connection.execute(select(func.max(Change.id))).scalar_one() or 0


class Feed:
    """Reads what is new, each change once, in one thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seen: dict[int, Any] = {}
        self._floor = 0

    def start(self) -> int:
        """Begin at what is there now, and return its number."""
        with reading(self._runtime) as work:
            self._floor = latest_change(work)
        self._seen.clear()
        return self._floor

    def read(self) -> tuple[int, list[News]]:
        """Return the latest number, and what has changed since the last call."""
        with reading(self._runtime) as work:
            found = select(Change.id, Change.topic, Change.key, Change.at).where(Change.id > self._floor)
            some = MOST + len(self._seen)  # what is seen already must not crowd out what is not
            rows = work.connection.execute(found.order_by(Change.id).limit(some)).all()
            fresh = [row for row in rows if row.id not in self._seen]
            self._seen |= {row.id: row.at for row in fresh}
            self._forget(work)
            return max(self._seen, default=self._floor), news_of(work, fresh)

    def since(self, number: int) -> list[News]:
        """Return what has changed after that number, for a page that was away, or was perhaps committed late."""
        with reading(self._runtime) as work:
            after = or_(Change.id > number, Change.at > work.now - LATE)
            found = select(Change.topic, Change.key).where(after).order_by(Change.id).limit(MOST)
            return news_of(work, work.connection.execute(found).all())

    def _forget(self, work: Work) -> None:
        old = [number for number, at in self._seen.items() if at < work.now - LATE]
        self._floor = max([self._floor, *old])
        self._seen = {number: at for number, at in self._seen.items() if number > self._floor}


def news_of(work: Work, rows: Iterable[Any]) -> list[News]:
    """Return what pages are told of these changes, each name once."""
    keys: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        keys[row.topic].add(row.key)
    return [
        *_of_conversations(work, keys[Topic.CONVERSATION]),
        *_of_applications(work, keys[Topic.CONVERSATION], keys[Topic.APPLICATION]),
        *_of_jobs(work, keys[Topic.JOB]),
        *(News(f"bulk-{found}") for found in _public_ids(work, BulkMove, keys[Topic.BULK_MOVE])),
        *(News(f"import-{found}") for found in _public_ids(work, Import, keys[Topic.IMPORT])),
        *(News(f"user-{found}") for found in _public_ids(work, User, keys[Topic.USER])),
        *([News("templates")] if keys[Topic.TEMPLATES] else []),
        *([News("inbox"), News("jobs")] if keys[Topic.INBOX] else []),
    ]


def _of_conversations(work: Work, keys: set[int]) -> Iterator[News]:
    """Pages of somebody who was merged have the old name still."""
    if not keys:
        return
    rows = select(Candidate.public_id).join(Conversation, Conversation.candidate_id == Candidate.id)
    merged = select(Merge.gone_public_id).join(Conversation, Conversation.candidate_id == Merge.kept_id)
    for named in (rows, merged):
        for found in work.connection.execute(named.where(Conversation.id.in_(keys))).scalars():
            yield News(f"thread-{found}")
    yield News("talk")


def _of_applications(work: Work, conversations: set[int], applications: set[int]) -> Iterator[News]:
    """Cards change with their application, and with the conversation of their candidate."""
    rows: Sequence[Any] = ()
    if conversations or applications:
        card = select(Job.public_id.label("job"), Application.public_id).join(Job, Job.id == Application.job_id)
        of_these = Application.id.in_(applications)
        talking = card.join(Conversation, Conversation.candidate_id == Application.candidate_id)
        rows = [
            *work.connection.execute(card.where(of_these)),
            *work.connection.execute(talking.where(Conversation.id.in_(conversations))),
        ]
    cards: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        cards[row.job][row.public_id] = None
    yield from (News(f"board-{job}", tuple(found)) for job, found in cards.items())
    if applications:
        yield News("jobs")


def _of_jobs(work: Work, keys: set[int]) -> Iterator[News]:
    for found in _public_ids(work, Job, keys):
        yield News(f"job-{found}")
    if keys:
        yield News("jobs")


def _public_ids(work: Work, model: Any, keys: set[int]) -> list[str]:
    if not keys:
        return []
    return list(work.connection.execute(select(model.public_id).where(model.id.in_(keys))).scalars())
