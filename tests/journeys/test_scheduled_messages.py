"""Messages that people write for later."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channels.base import ChannelKind
from bot.dialogue import scheduling
from bot.dialogue.writing import Draft, TemplateChoice
from bot.errors import Conflict, InvalidEvent, NotAllowed
from bot.messaging.thread import lock_thread
from bot.models import MessageTemplate, ScheduledMessage
from bot.work import reading, unit_of_work
from tests.conftest import Build
from tests.journeys.attending import conversation, takes, user
from tests.journeys.holding import begun
from tests.stories import Story

HOUR = timedelta(hours=1)


def later(story: Story, candidate_id: int, user_id: int, draft: Draft, by: timedelta = HOUR) -> str:
    with unit_of_work(story.runtime) as work:
        return scheduling.schedule(work, lock_thread(work, candidate_id), user_id, draft, work.now + by)


def pass_time(story: Story, by: timedelta = HOUR) -> None:
    """Let time pass, and send what was written for then."""
    story.clock.move(by)
    scheduling.send_scheduled(story.runtime)
    story.send()


def kept(story: Story) -> Any:
    with reading(story.runtime) as work:
        return work.connection.execute(select(ScheduledMessage).order_by(ScheduledMessage.id.desc()).limit(1)).one()


def ann_and_ana(story: Story) -> tuple[int, int]:
    """Bring Ann to the first question; Ana holds the conversation."""
    ann, ana = begun(story), user(story, "Ana Reis")
    takes(story, ann, ana)
    return ann, ana


def test_it_goes_at_its_moment_once_with_its_variables_filled(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    later(story, ann, ana, Draft("Hi {{ candidate.first_name }}, {{ recruiter.first_name }} here."))
    pass_time(story, HOUR / 2)
    assert "Ana here" not in story.sender.texts()[-1]
    pass_time(story)
    pass_time(story)
    assert story.sender.texts().count("Hi Ann, Ana here.") == 1
    row = kept(story)
    assert row.status == "queued"
    assert row.message_id == story.messages()[-1].id


def test_it_is_changed_and_taken_back_until_then(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    ref = later(story, ann, ana, Draft("One"))
    with unit_of_work(story.runtime) as work:
        scheduling.reschedule(work, lock_thread(work, ann), ref, Draft("Two"), work.now + 3 * HOUR)
    pass_time(story)
    assert "One" not in story.sender.texts()
    with unit_of_work(story.runtime) as work:
        scheduling.unschedule(work, lock_thread(work, ann), ref)
    pass_time(story, 4 * HOUR)
    assert "Two" not in story.sender.texts()
    with pytest.raises(Conflict, match="It is cancelled"), unit_of_work(story.runtime) as work:
        scheduling.unschedule(work, lock_thread(work, ann), ref)


def test_what_has_gone_is_changed_no_more(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    ref = later(story, ann, ana, Draft("One"))
    pass_time(story)
    with pytest.raises(Conflict, match="sent by now"), unit_of_work(story.runtime) as work:
        scheduling.reschedule(work, lock_thread(work, ann), ref, Draft("Two"), work.now + HOUR)


def test_beyond_the_window_only_a_template_is_taken_and_it_goes_as_one(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    with pytest.raises(Conflict, match="window will be closed"):
        later(story, ann, ana, Draft("Still there?"), 30 * HOUR)
    later(story, ann, ana, Draft(template=TemplateChoice("hello", "en", {"1": "Ann"})), 30 * HOUR)
    pass_time(story, 31 * HOUR)
    sent = story.sender.accepted[-1]
    assert sent.template is not None
    assert (sent.template.name, sent.template.variables, sent.text) == ("hello", {"1": "Ann"}, "Hi Ann")


def test_sms_knows_no_window(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    story.says("hello", kind=ChannelKind.SMS)
    later(story, ann, ana, Draft("Still there?", ChannelKind.SMS), 30 * HOUR)
    pass_time(story, 31 * HOUR)
    assert (story.sender.accepted[-1].text, story.sender.accepted[-1].kind) == ("Still there?", ChannelKind.SMS)


def test_after_a_stop_it_does_not_go_and_says_why(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    later(story, ann, ana, Draft("Still there?"))
    story.says("STOP")
    pass_time(story)
    assert "Still there?" not in story.sender.texts()
    row = kept(story)
    assert row.status == "not_sent"
    assert "said STOP" in row.cause
    assert conversation(story, ann).needs_person is None


def test_where_it_cannot_go_any_more_a_person_is_called(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    later(story, ann, ana, Draft(template=TemplateChoice("hello", "en", {"1": "Ann"})))
    forget_templates(story)
    pass_time(story)
    assert kept(story).status == "not_sent"
    assert conversation(story, ann).needs_person == "not_delivered"


def forget_templates(story: Story) -> None:
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(MessageTemplate).values(status="paused"))


@pytest.mark.parametrize(
    ("draft", "by", "field"),
    [
        (Draft("  "), HOUR, "text"),
        (Draft("x" * 5000), HOUR, "text"),
        (Draft("Hi {{ candidate.shoe_size }}"), HOUR, "text"),
        (Draft("Hi {% if x %}"), HOUR, "text"),
        (Draft("Hi"), -HOUR, "due_at"),
        (Draft("Hi"), timedelta(days=400), "due_at"),
        (Draft(template=TemplateChoice("nothing", "en", {})), HOUR, "template"),
        (Draft(template=TemplateChoice("hello", "en", {"1": " "})), HOUR, "variable-1"),
        (Draft(template=TemplateChoice("hello", "en", {"1": "a\nb"})), HOUR, "variable-1"),
    ],
)
def test_what_can_never_be_sent_is_refused_at_its_field(story: Story, draft: Draft, by: timedelta, field: str) -> None:
    ann, ana = ann_and_ana(story)
    with pytest.raises(InvalidEvent) as caught:
        later(story, ann, ana, draft, by)
    assert caught.value.field == field


def test_nothing_is_written_for_later_to_who_said_stop(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    story.says("STOP")
    with pytest.raises(NotAllowed, match="said STOP"):
        later(story, ann, ana, Draft("Still there?"))


def test_one_that_cannot_go_holds_back_no_other(story: Story) -> None:
    ann, ana = ann_and_ana(story)
    later(story, ann, ana, Draft(template=TemplateChoice("hello", "en", {"1": "Ann"})))
    later(story, ann, ana, Draft("Second"))
    forget_templates(story)
    pass_time(story)
    assert story.sender.texts()[-1] == "Second"


def test_a_fault_in_one_is_told_in_its_conversation_and_holds_back_no_other(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ana = ann_and_ana(story)
    later(story, ann, ana, Draft("First"))
    later(story, ann, ana, Draft("Second"), HOUR + timedelta(seconds=1))
    sends = scheduling.send

    def send(work: Any, thread: Any, draft: Draft, *, author: str) -> int:
        if draft.text == "First":
            raise ZeroDivisionError
        return sends(work, thread, draft, author=author)

    monkeypatch.setattr(scheduling, "send", send)
    pass_time(story, 2 * HOUR)
    assert story.sender.texts()[-1] == "Second"
    with reading(story.runtime) as work:
        causes = work.connection.execute(select(ScheduledMessage.cause).order_by(ScheduledMessage.id)).scalars().all()
    assert causes == [scheduling.FAULT, None]


def test_what_is_put_off_while_others_are_being_sent_waits_for_its_new_moment(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ana = ann_and_ana(story)
    later(story, ann, ana, Draft("First"))
    second = later(story, ann, ana, Draft("Second"))
    sends = scheduling.send

    def send(work: Any, thread: Any, draft: Draft, *, author: str) -> int:
        if draft.text == "First":  # who puts it off waits for this conversation, and is let in before the next is sent
            scheduling.reschedule(work, thread, second, Draft("Put off"), work.now + HOUR)
        return sends(work, thread, draft, author=author)

    monkeypatch.setattr(scheduling, "send", send)
    pass_time(story)
    assert story.sender.texts()[-1] == "First"
    pass_time(story)
    assert story.sender.texts()[-1] == "Put off"


def test_two_sweeps_at_once_send_it_once(story: Story, build_runtime: Build) -> None:
    ann, ana = ann_and_ana(story)
    later(story, ann, ana, Draft("Once"))
    story.clock.move(HOUR)
    others = [build_runtime(story.sender) for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(scheduling.send_scheduled, [story.runtime, *others]))
    story.send()
    assert story.sender.texts().count("Once") == 1
