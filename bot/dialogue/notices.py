"""Fixed texts outside any campaign."""

from datetime import timedelta
from typing import Literal

from bot.engine.effects import Offer, Phrase, Say
from bot.messaging.countries import is_sms_in_vain
from bot.messaging.outbox import Posting, queue_message, route_of
from bot.messaging.thread import Thread, change_thread
from bot.models import Origin
from bot.rendering import Voice, render
from bot.work import Work

SELDOM = timedelta(hours=1)
"""Two machines that answer each other must not do so for ever."""


def notify(work: Work, thread: Thread, key: str, language: str, **blanks: str) -> None:
    """Say a fixed phrase, unless one was said within the hour."""
    if thread.last_notice_at is None or work.now - thread.last_notice_at >= SELDOM:
        tell(work, thread, Phrase(key, blanks), language=language)
        change_thread(work, thread, last_notice_at=work.now)


def tell(
    work: Work,
    thread: Thread,
    *phrases: Phrase,
    language: str,
    offers: tuple[Offer, ...] = (),
    origin: Literal[Origin.BOT, Origin.NOTICE] = Origin.BOT,
) -> int | None:
    """Say fixed phrases in one message, over the channel on which the candidate wrote; return the message's id.

    None: nothing is said where that costs too much.
    """
    if is_sms_in_vain(work, thread):
        return None
    rendered = render(Say(phrases, offers), Voice(thread.language or language, {}))
    return queue_message(work, thread, route_of(thread, work.now), rendered, Posting(origin=origin))
