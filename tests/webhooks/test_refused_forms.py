"""What is refused at a person is told where one is, by htmx as well; what was written is there again to be put right."""

from typing import Any

import pytest
from sqlalchemy import select, update

from bot.models import Application, Candidate, ConversationNote, Job, Note, Role, User
from bot.work import unit_of_work
from tests.journeys.holding import begun
from tests.stories import Story
from tests.webhooks.desk import Desk, on_sqlite

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://localhost/jobs/abc"}
LONG = "It was a long talk. " * 300  # 6,000 characters


class Ana:
    """A recruiter who has the application and the conversation of Ann open, in a page with htmx or without."""

    def __init__(self, story: Story, *, htmx: bool = True, role: Role = Role.RECRUITER) -> None:
        begun(story)
        self.desk, self.headers = Desk(story.runtime, role), HTMX if htmx else {}
        self.application = f"/applications/{self.desk.one(Application.public_id)}"
        self.talk = f"/inbox/{self.desk.one(Candidate.public_id)}"

    def does(self, path: str, **form: str) -> Any:
        form = {"csrf": self.desk.token(), "then": f"{self.application}?tab=notes&in=status%3Dsending", **form}
        return self.desk.client.post(path, data=form, headers=self.headers, follow_redirects=True)


@on_sqlite
def test_what_is_refused_in_the_drawer_is_told_there_and_once(story: Story) -> None:
    ana = Ana(story)
    assert "archived already" not in ana.does(f"{ana.application}/archive").text
    again = ana.does(f"{ana.application}/archive").text
    assert again.count("This application is archived already.") == 1
    assert 'hx-swap-oob="beforeend:#toasts"' in again
    assert "archived already" not in ana.desk.page(ana.application)


@on_sqlite
def test_what_is_refused_in_a_conversation_is_told_there_and_not_where_nobody_asked(story: Story) -> None:
    ana = Ana(story)
    ana.desk.client.post(f"{ana.talk}/assign", data={"csrf": ana.desk.token(), "user": "77"}, headers=HTMX)
    unattended = {**HTMX, "Callboard-Unattended": "1"}
    assert "Choose somebody" not in ana.desk.client.get("/inbox-count", headers=unattended).text
    assert "Choose somebody" in ana.desk.client.get(f"{ana.talk}/conversation", headers=HTMX).text


@on_sqlite
@pytest.mark.parametrize("htmx", [True, False])
def test_a_note_that_is_too_long_stays_in_its_field_with_the_reason(story: Story, *, htmx: bool) -> None:
    ana = Ana(story, htmx=htmx)
    refused = ana.does(f"{ana.application}/notes?in=status%3Dsending", text=LONG)
    assert refused.status_code == 422
    assert LONG in refused.text
    assert "A note has at most 5000 characters: shorten it." in refused.text
    assert 'maxlength="5000"' in refused.text
    assert "in=status%3Dsending" in refused.text
    assert ("<html" in refused.text) is not htmx
    assert "at most 5000" not in ana.desk.page(f"{ana.application}?tab=notes")


@on_sqlite
def test_a_note_that_was_changed_to_nothing_is_open_where_it_stood(story: Story) -> None:
    ana = Ana(story)
    ana.does(f"{ana.application}/notes", text="First")
    refused = ana.does(f"{ana.application}/notes", text=" ", id=ana.desk.one(Note.public_id))
    assert refused.status_code == 422
    assert "<details open>" in refused.text
    assert refused.text.count("Write something into the note.") == 1


@on_sqlite
@pytest.mark.parametrize("htmx", [True, False])
def test_a_private_note_that_is_refused_stays_in_its_field_with_the_reason(story: Story, *, htmx: bool) -> None:
    ana = Ana(story, htmx=htmx)
    refused = ana.does(f"{ana.talk}/notes", note=LONG * 2)
    assert refused.status_code == 422
    assert LONG * 2 in refused.text
    assert "at most 10000 are kept." in refused.text
    assert '<details class="noting" open>' in refused.text


@on_sqlite
def test_a_hiring_manager_without_script_is_told_too_and_sees_no_inbox(story: Story) -> None:
    ana = Ana(story, htmx=False, role=Role.HIRING_MANAGER)
    with unit_of_work(story.runtime) as work:
        key = work.connection.execute(select(User.id).where(User.role == Role.HIRING_MANAGER)).scalar_one()
        work.connection.execute(update(Job).values(hiring_manager_id=key))
    refused = ana.does(f"{ana.talk}/notes", note=" ")
    assert "Write the note first." in refused.text
    assert "conversations" not in refused.text


@on_sqlite
def test_the_end_of_a_line_counts_once_as_the_field_counts_it(story: Story) -> None:
    ana = Ana(story)
    lines = "a\r\n" * 4999
    assert ana.does(f"{ana.talk}/notes", note=lines).status_code == 200
    assert ana.desk.one(ConversationNote.text) == lines.replace("\r\n", "\n").strip()
