"""Stars that each user gives an application."""

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import InvalidEvent
from bot.models import Rating, Topic
from bot.work import Work

MOST = 5


def rate(work: Work, application_id: int, user_id: int, stars: int) -> None:
    """Keep how many stars a user gives, instead of those given before; 0 takes them back. Raises `InvalidEvent`."""
    if not 0 <= stars <= MOST:
        raise InvalidEvent(f"choose 1 to {MOST} stars, or none", field="stars")
    if stars:
        _put(work, application_id, user_id, stars)
    else:
        mine = (Rating.application_id == application_id, Rating.user_id == user_id)
        work.connection.execute(delete(Rating).where(*mine))
    work.changed(Topic.APPLICATION, application_id)


def _put(work: Work, application_id: int, user_id: int, stars: int) -> None:
    """A double click may come twice at once."""
    dialect = sqlite if work.runtime.database.is_sqlite else postgresql
    values = {"stars": stars, "rated_at": work.now}
    statement = dialect.insert(Rating).values(application_id=application_id, user_id=user_id, **values)
    work.connection.execute(statement.on_conflict_do_update(index_elements=["application_id", "user_id"], set_=values))
