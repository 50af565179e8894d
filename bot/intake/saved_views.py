"""Filters of a board under a name, for oneself or for everybody who sees the job."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, or_, select, update

from bot.errors import Conflict, InvalidEvent, NotAllowed, NotFound
from bot.models import SavedView, Topic, User, new_public_id
from bot.work import Work

LONGEST_NAME = 60
LONGEST_QUERY = 2000
MOST = 100
"""Of one user for one job."""


@dataclass(frozen=True, slots=True)
class View:
    """A saved view, as somebody sees it who may use it."""

    id: str
    name: str
    query: str
    is_shared: bool
    is_mine: bool
    owner: str


def save_view(work: Work, job_id: int, owner_id: int, name: str, query: str, *, shared: bool) -> str:
    """Keep a filter, instead of one's own of the same name; return its public id.

    *query* is what `BoardFilter.to_query` writes, with whatever else the page has in its address. Raises
    `InvalidEvent`, `Conflict`.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise InvalidEvent(f"give the view a name of at most {LONGEST_NAME} characters", field="name")
    if len(query) > LONGEST_QUERY:
        raise InvalidEvent("this filter is too long to be saved: leave something out", field="query")
    mine = (SavedView.job_id == job_id, SavedView.owner_id == owner_id)
    known = dict(work.connection.execute(select(SavedView.name, SavedView.public_id).where(*mine)).all())
    work.changed(Topic.JOB, job_id)
    if (ref := known.get(plain)) is not None:
        work.connection.execute(
            update(SavedView).where(SavedView.public_id == ref).values(query=query, is_shared=shared)
        )
        return ref
    if len(known) >= MOST:
        raise Conflict(f"there are {MOST} views of yours for this job: delete one first")
    values = {"job_id": job_id, "owner_id": owner_id, "name": plain, "query": query, "is_shared": shared}
    public_id = new_public_id()
    work.connection.execute(insert(SavedView).values(public_id=public_id, created_at=work.now, **values))
    return public_id


def delete_view(work: Work, job_id: int, ref: str, user_id: int) -> None:
    """Delete one's own view. Raises `NotFound`, `NotAllowed`."""
    found = select(SavedView.owner_id).where(SavedView.public_id == ref, SavedView.job_id == job_id)
    owner_id = work.connection.execute(found).scalar_one_or_none()
    if owner_id is None:
        raise NotFound("there is no such view")
    if owner_id != user_id:
        raise NotAllowed("only who saved a view can delete it")
    work.connection.execute(delete(SavedView).where(SavedView.public_id == ref))
    work.changed(Topic.JOB, job_id)


def views_of(work: Work, job_id: int, user_id: int) -> list[View]:
    """Return the views that a user has for a job: their own and those that are shared, by name."""
    rows = work.connection.execute(
        select(
            SavedView.public_id, SavedView.name, SavedView.query, SavedView.is_shared, SavedView.owner_id,
            User.name.label("owner"),
        )
        .join(User, User.id == SavedView.owner_id)
        .where(SavedView.job_id == job_id, or_(SavedView.owner_id == user_id, SavedView.is_shared))
        .order_by(SavedView.name, SavedView.id)
    )  # fmt: skip
    return [View(row.public_id, row.name, row.query, row.is_shared, row.owner_id == user_id, row.owner) for row in rows]
