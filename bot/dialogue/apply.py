"""Doing what the engine asks for: one case per effect, all in the caller's transaction."""

from typing import Any, assert_never

from sqlalchemy import bindparam, select, update

from bot.engine import Step
from bot.engine.effects import (
    Assess,
    Begin,
    CallPerson,
    Effect,
    Finish,
    Phrase,
    SaveAnswer,
    Say,
    TakeBack,
    Withdraw,
)
from bot.messaging.outbox import Posting, cancel_repeats, cancel_told, post_message, route_of
from bot.messaging.thread import Thread, change_thread
from bot.models import Answer, ApplicationState, Candidate, Enrolment, Job, Origin
from bot.outgoing.telling import tell_answer
from bot.pipeline import assessments, endings, enrolments
from bot.pipeline.closings import close_application
from bot.pipeline.runs import Run, flow_of, voice_for
from bot.rendering import render
from bot.statements import Prepared, note_row
from bot.work import Work
from flows.answers import AnswerValue
from flows.lifecycles import EnrolmentStatus
from flows.question_types import type_name


def apply_step(work: Work, thread: Thread, run: Run, step: Step) -> None:
    """Keep where the conversation stands now, and do what the step asks for, in order."""
    flow = flow_of(work, run.version_id).flow
    if step.effects:
        cancel_repeats(work, thread, run.id)
        if run.status is EnrolmentStatus.SENDING and Begin() not in step.effects:
            # a "no" is as good a receipt as a "yes", and the welcome comes no more
            enrolments.mark_delivered(work, run, "the candidate replied", None)
    stands = {"position": step.position.to_json()}
    enrolments.keep(work, run, **stands, **enrolments.quiet(flow, run, work.now))
    for effect in step.effects:
        apply_effect(work, thread, run, effect)


def apply_effect(work: Work, thread: Thread, run: Run, effect: Effect) -> None:
    """Do one thing that the engine asked for."""
    match effect:
        case Say():
            say(work, thread, run, effect)
        case Begin():
            enrolments.mark_begun(work, run)
            assessments.forget_former(work, run)
            _tell_what_waits(work, thread, run)
        case SaveAnswer():
            _save_answer(work, thread, run, effect)
        case TakeBack(question=question):
            _take_back(work, run, question)
        case Assess():
            assessments.note(work, run, effect)
        case CallPerson(reason=reason):
            # what else a person is wanted for, nobody has seen to yet
            change_thread(work, thread, needs_person=thread.needs_person or reason)
        case Withdraw():
            withdraw(work, thread, run)
        case Finish():
            endings.complete(work, thread, run, "everything asked for is answered")
        case _:
            assert_never(effect)


def say(work: Work, thread: Thread, run: Run, effect: Say) -> None:
    """Put one message of a campaign into the outbox, over the channel on which the conversation runs."""
    rendered = render(effect, voice_for(work, thread, run))
    stands = run.stands()
    if effect.lasting and stands.asked:
        cancel_told(work, thread, run.id, rendered)
    question = None if effect.lasting else stands.question
    posting = Posting(enrolment_id=run.id, lasting=effect.lasting, question=question)
    post_message(work, thread, route_of(thread, work.now), rendered, posting)


def withdraw(work: Work, thread: Thread, run: Run) -> None:
    """Take the application out of the running, as the candidate asked; say so before the next begins."""
    rendered = render(Say((Phrase("withdrawn", {"job": run.job_title}),)), voice_for(work, thread, run))
    # not of the enrolment, whose unsent messages are taken back
    post_message(work, thread, route_of(thread, work.now), rendered, Posting(origin=Origin.NOTICE))
    close_application(work, thread, run.application_id, ApplicationState.WITHDRAWN)


def _save_answer(work: Work, thread: Thread, run: Run, effect: SaveAnswer) -> None:
    question = flow_of(work, run.version_id).flow.question(effect.question)
    note_row(
        work.connection,
        Answer,
        enrolment_id=run.id,
        version_id=run.version_id,
        question=effect.question,
        type=type_name(question.type),
        raw=effect.raw,
        value=effect.value,
        answered_at=work.now,
    )
    tell_answer(work, run.id, effect.question, type_name(question.type))
    if question.maps_to and effect.value is not None:
        _map_to_candidate(work, thread, question.maps_to, effect.value)


def _take_back(work: Work, run: Run, question: str) -> None:
    standing = (Answer.enrolment_id == run.id, Answer.question == question, Answer.replaced_at.is_(None))
    work.connection.execute(update(Answer).where(*standing).values(replaced_at=work.now))


def _map_to_candidate(work: Work, thread: Thread, field: str, value: AnswerValue) -> None:
    """Fill a field of the candidate from an answer."""
    name = field.removeprefix("candidate.")
    if name.startswith("fields."):
        thread.fields = {**thread.fields, name.removeprefix("fields."): value}
        changes: dict[str, Any] = {"fields": thread.fields}
    else:
        text = str(value.get("label", "")) if isinstance(value, dict) else str(value)
        setattr(thread, name, text)
        changes = {name: text}
    work.connection.execute(update(Candidate).where(Candidate.id == thread.candidate_id).values(**changes))


def _tell_what_waits(work: Work, thread: Thread, run: Run) -> None:
    """Somebody who begins is told which campaign comes after this one."""
    waiting = _WAITING.first(work.connection, candidate_id=thread.candidate_id, run_id=run.id)
    if waiting is not None:
        say(work, thread, run, Say((Phrase("waiting_next", {"job": waiting.title}),)))


_WAITING = Prepared(
    lambda _: (
        select(Job.title)
        .join(Enrolment, Enrolment.job_id == Job.id)
        .where(
            Enrolment.candidate_id == bindparam("candidate_id"),
            Enrolment.status == EnrolmentStatus.QUEUED,
            Enrolment.waits_for_id == bindparam("run_id"),
        )
        .order_by(Enrolment.place)
        .limit(1)
    )
)
