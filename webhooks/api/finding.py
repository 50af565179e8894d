"""Public ids of the outside ↔ keys inside."""

from sqlalchemy import select

from bot.errors import NotFound
from bot.intake.people import candidate_by_ref
from bot.models import Application, Candidate, Enrolment, Job, Message, Stage
from bot.work import Work
from webhooks.api.problems import wrong_field

Findable = type[Job] | type[Stage] | type[Application] | type[Candidate] | type[Enrolment] | type[Message]


def key_of(work: Work, what: Findable, public_id: str) -> int:
    """Return the key of what the path names. Raises `NotFound`."""
    found = _look(work, what, public_id)
    if found is None:
        raise NotFound(f"there is no {_named(what)} with this id")
    return found


def key_in(work: Work, what: Findable, public_id: str, field: str) -> int:
    """Return the key of what *field* of a body or query names. Raises `Problem` (422) for that field."""
    found = _look(work, what, public_id)
    if found is None:
        raise wrong_field(field, f"there is no {_named(what)} with this id")
    return found


def _look(work: Work, what: Findable, public_id: str) -> int | None:
    if what is Candidate:
        return candidate_by_ref(work, public_id)
    found = select(what.id).where(what.public_id == public_id)
    if what is Stage:
        found = found.where(Stage.job_id.is_not(None))  # else it was removed
    return work.connection.execute(found).scalar_one_or_none()


def _named(what: Findable) -> str:
    return what.__name__.lower()
