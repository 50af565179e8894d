"""Which rows a user sees: a hiring manager the jobs that are theirs, all others every job."""

from flask import abort
from sqlalchemy import ColumnElement, select, true

from bot.intake.people import candidate_by_ref
from bot.models import Application, Job, Role, User
from bot.work import Work

ALONE = frozenset({Role.HIRING_MANAGER})
"""Who moves one application at a time, and takes back no move of others."""


def sees_every_job(user: User) -> bool:
    """Say whether *user* may know of every job, and of all for which a candidate has applied."""
    return user.role != Role.HIRING_MANAGER


def jobs_of(user: User) -> ColumnElement[bool]:
    """Return the condition on `Job` under which *user* sees it."""
    return true() if sees_every_job(user) else Job.hiring_manager_id == user.id


def sees_job(work: Work, user: User, public_id: str) -> bool:
    """Say whether *user* sees the job of that public id."""
    found = select(Job.id).where(Job.public_id == public_id, jobs_of(user))
    return work.connection.execute(found).first() is not None


def job_in_sight(work: Work, user: User, public_id: str) -> int:
    """Return the id of a job that *user* sees; to all others it is not there (404)."""
    found = work.connection.execute(
        select(Job.id).where(Job.public_id == public_id, jobs_of(user))
    ).scalar_one_or_none()
    return abort(404) if found is None else found


def application_in_sight(work: Work, user: User, public_id: str) -> int:
    """Return the id of an application to a job that *user* sees; to all others it is not there (404)."""
    found = select(Application.id).join(Job, Job.id == Application.job_id)
    found = found.where(Application.public_id == public_id, jobs_of(user))
    key = work.connection.execute(found).scalar_one_or_none()
    return abort(404) if key is None else key


def sees_application_of(work: Work, user: User, candidate: str) -> bool:
    """Say whether *user* sees the candidate of that public id, by any of their applications."""
    if sees_every_job(user):
        return True
    key = candidate_by_ref(work, candidate)
    theirs = select(Application.id).join(Job, Job.id == Application.job_id)
    found = theirs.where(Application.candidate_id == key, jobs_of(user)).limit(1)
    return key is not None and work.connection.execute(found).first() is not None
