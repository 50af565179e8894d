"""The page of what was asked for many applications: who may stop it, and to whom it offers that."""

from sqlalchemy import select, update

from bot.models import BulkMove, Job, Role, User
from bot.work import reading, unit_of_work
from tests.stories import Story
from tests.webhooks.at_board import AtBoard
from tests.webhooks.desk import Desk, on_sqlite


def manager_of(story: Story) -> Desk:
    """Return the hiring manager of all jobs."""
    manager = Desk(story.runtime, Role.HIRING_MANAGER)
    with unit_of_work(story.runtime) as work:
        key = work.connection.execute(select(User.id).where(User.role == Role.HIRING_MANAGER)).scalar_one()
        work.connection.execute(update(Job).values(hiring_manager_id=key))
    return manager


def was_taken_back(story: Story, bulk: str) -> bool:
    with reading(story.runtime) as work:
        found = select(BulkMove.cancelled_at).where(BulkMove.public_id == bulk)
        return work.connection.execute(found).scalar_one() is not None


def test_a_hiring_manager_takes_back_what_they_have_asked_for_and_nothing_else(story: Story) -> None:
    story.job()
    board = AtBoard(story)
    ann, ben = board.apply("Ann", 1), board.apply("Ben", 2)
    many = board.ask(ann, ben)
    manager = manager_of(story)
    answer = manager.post("/bulk/undo", bulk=many)
    assert "Somebody else has asked for this" in manager.client.get(answer.headers["Location"]).text
    assert not was_taken_back(story, many)
    assert ">Undo<" not in manager.page(f"/bulk/{many}")
    form = {"application": ann, "kind": "move", "move_to": board.stage("screening")}
    manager.post(f"{board.job}/bulk", **form)
    own = manager.one(BulkMove.public_id)
    assert ">Undo<" in manager.page(f"/bulk/{own}")
    manager.post("/bulk/undo", bulk=own)
    assert was_taken_back(story, own)


@on_sqlite
def test_who_may_only_look_is_offered_nothing_to_do(story: Story) -> None:
    story.job()
    board = AtBoard(story)
    many = board.ask(board.apply("Ann", 1), board.apply("Ben", 2))
    assert ">Pause<" in board.page(f"/bulk/{many}")
    page = Desk(story.runtime, Role.VIEWER).page(f"/bulk/{many}")
    assert "it begins in" in page
    for words in (">Undo<", ">Pause<", "Leave the rest undone"):
        assert words not in page
