"""What is done on the board of a job: the sheet before a move, undoing, bulk moves, views, export, releasing."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.models import (
    Application,
    AuditEntry,
    BulkItemStatus,
    BulkMove,
    BulkMoveItem,
    Enrolment,
    Job,
    Role,
    SavedView,
    StageMove,
    User,
)
from bot.work import reading, unit_of_work
from tests.stories import ONLY_NEWS, Story
from tests.webhooks.at_board import PART, AtBoard
from tests.webhooks.desk import on_sqlite


@pytest.fixture
def board(story: Story) -> AtBoard:
    story.job()
    return AtBoard(story)


def manager(board: AtBoard, *titles: str) -> AtBoard:
    """Return the hiring manager of the jobs of those titles."""
    made = AtBoard(board.story, Role.HIRING_MANAGER)
    with unit_of_work(board.runtime) as work:
        work.connection.execute(update(Job).where(Job.title.in_(titles)).values(hiring_manager_id=made.one(User.id)))
    return made


def audited(board: AtBoard) -> list[str]:
    with reading(board.runtime) as work:
        found = select(AuditEntry.action).where(AuditEntry.object_kind.in_(("bulk move", "job")))
        return list(work.connection.execute(found.order_by(AuditEntry.id)).scalars())


def items(board: AtBoard) -> list[str]:
    with reading(board.runtime) as work:
        return list(work.connection.execute(select(BulkMoveItem.status).order_by(BulkMoveItem.id)).scalars())


def test_the_sheet_says_by_get_and_by_post_what_would_follow_and_changes_nothing(board: AtBoard) -> None:
    ann, bob = board.apply("Ann", 1), board.apply("Bob", 2)
    one = board.part(f"{board.job}/move?application={ann}")
    assert 'name="move_to" value="' + board.stage("rejected") in one
    whole = board.page(f"{board.job}/move?application={ann}&move_to={board.stage('screening')}")
    assert "Move <bdi>Ann Silva</bdi> to <bdi>screening</bdi>" in whole
    assert "Hi Ann, shall we start?" in whole
    chosen = {"application": [ann, bob], "kind": "move", "move_to": board.stage("new")}
    many = board.part(f"{board.job}/plan", **chosen)
    assert "Move <bdi>2 people</bdi> to <bdi>new</bdi>" in many
    assert "2</span> Is in this stage already" in many
    everybody = board.part(f"{board.job}/plan", all="1", q="bob", kind="archive")
    assert "Archive <bdi>Bob Silva</bdi>" in everybody
    assert 'name="q" value="bob"' in everybody
    assert (items(board), board.where(ann), audited(board)) == ([], "new", [])


@on_sqlite
def test_the_sheet_says_what_cannot_be_done(board: AtBoard) -> None:
    ann = board.apply("Ann")
    board.story.job("Driver")
    elsewhere = board.ref(Application.public_id, Application.id == board.story.apply("Driver/new").application_id)
    for form, words in (
        ({"kind": "move"}, "Nobody is chosen: tick somebody first."),
        ({"kind": "promote", "application": ann}, "That cannot be done to applications."),
        ({"kind": "move", "application": ann, "move_to": "gone"}, "That stage is not there any more"),
        ({"kind": "move", "application": elsewhere}, "The job has no application"),
        ({"kind": "archive", "all": "1", "rating": "9"}, "The filter rating cannot be “9”"),
        ({"kind": "archive", "all": "1", "stage": "gone"}, "The job has no stage gone"),
    ):
        part = board.part(f"{board.job}/plan", **form)
        assert "Nothing can be done" in part
        assert words in part
        told = board.part(f"{board.job}/bulk", **form)
        assert ("data-closes" in told, 'class="toast"' in told) == (True, True)
    assert items(board) == []


def test_a_move_is_told_waits_and_happens_on_the_word_of_who_asked_for_it(board: AtBoard) -> None:
    ann = board.apply("Ann")
    told = board.part(f"{board.job}/bulk", application=ann, kind="move", move_to=board.stage("screening"))
    assert "Ann Silva moves to screening in 10 seconds." in told
    assert f'name="bulk" value="{board.one(BulkMove.public_id)}"><button>Undo</button>' in told
    assert (board.where(ann), board.story.messages()) == ("new", [])
    board.wait()
    assert (board.where(ann), len(board.story.messages())) == ("screening", 1)
    assert board.one(StageMove.user_id) == board.one(User.id)
    assert audited(board) == ["bulk.asked_for"]


def test_many_are_followed_on_a_page_of_their_own_and_taken_back_in_time(board: AtBoard) -> None:
    ann, bob = board.apply("Ann", 1), board.apply("Bob", 2)
    ref = board.ask(ann, bob)
    page = board.page(f"/bulk/{ref}")
    assert "0 of 2 done; it begins in 10 s" in page
    assert "Asked for by <bdi>recruiter@example.org</bdi>" in page
    answer = board.post("/bulk/undo", bulk=ref, then=f"{board.job}?view=table")
    assert (answer.status_code, answer.location) == (303, f"{board.job}?view=table")
    assert "Undone: nothing was moved and nothing was sent." in board.page(board.job)
    board.wait()
    assert (board.where(ann), items(board)) == ("new", ["cancelled", "cancelled"])
    assert "It is too late to undo this" in board.part("/bulk/undo", bulk=ref)
    assert board.post("/bulk/undo", bulk="gone").status_code == 404
    assert audited(board) == ["bulk.asked_for", "bulk.undo"]


def test_what_is_paused_waits_goes_on_and_is_cancelled(board: AtBoard) -> None:
    ann, bob = board.apply("Ann", 1), board.apply("Bob", 2)
    ref = board.ask(ann, bob)
    assert board.post(f"/bulk/{ref}/pause").location == f"/bulk/{ref}"
    board.wait()
    page = board.page(f"/bulk/{ref}")
    assert (board.where(ann), '<span class="pill paused">Paused</span>' in page) == ("new", True)
    assert "paused already" in board.client.get(board.post(f"/bulk/{ref}/pause").location).text
    board.post(f"/bulk/{ref}/resume")
    board.wait()
    assert "2 of 2 done" in board.page(f"/bulk/{ref}")
    second = board.ask(ann, bob, stage="rejected")
    board.post(f"/bulk/{second}/pause")
    board.post(f"/bulk/{second}/cancel")
    board.wait()
    assert "2 not done any more" in board.page(f"/bulk/{second}")
    assert (board.where(ann), board.post(f"/bulk/{second}/forget").status_code) == ("screening", 404)


def test_what_has_failed_is_told_as_a_page_and_a_file_and_tried_again(board: AtBoard) -> None:
    ann, bob = board.apply("=Ann", 1), board.apply("Bob", 2)
    ref = board.ask(ann, bob)
    board.post(f"/bulk/{ref}/cancel")
    assert "Nothing of this has failed, or" in board.client.get(board.post(f"/bulk/{ref}/retry").location).text
    with unit_of_work(board.runtime) as work:
        failed = {"status": BulkItemStatus.FAILED, "reason": "the database was away"}
        work.connection.execute(update(BulkMoveItem).where(BulkMoveItem.application_ref == ann).values(failed))
    page = board.page(f"/bulk/{ref}")
    assert "1 failed" in page
    assert '<bdi>=Ann Silva</bdi></a> <span class="hint">the database was away</span>' in page
    lines = list(csv.reader(io.StringIO(board.client.get(f"/bulk/{ref}/failures.csv").text.removeprefix("\ufeff"))))
    assert lines[1:] == [[ann, "'=Ann Silva", "the database was away"]]
    again = board.post(f"/bulk/{ref}/retry").location
    assert again != f"/bulk/{ref}"
    board.wait()
    assert "1 of 1 done" in board.page(again)
    assert (board.where(ann), board.where(bob)) == ("screening", "new")
    assert audited(board) == ["bulk.asked_for", "bulk.cancel", "bulk.retried"]


@on_sqlite
def test_a_viewer_sees_every_board_and_changes_none(board: AtBoard) -> None:
    ann = board.apply("Ann")
    ref = board.ask(ann)
    viewer = AtBoard(board.story, Role.VIEWER)
    for view in ("board", "table"):
        page = viewer.page(f"{board.job}?view={view}&status=none")
        assert "Ann Silva" in page
        assert [
            word
            for word in (">Move<", 'type="checkbox" name="application"', ">Undo<", "export.csv", ">More ")
            if word in page
        ] == []
    assert viewer.client.get(f"{board.job}/move?application={ann}").status_code == 403
    assert viewer.client.get(f"{board.job}/export.csv").status_code == 403
    for path in (f"{board.job}/plan", f"{board.job}/bulk", "/bulk/undo", f"/bulk/{ref}/pause", f"/bulk/{ref}/retry"):
        assert viewer.post(path, application=ann, kind="archive", bulk=ref).status_code == 403
    assert items(board) == ["waiting"]


@on_sqlite
def test_a_hiring_manager_sees_own_jobs_and_moves_one_at_a_time(board: AtBoard) -> None:
    ann, bob = board.apply("Ann", 1), board.apply("Bob", 2)
    stranger = manager(board)
    for path in ("", f"/move?application={ann}", f"/cards?application={ann}", f"/columns/{board.stage('new')}"):
        assert stranger.client.get(f"{board.job}{path}", headers=PART).status_code == 404
    form: dict[str, Any] = {"application": ann, "kind": "move", "move_to": board.stage("screening")}
    assert stranger.post(f"{board.job}/bulk", **form).status_code == 404
    with unit_of_work(board.runtime) as work:
        work.connection.execute(update(Job).values(hiring_manager_id=stranger.one(User.id)))
    own = stranger
    for more in ({"application": [ann, bob]}, {"all": "1"}, {"kind": "archive"}, {"kind": "tag", "put": "night"}):
        answer = own.post(f"{board.job}/bulk", **(form | more))
        assert (answer.status_code, "moves one application at a time" in answer.text) == (403, True)
    assert own.client.get(f"{board.job}/export.csv").status_code == 403
    page = own.page(board.job)
    assert ("Choose Ann" in page, "export.csv" in page, 'aria-label="Move Ann Silva"' in page) == (False, False, True)
    assert f'hx-get="{board.job}/move"' in own.part(f"{board.job}/move?application={ann}")
    assert own.post(f"{board.job}/bulk", **form).status_code == 303
    board.wait()
    assert board.where(ann) == "screening"


@on_sqlite
def test_a_hiring_manager_reads_of_no_other_job_and_undoes_only_own_moves(board: AtBoard) -> None:
    ann, bob = board.apply("Ann", 1), board.apply("Bob", 2)
    board.story.job("Secret job", ONLY_NEWS)
    board.story.apply("Secret job/screening", phone="+14155550103")
    board.story.apply("Barista/screening", phone="+14155550103")
    own = manager(board, "Barista")
    board.ask(bob)
    for view in ("board", "table"):
        page, full = own.page(f"{board.job}?view={view}"), board.page(f"{board.job}?view={view}")
        assert ("Waits for another campaign" in page, "Secret job" in page, ">Undo<" in page) == (True, False, False)
        assert ("Secret job" in full, ">Undo<" in full) == (True, True)
        assert ("Go to the inbox" in page, "Go to the inbox" in full) == (False, True)
    own.post(f"{board.job}/bulk", application=ann, kind="move", move_to=board.stage("screening"))
    told, on_the_card_alone = own.page(board.job), own.page(board.job)
    assert (told.count(">Undo<"), on_the_card_alone.count(">Undo<")) == (2, 1)


@on_sqlite
def test_the_sheet_of_a_hiring_manager_names_no_other_job_and_puts_no_token_into_addresses(board: AtBoard) -> None:
    board.story.job("Secret job", ONLY_NEWS)
    ann, bob = board.apply("Ann", 1, "screening"), board.apply("Bob", 2)
    board.story.apply("Secret job/screening", "+14155550101")  # waits for the one that a move of Ann ends
    board.story.apply("Secret job/screening", "+14155550102")  # goes before what Bob would get
    own = manager(board, "Barista")
    for who, stage, words, named in (
        (ann, "new", "1 waiting campaign begins: of another job.", "<bdi>screening</bdi> of <bdi>Secret job</bdi>"),
        (bob, "screening", "Waits until a campaign of another job has ended.", "stage screening for the job Secret"),
    ):
        path = f"{board.job}/move?application={who}&move_to={board.stage(stage)}"
        shown, full = own.part(path), board.part(path)
        assert (words in shown, "Secret" in shown, words in full, named in full) == (True, False, False, True)
    assert "csrf" not in own.part(f"{board.job}/move?application={ann}")


def test_a_view_is_kept_shared_and_forgotten_by_who_made_it(board: AtBoard) -> None:
    kept = board.post(f"{board.job}/views", name="Night shift", tag="night", view="table", shared="yes")
    assert (kept.status_code, kept.location) == (303, f"{board.job}?view=table&tag=night")
    board.post(f"{board.job}/views", name="Mine", q="ann")
    refused = board.post(f"{board.job}/views", q="ann", view="table", name="x" * 61, shared="yes")
    assert (refused.status_code, f'value="{"x" * 61}"' in refused.text) == (422, True)
    assert 'id="name-fault">Give the view a name of at most 60' in refused.text
    assert 'name="shared" value="yes" checked' in refused.text
    assert board.post(f"{board.job}/views", answer="licence", name="Licence").status_code == 422
    page = board.page(board.job)
    assert f'href="{board.job}?view=table&amp;tag=night"' in page
    viewer = AtBoard(board.story, Role.VIEWER)
    assert ("Night shift" in viewer.page(board.job), "<bdi>Mine</bdi>" in viewer.page(board.job)) == (True, False)
    shared = board.ref(SavedView.public_id, SavedView.is_shared)
    viewer.post(f"{board.job}/views/{shared}/forget")
    assert "Only who saved a view can delete it." in viewer.page(board.job)
    viewer.post(f"{board.job}/views", name="For all", q="ann", shared="yes")
    assert ("For all" in viewer.page(board.job), "For all" in board.page(board.job)) == (True, False)
    assert board.post(f"{board.job}/views/{shared}/forget").location == board.job
    assert "Night shift" not in board.page(board.job)


def test_an_export_holds_what_fits_and_runs_nothing_in_a_spreadsheet(board: AtBoard) -> None:
    board.apply("=cmd|'/c calc'!A1", 1)
    board.apply("Bob", 2)
    assert f'href="{board.job}/export.csv?q=calc"' in board.page(f"{board.job}?q=calc")
    answer = board.client.get(f"{board.job}/export.csv?q=calc")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, *lines = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    [told] = [dict(zip(header, line, strict=True)) for line in lines]
    assert (told["First name"], told["Phone"]) == ("'=cmd|'/c calc'!A1", "'+14155550101")
    assert audited(board) == ["applications.exported"]
    assert board.client.get(f"{board.job}/export.csv?stage=gone").status_code == 404


def test_what_waits_for_another_campaign_is_sent_now_from_its_card(board: AtBoard) -> None:
    board.story.job("Driver")
    board.story.apply("Driver/screening")
    ann = board.apply("Ann", stage="screening")
    board.story.says("yes")
    waiting = f'form="release" name="application" value="{ann}">Send now</button>'
    assert waiting in board.page(board.job)
    assert waiting in board.page(f"{board.job}?view=table")
    answer = board.post("/applications/release", application=ann, then=f"{board.job}?q=ann")
    assert (answer.status_code, answer.location) == (303, f"{board.job}?q=ann")
    assert (board.one(AuditEntry.action), board.one(AuditEntry.object_id)) == ("enrolment.released", ann)
    page = board.page(board.job)
    assert ("It is sent now." in page, waiting in page) == (True, False)
    with reading(board.runtime) as work:
        found = select(Enrolment.status).order_by(Enrolment.id)
        assert work.connection.execute(found).scalars().all() == ["cancelled", "sending"]
    board.post("/applications/release", application=ann, then="//evil.example")
    assert "Nothing waits there any more." in board.page(board.job)
    assert board.post("/applications/release", application="gone").status_code == 404
