"""All that match a filter: what the sheet has shown is done, to those whom it has shown, or nothing is."""

import re

import pytest
from sqlalchemy import update

from bot.models import Application
from bot.work import unit_of_work
from tests.stories import Story
from tests.webhooks.at_board import AtBoard


@pytest.fixture
def board(story: Story) -> AtBoard:
    story.job()
    return AtBoard(story)


def everybody(board: AtBoard, **chosen: str) -> dict[str, str]:
    """Return the form of the sheet for all in the first stage."""
    sheet = board.part(f"{board.job}/plan", all="1", stage=board.stage("new"), **chosen)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', sheet))


def test_who_comes_while_the_sheet_is_open_is_not_moved_with_those_whom_it_showed(board: AtBoard) -> None:
    ann, bob = board.apply("Ann", 1), board.apply("Bob", 2)
    form = everybody(board, kind="move", move_to=board.stage("screening"))
    cat = board.apply("Cat", 3)
    assert "2 applications move to screening" in board.part(f"{board.job}/bulk", **form)
    board.wait()
    assert [board.where(each) for each in (ann, bob, cat)] == ["screening", "screening", "new"]


def test_nobody_is_moved_where_others_match_by_then_than_the_sheet_showed(board: AtBoard) -> None:
    ann, bob = board.apply("Ann", 1), board.apply("Bob", 2)
    form = everybody(board, kind="archive")
    with unit_of_work(board.runtime) as work:
        elsewhere = update(Application).where(Application.public_id == ann)
        work.connection.execute(elsewhere.values(stage_id=board.story.stages["Barista/rejected"]))
    told = board.part(f"{board.job}/bulk", **form)
    assert "Nothing was done: who matches has changed since the sheet was shown, to 1 now" in told
    for left_out in ("shown", "newest"):
        part = {name: value for name, value in everybody(board, kind="archive").items() if name != left_out}
        assert "look at the sheet again" in board.part(f"{board.job}/bulk", **part)
    board.wait()
    assert (board.where(ann), board.where(bob)) == ("rejected", "new")


def test_a_tag_too_is_put_on_those_who_were_counted(board: AtBoard) -> None:
    board.apply("Ann", 1)
    form = everybody(board, kind="tag")
    board.apply("Bob", 2)
    assert "Ann Silva is tagged" in board.part(f"{board.job}/bulk", **form, put="night")
