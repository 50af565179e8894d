"""The inbox and a conversation, as users see them without script."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.models import Candidate, ConversationNote, Message, ReadMark, Role, ScheduledMessage
from bot.work import reading
from tests.journeys.attending import conversation, user
from tests.journeys.holding import begun
from tests.stories import ANN, Story
from tests.webhooks.desk import PASSWORD, Desk, on_sqlite

HOSTILE = "<script>alert(1)</script>\"'>{{ 7 * 7 }}"


class Ana:
    """A recruiter at the conversation with Ann."""

    def __init__(self, story: Story, role: Role = Role.RECRUITER, **plan: str) -> None:
        self.story = story
        self.ann = begun(story, **plan)
        self.desk = Desk(story.runtime, role)
        with reading(story.runtime) as work:
            self.ref = work.connection.execute(select(Candidate.public_id).where(Candidate.id == self.ann)).scalar_one()
        self.at = f"/inbox/{self.ref}"

    def page(self) -> str:
        return self.desk.page(self.at)

    def does(self, what: str, status: int = 303, **form: str) -> str:
        answer = self.desk.post(f"{self.at}/{what}", **form)
        assert answer.status_code == status, answer.text
        self.story.clock.move(timedelta(seconds=11))  # beyond which no message waits for the word on the one before
        self.story.send()
        return " ".join(answer.text.split())

    def sent(self) -> list[str]:
        return self.story.sender.texts()

    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.page())
        assert found
        return found[1]


def test_who_needs_a_reply_is_listed_and_opened(story: Story) -> None:
    ana = Ana(story)
    assert "Nobody waits for a reply" in ana.desk.page("/inbox")
    story.says("PERSON")
    listed = ana.desk.page("/inbox")
    assert "Ann Silva" in listed
    assert "Asked for a person" in listed
    opened = ana.page()
    for words in ("Do you drive?", "Question 1 of 2", "Campaign of the stage screening", "PERSON", "UTC"):
        assert words in opened


def test_one_takes_over_writes_and_hands_back(story: Story) -> None:
    ana = Ana(story)
    assert "To write yourself, take over" in ana.page()
    assert 'name="text"' not in ana.page()
    ana.does("hold")
    assert "You hold this; the bot is silent" in ana.page()
    ana.does("write", text="Hello {{ candidate.first_name }}, Ana here.", token=ana.token())
    assert ana.sent()[-1] == "Hello Ann, Ana here."
    assert "Hello Ann, Ana here." in ana.page()
    said = len(ana.sent())
    ana.does("hand-back")
    assert ana.sent()[said:] != []
    assert conversation(story, ana.ann).held_by is None


def test_a_double_click_sends_one(story: Story) -> None:
    ana = Ana(story)
    ana.does("hold")
    token = ana.token()
    for _ in range(2):
        ana.does("write", text="Once", token=token)
    ana.does("write", text="Twice", token=ana.token())
    assert ana.sent().count("Once") == 1
    assert ana.sent().count("Twice") == 1


def test_nobody_writes_without_holding_the_conversation(story: Story) -> None:
    ana = Ana(story)
    assert "Take the conversation over first" in ana.does("write", 422, text="Hello")
    ana.does("hold")
    bea = Desk(story.runtime, Role.ADMIN)
    answer = bea.post(f"{ana.at}/write", text="Hello from Bea")
    assert answer.status_code == 422
    assert "holds the conversation" in answer.text
    assert "Hello from Bea" in answer.text  # what was written is not lost
    assert "Hello from Bea" not in ana.sent()


def test_beyond_the_window_templates_are_chosen_filled_previewed_and_sent(story: Story) -> None:
    ana = Ana(story)
    ana.does("hold")
    story.clock.move(timedelta(hours=30))
    ana.desk.post("/log-in", email="recruiter@example.org", password=PASSWORD)
    page = ana.desk.page(f"{ana.at}?template=choose")
    assert 'value="hello/en"' in page
    chosen = ana.does("write", 200, do="choose", template="hello/en")
    assert "Hi {{1}}" in chosen
    lacking = ana.does("write", 422, do="send", template="hello/en")
    assert "Fill in what stands for {{1}}" in lacking
    form = {"template": "hello/en", "variable-1": "Ann"}
    assert "Hi Ann" in ana.does("write", 200, do="preview", **form)
    ana.does("write", do="send", token="t1", **form)
    assert story.sender.accepted[-1].template is not None
    assert ana.sent()[-1] == "Hi Ann"


def test_a_message_is_kept_for_later_changed_and_taken_back(story: Story) -> None:
    ana = Ana(story, time_zone="America/New_York")
    ana.does("hold")
    at = (story.clock.now() + timedelta(hours=2) - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")  # New York's clock
    ana.does("write", do="later", text="See you", due_at=at, token="one")
    with reading(story.runtime) as work:
        row = work.connection.execute(select(ScheduledMessage)).one()
    assert timedelta(hours=1, minutes=58) < row.due_at - story.clock.now() <= timedelta(hours=2)
    assert "See you" in ana.page()
    assert "America/New_York" in ana.page()
    assert f'value="{at}"' in ana.desk.page(f"{ana.at}?later={row.public_id}")
    ana.does("write", do="later", text="See you there", due_at=at, scheduled=row.public_id, token="two")
    assert "See you there" in ana.page()
    ana.does(f"scheduled/{row.public_id}/cancel")
    assert "See you there" not in ana.page()
    assert "Choose the day and the time" in ana.does("write", 422, do="later", text="See you", due_at="soon")


def test_notes_are_kept_deleted_and_brought_back(story: Story) -> None:
    ana = Ana(story)
    ana.does("notes", note=HOSTILE)
    page = ana.page()
    assert "Private note by" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    note = ana.desk.one(ConversationNote.public_id)
    answer = ana.desk.post(f"{ana.at}/notes/{note}/delete")
    deleted = ana.desk.page(answer.headers["Location"])
    assert "The note is deleted" in deleted
    assert "Private note by" not in deleted
    ana.does(f"notes/{note}/restore")
    assert "Private note by" in ana.page()
    assert all("script" not in text for text in ana.sent())


def test_it_is_assigned_and_set_aside(story: Story) -> None:
    ana = Ana(story)
    bea = user(story, "Bea Luz")
    story.says("PERSON")
    ana.does("assign", user=str(bea))
    assert conversation(story, ana.ann).assigned_to_id == bea
    ana.does("assign", user="99999")
    assert conversation(story, ana.ann).assigned_to_id == bea
    ana.does("set-aside")
    assert conversation(story, ana.ann).awaiting_since is None


def test_after_a_stop_there_is_no_place_to_write(story: Story) -> None:
    ana = Ana(story)
    ana.does("hold")
    story.says("STOP")
    page = ana.page()
    assert "nobody can write to them" in page
    assert 'name="text"' not in page
    assert "said STOP" in ana.does("write", 422, text="Hello")


def test_what_failed_is_sent_again_by_a_button(story: Story) -> None:
    ana = Ana(story)
    ana.does("hold")
    ana.does("write", text="Could you call me?", token="one")
    story.last_reports(MessageStatus.FAILED, "30005")
    ref = ana.desk.one(Message.public_id)
    assert "Send again" in ana.page()
    ana.does(f"messages/{ref}/again")
    assert ana.sent().count("Could you call me?") == 2


def test_a_page_that_is_looked_at_marks_what_was_read(story: Story) -> None:
    ana = Ana(story)
    ana.page()
    story.says("yes")
    ana.page()
    with reading(story.runtime) as work:
        marks = work.connection.execute(select(ReadMark.message_id)).scalars().all()
        latest = work.connection.execute(select(Message.id).where(Message.inbound).order_by(Message.id.desc()).limit(1))
        assert marks == [latest.scalar_one()]


@pytest.mark.parametrize("words", [HOSTILE, "ليلى حداد مرحبا", "😀" * 50, "a\u202eb"])
@on_sqlite
def test_whatever_candidates_write_is_shown_as_text(story: Story, words: str) -> None:
    ana = Ana(story)
    story.says(words)
    page = ana.page()
    assert "<script>alert(1)" not in page + ana.desk.page("/inbox?tab=all")
    assert "{{ 7 * 7 }}" in page or words != HOSTILE


@on_sqlite
@pytest.mark.parametrize(
    "path", ["?tab=nothing", "?after=x", "?after=2026-01-01T00:00:00%2B00:00~1", "?q=%25%25", "?tab=all&q=" + "x" * 500]
)
def test_odd_addresses_of_the_list_are_no_fault(story: Story, path: str) -> None:
    Ana(story).desk.page(f"/inbox{path}")


@on_sqlite
def test_odd_addresses_of_a_conversation_are_no_fault(story: Story) -> None:
    ana = Ana(story)
    for path in ("?before=x", "?before=999999999999999999999", "?later=x", "?snippet=x", "?template=x", "?deleted=<b>"):
        ana.desk.page(f"{ana.at}{path}")
    ana.desk.page("/inbox/nobody", 404)
    ana.does("hold")
    ana.does("messages/nothing/again", 404)
    ana.does("notes/nothing/delete", 404)
    ana.does("scheduled/nothing/cancel", 404)
    ana.does("messages/nothing/settle", 400, outcome="perhaps")
    assert "Choose WhatsApp or SMS" in ana.does("write", 422, text="x", way="pigeon")


@on_sqlite
def test_a_viewer_reads_along_and_does_nothing(story: Story) -> None:
    ana = Ana(story, Role.VIEWER)
    page = ana.page()
    assert "Your role reads along" in page
    for what in ("hold", "hand-back", "set-aside", "assign", "write", "notes", "presence"):
        ana.does(what, 403, text="x", note="x")
    assert "Ann Silva" in ana.desk.page("/inbox?tab=all")


@on_sqlite
def test_htmx_gets_the_part_and_the_composer_only_when_it_changed(story: Story) -> None:
    ana = Ana(story)
    htmx = {"HX-Request": "true"}
    part = ana.desk.client.get(f"{ana.at}/thread", headers=htmx).text
    assert "Do you drive?" in part
    assert "<html" not in part
    seen = re.search(r"composer\?seen=(\w+)", ana.page())
    assert seen
    assert ana.desk.client.get(f"{ana.at}/composer?seen={seen[1]}", headers=htmx).status_code == 204
    ana.does("hold")
    changed = ana.desk.client.get(f"{ana.at}/composer?seen={seen[1]}", headers=htmx)
    assert changed.status_code == 200
    assert 'name="text"' in changed.text
    assert ana.desk.client.get(f"{ana.at}/thread").status_code == 302
    count = ana.desk.client.get("/inbox-count", headers=htmx).text
    assert "badge" not in count
    story.says("hello?")
    assert "badge" in ana.desk.client.get("/inbox-count", headers=htmx).text


@on_sqlite
def test_earlier_messages_are_reached_with_script_and_without(story: Story) -> None:
    ana = Ana(story)
    ana.does("hold")
    for number in range(60):
        story.says(f"word {number:02}")
    page = ana.page()
    assert "word 59" in page
    assert "word 05" not in page
    older = re.search(r'href="([^"]+before=\d+)"', page)
    more = re.search(r'hx-get="([^"]+most=100)"', page)
    assert older
    assert more
    assert "word 05" in ana.desk.page(older[1])
    grown = ana.desk.client.get(more[1], headers={"HX-Request": "true"}).text
    assert "word 05" in grown
    assert "word 59" in grown
    assert f'id="news" hx-get="{more[1]}"' in grown  # and so it stays


@on_sqlite
def test_others_are_told_who_is_writing(story: Story) -> None:
    ana = Ana(story)
    ana.does("presence", 204, typing="yes")
    bea = Desk(story.runtime, Role.ADMIN)
    assert "is writing a reply" in bea.page(ana.at)
    ana.does("presence", 204, gone="yes")
    assert "is writing a reply" not in bea.page(ana.at)
    assert ANN in bea.page(ana.at)
