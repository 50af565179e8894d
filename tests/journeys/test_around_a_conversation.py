"""Notes, snippets, who is looking, and forms that are sent twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.dialogue import attending, noting, snippets
from bot.errors import Conflict, InvalidEvent, NotAllowed, NotFound
from bot.intake.submissions import forget_old_submissions, is_first
from bot.messaging.thread import lock_thread
from bot.models import ConversationNote, ReadMark, Submission
from bot.work import reading, unit_of_work
from tests.journeys.attending import conversation, news, user
from tests.journeys.holding import begun
from tests.stories import Story


def test_others_see_who_writes_within_seconds_and_no_more_after_fifteen(story: Story) -> None:
    ann, ana, bea = begun(story), user(story, "Ana Reis"), user(story, "Bea Luz")
    thread = conversation(story, ann).id
    with unit_of_work(story.runtime) as work:
        attending.attend(work, thread, ana, typing=True)
    with reading(story.runtime) as work:
        assert attending.onlookers(work, thread, bea) == [attending.Onlooker("Ana Reis", typing=True)]
        assert attending.onlookers(work, thread, ana) == []
    story.clock.move(timedelta(seconds=15))
    with reading(story.runtime) as work:
        assert attending.onlookers(work, thread, bea) == []


def test_others_are_told_of_news_and_not_of_every_beat(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    thread = conversation(story, ann).id

    def told(**wish: bool) -> int:
        before = news(story)
        with unit_of_work(story.runtime) as work:
            attending.attend(work, thread, ana, **wish)
        return news(story) - before

    assert [told(typing=False), told(typing=False), told(typing=True), told(typing=True)] == [1, 0, 1, 0]
    story.clock.move(timedelta(seconds=20))
    assert told(typing=True) == 1
    before = news(story)
    with unit_of_work(story.runtime) as work:
        attending.leave(work, thread, ana)
        attending.leave(work, thread, ana)
    assert news(story) == before + 1


def test_what_was_read_stays_read(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    thread = conversation(story, ann).id
    for message in (7, 5, 9):
        with unit_of_work(story.runtime) as work:
            attending.mark_read(work, thread, ana, message)
    with reading(story.runtime) as work:
        assert work.connection.execute(select(ReadMark.message_id)).scalars().all() == [9]


def test_a_note_is_deleted_and_restored_by_who_wrote_it(story: Story) -> None:
    ann, ana, bea = begun(story), user(story, "Ana Reis"), user(story, "Bea Luz")
    thread = conversation(story, ann).id
    said = len(story.sender.accepted)
    with unit_of_work(story.runtime) as work:
        ref = noting.note(work, thread, ana, "  Speaks <b>three</b> languages ")
    with pytest.raises(NotAllowed), unit_of_work(story.runtime) as work:
        noting.delete_note(work, ref, bea)
    for act, is_there in ((noting.delete_note, False), (noting.restore_note, True)):
        with unit_of_work(story.runtime) as work:
            act(work, ref, ana)
        with reading(story.runtime) as work:
            row = work.connection.execute(select(ConversationNote)).one()
        assert (row.deleted_at is None, row.text) == (is_there, "Speaks <b>three</b> languages")
    story.send()
    assert len(story.sender.accepted) == said
    with pytest.raises(InvalidEvent), unit_of_work(story.runtime) as work:
        noting.note(work, thread, ana, " ")
    with pytest.raises(NotFound), unit_of_work(story.runtime) as work:
        noting.delete_note(work, "nothing", ana)


def test_private_snippets_are_ones_own_and_shared_ones_everybodys(story: Story) -> None:
    ann, ana, bea = begun(story), user(story, "Ana Reis"), user(story, "Bea Luz")
    with unit_of_work(story.runtime) as work:
        own = snippets.add_snippet(work, ana, "/where", "We are in {{ job.location }}.", is_shared=False)
        shared = snippets.add_snippet(
            work, ana, "Hello", "Hi {{ candidate.first_name }}, it is about {{ job.title }}.", is_shared=True
        )
    with reading(story.runtime) as work:
        assert [each.name for each in snippets.snippets_for(work, ana)] == ["Hello", "where"]
        assert [each.name for each in snippets.snippets_for(work, bea)] == ["Hello"]
        thread = lock_thread(work, ann)
        assert snippets.filled_snippet(work, thread, bea, shared, author="Bea Luz") == "Hi Ann, it is about Barista."
        with pytest.raises(NotFound):
            snippets.filled_snippet(work, thread, bea, own, author="Bea Luz")


def test_a_snippet_is_changed_by_its_author_and_a_shared_one_by_administrators_too(story: Story) -> None:
    ana, bea = user(story, "Ana Reis"), user(story, "Bea Luz")
    with unit_of_work(story.runtime) as work:
        own = snippets.add_snippet(work, ana, "own", "Mine", is_shared=False)
        shared = snippets.add_snippet(work, ana, "all", "Ours", is_shared=True)
    with pytest.raises(NotFound), unit_of_work(story.runtime) as work:
        snippets.delete_snippet(work, bea, own, is_admin=True)
    with pytest.raises(NotAllowed), unit_of_work(story.runtime) as work:
        snippets.change_snippet(work, bea, shared, "all", "Theirs", is_shared=True, is_admin=False)
    with unit_of_work(story.runtime) as work:
        snippets.change_snippet(work, bea, shared, "all", "Better", is_shared=True, is_admin=True)
        snippets.delete_snippet(work, ana, own, is_admin=False)
    with reading(story.runtime) as work:
        assert [(each.name, each.text) for each in snippets.snippets_for(work, ana)] == [("all", "Better")]


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("", "x", "name"),
        ("n" * 61, "x", "name"),
        ("a\x07", "x", "name"),
        ("ok", " ", "text"),
        ("ok", "{{ candidate.age }}", "text"),
    ],
)
def test_a_snippet_that_could_not_be_used_is_refused_at_its_field(
    story: Story, name: str, text: str, field: str
) -> None:
    ana = user(story, "Ana Reis")
    with pytest.raises(InvalidEvent) as caught, unit_of_work(story.runtime) as work:
        snippets.add_snippet(work, ana, name, text, is_shared=False)
    assert caught.value.field == field


def test_one_name_stands_for_one_snippet(story: Story) -> None:
    ana, bea = user(story, "Ana Reis"), user(story, "Bea Luz")
    with unit_of_work(story.runtime) as work:
        snippets.add_snippet(work, ana, "where", "Here", is_shared=False)
        snippets.add_snippet(work, bea, "where", "There", is_shared=False)
    with pytest.raises(Conflict), unit_of_work(story.runtime) as work:
        snippets.add_snippet(work, ana, "Where", "Elsewhere", is_shared=False)


def test_a_form_counts_once(story: Story) -> None:
    with unit_of_work(story.runtime) as work:
        assert [is_first(work, token) for token in ("one", "one", "two", "", "")] == [True, False, True, True, True]
    story.clock.move(timedelta(days=3))
    with unit_of_work(story.runtime) as work:
        forget_old_submissions(work)
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Submission.token)).all() == []
