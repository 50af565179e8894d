"""People who may be one, on the pages."""

import pytest
from sqlalchemy import select, update

from bot.models import Candidate, Conversation, DistinctPair, Job, Merge, Role, User
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.webhooks.desk import Desk
from tests.webhooks.test_adding import add, count, make_job, ref


@pytest.fixture
def desk(runtime: Runtime) -> Desk:
    make_job(runtime)
    made = Desk(runtime)
    add(made, "New", sends="no", email="ann@example.org")
    add(made, "New", sends="no", phone="415 555 0191", email="ann@example.org", first_name="Anna")
    return made


def places(desk: Desk) -> tuple[str, str, list[str]]:
    """Return the list, the page of the one pair, and the ids of the two."""
    with reading(desk.runtime) as work:
        ids = list(work.connection.execute(select(Candidate.public_id).order_by(Candidate.id)).scalars())
    listed = f"/jobs/{ref(desk, Job, 'Barista')}/duplicates"
    return listed, f"{listed}/{ids[0]}/{ids[1]}", ids


def test_two_are_compared_and_merged_into_the_one_who_was_chosen(desk: Desk) -> None:
    listed, pair, ids = places(desk)
    assert pair in desk.page(listed)
    page = desk.page(pair)
    assert "+1 415-555-0191" in page
    assert "Barista" in page
    assert desk.post(pair, kept=ids[1]).location == listed
    page = desk.page(listed)
    assert "They are one person now." in page
    assert "Nobody looks like somebody else" in page
    assert (count(desk, Candidate), count(desk, Merge), desk.one(Candidate.first_name)) == (1, 1, "Anna")
    desk.page(pair, 404)
    assert "they may have been merged" in desk.page(desk.post(pair, kept=ids[1]).location)


def test_two_who_are_told_apart_are_not_shown_again(desk: Desk) -> None:
    listed, pair, _ = places(desk)
    desk.post(pair, kept="both")
    assert "They stay two people." in desk.page(listed)
    assert (count(desk, DistinctPair), count(desk, Candidate)) == (1, 2)


def test_nothing_happens_before_it_is_said_who_stays(desk: Desk) -> None:
    _, pair, _ = places(desk)
    assert "Say who stays." in desk.page(desk.post(pair, kept="somebody").location)
    assert count(desk, Candidate) == 2


def test_the_old_address_of_a_conversation_leads_to_that_of_the_one_who_was_kept(desk: Desk) -> None:
    _, pair, ids = places(desk)
    desk.post(pair, kept=ids[1])
    assert desk.client.get(f"/inbox/{ids[0]}").location == f"/inbox/{ids[1]}"
    assert "Anna" in desk.page(f"/inbox/{ids[1]}")
    assert desk.post(f"/inbox/{ids[0]}/hold").status_code == 303
    assert desk.one(Conversation.held_by) is not None
    manager = Desk(desk.runtime, Role.HIRING_MANAGER)
    manager.page(f"/inbox/{ids[0]}", 403)
    thread = f"/inbox/{ids[0]}/conversation"
    assert manager.client.get(thread, headers={"HX-Request": "true"}).status_code == 404
    with unit_of_work(desk.runtime) as work:
        key = select(User.id).where(User.role == Role.HIRING_MANAGER).scalar_subquery()
        work.connection.execute(update(Job).values(hiring_manager_id=key))
    assert manager.client.get(thread, headers={"HX-Request": "true"}).status_code == 200
