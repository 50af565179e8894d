"""All that happened to one application, newest first; notes, stars and saved views."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.errors import BotError, Conflict, InvalidEvent, NotAllowed, NotFound
from bot.insight.reviews import notes_of, stars_of
from bot.insight.timelines import timeline
from bot.intake import saved_views
from bot.intake.notes import add_note, change_note, delete_note, forget_deleted, restore_note
from bot.intake.ratings import rate
from bot.intake.saved_views import delete_view, save_view, views_of
from bot.intake.tags import tag, tags_of_job, untag
from bot.messaging.thread import lock_thread
from bot.models import Application, ApplicationState, Job, Note
from bot.pipeline.closings import close_application, reopen_application
from bot.work import reading, unit_of_work
from tests.insight.crowds import user
from tests.stories import Story


def do(story: Story, what: Any, *given: Any, **more: Any) -> Any:
    """Do something a minute later."""
    story.clock.move(timedelta(minutes=1))
    with unit_of_work(story.runtime) as work:
        return what(work, *given, **more)


def told(story: Story, application_id: int, most: int = 50) -> list[tuple[str, str, str, str]]:
    """Go through a whole timeline, page by page."""
    entries, before = [], ""
    with reading(story.runtime) as work:
        while True:
            page = timeline(work, application_id, before=before, most=most)
            entries += page.entries
            if page.before is None:
                break
            before = page.before
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    return [(entry.kind, entry.words, entry.text, entry.by) for entry in entries]


def lived(story: Story) -> int:
    """Let much happen to an application; return it."""
    story.job(time_zone="America/New_York")
    rita = user(story)
    applied = story.apply()
    key = applied.application_id
    story.says("yes")
    story.says("yes")
    story.move(key, "Barista/new")
    do(story, add_note, key, rita, "Speaks <b>Dutch</b>")
    do(story, tag, key, "night", rita)
    do(story, untag, key, "night", rita)
    do(story, rate, key, rita, 4)
    story.move(key, "Barista/rejected")
    story.last_reports(MessageStatus.FAILED, "63016")
    with unit_of_work(story.runtime) as work:
        thread = lock_thread(work, applied.candidate_id)
        close_application(work, thread, key, ApplicationState.ARCHIVED, user_id=rita)
    do(story, reopen_application, key, user_id=rita)
    return key


def test_the_timeline_tells_everything_newest_first(story: Story) -> None:
    key = lived(story)
    found = told(story, key)
    assert found[0] == ("change", "Taken back into the running", "", "Rita Recruiter")
    for entry in (
        ("change", "Archived", "", "Rita Recruiter"),
        ("rating", "Rated 4 of 5", "", "Rita Recruiter"),
        ("change", "Tagged", "night", "Rita Recruiter"),
        ("change", "Tag taken off:", "night", "Rita Recruiter"),
        ("note", "Note", "Speaks <b>Dutch</b>", "Rita Recruiter"),
        ("answer", "Answered “Do you drive?”", "yes", ""),
        ("move", "Moved from screening to new", "", ""),
        ("move", "Moved from new to rejected", "", ""),
    ):
        assert entry in found, entry
    assert any(kind == "failure" for kind, *_ in found)
    assert any("screening: Cancelled." in words for _, words, *_ in found)
    assert [words for kind, words, *_ in found if kind == "move"][-1] == "Added to screening"
    with reading(story.runtime) as work:
        assert str(timeline(work, key).entries[0].at.tzinfo) == "America/New_York"


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_page_by_page_the_timeline_is_the_same(story: Story, most: int) -> None:
    key = lived(story)
    assert told(story, key, most) == told(story, key)


@pytest.mark.parametrize("before", ["x", "0001-01-01T00:00:00+14:00~0~1", "2026-03-02~0~1", "2026-03-02T09:00:00+00:00~99~1", "~~", "2026-03-02T09:00:00+00:00~0~99999999999999999999"])  # fmt: skip
def test_a_place_in_the_timeline_that_there_is_not_is_refused(story: Story, before: str) -> None:
    story.job()
    key = story.apply().application_id
    with reading(story.runtime) as work:
        with pytest.raises(InvalidEvent, match="load the page anew"):
            timeline(work, key, before=before)
        with pytest.raises(NotFound):
            timeline(work, 999)


def test_a_note_is_its_authors_and_comes_back_within_a_day(story: Story) -> None:
    story.job()
    key = story.apply().application_id
    rita, hugo = user(story), user(story, name="Hugo Manager")
    ref = do(story, add_note, key, rita, " First \r\nline\x00 ")
    with pytest.raises(NotAllowed, match="only who wrote"):
        do(story, change_note, key, ref, hugo, "Mine")
    with pytest.raises(NotFound):
        do(story, delete_note, key + 1, ref, rita)
    do(story, change_note, key, ref, rita, "Better")
    do(story, delete_note, key, ref, rita)
    assert _notes(story, key, rita) == []
    do(story, restore_note, key, ref, rita)
    assert _notes(story, key, rita) == [("Better", True)]
    assert _notes(story, key, hugo) == [("Better", False)]
    do(story, delete_note, key, ref, rita)
    story.clock.move(timedelta(days=1))
    with pytest.raises(NotFound, match="too long ago"):
        do(story, restore_note, key, ref, rita)
    do(story, forget_deleted)
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Note.id)).all() == []


def _notes(story: Story, key: int, user_id: int) -> list[tuple[str, bool]]:
    with reading(story.runtime) as work:
        return [(note.text, note.is_mine) for note in notes_of(work, key, user_id)]


@pytest.mark.parametrize("text", ["", " \x00\n", "x" * 5001])
def test_a_note_that_cannot_be_kept_is_refused(story: Story, text: str) -> None:
    story.job()
    key, rita = story.apply().application_id, user(story)
    with pytest.raises(InvalidEvent, match="note"):
        do(story, add_note, key, rita, text)


def test_stars_are_counted_once_for_each_user_and_can_be_taken_back(story: Story) -> None:
    story.job()
    key, rita, hugo = story.apply().application_id, user(story), user(story, name="Hugo Manager")
    for who, stars in ((rita, 5), (rita, 2), (hugo, 5)):
        do(story, rate, key, who, stars)
    with reading(story.runtime) as work:
        found = stars_of(work, key, rita)
    assert (found.average, found.mine, found.each) == (3.5, 2, (("Hugo Manager", 5), ("Rita Recruiter", 2)))
    do(story, rate, key, rita, 0)
    with reading(story.runtime) as work:
        assert (stars_of(work, key, rita).average, stars_of(work, key, rita).mine) == (5, 0)
    for stars in (-1, 6):
        with pytest.raises(InvalidEvent, match="1 to 5"):
            do(story, rate, key, rita, stars)


def test_tags_are_kept_in_one_form_and_those_in_use_are_suggested(story: Story) -> None:
    story.job()
    first = story.apply("Barista/new").application_id
    second = story.apply("Barista/new", phone="+14155550102").application_id
    assert do(story, tag, first, "  Night\u200b  shift ", None)
    assert not do(story, tag, first, "NIGHT shift", None)
    assert do(story, tag, second, "night shift", None)
    assert do(story, tag, second, "Éclair", None)
    with reading(story.runtime) as work:
        rows = work.connection.execute(select(Application.tags).order_by(Application.id)).scalars().all()
        job_id = work.connection.execute(select(Job.id)).scalar_one()
        assert list(rows) == [["Night shift"], ["Night shift", "Éclair"]]
        assert (tags_of_job(work, job_id), tags_of_job(work, job_id, "éc")) == (["Night shift", "Éclair"], ["Éclair"])
    assert do(story, untag, second, "ÉCLAIR", None)
    assert not do(story, untag, second, "Éclair", None)
    for number in range(30):
        if number < 29:
            do(story, tag, second, f"tag {number}", None)
    with pytest.raises(InvalidEvent, match="at most 30"):
        do(story, tag, second, "one more", None)
    with pytest.raises(InvalidEvent, match="at most 40"):
        do(story, tag, second, "x" * 41, None)
    with pytest.raises(NotFound):
        do(story, tag, 999, "x", None)


def test_a_view_is_ones_own_unless_it_is_shared(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.job()
    rita, hugo = user(story), user(story, name="Hugo Manager")
    with reading(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id)).scalar_one()
    mine = do(story, save_view, job_id, rita, " Failed  ones ", "status=failed", shared=False)
    shared = do(story, save_view, job_id, rita, "All", "", shared=True)
    assert do(story, save_view, job_id, rita, "Failed ones", "status=expired", shared=False) == mine
    assert _views(story, job_id, rita) == [("All", "", True), ("Failed ones", "status=expired", True)]
    assert _views(story, job_id, hugo) == [("All", "", False)]
    refused: list[tuple[type[BotError], Any]] = [(NotAllowed, shared), (NotFound, "gone")]
    for error, ref in refused:
        with pytest.raises(error):
            do(story, delete_view, job_id, ref, hugo)
    do(story, delete_view, job_id, shared, rita)
    assert _views(story, job_id, hugo) == []
    monkeypatch.setattr(saved_views, "MOST", 1)
    with pytest.raises(Conflict, match="delete one first"):
        do(story, save_view, job_id, rita, "Another", "", shared=False)
    for name in ("", "x" * 61, "a\u202eb"):
        with pytest.raises(InvalidEvent, match="a name"):
            do(story, save_view, job_id, rita, name, "", shared=False)


def _views(story: Story, job_id: int, user_id: int) -> list[tuple[str, str, bool]]:
    with reading(story.runtime) as work:
        return [(view.name, view.query, view.is_mine) for view in views_of(work, job_id, user_id)]
