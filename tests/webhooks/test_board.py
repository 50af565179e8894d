"""The board and the table of a job: what an address shows, and what a page that looks on asks for again."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.dialogue.takeover import hold
from bot.messaging.thread import lock_thread
from bot.models import Application, ApplicationState, Candidate, Job, Stage, StageCampaign
from bot.pipeline.closings import close_application
from bot.pipeline.stages import find_target, move
from bot.work import unit_of_work
from tests.insight.crowds import crowd
from tests.stories import Story
from tests.webhooks.at_board import AtBoard
from tests.webhooks.desk import Desk, on_sqlite

GONE = "The stage that this filter names is not there any more. All that are active are shown."


@pytest.fixture
def board(story: Story) -> AtBoard:
    story.job()
    return AtBoard(story)


def names(page: str) -> list[str]:
    """Return whose cards, or rows, a page holds."""
    return re.findall(r'aria-label="Choose (\w+) Silva"', page)


def counts(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<span class="badge" data-count="\w+">(\d+)</span>', page)]


def test_the_board_says_where_each_stands_and_why(desk: Desk) -> None:
    job = f"/jobs/{desk.one(Job.public_id)}"
    assert '<span class="pill delivered">Delivered</span>' in desk.page(job)
    desk.post("/sandbox", candidate=desk.one(Candidate.public_id), text="person please")
    assert "Asked for a person" in desk.page(job)
    with unit_of_work(desk.runtime) as work:
        thread = lock_thread(work, desk.one(Candidate.id))
        close_application(work, thread, desk.one(Application.id), ApplicationState.WITHDRAWN)
    assert '<li class="slip' not in desk.page(job)
    for view in ("board", "table"):
        page = desk.page(f"{job}?view={view}&state=withdrawn")
        assert '<span class="pill cancelled">Cancelled</span>' in page
        assert "The candidate withdrew." in page


def test_a_card_names_the_stage_of_a_status_and_who_holds_a_conversation(desk: Desk) -> None:
    job = f"/jobs/{desk.one(Job.public_id)}"
    assert "in <bdi>Screening</bdi>" not in desk.page(job)
    with unit_of_work(desk.runtime) as work:
        elsewhere = work.connection.execute(
            select(Stage.id).where(Stage.type == "review", Stage.job_id == desk.one(Job.id))
        ).scalar_one()
        move(work, desk.one(Application.id), find_target(work, elsewhere), source="test", external_id=None, sends=False)
        hold(work, lock_thread(work, desk.one(Candidate.id)), "Maria")
    page = desk.page(job)
    assert "in <bdi>Screening</bdi>" in page
    assert "Held by <bdi>Maria</bdi>" in page


@pytest.mark.parametrize("view", ["board", "table"])
def test_an_address_holds_the_filter(board: AtBoard, view: str) -> None:
    board.apply("Ann", 1)
    board.apply("Bob", 2, "screening")
    for query, shown in (
        ("", {"Ann", "Bob"}),
        ("&q=ann", {"Ann"}),
        ("&status=none", {"Ann"}),
        ("&status=sending&status=delivered", {"Bob"}),
        (f"&stage={board.stage('screening')}", {"Bob"}),
        ("&tag=night", set()),
    ):
        assert set(names(board.page(f"{board.job}?view={view}{query}"))) == shown, query


@on_sqlite
@pytest.mark.parametrize("view", ["board", "table"])
def test_a_filter_that_is_none_is_told_in_words_and_all_are_shown(board: AtBoard, view: str) -> None:
    board.apply("Ann")
    for query, words in (
        ("status=bad", "The filter status cannot be “bad”: use queued, "),
        ("rating=9", "The filter rating cannot be “9”: use a number from 1 to 5."),
        ("moved=yesterday", "The filter moved cannot be “yesterday”"),
        ("q=a&q=b", "The filter q is given more than once: leave one."),
        ("stage=gone", GONE),
    ):
        page = board.page(f"{board.job}?view={view}&{query}")
        assert f'<p class="notice" role="alert">{words}' in page
        assert names(page) == ["Ann"]
    assert "notice" not in board.page(f"{board.job}?view={view}&nothing=of-ours&status=")


@on_sqlite
@pytest.mark.parametrize("query", ["answer=licence", "stage=gone"])
def test_a_filter_that_cannot_be_read_never_means_everybody(board: AtBoard, query: str) -> None:
    board.apply("Ann")
    path = f"{board.job}?view=board&{query}"
    part = board.part(path)
    assert "All that are active are shown." in part
    assert "All that match" not in part
    assert f'data-query="&amp;{query}"' in part, "what the board asks for again says the same"
    field, value = query.split("=")
    assert f'<input type="hidden" name="{field}" value="{value}">' in part
    sheet = board.part(f"{board.job}/plan", all="1", kind="reject_everywhere", **{field: value})
    assert "Nothing can be done" in sheet
    assert "All that match" in board.part(board.job)


@on_sqlite
def test_what_was_typed_into_a_filter_that_cannot_be_read_stays_and_is_not_exported(board: AtBoard) -> None:
    page = board.page(f"{board.job}?answer=licence")
    assert '<input id="answer" name="answer" type="text" value="licence"' in page
    assert "Keep this view" not in page
    export = f"{board.job}/export.csv?answer=licence"
    assert f'href="{export}"' in page
    assert board.client.get(export).location == f"{board.job}?answer=licence"


@on_sqlite
def test_an_application_that_an_address_names_is_opened_without_script_as_well(board: AtBoard) -> None:
    ann = board.apply("Ann")
    page = board.page(f"{board.job}?application={ann}")
    assert f'<noscript><p class="banner"><a href="/applications/{ann}">Open the application</a>' in page
    assert "<noscript>" not in board.page(board.job)


@on_sqlite
def test_a_page_whose_stage_was_removed_goes_on_looking(board: AtBoard) -> None:
    ann = board.apply("Ann")
    assert names(board.part(f"{board.job}/cards?application={ann}&stage=gone")) == ["Ann"]
    rest = f"{board.job}/columns/{board.stage('new')}?after={ann}"
    assert names(board.part(f"{rest}&stage=gone")) == []
    assert board.client.get(f"{board.job}/columns/gone?after={ann}", headers={"HX-Request": "true"}).status_code == 404


@on_sqlite
def test_a_place_in_the_table_that_is_gone_leads_to_the_beginning_of_what_fits(board: AtBoard) -> None:
    board.apply("Ann", 1)
    board.apply("Bob", 2)
    for query in ("after=gone", "before=gone", "sort=nothing"):
        assert names(board.page(f"{board.job}?view=table&q=ann&{query}")) == ["Ann"]


def test_one_card_is_a_fragment_with_how_many_each_stage_holds(board: AtBoard) -> None:
    ann, bob = board.apply("Ann", 1), board.apply("Bob", 2)
    cards = f"{board.job}/cards?application={ann}"
    part = board.part(cards)
    assert part.startswith(f'<template><li class="slip " id="card-{ann}"')
    assert bob not in part
    assert re.findall(r'<data class="count" value="\w+">(\d+)</data>', part) == ["2", "0", "0"]
    part = board.part(f"{cards}&application={bob}&application=gone&q=bob")
    assert names(part) == ["Bob"]
    assert re.findall(r'<data class="count" value="\w+">(\d+)</data>', part) == ["1", "0", "0"]


def test_who_is_about_to_move_stands_marked_where_they_go_and_is_counted_there(board: AtBoard) -> None:
    ann = board.apply("Ann", 1)
    board.apply("Bob", 2)
    assert counts(board.page(board.job)) == [2, 0, 0]
    board.ask(ann)
    board.story.clock.move(timedelta(seconds=3))
    page = board.page(board.job)
    assert counts(page) == [1, 1, 0]
    column = page.partition(f'id="column-{board.stage("screening")}"')[2].partition("</section>")[0]
    assert names(column) == ["Ann"]
    assert '<li class="slip moving"' in column
    assert 'In <span data-seconds="7">7</span> s: to <bdi>screening</bdi>' in column
    assert "→ <bdi>screening</bdi>" in board.page(f"{board.job}?view=table")
    board.wait()
    page = board.page(board.job)
    assert (counts(page), "slip moving" in page) == ([1, 1, 0], False)


@on_sqlite
def test_what_a_long_column_keeps_back_is_asked_for_behind_its_last_card(board: AtBoard) -> None:
    crowd(board.story, 160)
    page = board.page(board.job)
    further = re.findall(r'hx-get="([^"]+/columns/[^"]+)"', page)
    assert (len(further), counts(page)) == (3, [54, 53, 53])
    shown, rest = page.count('<li class="slip'), 0
    for address in further:
        part = board.part(address)
        assert not {card for card in re.findall(r'id="(card-\w+)"', part) if card in page}
        rest += part.count('<li class="slip')
    assert (shown, rest) == (150, 10)
    new, screening = (board.stage(name) for name in ("new", "screening"))
    renewed = board.part(f"{board.job}?view=board&shown={new}:52&shown={screening}:{'9' * 30}&shown=x:60&shown=")
    assert (renewed.count('<li class="slip'), renewed.count("Show more")) == (152, 3)
    assert board.part(f"{board.job}?view=board&shown={new}:9999").count("Show more") == 2
    alone = board.client.get(further[0])
    assert (alone.status_code, "view=table" in alone.location) == (302, True)
    assert "54 applications fit the filter" in board.page(alone.location)


@on_sqlite
def test_the_table_is_sorted_by_its_headings_and_turned_page_by_page(board: AtBoard) -> None:
    crowd(board.story, 60)
    page = board.page(f"{board.job}?view=table&sort=name")
    assert page.count('aria-sort="ascending"><a href=') == 1
    assert names(page)[:3] == ["Person0", "Person1", "Person10"]
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    assert names(board.page(following[1].replace("&amp;", "&")))[0] not in names(page)
    assert 'aria-sort="descending"' in board.page(f"{board.job}?view=table&sort=-rating")


@on_sqlite
def test_the_board_of_nobody_says_what_to_do_and_where_a_stage_sends_nothing_yet(board: AtBoard) -> None:
    assert board.page(board.job).count("Nobody is here") == 3
    assert "Nobody has applied yet" in board.page(f"{board.job}?view=table")
    assert board.page(f"{board.job}?q=nobody").count("Nobody fits the filter") == 3
    assert "Loosen the filter" in board.page(f"{board.job}?view=table&q=nobody")
    assert "not published" not in board.page(board.job)
    with unit_of_work(board.runtime) as work:
        stage = work.connection.execute(select(Stage.id).where(Stage.name == "screening")).scalar_one()
        work.connection.execute(
            update(StageCampaign).where(StageCampaign.stage_id == stage).values(published_version_id=None)
        )
    assert board.page(board.job).count("not published") == 1
