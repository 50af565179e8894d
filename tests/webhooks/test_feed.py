"""What changed becomes the names that pages listen to, each change once."""

from collections.abc import Iterator
from datetime import timedelta
from socket import socket, socketpair

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from bot.channels.base import MessageStatus
from bot.intake.sign_ins import begin_sign_in
from bot.intake.users import create_user
from bot.models import Application, Candidate, Change, Job, Role, SignIn, Topic, User
from bot.runtime import Runtime
from bot.sweeps import forget_changes
from bot.work import reading, unit_of_work
from tests.stories import Story
from webhooks.feed import Feed, News
from webhooks.streams import Listener, Streams


def names(news: list[News]) -> set[str]:
    return {each.name for each in news}


def test_a_reply_is_told_to_its_thread_and_card_and_to_the_inbox_where_a_person_is_wanted(story: Story) -> None:
    story.job()
    story.apply()
    feed = Feed(story.runtime)
    feed.start()
    assert feed.read()[1] == []
    story.says("yes")
    _, news = feed.read()
    with reading(story.runtime) as work:
        job, application, candidate = work.connection.execute(
            select(Job.public_id, Application.public_id, Candidate.public_id)
            .join(Application, Application.job_id == Job.id)
            .join(Candidate, Candidate.id == Application.candidate_id)
        ).one()
    assert {f"thread-{candidate}", "talk", f"board-{job}"} <= names(news)
    assert next(each for each in news if each.name == f"board-{job}").ids == (application,)
    assert feed.read()[1] == []
    assert "inbox" not in names(news)
    story.says("person please")
    assert "inbox" in names(feed.read()[1])


def test_a_welcome_that_fails_is_told_to_the_lists_of_jobs(story: Story) -> None:
    story.job()
    story.apply()
    feed = Feed(story.runtime)
    feed.start()
    story.last_reports(MessageStatus.FAILED, "63024")
    while story.enrolment(1).status != "failed":
        story.send()
        story.last_reports(MessageStatus.FAILED, "63024")
    assert "jobs" in names(feed.read()[1])


def note(runtime: Runtime, number: int) -> None:
    with unit_of_work(runtime) as work:
        work.connection.execute(insert(Change).values(id=number, topic=Topic.TEMPLATES, key=0, at=work.now))


def test_a_transaction_that_commits_after_a_later_one_is_told_all_the_same(runtime: Runtime) -> None:
    feed = Feed(runtime)
    feed.start()
    note(runtime, 12)
    assert names(feed.read()[1]) == {"templates"}
    note(runtime, 11)
    assert names(feed.read()[1]) == {"templates"}
    assert feed.read()[1] == []


def test_what_is_older_than_a_transaction_may_take_is_not_looked_at_again(runtime: Runtime) -> None:
    feed = Feed(runtime)
    feed.start()
    note(runtime, 12)
    feed.read()
    runtime.clock.move(timedelta(seconds=6))
    feed.read()
    note(runtime, 11)
    assert feed.read()[1] == []


def test_a_page_that_was_away_hears_what_it_has_missed(runtime: Runtime) -> None:
    note(runtime, 1)
    note(runtime, 2)
    feed = Feed(runtime)
    feed.start()
    assert names(feed.since(1)) == {"templates"}
    runtime.clock.move(timedelta(minutes=1))
    assert feed.since(2) == []


def test_a_page_hears_also_what_was_committed_late_with_an_earlier_number(runtime: Runtime) -> None:
    note(runtime, 2)
    feed = Feed(runtime)
    feed.start()
    note(runtime, 1)
    assert names(feed.since(2)) == {"templates"}


def test_changes_are_kept_for_a_quarter_of_an_hour_and_the_latest_for_longer(runtime: Runtime) -> None:
    note(runtime, 1)
    note(runtime, 2)
    forget_changes(runtime)
    assert kept(runtime) == [1, 2]
    runtime.clock.move(timedelta(minutes=16))
    forget_changes(runtime)
    assert kept(runtime) == [2]


def kept(runtime: Runtime) -> list[int]:
    with reading(runtime) as work:
        return list(work.connection.execute(select(Change.id).order_by(Change.id)).scalars())


def test_what_changes_after_a_quiet_hour_is_told_to_who_listens_still(runtime: Runtime) -> None:
    """SQLite gives a table that was emptied its first numbers again, which the feed has seen."""
    feed = Feed(runtime)
    feed.start()
    for _ in range(3):
        change_templates(runtime)
    assert names(feed.read()[1]) == {"templates"}
    runtime.clock.move(timedelta(hours=1))
    forget_changes(runtime)
    feed.read()
    change_templates(runtime)
    assert names(feed.read()[1]) == {"templates"}


def change_templates(runtime: Runtime) -> None:
    with unit_of_work(runtime) as work:
        work.changed(Topic.TEMPLATES, 0)


@pytest.mark.parametrize("topic", list(Topic))
def test_a_change_of_what_is_gone_tells_nobody_wrong(runtime: Runtime, topic: Topic) -> None:
    feed = Feed(runtime)
    feed.start()
    with unit_of_work(runtime) as work:
        work.changed(topic, 4711)
    assert all(each.ids == () for each in feed.read()[1])


def test_what_was_told_a_moment_ago_does_not_crowd_out_what_is_new(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.feed.MOST", 5)
    feed = Feed(runtime)
    feed.start()
    for number in range(1, 12):
        note(runtime, number)
        assert names(feed.read()[1]) == {"templates"}, f"the change {number} waits"


@pytest.fixture
def page(runtime: Runtime) -> Iterator[socket]:
    """What a page hears that follows the templates, and was made before anything had changed."""
    with unit_of_work(runtime) as work:
        create_user(work, "ann@example.org", Role.RECRUITER, "a long password")
        user_id = work.connection.execute(select(User.id)).scalar_one()
        begin_sign_in(work, user_id, "a browser")
        sign_in_id = work.connection.execute(select(SignIn.id)).scalar_one()
    here, there = socketpair()
    with here, there:
        there.settimeout(10)
        Streams(runtime).take(here, Listener(user_id, sign_in_id), frozenset({"templates"}), since=0)
        yield there
        runtime.stopping.set()


@pytest.fixture
def changed_before(runtime: Runtime) -> None:
    change_templates(runtime)


@pytest.mark.usefixtures("changed_before")
def test_the_first_change_of_all_is_told_to_a_page_that_was_made_before_it(page: socket) -> None:
    assert b"event: templates" in page.recv(4096)


@pytest.fixture
def database_away_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Feed.start

    def start(feed: Feed) -> int:
        monkeypatch.setattr(Feed, "start", starts)
        raise OperationalError("SELECT 1", None, Exception("away"))

    monkeypatch.setattr(Feed, "start", start)


@pytest.mark.usefixtures("database_away_at_first")
def test_a_page_that_comes_while_the_database_is_away_hears_of_what_changes_later(
    runtime: Runtime, page: socket
) -> None:
    change_templates(runtime)
    assert b"event: templates" in page.recv(4096)
