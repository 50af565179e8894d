"""What a user may write to a candidate now."""

from datetime import timedelta

from bot.channels.base import ChannelKind
from bot.dialogue import scheduling
from bot.dialogue.writing import Draft
from bot.insight.composing import Composer, Turn, composer, scheduled_for
from bot.intake.applications import ConsentGiven
from bot.messaging.thread import lock_thread, see_thread
from bot.work import reading, unit_of_work
from tests.journeys.attending import conversation, takes, user
from tests.journeys.holding import begun
from tests.stories import Story


def offered(story: Story, candidate_id: int, user_id: int) -> Composer:
    with reading(story.runtime) as work:
        return composer(work, see_thread(work, candidate_id), user_id)


def test_whose_turn_it_is_is_told(story: Story) -> None:
    ann, ana, bea = begun(story), user(story, "Ana Reis"), user(story, "Bea Luz")
    assert offered(story, ann, ana).turn is Turn.BOT
    takes(story, ann, ana)
    assert (offered(story, ann, ana).turn, offered(story, ann, bea).turn) == (Turn.MINE, Turn.OTHER)
    assert offered(story, ann, bea).held_by == "Ana Reis"
    story.says("STOP")
    assert offered(story, ann, ana).turn is Turn.STOPPED


def test_within_the_window_words_go_and_beyond_it_templates(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    found = offered(story, ann, ana)
    assert [(way.kind, way.takes_words) for way in found.ways] == [("whatsapp", True), ("sms", True)]
    until = found.ways[0].open_until
    assert until is not None
    assert timedelta(hours=23) < until - story.clock.now() < timedelta(hours=24)
    assert found.templates == ()
    story.clock.move(timedelta(hours=25))
    found = offered(story, ann, ana)
    assert [way.kind for way in found.words_ways] == [ChannelKind.SMS]
    assert [way.kind for way in found.template_ways] == [ChannelKind.WHATSAPP]
    assert [(each.name, each.variables) for each in found.templates] == [("hello", ("1",))]


def test_a_way_without_consent_says_so(story: Story) -> None:
    story.job()
    ann = story.apply(consents=[ConsentGiven(ChannelKind.WHATSAPP, "form")]).candidate_id
    found = offered(story, ann, user(story, "Ana Reis"))
    barred = {way.kind: way.barred for way in found.ways}
    assert barred[ChannelKind.WHATSAPP] == ""
    assert "no consent for SMS" in barred[ChannelKind.SMS]
    assert found.barred == ""


def test_a_country_that_is_not_allowed_is_named(story: Story) -> None:
    story.job()
    spaniard = story.apply(phone="+34600111222").candidate_id
    assert "Messages to ES are not allowed" in offered(story, spaniard, user(story, "Ana Reis")).barred


def test_what_is_written_for_later_is_listed_until_it_goes_and_after_it_could_not(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    key = conversation(story, ann).id
    with unit_of_work(story.runtime) as work:
        thread = lock_thread(work, ann)
        for hours, text in ((3, "later"), (1, "soon")):
            scheduling.schedule(work, thread, ana, Draft(text), work.now + timedelta(hours=hours))
    with reading(story.runtime) as work:
        assert [(each.text, each.author, each.waits) for each in scheduled_for(work, key)] == [
            ("soon", "Ana Reis", True),
            ("later", "Ana Reis", True),
        ]
    story.clock.move(timedelta(hours=2))
    scheduling.send_scheduled(story.runtime)
    story.says("STOP")
    story.clock.move(timedelta(hours=2))
    scheduling.send_scheduled(story.runtime)
    with reading(story.runtime) as work:
        (late,) = scheduled_for(work, key)
    assert (late.text, late.waits) == ("later", False)
    assert "STOP" in late.cause
    story.clock.move(timedelta(days=2))
    with reading(story.runtime) as work:
        assert scheduled_for(work, key) == []
