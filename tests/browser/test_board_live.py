"""A board that is looked at while others work: nothing that is older replaces what is newer, and nothing of one's own is lost."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Site, Visit
from tests.browser.seeding import JOB
from tests.browser.test_board import board, card, numbers, open_board, pile

__all__ = ["board"]  # a fixture
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
MANY = 52
WHOLE = "htmx.trigger(document.getElementById('board'), 'callboard:refresh')"


@pytest.fixture
def long_board(site: Site) -> tuple[str, list[str]]:
    """The address of a board with more people in its first stage than are shown, and their applications."""
    job = site.post("/jobs", {**JOB, "title": "Long"})
    ids = []
    for number in range(MANY):
        person = {"first_name": f"P{number:02}", "last_name": "Reis", "phone": f"+1415555{next(numbers)}"}
        made = {"job": job["id"], "stage": job["stages"][0]["id"], "candidate": person}
        ids.append(site.post("/applications", made)["id"])
    return f"/jobs/{job['id']}", ids


def test_who_is_chosen_stays_chosen_when_the_whole_board_is_asked_for_again(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    card(page, "Bea").get_by_role("checkbox").check()
    with page.expect_response(lambda answer: "view=board" in answer.url):
        page.evaluate(WHOLE)
    expect(page.locator("[data-chosen]")).to_have_text("1 chosen")
    expect(card(page, "Bea").get_by_role("checkbox")).to_be_checked()


def test_who_has_asked_for_more_of_a_stage_keeps_it_with_ticks_and_place_when_all_is_asked_for_again(
    visit: Visit, long_board: tuple[str, list[str]]
) -> None:
    visitor = visit(width=1400)
    visitor.log_in()
    page = visitor.open(long_board[0])
    page.get_by_role("link", name="Show more").click()
    expect(pile(page, "New").locator(".slip")).to_have_count(MANY)
    card(page, "P00").get_by_role("checkbox").check()
    place = card(page, "P00").bounding_box()
    with page.expect_response(lambda answer: "view=board" in answer.url, timeout=60_000):
        page.evaluate(WHOLE)  # which waits four times as long as the one before it took
    page.wait_for_timeout(500)
    expect(pile(page, "New").locator(".slip")).to_have_count(MANY)
    expect(card(page, "P00").get_by_role("checkbox")).to_be_checked()
    expect(page.locator("[data-chosen]")).to_have_text("1 chosen")
    assert card(page, "P00").bounding_box() == place


def test_who_stands_on_a_card_that_leaves_the_board_stands_on_the_next_one(
    visit: Visit, board: str, site: Site
) -> None:
    page = open_board(visit, board)
    csrf = page.locator("input[name=csrf]").first.input_value()
    card(page, "Cleo").focus()
    for name, script, following in (("Cleo", "", "Bea"), ("Bea", WHOLE, "Ada")):
        ref = card(page, name).get_attribute("data-application")
        assert page.request.post(f"{site.base}/applications/{ref}/archive", form={"csrf": csrf}).ok
        page.evaluate(script)
        expect(card(page, name)).to_have_count(0)
        expect(card(page, following)).to_be_focused()
    ref = card(page, "Ada").get_attribute("data-application")
    assert page.request.post(f"{site.base}/applications/{ref}/archive", form={"csrf": csrf}).ok
    expect(pile(page, "New")).to_be_focused()


def test_an_answer_for_an_older_filter_does_not_replace_a_newer_one(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    held: list[Route] = []
    page.route("**/jobs/*?view=board", lambda route: held.append(route))  # noqa: PLW0108  (Playwright takes no builtin)
    page.evaluate(WHOLE)
    page.get_by_label("Find by name, number, e-mail").fill("bea")
    expect(page.locator(".slip")).to_have_count(1)
    for route in held:
        route.continue_()
    page.wait_for_timeout(1500)
    expect(page.locator(".slip")).to_have_count(1)
    expect(card(page, "Bea")).to_be_visible()


def test_the_second_of_two_changes_within_a_moment_is_shown_as_well(visit: Visit, site: Site) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open("/jobs")
    page.wait_for_timeout(2500)  # the page hears what is told by now
    for title in ("First of two", "Second of two"):
        site.post("/jobs", {**JOB, "title": title})
        expect(page.get_by_role("link", name=title)).to_be_visible(timeout=10_000)


def test_a_card_that_is_not_shown_yet_does_not_come_to_the_top(
    visit: Visit, site: Site, long_board: tuple[str, list[str]]
) -> None:
    address, ids = long_board
    visitor = visit(width=1400)
    visitor.log_in()
    page = visitor.open(address)
    expect(pile(page, "New").locator(".slip")).to_have_count(50)
    csrf = page.locator("input[name=csrf]").first.input_value()
    for ref in (ids[0], ids[10]):
        answer = page.request.post(f"{site.base}/applications/{ref}/tags", form={"csrf": csrf, "tag": "seen"})
        assert answer.ok
    expect(card(page, "P10")).to_contain_text("seen")
    expect(card(page, "P00")).to_have_count(0)
    expect(pile(page, "New").locator(".slip").first).to_contain_text("P51")
    page.get_by_role("link", name="Show more").click()
    expect(card(page, "P00")).to_contain_text("seen")


def test_the_second_page_of_a_table_stays_when_something_changes(
    visit: Visit, site: Site, long_board: tuple[str, list[str]]
) -> None:
    address, ids = long_board
    visitor = visit(width=1400)
    visitor.log_in()
    page = visitor.open(f"{address}?view=table")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("row").last).to_contain_text("P00")
    csrf = page.locator("input[name=csrf]").first.input_value()
    page.request.post(f"{site.base}/applications/{ids[0]}/tags", form={"csrf": csrf, "tag": "seen"})
    expect(page.get_by_role("row").last).to_contain_text("seen")
    expect(page.get_by_role("row").last).to_contain_text("P00")


def test_a_list_that_is_searched_stays_so_when_something_changes(visit: Visit, site: Site) -> None:
    visitor = visit()
    visitor.log_in()
    site.post("/jobs", {**JOB, "title": "Sought after"})
    page = visitor.open("/jobs")
    page.get_by_label("Find a job").fill("Sought")
    expect(page).to_have_url(re.compile("q=Sought"))
    with page.expect_response(lambda answer: "/jobs" in answer.url and "cards" not in answer.url):
        site.post("/jobs", {**JOB, "title": "Another one"})
    page.wait_for_timeout(500)
    expect(page.get_by_role("link", name="Sought after")).to_be_visible()
    expect(page.get_by_role("link", name="Another one")).to_have_count(0)


def test_a_card_that_is_being_dragged_stays_in_the_hand_while_the_board_is_renewed(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    answers: list[Route] = []
    page.route(re.compile("view=board"), lambda route: answers.append(route))  # noqa: PLW0108  it is looked at from outside
    with page.expect_request(re.compile("view=board"), timeout=60_000):
        page.evaluate(WHOLE)
    begin = card(page, "Ada").locator(".state").bounding_box()
    end = pile(page, "Screening").bounding_box()
    assert begin
    assert end
    page.mouse.move(begin["x"] + 90, begin["y"] + 8)
    page.mouse.down()
    with page.expect_response(re.compile("view=board")):
        answers[0].continue_()
    page.wait_for_timeout(300)
    page.mouse.move(begin["x"] + 120, begin["y"] + 20, steps=5)
    for step in range(40):
        page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 50 - step % 2, steps=10)
        if pile(page, "Screening").locator(".ghost").count():
            break
    page.mouse.up()
    expect(page.get_by_role("dialog")).to_contain_text("Screening")
