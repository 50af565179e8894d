"""Many applications at once, written straight into the tables."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.intake.users import create_user
from bot.models import (
    Application,
    Candidate,
    Conversation,
    Enrolment,
    Role,
    Stage,
    StageCampaign,
    User,
    new_public_id,
)
from bot.work import Work, unit_of_work
from flows.lifecycles import EnrolmentStatus
from tests.stories import Story

BASE = 1_000_000
STATUSES = list(EnrolmentStatus)


def user(story: Story, role: Role = Role.RECRUITER, name: str = "Rita Recruiter") -> int:
    """Make a user and return their id."""
    with unit_of_work(story.runtime) as work:
        create_user(work, f"{name.split(maxsplit=1)[0].lower()}@example.org", role, "a long password")
        found = select(func.max(User.id))
        user_id: int = work.connection.execute(found).scalar_one()
        work.connection.execute(update(User).where(User.id == user_id).values(name=name))
    return user_id


def crowd(story: Story, number: int, title: str = "Barista", *, enrolled: bool = True) -> None:
    """Put applications into all stages of a job, the first of them last moved."""
    with unit_of_work(story.runtime) as work:
        stages = [stage for name, stage in story.stages.items() if name.startswith(f"{title}/")]
        job_id = work.connection.execute(select(Stage.job_id).where(Stage.id == stages[0])).scalar_one()
        first = work.connection.execute(select(func.coalesce(func.max(Candidate.id), BASE))).scalar_one() + 1
        _people(work, first, number)
        work.connection.execute(
            insert(Application),
            [_application(work, first + each, job_id, stages[each % len(stages)], each) for each in range(number)],
        )
        if enrolled:
            _enrol(work, first, number, job_id, story.stages[f"{title}/screening"])
    with story.runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if story.runtime.database.is_sqlite else "VACUUM ANALYZE")


def _people(work: Work, first: int, number: int) -> None:
    people = [
        {
            "id": first + each,
            "public_id": new_public_id(),
            "first_name": f"Person{each}",
            "last_name": "Silva",
            "phone": f"+1415{first + each:07d}",
            "phone_key": f"+1415{first + each:07d}",
            "fields": {},
            "created_at": work.now,
        }
        for each in range(number)
    ]
    work.connection.execute(insert(Candidate), people)
    threads = [{"candidate_id": row["id"], "created_at": work.now} for row in people]
    work.connection.execute(insert(Conversation), threads)


def _application(work: Work, key: int, job_id: int, stage_id: int, each: int) -> dict[str, Any]:
    return {
        "id": key,
        "public_id": new_public_id(),
        "job_id": job_id,
        "candidate_id": key,
        "stage_id": stage_id,
        "tags": ["night"] if each % 10 == 0 else [],
        "moved_at": work.now - timedelta(minutes=each),
        "created_at": work.now - timedelta(minutes=each),
    }


def _enrol(work: Work, first: int, number: int, job_id: int, stage_id: int) -> None:
    version = select(StageCampaign.published_version_id).where(StageCampaign.stage_id == stage_id)
    version_id = work.connection.execute(version).scalar_one()
    runs = [
        {
            "id": first + each,
            "public_id": new_public_id(),
            "application_id": first + each,
            "candidate_id": first + each,
            "job_id": job_id,
            "stage_id": stage_id,
            "version_id": version_id,
            "status": STATUSES[each % len(STATUSES)],
            "reason": "superseded" if STATUSES[each % len(STATUSES)] == EnrolmentStatus.CANCELLED else None,
            "position": {},
            "created_at": work.now,
            "delivered_at": work.now,
            "expires_at": work.now + timedelta(days=7),
        }
        for each in range(number)
    ]
    work.connection.execute(insert(Enrolment), runs)
    mine = Application.id.between(first, first + number - 1)
    work.connection.execute(update(Application).where(mine).values(last_enrolment_id=Application.id))
