"""A conversation as people read it."""

from datetime import timedelta

import pytest

from bot.channels.base import MessageStatus
from bot.dialogue import noting, writing
from bot.dialogue.writing import Draft, TemplateChoice
from bot.errors import Conflict
from bot.insight.threads import Day, Noted, Place, Said, Thread, thread_page, zone_of
from bot.messaging.thread import lock_thread
from bot.work import reading, unit_of_work
from tests.journeys.attending import conversation, takes, user
from tests.journeys.holding import begun
from tests.stories import ONLY_NEWS, Story


def read(story: Story, candidate_id: int, user_id: int = 0, **how: int) -> Thread:
    key = conversation(story, candidate_id).id
    with reading(story.runtime) as work:
        return thread_page(work, key, user_id, zone_of(work, candidate_id), **how)


def told(thread: Thread) -> list[str]:
    """Write a thread as lines."""
    return [_line(entry) for entry in thread.entries]


def _line(entry: object) -> str:
    match entry:
        case Day(at=at):
            return f"{at:%a %d %b}"
        case Place(words=words, job=job):
            return f"{words} · {job}" if job else words
        case Noted(author=author, text=text):
            return f"note {author}: {text}"
        case Said(inbound=True, text=text):
            return f"Ann: {text}"
        case Said(text=text, author=author, options=options):
            return f"{author or 'bot'}: {' / '.join((text, *options))}"
        case _:
            return "?"


def send(story: Story, candidate_id: int, draft: Draft) -> None:
    with unit_of_work(story.runtime) as work:
        writing.send(work, lock_thread(work, candidate_id), draft, author="Ana Reis")
    story.send()


def test_messages_stand_in_order_with_days_campaigns_and_the_number_of_each_question(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    story.clock.move(timedelta(days=1))
    story.says("yes")
    with unit_of_work(story.runtime) as work:
        noting.note(work, conversation(story, ann).id, ana, "Sounds good")
    assert told(read(story, ann)) == [
        "Mon 02 Mar",
        "Campaign of the stage screening · Barista",
        "bot: Hi Ann, shall we start?",
        "Ann: ok",
        "bot: Two questions.",
        "Question 1 of 2",
        "bot: Do you drive? / Yes / No",
        "Tue 03 Mar",
        "Ann: yes",
        "Question 2 of 2",
        "bot: How many years?",
        "note Ana Reis: Sounds good",
    ]


def test_days_are_those_of_the_job(story: Story) -> None:
    story.job(time_zone="Asia/Tokyo")
    ann = story.apply().candidate_id
    story.last_reports(MessageStatus.DELIVERED)
    story.clock.moment = story.clock.moment.replace(hour=16)
    story.says("ok")
    thread = read(story, ann)
    assert thread.zone == "Asia/Tokyo"
    assert [line for line in told(thread) if "Mar" in line] == ["Mon 02 Mar", "Tue 03 Mar"]


def test_a_second_campaign_is_told_from_the_first(story: Story) -> None:
    ann = begun(story)
    story.says("no")
    story.job("News", ONLY_NEWS)
    story.apply("News/screening")
    assert "Campaign of the stage screening · News" in told(read(story, ann))


def test_earlier_messages_follow_page_by_page_with_the_notes_of_their_time(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    key = conversation(story, ann).id
    for number in range(9):
        story.clock.move(timedelta(minutes=1))
        story.says(f"word {number}")
        story.clock.move(timedelta(minutes=1))
        with unit_of_work(story.runtime) as work:
            noting.note(work, key, ana, f"note {number}")
    whole = read(story, ann, most=500)
    assert whole.earlier is None
    pages, before = [], None
    while True:
        how = {"most": 4} | ({} if before is None else {"before": before})
        page = read(story, ann, **how)
        pages.insert(0, [entry for entry in page.entries if isinstance(entry, Said | Noted)])
        before = page.earlier
        if before is None:
            break
    assert [entry for page in pages for entry in page] == [e for e in whole.entries if isinstance(e, Said | Noted)]
    assert whole.latest_inbound == max(
        entry.key for entry in whole.entries if isinstance(entry, Said) and entry.inbound
    )


def test_what_failed_says_why_and_is_sent_again_once(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    takes(story, ann, ana)
    send(story, ann, Draft("Could you call me?"))
    story.last_reports(MessageStatus.FAILED, "30005")
    failed = read(story, ann).entries[-1]
    assert isinstance(failed, Said)
    assert (failed.status, failed.may_be_sent_again, failed.author) == (MessageStatus.FAILED, True, "Ana Reis")
    assert failed.explanation
    with unit_of_work(story.runtime) as work:
        writing.send_again(work, lock_thread(work, ann), failed.id, author="Ana Reis")
    story.send()
    assert story.sender.texts().count("Could you call me?") == 2
    assert [e.may_be_sent_again for e in read(story, ann).entries if isinstance(e, Said)][-2:] == [False, False]
    with pytest.raises(Conflict, match="sent again already"), unit_of_work(story.runtime) as work:
        writing.send_again(work, lock_thread(work, ann), failed.id, author="Ana Reis")


def test_what_the_bot_said_is_not_sent_again_by_hand(story: Story) -> None:
    ann = begun(story)
    said = [entry for entry in read(story, ann).entries if isinstance(entry, Said) and not entry.inbound]
    with pytest.raises(Conflict, match="Only a person's message"), unit_of_work(story.runtime) as work:
        writing.send_again(work, lock_thread(work, ann), said[0].id, author="Ana Reis")


def test_a_template_is_told_as_the_candidate_reads_it(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    takes(story, ann, ana)
    story.clock.move(timedelta(hours=30))
    with pytest.raises(Conflict, match="24 hours"):
        send(story, ann, Draft("Are you there?"))
    send(story, ann, Draft(template=TemplateChoice("hello", "en", {"1": "Ann"})))
    last = read(story, ann).entries[-1]
    assert isinstance(last, Said)
    assert (last.text, last.template, last.author) == ("Hi Ann", "hello", "Ana Reis")
