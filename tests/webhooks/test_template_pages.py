"""The pages of templates and channels without a browser."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.template_submissions import work_on_submissions
from bot.messaging.channels import pause_channel
from bot.models import Channel, Role, TemplateSubmission
from bot.runtime import Runtime
from bot.settings.public_address import HOOKS
from bot.work import reading, unit_of_work
from tests.stories import HELLO, Story
from tests.webhooks.desk import Desk, on_sqlite
from webhooks.twilio import MESSAGES

BODY = "Hi {{1}}, thank you for applying as {{2}}. Shall we start?"
WRITTEN = {
    "name": "greeting", "language": "pt_BR", "category": "UTILITY", "body": BODY, "sample_1": "Ann",
    "sample_2": "Barista", "button": ["Let's begin", ""],
}  # fmt: skip


@pytest.fixture
def desk(story: Story) -> Desk:
    return Desk(story.runtime)


def text(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def kept(desk: Desk):
    with reading(desk.runtime) as work:
        return work.connection.execute(select(TemplateSubmission)).one()


def test_a_template_is_written_and_submitted(desk: Desk, story: Story) -> None:
    answer = desk.post("/templates/new", **WRITTEN, submit="yes")
    assert (answer.status_code, answer.location) == (303, "/templates")
    assert (kept(desk).samples, kept(desk).buttons) == ({"1": "Ann", "2": "Barista"}, ["Let's begin"])
    assert "On its way" in desk.page("/templates")
    work_on_submissions(story.runtime)
    page = text(desk.page("/templates"))
    assert "greeting pt_BR Being looked at" in page
    assert "Hi Ann, thank you for applying as Barista. Shall we start?" in page
    assert "No stage uses it." in page


def test_a_draft_is_kept_changed_and_deleted(desk: Desk) -> None:
    answer = desk.post("/templates/new", **{**WRITTEN, "body": "{{1}} hello"})
    draft = kept(desk).public_id
    assert answer.location == f"/templates/{draft}/edit"
    page = desk.page(answer.location)
    assert "begins or ends with a variable" in page
    assert 'name="sample_1"' in page
    assert desk.post(f"/templates/{draft}/submit").location == f"/templates/{draft}/edit"
    assert desk.post(f"/templates/{draft}/edit", **{**WRITTEN, "name": "hello_there"}).status_code == 303
    assert kept(desk).name == "hello_there"
    assert "only here" in desk.page(f"/templates/delete?draft={draft}")
    assert desk.post("/templates/delete", draft=draft).location == "/templates"
    desk.page(f"/templates/delete?draft={draft}", 404)
    desk.page(f"/templates/{draft}/edit", 404)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": "Not so"}, "name", "A name has only small letters"),
        ({"category": ""}, "category", "Choose UTILITY"),
        ({"body": "{{1}} x"}, "body", "begins or ends with a variable"),
        ({"sample_2": ""}, "sample_2", "Give an example for {{2}}"),
        ({"button": ["x" * 21]}, "buttons", "A button has 1 to 20 characters"),
        ({"language": "xx-XX"}, "language", "Write the language as WhatsApp does"),
    ],
)
@on_sqlite
def test_what_whatsapp_would_refuse_stands_at_its_field(desk: Desk, change: dict, field: str, words: str) -> None:
    answer = desk.post("/templates/new", **{**WRITTEN, **change}, submit="yes")
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-fault"' in answer.text
    assert words in unescape(answer.text)
    with reading(desk.runtime) as work:
        assert work.connection.execute(select(TemplateSubmission)).all() == []


@on_sqlite
def test_a_name_that_is_taken_is_refused_with_what_was_written(desk: Desk, story: Story) -> None:
    story.sender.listed = [HELLO]
    refresh_templates(story.runtime)
    answer = desk.post("/templates/new", **{**WRITTEN, "name": "hello", "language": "en"})
    assert (answer.status_code, "choose another" in answer.text, "Let&#39;s begin" in answer.text) == (422, True, True)


def test_a_rejected_template_says_why_and_is_written_again_under_the_next_name(desk: Desk, story: Story) -> None:
    story.sender.listed = [replace(HELLO, status="rejected", rejection_reason="TAG_CONTENT_MISMATCH")]
    desk.post("/templates/sync")
    page = text(desk.page("/templates"))
    assert "The list is read." in page
    assert "not of the category that was named" in page
    again = desk.page(f"/templates/new?like={HELLO.content_sid}")
    assert 'value="hello_2"' in again
    assert "Hi {{1}}" in again
    assert "Twilio does not answer" not in page
    story.sender.cannot_be_asked = True
    desk.post("/templates/sync")
    assert "Twilio does not answer" in desk.page("/templates")


def test_the_ready_ones_are_submitted_with_one_action(desk: Desk, story: Story) -> None:
    assert "Submit" in desk.page("/templates/ready")
    assert "Los geht" not in desk.page("/templates/ready?language=de")
    desk.post("/templates/ready", use=["callboard_welcome", "callboard_reminder", "other"], language=["pt", "de", "xx"])
    assert "4 templates are on the way to WhatsApp." in desk.page("/templates")
    work_on_submissions(story.runtime)
    assert len(story.sender.asked_for) == 4
    desk.post("/templates/ready", use=["callboard_welcome"], language=["pt"])
    assert "All of these are known already" in desk.page("/templates/ready")


def test_a_template_is_deleted_unless_a_published_stage_uses_it(desk: Desk, story: Story) -> None:
    story.job()
    assert "/templates/delete" not in desk.page("/templates")
    desk.post("/templates/delete", content_sid=HELLO.content_sid)
    assert "published stages open their conversations with it" in text(desk.page("/templates")).replace(
        "Published", "published"
    )
    assert story.sender.listed == [HELLO]
    story.sender.listed = [replace(HELLO, name="free", content_sid="HX" + "2" * 32)]
    refresh_templates(story.runtime)
    assert "at Twilio and WhatsApp too" in desk.page(f"/templates/delete?content_sid=HX{'2' * 32}")
    desk.post("/templates/delete", content_sid="HX" + "2" * 32)
    assert story.sender.listed == []


@on_sqlite
def test_what_is_written_is_checked_and_shown_while_one_writes(desk: Desk) -> None:
    page = desk.page("/templates/new")
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token
    part = desk.client.post(
        "/templates/check",
        data={"csrf": token[1], "body": "Hi {{1}} {{2}}, <b>you</b>", "sample_1": "<i>"},
        headers={"HX-Request": "true"},
    ).text
    assert ("<html" in part, 'name="sample_2"' in part, "side by side" in part) == (False, True, True)
    assert "Hi &lt;i&gt; {{2}}, &lt;b&gt;you&lt;/b&gt;" in part


@on_sqlite
def test_the_list_is_narrowed_and_asked_for_alone(desk: Desk, story: Story) -> None:
    story.sender.listed = [HELLO, replace(HELLO, name="sorry", status="paused", content_sid="HX2")]
    refresh_templates(story.runtime)
    assert ("hello" in desk.page("/templates?state=paused"), "sorry" in desk.page("/templates?state=paused")) == (
        False,
        True,
    )
    assert "Nothing found" in desk.page("/templates?q=nothing")
    part = desk.client.get("/templates?q=sorry", headers={"HX-Request": "true"}).text
    assert ("<html" in part, "sorry" in part, ">hello<" in part) == (False, True, False)


@on_sqlite
def test_an_empty_list_says_what_to_do_and_the_sandbox_what_is_so(runtime: Runtime) -> None:
    desk = Desk(runtime)
    page = desk.page("/templates")
    assert "No template yet" in page
    assert "The sandbox phone needs no templates" in page
    assert "Twilio is not connected" in desk.page("/templates/ready")
    desk.post("/templates/ready", use=["callboard_welcome"], language=["pt"])
    assert "Twilio is not connected" in desk.page("/templates/ready")
    assert "Submit for approval" not in desk.page("/templates/new")


@on_sqlite
def test_a_viewer_looks_and_a_hiring_manager_does_not(desk: Desk, story: Story) -> None:
    viewer, manager = Desk(story.runtime, Role.VIEWER), Desk(story.runtime, Role.HIRING_MANAGER)
    assert "New template" not in viewer.page("/templates")
    assert "What Twilio has to call" in viewer.page("/channels")
    viewer.page("/templates/new", 403)
    assert viewer.post("/templates/sync").status_code == 403
    for path in ("/templates", "/channels"):
        manager.page(path, 403)


def test_the_channels_tell_how_they_do_and_what_to_paste(desk: Desk, story: Story) -> None:
    page = desk.page("/channels")
    assert f"http://localhost:8000{MESSAGES}#rc=3&amp;rp=all" in page
    assert "Twilio cannot reach this machine by that name" in page
    assert "Nothing yet" in page
    with unit_of_work(story.runtime) as work:
        channel = work.connection.execute(select(Channel.id).where(Channel.kind == "sms", Channel.active)).scalar_one()
        pause_channel(work, channel, timedelta(minutes=5), "20003")
    assert re.search(r"SMS \+15005550007 Paused .* Tried again Mon 2 Mar, 09:05 UTC", text(desk.page("/channels")))
    part = desk.client.get("/channels", headers={"HX-Request": "true"}).text
    assert ("<html" in part, "channel-" in part) == (False, True)


@on_sqlite
def test_the_sandbox_has_nothing_to_paste(runtime: Runtime) -> None:
    page = Desk(runtime).page("/channels")
    assert ("Sandbox phone" in page, 'id="webhook"' in page) == (True, False)
    assert HOOKS == MESSAGES
