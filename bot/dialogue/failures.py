"""A message of ours was not delivered: what that says about person, address and channel, and what follows."""

import random
from datetime import datetime, timedelta

from sqlalchemy import false, func, select, update

from bot.channels.base import ChannelKind, MessageStatus
from bot.channels.error_codes import (
    closes_window,
    concerns_sender,
    delay_after_stop,
    falls_back,
    in_history,
    is_blocked,
    is_opt_out,
    marks_number,
    refuses_media,
    retry_delay,
    stops_sender,
    wants_template,
)
from bot.dialogue.unsent import Attempt, Unsent, attempts_before, of_use, went_to_former_number
from bot.engine.position import WELCOME
from bot.messaging.channels import rest_sender
from bot.messaging.consent import came_back_elsewhere, opt_out, opted_in_since
from bot.messaging.outbox import (
    Posting,
    Route,
    is_lasting,
    is_linked,
    is_reminder,
    media_of,
    queue_message,
    rendered_from,
    take_back,
    template_of,
)
from bot.messaging.thread import NOT_DELIVERED, Thread, address_for, change_thread, use_channel
from bot.models import Address, Enrolment, Message, Origin
from bot.pipeline import endings, enrolments
from bot.pipeline.deliveries import Way, deliver, find_way, keep_attempt, tried_kinds
from bot.pipeline.enrolments import welcome_of
from bot.pipeline.runs import Run, flow_of, load_run
from bot.rendering import Rendered
from bot.work import Work
from flows.lifecycles import CancelReason, EnrolmentStatus

JITTER = 0.1
OTHER_NEWS = timedelta(seconds=15)
"""By then the provider has told of parts that it refused for the same cause, in whatever order."""
WITH_WELCOME = timedelta(minutes=15)
"""By then it is mostly known what has become of the welcome."""
GROWS = 3  # times, to two hours
WELCOME_KNOWN_WITHIN = timedelta(hours=26)
"""A welcome without a receipt counts as delivered after a day; beyond that one is left whose fate a person decides."""


def not_delivered(work: Work, thread: Thread, failed: Unsent, code: str) -> None:
    """Draw the conclusions: for the sender, the person, the address and the window; then retry, fall back, give up."""
    run = load_run(work, failed.enrolment_id) if failed.enrolment_id else None
    if concerns_sender(code, failed.sender):
        rest_sender(work, failed.channel_id, code)
    if went_to_former_number(work, thread, failed):
        _send_to_the_new_number(work, thread, run, failed)
        return
    former = is_opt_out(code) and came_back_elsewhere(work, thread, failed.kind)
    if (is_opt_out(code) and not former) or is_blocked(code):
        # before the welcome's own end, which would release the next to somebody who wants none
        if not opted_in_since(work, thread, failed.claimed_at) and opt_out(work, thread):
            besides = run.id if run is not None and _decides(run, failed) else None
            endings.cancel_all(work, thread, CancelReason.OPTED_OUT, besides=besides)
        _give_up(work, thread, run, failed, code)
        return
    if closes_window(code) and not _wrote_since(work, thread, failed):
        change_thread(work, thread, window_until=None)
    if marks_number(code) or former:
        marked = update(Address).where(Address.id == failed.address_id).values(unreachable_code=code)
        work.connection.execute(marked)
    if is_reminder(failed.content):
        # later it may be night, or answered; the next reminder is soon enough, and nobody need be called
        return
    if of_use(work, thread, run, failed):
        _say_again(work, thread, run, failed, code, other_way=falls_back(code) or former)


def _say_again(work: Work, thread: Thread, run: Run | None, failed: Unsent, code: str, *, other_way: bool) -> None:
    """Say it another way, where the code tells that one might do, or once more, or not at all."""
    if run is not None and _shares_fate(run, failed) and other_way and (delay := _with_welcome(work, run, failed)):
        _queue_again(work, thread, failed, delay)
        return
    if _only_medium_refused(failed, code):
        _queue_again(work, thread, failed, timedelta(), linked=True)
        return
    goes_on = other_way and _fall_back(work, thread, run, failed, code)
    if not goes_on and not _retry(work, thread, run, failed, code):
        _give_up(work, thread, run, failed, code)


def _send_to_the_new_number(work: Work, thread: Thread, run: Run | None, failed: Unsent) -> None:
    """What became of it at the old number, even a block there, says nothing of the one that stands now."""
    if not is_reminder(failed.content) and of_use(work, thread, run, failed):
        after_welcome = run is not None and _shares_fate(run, failed)
        _queue_again(work, thread, failed, OTHER_NEWS if after_welcome else timedelta())


def _shares_fate(run: Run, failed: Unsent) -> bool:
    """Tell whether it went with a welcome of which nothing is known yet: what is wrong with the way is so for both.

    If the welcome then goes another way, it takes all along, and what waits is taken back.
    """
    return run.status is EnrolmentStatus.SENDING and not failed.is_welcome


def _with_welcome(work: Work, run: Run, failed: Unsent) -> timedelta | None:
    """Return when to look again what became of the welcome, ever later; None where it is too long ago."""
    sent_at = work.connection.execute(select(Enrolment.sent_at).where(Enrolment.id == run.id)).scalar_one()
    if sent_at is not None and work.now - sent_at > WELCOME_KNOWN_WITHIN:
        return None
    return WITH_WELCOME * (1 << min(_attempts(work, failed) - 1, GROWS))


def _wrote_since(work: Work, thread: Thread, failed: Unsent) -> bool:
    """Tell whether they have written since it was sent, which opens the window anew; the word of it was late."""
    theirs = (Message.conversation_id == thread.id, Message.channel_id == failed.channel_id, Message.inbound)
    after = Message.created_at > failed.claimed_at if failed.claimed_at else false()
    return work.connection.execute(select(Message.id).where(*theirs, after).limit(1)).first() is not None


def _only_medium_refused(failed: Unsent, code: str) -> bool:
    """Tell whether its words and a link may arrive where the attachment did not."""
    return failed.kind is ChannelKind.SMS and media_of(failed.content) is not None and refuses_media(code)


def _retry(work: Work, thread: Thread, run: Run | None, failed: Unsent, code: str) -> bool:
    """Send a new message of the same words later, for failures that pass or are not the message's; growing apart."""
    attempts = _attempts(work, failed)
    delay = delay_after_stop(attempts) if stops_sender(code, failed.sender) else retry_delay(code, attempts)
    if delay is None:
        return False
    message_id = _queue_again(work, thread, failed, delay)
    if run is not None and failed.is_welcome:
        _note_new_try(work, run, failed, code, f"is sent over {failed.kind} again", message_id)
    return True


def _note_new_try(work: Work, run: Run, failed: Unsent, code: str, what_next: str, message_id: int) -> None:
    """Write into the history what failed and what follows it, each with its message."""
    enrolments.add_event(work, run, in_history(code, f"not delivered over {failed.kind}"), failed.id)
    enrolments.add_event(work, run, what_next, message_id)


def _queue_again(work: Work, thread: Thread, failed: Unsent, delay: timedelta, *, linked: bool = False) -> int:
    # of the message, so that many part and a rehearsal goes the same way each time
    late = delay * (1 + random.Random(failed.id).uniform(-JITTER, JITTER))
    address_id, _ = address_for(work, thread.candidate_id, failed.kind) or (failed.address_id, None)
    route = Route(failed.channel_id, address_id, failed.kind, thread.window_open(work.now, failed.channel_id))
    posting = _posting(work, thread, failed, late, linked=linked or is_linked(failed.content))
    message_id = queue_message(work, thread, route, rendered_from(failed.text, failed.content), posting)
    if failed.is_welcome and failed.enrolment_id:
        keep_attempt(work, failed.enrolment_id, failed.kind, message_id)
    return message_id


def _posting(work: Work, thread: Thread, failed: Unsent, late: timedelta, *, linked: bool) -> Posting:
    return Posting(
        origin=Origin(failed.origin),
        enrolment_id=failed.enrolment_id,
        priority=failed.priority,
        not_before=_after_others(work, thread, failed, work.now + late),
        expires_at=failed.expires_at,
        retry_of_id=failed.id,
        place=failed.place,
        template=template_of(failed.content),
        lasting=is_lasting(failed.content),
        linked=linked,
    )


def _after_others(work: Work, thread: Thread, failed: Unsent, at: datetime) -> datetime:
    """Return when it may go, not before the parts that failed before it and are to come again."""
    latest = work.connection.execute(
        select(func.max(Message.not_before, type_=Message.created_at.type)).where(
            Message.conversation_id == thread.id,
            Message.status == MessageStatus.QUEUED,
            Message.enrolment_id == failed.enrolment_id,
            Message.retry_of_id < failed.id,
        )
    ).scalar_one()
    return max(at, latest or at)


def _attempts(work: Work, failed: Unsent) -> int:
    """Return how many messages were tried so far, this one included."""
    attempts, before = 1, failed.retry_of_id
    while before is not None:
        attempts += 1
        before = work.connection.execute(select(Message.retry_of_id).where(Message.id == before)).scalar_one()
    return attempts


def _fall_back(work: Work, thread: Thread, run: Run | None, failed: Unsent, code: str) -> bool:
    """Send it another way for which a consent stands, as a message linked to the first."""
    if run is None or failed.origin != Origin.BOT:
        return False
    # as it was written: what was stored may lack the template that another way needs
    rendered = welcome_of(work, thread, run) if failed.is_welcome else rendered_from(failed.text, failed.content)
    language = flow_of(work, run.version_id).flow.language
    way = find_way(work, thread, run, rendered, language, tried=_tried(work, run, failed, code))
    if not isinstance(way, Way):
        return False
    moves = failed.is_welcome or thread.kind is not way.channel.kind
    if failed.is_welcome:
        message_id = _welcome_anew(work, thread, run, way, rendered)
    else:
        use_channel(work, thread, way.channel, way.address_id)
        route = Route(way.channel.id, way.address_id, way.channel.kind, way.window_open)
        posting = Posting(
            enrolment_id=run.id,
            not_before=_when_known(work, thread, failed),
            place=failed.place,
            lasting=is_lasting(failed.content),
        )
        message_id = queue_message(work, thread, route, rendered, posting)
    link = update(Message).where(Message.id == message_id).values(fallback_of_id=failed.id)
    work.connection.execute(link)
    thread.comes_again = True
    if moves:
        how = "instead" if way.channel.kind is not failed.kind else "by its template"
        _note_new_try(work, run, failed, code, f"goes over {way.channel.kind} {how}", message_id)
    return True


def _when_known(work: Work, thread: Thread, failed: Unsent) -> datetime | None:
    """Return until when it waits for news of the parts before it, which may have to go the same way.

    What the candidate had answered by then needs no news.
    """
    before = (Message.conversation_id == thread.id, Message.id < failed.place)
    answered = select(func.coalesce(func.max(Message.id), 0)).where(*before, Message.inbound).scalar_subquery()
    undecided = select(Message.id).where(
        *before,
        Message.id > answered,
        Message.enrolment_id == failed.enrolment_id,
        Message.status.in_([MessageStatus.SENDING, MessageStatus.SENT]),
    )
    return work.now + OTHER_NEWS if work.connection.execute(undecided.limit(1)).first() else None


def _welcome_anew(work: Work, thread: Thread, run: Run, way: Way, welcome: Rendered) -> int:
    """Send the welcome another way, and with it all that may follow it there; return the welcome's id.

    What waits to go the old way is taken back.
    """
    at_welcome = not run.is_blast and run.stands().state == WELCOME
    take_back(work, thread, "the welcome goes another way", enrolment_id=run.id)
    message_id = deliver(work, thread, run, way, welcome)
    if at_welcome or run.finished:
        enrolments.say_the_rest(work, thread, run, way)
    return message_id


def _tried(work: Work, run: Run, failed: Unsent, code: str) -> frozenset[ChannelKind]:
    """Return the kinds of channel that are out of the question.

    WhatsApp is not where all it said, once, is that the window is closed: an approved template may go.
    """
    ways = [Attempt(failed.kind, code, failed.content), *attempts_before(work, failed)]
    tried = frozenset(way.kind for way in ways) | (tried_kinds(work, run.id) if failed.is_welcome else frozenset())
    over_whatsapp = [way for way in ways if way.kind is ChannelKind.WHATSAPP]
    if len(over_whatsapp) == 1 and wants_template(over_whatsapp[0].code) and over_whatsapp[0].is_free_text:
        return tried - {ChannelKind.WHATSAPP}
    return tried


def _decides(run: Run, failed: Unsent) -> bool:
    """Say whether the enrolment fails with this message: it is the welcome, and nobody has answered it."""
    return failed.is_welcome and run.status in (EnrolmentStatus.SENDING, EnrolmentStatus.DELIVERED)


def _give_up(work: Work, thread: Thread, run: Run | None, failed: Unsent, code: str) -> None:
    """The welcome decides the enrolment; any other message calls a person, if it was theirs or is still of interest."""
    if failed.origin != Origin.PERSON and (run is None or run.status.is_final):
        return
    if run is not None and _decides(run, failed):
        endings.fail(work, thread, run, code, failed.id)
    else:
        change_thread(work, thread, needs_person=thread.needs_person or NOT_DELIVERED)
