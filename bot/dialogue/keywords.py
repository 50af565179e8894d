"""STOP, START, HELP, STATUS, WITHDRAW and "a person, please": before any campaign sees the text."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.channels import TWILIO
from bot.channels.base import ChannelKind, InboundMessage
from bot.dialogue.conversations import active_run, go_on
from bot.dialogue.notices import tell
from bot.dialogue.progress import tell_status
from bot.engine.effects import Offer, Phrase
from bot.messaging.consent import opt_in, opt_out
from bot.messaging.fates import SEEN
from bot.messaging.thread import (
    ASKED,
    CAME_BACK,
    NOT_UNDERSTOOD,
    WROTE,
    WROTE_AFTER_STOP,
    Thread,
    change_thread,
)
from bot.models import Application, ApplicationState, Enrolment, Job, Message, Origin
from bot.pipeline import endings
from bot.pipeline.closings import close_application
from bot.pipeline.runs import Run
from bot.work import Work
from flows.carrier_words import opts_in, opts_out
from flows.lifecycles import CancelReason, EnrolmentStatus
from flows.understanding.choices import read_choice
from flows.understanding.commands import Command
from flows.understanding.reading import Understood
from flows.understanding.yes_no import read_yes_no
from flows.wording import company_in, phrase

WITHDRAW = "withdraw"
TAPS = {"withdraw:yes": True, "withdraw:no": False}
ASKED_FOR = timedelta(hours=24)
"""How long "really withdraw?" may be answered with a yes."""


def stop(work: Work, thread: Thread, inbound: InboundMessage, language: str) -> None:
    """Opt out of everything, end what runs, and confirm once where the carrier has not."""
    if not opt_out(work, thread):
        return
    endings.cancel_all(work, thread, CancelReason.OPTED_OUT)
    change_thread(work, thread, pending=None)
    if not _carrier_answers(thread, inbound, "STOP", opts_out):
        tell(work, thread, Phrase("stopped"), language=language, origin=Origin.NOTICE)


def start(work: Work, thread: Thread, run: Run | None, inbound: InboundMessage, language: str) -> bool:
    """Take an opt-out back; or go on, for somebody who had asked for a person.

    Without a campaign to go on with, the wish for a person stays.
    False: no question is open, so it is a reply like any other ("let's start" answers the welcome).
    """
    if thread.pending is not None:
        change_thread(work, thread, pending=None)
    stopped_at = thread.opted_out_at
    if opt_in(work, thread):
        _call_for_what_was_stopped(work, thread, stopped_at)
        if not _carrier_answers(thread, inbound, "START", opts_in):
            tell(work, thread, Phrase("started"), language=language)
        return True
    if thread.held_by is not None:
        return False
    if thread.needs_person == ASKED:
        if not _under_way(run):
            return False
        change_thread(work, thread, needs_person=None)
    if run is None or run.stands().question is None:
        return False
    go_on(work, thread, run)
    return True


def _call_for_what_was_stopped(work: Work, thread: Thread, stopped_at: datetime | None) -> None:
    """Let a person look at what STOP has ended, where that is what there is to tell them; START revives nothing."""
    if thread.needs_person not in (None, NOT_UNDERSTOOD, WROTE, WROTE_AFTER_STOP):
        return
    ended = work.connection.execute(
        select(Enrolment.id)
        .join(Application, Application.id == Enrolment.application_id)
        .where(
            Enrolment.candidate_id == thread.candidate_id,
            Enrolment.reason == CancelReason.OPTED_OUT,
            Enrolment.ended_at >= stopped_at,
            Application.state == ApplicationState.ACTIVE,
        )
        .limit(1)
    ).first()
    if ended is not None:
        change_thread(work, thread, needs_person=CAME_BACK)
    elif thread.needs_person == WROTE_AFTER_STOP:
        change_thread(work, thread, needs_person=None)


def obey(work: Work, thread: Thread, run: Run | None, command: Command, language: str) -> bool:
    """Do what a command asks for. False: it is for the campaign (BACK, SKIP)."""
    match command:
        case Command.HELP:
            tell(work, thread, _help(work, language), language=language)
        case Command.STATUS:
            tell_status(work, thread, language)
        case Command.PERSON:
            change_thread(work, thread, needs_person=ASKED)
            tell(work, thread, Phrase("person_called" if _under_way(run) else "person_told"), language=language)
        case Command.WITHDRAW:
            _ask_to_withdraw(work, thread, run, language)
        case _:
            return False
    return True


def _person_is_called(thread: Thread, run: Run) -> bool:
    """Say whether a person answers what comes next, so that nothing is asked until then."""
    return run.stands().called or thread.needs_person == ASKED


def _under_way(run: Run | None) -> bool:
    """Say whether START would lead on: one that has said everything and waits for its receipt is over."""
    return run is not None and not run.finished


def answer_pending(work: Work, thread: Thread, run: Run | None, inbound: InboundMessage, language: str) -> bool:
    """Read the answer to "really withdraw?". False: it is none, and the question is forgotten.

    A yes counts only while that question is the last that they have read from us; a tap on an older one asks anew.
    """
    pending = thread.pending
    if pending is not None:
        change_thread(work, thread, pending=None)
    tapped = TAPS.get(inbound.tapped)
    choice = _read_confirmation(inbound.text, thread.language or language) if not inbound.tapped else tapped
    if choice is None:
        return False
    if pending is None or not _still_asked(work, thread, pending):
        if tapped:
            _ask_to_withdraw(work, thread, run, language)
        elif tapped is False:
            tell(work, thread, Phrase("withdraw_kept"), language=language)
        return tapped is not None
    if choice:
        tell(
            work,
            thread,
            Phrase("withdrawn", {"job": pending["job"]}),
            language=language,
            origin=Origin.NOTICE,
        )
        close_application(work, thread, pending["application"], ApplicationState.WITHDRAWN)
    else:
        tell(work, thread, Phrase("withdraw_kept"), language=language)
        run = active_run(work, thread)
        if run is None:
            _ask_about_another(work, thread, [*pending.get("kept", ()), pending["application"]], language)
        elif run.status is EnrolmentStatus.IN_PROGRESS and not _person_is_called(thread, run):
            go_on(work, thread, run)
    return True


def _still_asked(work: Work, thread: Thread, pending: dict[str, Any]) -> bool:
    """Say whether they have seen the question, and nothing of ours since, and what it asks about still runs."""
    sent = work.connection.execute(
        select(Message.id, Message.retry_of_id, Message.fallback_of_id, Message.created_at, Message.status)
        .where(Message.conversation_id == thread.id, ~Message.inbound, Message.id >= pending["message"])
        .order_by(Message.id)
    ).all()
    if not sent or work.now - sent[0].created_at > ASKED_FOR:
        return False
    question, seen = {sent[0].id}, False
    for message in sent:
        if {message.id, message.retry_of_id, message.fallback_of_id} & question:
            question.add(message.id)
            seen = seen or message.status in SEEN
        elif message.status in SEEN:
            return False
    if not seen:
        return False
    state = select(Application.state).where(Application.id == pending["application"])
    return bool(work.connection.execute(state).scalar_one() == ApplicationState.ACTIVE)


def _read_confirmation(text: str, locale: str) -> bool | None:
    labels = (phrase("withdraw", locale), phrase("keep", locale))
    match read_choice(text, labels, locale):
        case Understood(value=label):
            return bool(label == labels[0])
    agreed = read_yes_no(text, locale)
    return agreed.value if isinstance(agreed, Understood) else None


def _carrier_answers(
    thread: Thread, inbound: InboundMessage, opt_out_type: str, takes_it_so: Callable[[str], bool]
) -> bool:
    if inbound.opt_out_type == opt_out_type:
        return True
    return thread.provider == TWILIO and inbound.kind is ChannelKind.SMS and takes_it_so(inbound.text)


def _help(work: Work, language: str) -> Phrase:
    return Phrase("help", {"company": company_in(work.settings.company, language)})


def _ask_to_withdraw(work: Work, thread: Thread, run: Run | None, language: str) -> None:
    """Ask once more; without a campaign under way, about the latest application."""
    if run is not None:
        _ask_about(work, thread, run.application_id, run.job_title, [], language)
    elif not _ask_about_another(work, thread, [], language):
        tell(work, thread, Phrase("withdraw_none"), language=language)


def _ask_about_another(work: Work, thread: Thread, kept: list[int], language: str) -> bool:
    """Ask about the latest application that they have not just said to keep. False: there is none."""
    row = work.connection.execute(
        select(Application.id, Job.title)
        .join(Job, Job.id == Application.job_id)
        .where(
            Application.candidate_id == thread.candidate_id,
            Application.state == ApplicationState.ACTIVE,
            Application.id.not_in(kept),
        )
        .order_by(Application.id.desc())
        .limit(1)
    ).one_or_none()
    if row is not None:
        _ask_about(work, thread, row.id, row.title, kept, language)
    return row is not None


def _ask_about(work: Work, thread: Thread, application: int, title: str, kept: list[int], language: str) -> None:
    offers = (Offer("withdraw:yes", Phrase("withdraw")), Offer("withdraw:no", Phrase("keep")))
    asked = tell(work, thread, Phrase("withdraw_which", {"job": title}), language=language, offers=offers)
    if asked is not None:
        pending = {"ask": WITHDRAW, "application": application, "job": title, "message": asked, "kept": kept}
        change_thread(work, thread, pending=pending)


def language_of_candidate(work: Work, thread: Thread) -> str:
    """Return the language for somebody without a campaign under way: their own, else that of their last job."""
    if thread.language:
        return thread.language
    found = work.connection.execute(
        select(Job.language)
        .join(Application, Application.job_id == Job.id)
        .where(Application.candidate_id == thread.candidate_id)
        .order_by(Application.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found or "en"
