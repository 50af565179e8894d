"""One reply to the campaign that has the turn: the engine's step and what it asks for."""

from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.channels.base import InboundMessage
from bot.dialogue.apply import apply_step, say
from bot.dialogue.notices import notify
from bot.engine import step
from bot.engine.effects import Phrase, SaveAnswer, Say
from bot.engine.events import Replied, Resumed
from bot.messaging.outbox import cancel_unasked
from bot.messaging.thread import NOT_UNDERSTOOD, Thread, change_thread, hear_again
from bot.models import Application, ApplicationState, Enrolment, JobState
from bot.phones import NO_REGION, region_of
from bot.pipeline import enrolments, turns
from bot.pipeline.runs import Run, flow_of, load_run
from bot.work import Work
from flows.lifecycles import EnrolmentStatus
from flows.question_types import LongText, Reply, Text
from flows.understanding.commands import Command


def active_run(work: Work, thread: Thread) -> Run | None:
    """Return the enrolment that has the turn and can be answered."""
    return load_run(work, thread.active_enrolment_id) if thread.active_enrolment_id is not None else None


def take_reply(work: Work, thread: Thread, run: Run, inbound: InboundMessage, command: Command | None) -> None:
    """Let the campaign answer a reply."""
    compiled, stands = flow_of(work, run.version_id), run.stands()
    event = Replied(reply_of(work, thread, run, inbound, compiled.flow.language), command)
    taken = step(compiled, stands, event)
    if stands.called and taken.position.called and command is None:
        notify(work, thread, "person_here", compiled.flow.language)
        return
    if stands.called and not taken.position.called and thread.needs_person == NOT_UNDERSTOOD:
        change_thread(work, thread, needs_person=None)
    apply_step(work, thread, run, taken)


def go_on(work: Work, thread: Thread, run: Run) -> None:
    """Ask again what is open, after a person held the conversation; what was still to ask it is taken back."""
    cancel_unasked(work, thread, run.id)
    apply_step(work, thread, run, step(flow_of(work, run.version_id), run.stands(), Resumed()))


def reply_of(work: Work, thread: Thread, run: Run, inbound: InboundMessage, language: str) -> Reply:
    """Return a message as the engine needs it: with their language, their day and their country."""
    zone = ZoneInfo(thread.time_zone or run.job_time_zone)
    return Reply(
        text=inbound.text,
        locale=thread.language or language,
        today=work.now.astimezone(zone).date(),
        region=run.job_country or (region_of(thread.phone) if thread.phone else None) or NO_REGION,
        tapped=inbound.tapped,
        latitude=inbound.latitude,
        longitude=inbound.longitude,
        place=inbound.place,
        media=len(inbound.media),
    )


def reopen(work: Work, thread: Thread, inbound: InboundMessage, command: Command | None) -> bool:
    """Go on with the campaign that expired last, if it says that a late reply reopens it. False: it does not."""
    expired = _last_run(work, thread)
    if expired is None or expired.status is not EnrolmentStatus.EXPIRED:
        return False
    compiled = flow_of(work, expired.version_id)
    if not compiled.flow.reopen or thread.active_enrolment_id is not None or not _still_there(work, expired):
        return False
    run = enrolments.enrol(
        work,
        thread,
        application_id=expired.application_id,
        job_id=expired.job_id,
        stage_id=expired.stage_id,
        version_id=expired.version_id,
        stage_move_id=None,
        reopens=expired,
        cause="a late reply reopened it",
    )
    turns.give(work, thread, run)
    hear_again(work, thread)
    enrolments.change_status(work, run, "send", "reopened", sent_at=work.now)
    # nothing goes out for which a receipt could come: that they wrote is as good as one
    enrolments.mark_delivered(work, run, "the candidate wrote", None)
    enrolments.copy_answers(work, expired, run)
    _go_on_reopened(work, thread, run, inbound, command)
    return True


def _go_on_reopened(work: Work, thread: Thread, run: Run, inbound: InboundMessage, command: Command | None) -> None:
    if run.stands().question is not None:
        enrolments.mark_begun(work, run)
        say(work, thread, run, Say((Phrase("reopened"),)))
    take_old_reply(work, thread, run, inbound, command)


def take_old_reply(work: Work, thread: Thread, run: Run, inbound: InboundMessage, command: Command | None) -> None:
    """Take what was written while the bot could not answer as the reply where that is plain.

    A free text may mean anything by now, so the question is asked again.
    """
    compiled, position = flow_of(work, run.version_id), run.stands()
    if position.question is None:
        take_reply(work, thread, run, inbound, command)
        return
    taken = step(compiled, position, Replied(reply_of(work, thread, run, inbound, compiled.flow.language), command))
    plain = not isinstance(compiled.flow.question(position.question).type, Text | LongText)
    if plain and any(isinstance(effect, SaveAnswer) for effect in taken.effects):
        apply_step(work, thread, run, taken)
    else:
        go_on(work, thread, run)


def _last_run(work: Work, thread: Thread) -> Run | None:
    found = work.connection.execute(
        select(Enrolment.id)
        .where(Enrolment.candidate_id == thread.candidate_id, ~Enrolment.is_blast)
        .order_by(Enrolment.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return load_run(work, found) if found is not None else None


def _still_there(work: Work, run: Run) -> bool:
    """The application is still in the running, in the stage whose campaign expired, and its job is open."""
    found = work.connection.execute(
        select(Application.id).where(
            Application.id == run.application_id,
            Application.state == ApplicationState.ACTIVE,
            Application.stage_id == run.stage_id,
        )
    ).first()
    return found is not None and run.job_state == JobState.OPEN
