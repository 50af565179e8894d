"""A template that is written here reaches the provider once and WhatsApp once, whatever fails on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import NotSent, OutcomeUnknown, RateLimited, Rejected
from bot.dialogue import template_submissions
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.template_submissions import delete_template, work_on_submissions
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.messaging.submissions import forget_draft, submit_builtin, submit_template, write_template
from bot.messaging.template_uses import uses_of
from bot.models import Change, MessageTemplate, TemplateSubmission
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from flows.builtin_templates import Use, all_builtin, builtin
from flows.template_rules import TemplateText
from tests.stories import HELLO, Story

WRITTEN = TemplateText(
    "greeting", "en", "UTILITY", "Hi {{1}}, thank you for applying. Shall we start?", {"1": "Ann"}, ("Let's begin",)
)


def submitted(story: Story, text: TemplateText = WRITTEN) -> str:
    with unit_of_work(story.runtime) as work:
        public_id = write_template(work, text, None)
        submit_template(work, public_id)
    return public_id


def row(story: Story, public_id: str):
    with reading(story.runtime) as work:
        found = select(TemplateSubmission).where(TemplateSubmission.public_id == public_id)
        return work.connection.execute(found).one_or_none()


def status(story: Story, public_id: str) -> str | None:
    found = row(story, public_id)
    return found and found.status


def names(story: Story) -> list[str]:
    return [template.name for template in story.sender.listed]


def test_a_template_is_made_submitted_and_approved(story: Story) -> None:
    public_id = submitted(story)
    assert (status(story, public_id), names(story)) == ("creating", [])
    assert story.runtime.queue.is_waiting("bot.dialogue.template_submissions.work_on_submissions")
    story.runtime.queue.drain(story.runtime)
    assert (status(story, public_id), names(story)) == ("submitted", ["greeting"])
    sid = row(story, public_id).content_sid
    assert story.sender.asked_for == [sid]
    with reading(story.runtime) as work:
        listed = work.connection.execute(select(MessageTemplate)).one()
    assert (listed.status, listed.category, listed.samples, listed.buttons) == (
        "received", "UTILITY", {"1": "Ann"}, ["Let's begin"],
    )  # fmt: skip
    story.sender.judge(sid, "approved")
    refresh_templates(story.runtime)
    assert status(story, public_id) == "approved"


def test_a_rejection_keeps_its_reason(story: Story) -> None:
    public_id = submitted(story)
    work_on_submissions(story.runtime)
    story.sender.judge(row(story, public_id).content_sid, "rejected", "INVALID_FORMAT")
    refresh_templates(story.runtime)
    assert (status(story, public_id), row(story, public_id).problem) == ("rejected", "INVALID_FORMAT")


def test_nothing_is_made_twice_where_both_answers_are_lost(story: Story) -> None:
    public_id = submitted(story)
    story.sender.loses_answer = 1
    work_on_submissions(story.runtime)
    assert status(story, public_id) == "creating"
    work_on_submissions(story.runtime)  # it is not due: the list is given time to tell
    assert names(story) == ["greeting"]
    story.clock.move(timedelta(minutes=2))
    story.sender.loses_answer = 1
    work_on_submissions(story.runtime)
    assert status(story, public_id) == "requesting"
    story.clock.move(timedelta(minutes=5))
    work_on_submissions(story.runtime)
    assert status(story, public_id) == "submitted"
    assert (names(story), len(story.sender.asked_for)) == (["greeting"], 1)


@pytest.mark.parametrize(
    "failure",
    [NotSent("away"), RateLimited("slow", retry_after=timedelta(seconds=30)), OutcomeUnknown("500")],
    ids=["not sent", "rate limited", "unknown"],
)
def test_what_failed_for_a_while_is_tried_again_later(story: Story, failure: Exception) -> None:
    public_id = submitted(story)
    story.sender.fails = [failure]  # type: ignore[list-item]
    work_on_submissions(story.runtime)
    assert (status(story, public_id), names(story)) == ("creating", [])
    assert row(story, public_id).problem
    story.clock.move(timedelta(minutes=2))
    work_on_submissions(story.runtime)
    assert status(story, public_id) == "submitted"
    assert row(story, public_id).problem is None


def test_what_the_provider_refuses_can_be_changed_and_submitted_again(story: Story) -> None:
    public_id = submitted(story)
    story.sender.fails = [Rejected("no", code="20001")]
    work_on_submissions(story.runtime)
    assert (status(story, public_id), row(story, public_id).problem) == ("failed", "the provider refused it (20001)")
    with unit_of_work(story.runtime) as work:
        write_template(work, TemplateText(**{**_fields(WRITTEN), "name": "greeting_2"}), None, public_id)
        submit_template(work, public_id)
    work_on_submissions(story.runtime)
    assert (status(story, public_id), names(story)) == ("submitted", ["greeting_2"])


def _fields(text: TemplateText) -> dict[str, object]:
    return {name: getattr(text, name) for name in TemplateText.__dataclass_fields__}


def test_the_list_is_asked_again_where_it_cannot_be_read(story: Story) -> None:
    public_id = submitted(story)
    story.sender.cannot_be_asked = True
    work_on_submissions(story.runtime)
    assert (status(story, public_id), names(story)) == ("creating", [])
    story.sender.cannot_be_asked = False
    story.clock.move(timedelta(minutes=2))
    work_on_submissions(story.runtime)
    assert status(story, public_id) == "submitted"


def test_another_template_of_that_name_at_the_provider_is_left_alone(story: Story) -> None:
    public_id = submitted(story, TemplateText(**{**_fields(WRITTEN), "name": "hello"}))
    story.sender.listed = [HELLO]  # made there meanwhile
    work_on_submissions(story.runtime)
    assert status(story, public_id) == "failed"
    assert "choose another name" in row(story, public_id).problem
    assert story.sender.listed == [HELLO]


@pytest.mark.parametrize("step", ["keep_created", "keep_requested", "_create", "_request"])
def test_a_process_that_dies_leaves_it_to_the_next(story: Story, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    public_id = submitted(story)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(template_submissions if step.startswith("_") else template_submissions.submissions, step, die)
        with pytest.raises(KeyboardInterrupt):
            work_on_submissions(story.runtime)
    story.clock.move(timedelta(minutes=3))
    work_on_submissions(story.runtime)
    assert status(story, public_id) == "submitted"
    assert (names(story), len(story.sender.asked_for)) == (["greeting"], 1)


def test_what_whatsapp_would_refuse_is_kept_as_a_draft_and_not_submitted(story: Story) -> None:
    with unit_of_work(story.runtime) as work:
        public_id = write_template(work, TemplateText("greeting", "en", "UTILITY", "{{1}} hello"), None)
    with pytest.raises(InvalidEvent) as refused, unit_of_work(story.runtime) as work:
        submit_template(work, public_id)
    assert refused.value.field == "body"
    with unit_of_work(story.runtime) as work:
        forget_draft(work, public_id)
    assert status(story, public_id) is None
    with pytest.raises(NotFound), unit_of_work(story.runtime) as work:
        forget_draft(work, public_id)


@pytest.mark.parametrize("name", ["", " ", "callboard_options_x", "hello"])
def test_a_name_is_free_and_not_one_of_our_buttons(story: Story, name: str) -> None:
    story.sender.listed = [HELLO]
    refresh_templates(story.runtime)
    with pytest.raises(InvalidEvent) as refused, unit_of_work(story.runtime) as work:
        write_template(work, TemplateText(**{**_fields(WRITTEN), "name": name}), None)
    assert refused.value.field == "name"


def test_what_is_on_its_way_is_not_changed_submitted_or_forgotten(story: Story) -> None:
    public_id = submitted(story)
    for change in (
        lambda work: submit_template(work, public_id),
        lambda work: write_template(work, WRITTEN, None, public_id),
        lambda work: forget_draft(work, public_id),
    ):
        with pytest.raises(Conflict), unit_of_work(story.runtime) as work:
            change(work)


def test_all_that_come_with_callboard_are_submitted_at_once_and_only_once(story: Story) -> None:
    with unit_of_work(story.runtime) as work:
        assert submit_builtin(work, all_builtin(), None) == 28
        assert submit_builtin(work, all_builtin(), None) == 0
    work_on_submissions(story.runtime)
    assert len(story.sender.listed) == len(story.sender.asked_for) == 28
    with unit_of_work(story.runtime) as work:
        assert submit_builtin(work, [builtin(Use.WELCOME, "pt-BR")], None) == 0


def test_a_template_that_a_published_stage_uses_is_not_deleted(story: Story) -> None:
    story.job()
    with reading(story.runtime) as work:
        found = [(use.stage, use.published, use.language) for use in uses_of(work, ["hello", "other"])]
        assert uses_of(work, ["other"]) == uses_of(work, []) == []
    both = [("rejected", True, "en"), ("screening", True, "en"), ("rejected", False, "en"), ("screening", False, "en")]
    assert found == both
    with pytest.raises(Conflict, match=r"rejected \(Barista\), screening \(Barista\)"):
        delete_template(story.runtime, HELLO.content_sid)
    assert names(story) == ["hello"]


def test_a_template_that_nothing_uses_is_deleted_at_the_provider_too(story: Story) -> None:
    public_id = submitted(story)
    work_on_submissions(story.runtime)
    sid = row(story, public_id).content_sid
    story.sender.fails = [OutcomeUnknown("500")]
    with pytest.raises(Conflict, match="try again"):
        delete_template(story.runtime, sid)
    delete_template(story.runtime, sid)
    assert (names(story), status(story, public_id)) == ([], None)
    with pytest.raises(NotFound):
        delete_template(story.runtime, sid)


def test_what_was_deleted_at_the_provider_is_forgotten_here(story: Story) -> None:
    public_id = submitted(story)
    work_on_submissions(story.runtime)
    story.sender.listed = []
    story.clock.move(timedelta(minutes=5))
    refresh_templates(story.runtime)
    assert status(story, public_id) is None


def test_pages_are_told_when_a_template_stands_otherwise_and_not_each_time_it_is_read(story: Story) -> None:
    story.sender.listed = [HELLO]
    refresh_templates(story.runtime)
    refresh_templates(story.runtime)
    with reading(story.runtime) as work:
        told = work.connection.execute(select(Change.topic, Change.key)).all()
    assert told == [("templates", 0)]


def test_without_twilio_nothing_can_be_submitted(runtime: Runtime) -> None:
    with unit_of_work(runtime) as work:
        public_id = write_template(work, WRITTEN, None)
        with pytest.raises(Conflict, match="Twilio is not connected"):
            submit_template(work, public_id)
    work_on_submissions(runtime)
