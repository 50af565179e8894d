"""The board in a browser: dragging, keys, several at once, undo, two at the same time, without script and without a stream."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site, Visit
from tests.browser.seeding import JOB

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
numbers = iter(range(5000, 9999))


@pytest.fixture
def board(site: Site) -> str:
    """The address of a board with three people in its first stage."""
    job = site.post("/jobs", {**JOB, "title": "Board"})
    stages = {stage["name"]: stage["id"] for stage in job["stages"]}
    for name in ("Ada", "Bea", "Cleo"):
        person = {"first_name": name, "last_name": "Reis", "phone": f"+1415555{next(numbers)}"}
        site.post("/applications", {"job": job["id"], "stage": stages["New"], "candidate": person})
    return f"/jobs/{job['id']}"


def pile(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True).locator(".pile")


def card(page: Page, name: str) -> Locator:
    return page.locator(".slip").filter(has_text=name)


def drag(page: Page, what: Locator, target: Locator) -> None:
    """Take a card by its status line and let it go in the middle of a stage."""
    begin, end = what.locator(".state").bounding_box(), target.bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + 90, begin["y"] + 8)
    page.mouse.down()
    page.mouse.move(begin["x"] + 120, begin["y"] + 20, steps=5)
    for step in range(40):  # as one moves a hand: until it is where it should be
        page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 50 - step % 2, steps=10)
        if target.locator(".ghost").count():
            break
    page.mouse.up()


def open_board(visit: Visit, board: str, **options: bool) -> Page:
    visitor = visit(width=1400, height=900, **options)
    visitor.log_in()
    page = visitor.open(board)
    expect(card(page, "Ada")).to_be_visible()
    return page


def said_to(page: Page, site: Site, name: str) -> int:
    """Return how many messages the sandbox phone of a candidate shows."""
    phone = page.context.new_page()
    phone.goto(f"{site.base}/sandbox?find={name}")
    number = phone.locator(".bubble.theirs").count()
    phone.close()
    return number


def test_a_card_dragged_into_an_empty_stage_asks_first_and_shows_on_another_board(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    other = page.context.new_page()
    other.goto(page.url)
    page.bring_to_front()
    drag(page, card(page, "Ada"), pile(page, "Rejected"))
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Move Ada Reis to Rejected")
    expect(sheet).to_contain_text("We chose somebody else.")
    sheet.get_by_role("button", name="Move").click()
    expect(pile(other, "Rejected").locator(".slip")).to_contain_text("Ada")
    expect(pile(page, "Rejected").locator(".slip")).to_contain_text("Ada")
    expect(page.locator("[data-count]").first).to_have_text("2")


def test_a_card_goes_back_where_the_sheet_is_closed(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    drag(page, card(page, "Ada"), pile(page, "Screening"))
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    expect(pile(page, "New").locator(".slip")).to_have_count(3)


def test_what_is_undone_in_time_sends_nothing_and_what_is_not_sends_once(visit: Visit, board: str, site: Site) -> None:
    page = open_board(visit, board)
    for name in ("Ada", "Bea"):
        card(page, name).get_by_role("link", name=f"Move {name} Reis").click()
        page.get_by_role("dialog").get_by_role("button", name="Screening").click()
        page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
        expect(pile(page, "Screening")).to_contain_text(name)
    card(page, "Ada").get_by_role("button", name="Undo").click()
    expect(pile(page, "New")).to_contain_text("Ada")
    expect(card(page, "Bea")).to_contain_text("Delivered", timeout=30_000)
    assert said_to(page, site, "Bea") == 1
    expect(card(page, "Ada")).to_contain_text("Nothing sent")


def test_the_same_by_keyboard_alone(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    card(page, "Ada").focus()
    page.keyboard.press("m")
    expect(page.get_by_role("dialog")).to_contain_text("to which stage?")
    page.get_by_role("dialog").get_by_role("button", name="Rejected").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Move Ada Reis to Rejected")
    expect(page.get_by_role("button", name="Move", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(pile(page, "Rejected")).to_contain_text("Ada")
    expect(page.locator("#toasts")).to_contain_text("Ada Reis moves to Rejected in 10 seconds.")


def test_keys_walk_from_card_to_card_and_open_one(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    card(page, "Cleo").focus()
    page.keyboard.press("j")
    expect(card(page, "Bea")).to_be_focused()
    page.keyboard.press("x")
    expect(card(page, "Bea").get_by_role("checkbox")).to_be_checked()
    card(page, "Bea").focus()
    page.keyboard.press("e")
    expect(page.locator("#drawer")).to_contain_text("Bea")
    expect(page).to_have_url(re.compile("application="))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("application="))
    expect(card(page, "Bea")).to_be_focused()


def test_all_that_match_are_archived_at_once_and_the_page_says_how_far_it_is(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    card(page, "Ada").get_by_role("checkbox").check()
    page.get_by_label("All that match, not only those chosen").check()
    page.get_by_role("button", name="Archive …").click()
    page.get_by_role("dialog").get_by_role("button", name="Archive 3").click()
    page.locator("#toasts").get_by_role("link", name="How far it is").click()
    expect(page.get_by_role("status").first).to_contain_text("3 of 3 done", timeout=30_000)


def test_two_who_move_the_same_card_end_with_what_was_asked_for_last(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    other = page.context.new_page()
    other.goto(page.url)
    for each, stage in ((page, "Screening"), (other, "Rejected")):
        each.bring_to_front()
        card(each, "Ada").get_by_role("link", name="Move Ada Reis").click()
        each.get_by_role("dialog").get_by_role("button", name=stage).click()
        each.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    for each in (page, other):
        expect(pile(each, "Rejected")).to_contain_text("Ada")


def test_a_card_is_moved_without_script(visit: Visit, board: str) -> None:
    page = open_board(visit, board, script=False)
    page.get_by_role("link", name="Move Ada Reis").click()
    page.get_by_role("button", name="Rejected").click()
    expect(page.get_by_role("heading", name="Move Ada Reis to Rejected")).to_be_visible()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Ada Reis moves to Rejected in 10 seconds.")).to_be_visible()
    expect(pile(page, "Rejected")).to_contain_text("Ada")
    page.get_by_role("button", name="Undo").first.click()
    expect(pile(page, "New")).to_contain_text("Ada")


def test_a_board_without_a_stream_looks_by_itself(visit: Visit, board: str, site: Site) -> None:
    visitor = visit(width=1400)
    visitor.page.route("**/events?*", lambda route: route.abort())
    visitor.log_in()
    page = visitor.open(board)
    expect(card(page, "Ada")).to_be_visible()
    job = board.rpartition("/")[2]
    stage = page.locator(".column").first.get_attribute("data-stage")
    person = {"first_name": "Dora", "last_name": "Reis", "phone": f"+1415555{next(numbers)}"}
    site.post("/applications", {"job": job, "stage": stage, "candidate": person})
    expect(card(page, "Dora")).to_be_visible(timeout=40_000)
    visitor.faults.clear()  # the browser writes down what was aborted


def test_the_filter_is_in_the_address_and_holds_for_the_table(visit: Visit, board: str) -> None:
    page = open_board(visit, board)
    page.get_by_label("Find by name, number, e-mail").fill("bea")
    expect(page.locator(".slip")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=bea"))
    page.get_by_role("link", name="Table").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row").last).to_contain_text("Bea")
