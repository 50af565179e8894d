"""The list of conversations: what is in which part of it, in which order, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from bot.channels.base import ChannelKind, MessageStatus
from bot.dialogue import attending
from bot.errors import InvalidEvent
from bot.insight import inbox
from bot.insight.inbox import Line, Tab, awaited_count, inbox_page, tab_counts
from bot.models import Candidate
from bot.work import reading, unit_of_work
from tests.bot.insight.crowd import people
from tests.journeys.attending import conversation, takes, user
from tests.journeys.holding import begun, hand_back, write
from tests.stories import Story

BEN = "+14155550102"
MANY = 3000


def lines(story: Story, user_id: int, tab: Tab, **how: str) -> list[Line]:
    with reading(story.runtime) as work:
        return list(inbox_page(work, user_id, tab, **how).lines)


def names(story: Story, user_id: int, tab: Tab, **how: str) -> list[str]:
    return [line.name for line in lines(story, user_id, tab, **how)]


def ben(story: Story) -> int:
    applied = story.apply(phone=BEN, first_name="Ben", last_name="Okoro")
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok", phone=BEN)
    return applied.candidate_id


def test_each_part_holds_what_its_name_says(story: Story) -> None:
    ann, ana, bea = begun(story), user(story, "Ana Reis"), user(story, "Bea Luz")
    ben(story)
    assert [names(story, ana, tab) for tab in (Tab.MINE, Tab.REPLY, Tab.STUCK, Tab.HELD)] == [[], [], [], []]
    assert set(names(story, ana, Tab.ALL)) == {"Ann Silva", "Ben Okoro"}
    story.says("PERSON")
    for nonsense in ("blue", "green", "red"):
        story.says(nonsense, phone=BEN)
    assert names(story, ana, Tab.REPLY) == ["Ann Silva"]
    assert names(story, ana, Tab.STUCK) == ["Ben Okoro"]
    assert names(story, ana, Tab.UNASSIGNED) == ["Ann Silva", "Ben Okoro"]
    takes(story, ann, ana)
    assert names(story, ana, Tab.MINE) == names(story, ana, Tab.HELD) == names(story, ana, Tab.REPLY) == ["Ann Silva"]
    assert names(story, ana, Tab.UNASSIGNED) == ["Ben Okoro"]
    assert names(story, bea, Tab.MINE) == []
    write(story, ann, "Here I am")
    hand_back(story, ann)
    assert names(story, ana, Tab.REPLY) == []
    assert names(story, ana, Tab.MINE) == ["Ann Silva"]
    with reading(story.runtime) as work:
        assert awaited_count(work) == "1"
        assert tab_counts(work, ana) == {
            Tab.MINE: "1",
            Tab.REPLY: "0",
            Tab.UNASSIGNED: "1",
            Tab.STUCK: "1",
            Tab.HELD: "0",
        }


def test_who_has_waited_longest_comes_first_and_elsewhere_who_wrote_last(story: Story) -> None:
    begun(story)
    ana = user(story, "Ana Reis")
    ben(story)
    for phone in (BEN, "+14155550101"):
        story.clock.move(timedelta(minutes=2))
        story.says("PERSON", phone=phone)
    assert names(story, ana, Tab.REPLY) == ["Ben Okoro", "Ann Silva"]
    assert names(story, ana, Tab.ALL) == ["Ann Silva", "Ben Okoro"]


def test_a_line_says_what_one_must_know_before_one_opens_it(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    at = story.clock.now()
    story.says("PERSON")
    takes(story, ann, ana)
    story.says("  hello \n there? " + "x" * 200)
    (line,) = lines(story, ana, Tab.REPLY)
    assert (line.name, line.job, line.channel) == ("Ann Silva", "Barista", ChannelKind.WHATSAPP)
    assert line.last_text.startswith("hello there? xxx")
    assert len(line.last_text) == inbox.LONGEST_LINE
    assert line.last_inbound
    assert line.awaiting_since == at
    assert (line.held_by, line.assigned_to, line.needs, line.opted_out) == ("Ana Reis", "Ana Reis", "", False)
    assert line.window_until is not None
    story.clock.move(timedelta(hours=25))
    (line,) = lines(story, ana, Tab.MINE)
    assert line.window_until is None


def test_why_a_person_should_look_is_said_in_words(story: Story) -> None:
    begun(story)
    ana = user(story, "Ana Reis")
    story.says("PERSON")
    assert [line.needs for line in lines(story, ana, Tab.REPLY)] == ["Asked for a person"]
    story.says("STOP")
    story.says("why?")
    (line,) = lines(story, ana, Tab.REPLY)
    assert line.opted_out


def test_unread_is_what_came_since_a_user_looked_where_a_person_is_awaited(story: Story) -> None:
    ann, ana, bea = begun(story), user(story, "Ana Reis"), user(story, "Bea Luz")
    assert not lines(story, ana, Tab.ALL)[0].unread
    story.says("PERSON")
    assert lines(story, ana, Tab.REPLY)[0].unread
    thread = conversation(story, ann).id
    with unit_of_work(story.runtime) as work:
        attending.mark_read(work, thread, ana, 10_000)
    assert not lines(story, ana, Tab.REPLY)[0].unread
    assert lines(story, bea, Tab.REPLY)[0].unread


def test_somebody_is_found_by_name_number_and_e_mail(story: Story) -> None:
    begun(story)
    ana = user(story, "Ana Reis")
    story.apply(phone=BEN, first_name="Ben", last_name="O%oro", email="ben@example.org")
    for search in ("ben", "N O%", "555-0102", "ben@ex"):
        assert names(story, ana, Tab.MINE, search=search) == ["Ben O%oro"], search
    assert names(story, ana, Tab.MINE, search="%") == ["Ben O%oro"]
    assert names(story, ana, Tab.MINE, search="nobody") == []
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Candidate).where(Candidate.first_name == "Ben").values(first_name="Émile"))
    assert names(story, ana, Tab.MINE, search="émile o%") == ["Émile O%oro"]


@pytest.mark.parametrize(
    "cursor", ["x", "2026-03-02T09:00:00+00:00~x", "2026-03-02~1", f"2026-03-02T09:00:00+00:00~{2**70}"]
)
def test_a_cursor_that_is_none_is_refused_in_words(story: Story, cursor: str) -> None:
    with pytest.raises(InvalidEvent, match="Begin at the top"), reading(story.runtime) as work:
        inbox_page(work, 1, Tab.ALL, after=cursor)


def test_pages_follow_one_another_without_gap_or_repeat(story: Story) -> None:
    ana = user(story, "Ana Reis")
    people(story.runtime, MANY, user_id=ana)
    for tab, expected in ((Tab.MINE, MANY // 50), (Tab.REPLY, 3 * MANY // 80), (Tab.HELD, MANY // 100)):
        seen, after = [], ""
        while True:
            with reading(story.runtime) as work:
                page = inbox_page(work, ana, tab, after=after)
            seen += [line.conversation_id for line in page.lines]
            after = page.following
            if not after:
                break
        order = sorted(seen, reverse=tab.waits)
        assert seen == order
        assert len(seen) == len(set(seen))
        if tab is not Tab.REPLY:
            assert len(seen) == expected
    with reading(story.runtime) as work:
        assert tab_counts(work, ana)[Tab.UNASSIGNED] == "99+"


def test_every_part_is_read_by_an_index(story: Story) -> None:
    ana = user(story, "Ana Reis")
    people(story.runtime, MANY, user_id=ana)
    seen: list[tuple[str, Any]] = []
    engine = story.runtime.database.engine

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: Any) -> None:
        seen.append((sql, parameters))

    event.listen(engine, "before_cursor_execute", note)
    for tab in Tab:
        with reading(story.runtime) as work:
            first = inbox_page(work, ana, tab)
            inbox_page(work, ana, tab, after=first.following)
            tab_counts(work, ana)
            awaited_count(work)
    event.remove(engine, "before_cursor_execute", note)
    plans = [plan for sql, parameters in seen if sql.startswith("SELECT") for plan in _plan(story, sql, parameters)]
    assert plans
    whole = ("SCAN conversations", "SCAN messages", "Seq Scan on conversations", "Seq Scan on messages")
    assert [plan for plan in plans if any(plan.strip(" ->").startswith(w) and "INDEX" not in plan for w in whole)] == []


def _plan(story: Story, sql: str, parameters: Any) -> list[str]:
    is_sqlite = story.runtime.database.is_sqlite
    with story.runtime.database.engine.connect() as connection:
        if not is_sqlite:  # so small a table is read whole nearly as quickly, which would hide the index
            connection.exec_driver_sql("SET LOCAL random_page_cost = 1")
        rows = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{sql}", parameters)
        return [row[3] if is_sqlite else row[0] for row in rows]
