"""Enrolments: how one begins, and every change of its status. What follows an end is in `endings`."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, literal, select

from bot.channels.error_codes import in_history
from bot.engine import next_status, start
from bot.engine.effects import Finish, Say
from bot.engine.events import Started
from bot.errors import Conflict
from bot.messaging.outbox import BULK, Posting, Route, queue_message
from bot.messaging.thread import Thread, change_thread, hear_again
from bot.models import Answer, Application, Enrolment, EnrolmentEvent, JobState, Topic, new_public_id
from bot.outgoing.telling import tell_status
from bot.pipeline import turns
from bot.pipeline.deliveries import NoWay, Way, deliver, find_way
from bot.pipeline.reminders import when_to_remind
from bot.pipeline.runs import Run, flow_of, load_run, voice_for
from bot.rendering import Rendered, render
from bot.statements import add_row, change_row, change_row_if, note_row
from bot.work import Work
from flows.flow import Flow
from flows.lifecycles import ENROLMENT, EnrolmentStatus

JOB_NOT_OPEN = "the job is not open"
WAITING = "waits for another campaign"
TIME_TO_ANSWER = timedelta(days=1)
_NOT_OPEN = {JobState.DRAFT: "job is a draft", JobState.PAUSED: "job paused", JobState.CLOSED: "job closed"}


def enrol(
    work: Work,
    thread: Thread,
    *,
    application_id: int,
    job_id: int,
    stage_id: int,
    version_id: int,
    stage_move_id: int | None,
    place: int | None = None,
    reopens: Run | None = None,
    cause: str,
) -> Run:
    """Make an enrolment and send it, or let it wait; return it as it then stands."""
    run = _add_run(
        work,
        candidate_id=thread.candidate_id,
        application_id=application_id,
        job_id=job_id,
        stage_id=stage_id,
        version_id=version_id,
        stage_move_id=stage_move_id,
        place=place or 0,
        reopens_id=reopens.id if reopens else None,
        position=reopens.position if reopens else {},
    )
    if place is None:
        keep(work, run, place=run.id)
    add_event(work, run, cause)
    if reopens is None:
        send_or_wait(work, thread, run)
        if run.status is EnrolmentStatus.QUEUED:
            tell_status(work, run.id, None)
    return run


def _add_run(work: Work, *, version_id: int, **values: Any) -> Run:
    is_blast = flow_of(work, version_id).flow.is_blast
    first = {"public_id": new_public_id(), "status": EnrolmentStatus.QUEUED, "created_at": work.now}
    first |= {"is_blast": is_blast, "finished": False, "reminders_sent": 0}
    enrolment_id = add_row(work.connection, Enrolment, version_id=version_id, **first, **values)
    change_row(work.connection, Application, values["application_id"], last_enrolment_id=enrolment_id)
    return load_run(work, enrolment_id)


def send_or_wait(work: Work, thread: Thread, run: Run) -> None:
    """Send a queued enrolment if it is its turn and its job is open; otherwise say what it waits for."""
    if run.job_state != JobState.OPEN:
        keep(work, run, waits_because=JOB_NOT_OPEN, waits_for_id=None)
        add_event(work, run, _NOT_OPEN[JobState(run.job_state)])
    elif run.is_blast or turns.take(work, thread, run):
        launch(work, thread, run)
    else:
        keep(work, run, waits_because=WAITING, waits_for_id=thread.active_enrolment_id)


def launch(work: Work, thread: Thread, run: Run) -> None:
    """Send a queued enrolment's welcome. Where nobody can be reached it fails at once and gives its turn back."""
    work.changed(Topic.APPLICATION, run.application_id)
    rendered = welcome_of(work, thread, run)
    language = flow_of(work, run.version_id).flow.language
    way = find_way(work, thread, run, rendered, language, tried=frozenset())
    if isinstance(way, NoWay):
        change_status(
            work, run, "fail", in_history(way.code, "not sent"), reason=way.code, ended_at=work.now, waits_because=None
        )
        turns.give_back(work, thread, run)
        return
    if not run.is_blast:
        hear_again(work, thread)
    message_id = deliver(work, thread, run, way, rendered)
    change_status(
        work,
        run,
        "send",
        _how_it_goes(thread, way),
        message_id=message_id,
        sent_at=work.now,
        waits_for_id=None,
        waits_because=None,
    )
    say_the_rest(work, thread, run, way)


def _how_it_goes(thread: Thread, way: Way) -> str:
    if thread.held_by is None:
        return f"sent over {way.channel.kind}"
    return f"goes over {way.channel.kind} when {thread.held_by} hands the conversation back"


def welcome_of(work: Work, thread: Thread, run: Run) -> Rendered:
    """Return an enrolment's welcome in words."""
    compiled = flow_of(work, run.version_id)
    step = start(compiled, Started(may_go_on=False))
    welcome = next(effect for effect in step.effects if isinstance(effect, Say))
    return render(welcome, voice_for(work, thread, run))


def say_the_rest(work: Work, thread: Thread, run: Run, way: Way) -> None:
    """Say all that may follow the welcome without a reply: everything, in a campaign that asks nothing."""
    compiled = flow_of(work, run.version_id)
    step = start(compiled, Started(may_go_on=way.may_go_on))
    voice = voice_for(work, thread, run)
    route = Route(way.channel.id, way.address_id, way.channel.kind, way.window_open)
    says = [effect for effect in step.effects if isinstance(effect, Say)]
    for say in says[1:]:
        posting = Posting(enrolment_id=run.id, priority=BULK, lasting=say.lasting)
        queue_message(work, thread, route, render(say, voice), posting)
    keep(work, run, position=step.position.to_json(), finished=Finish() in step.effects)


def mark_delivered(work: Work, run: Run, cause: str, message_id: int | None) -> None:
    """The welcome has reached the phone: the time to answer begins. The only place that decides when it ends."""
    if run.status is not EnrolmentStatus.SENDING:
        return
    flow = flow_of(work, run.version_id).flow
    values: dict[str, Any] = {"delivered_at": work.now}
    if run.is_blast:
        values["ended_at"] = work.now
    else:
        values |= {"expires_at": expiry(work, flow, work.now), **quiet(flow, run, work.now)}
    change_status(work, run, "deliver", cause, message_id=message_id, **values)


def mark_begun(work: Work, run: Run) -> None:
    """The candidate's first reply. It may overtake the receipt, and is as good as one."""
    if run.status is EnrolmentStatus.IN_PROGRESS:
        return
    values: dict[str, Any] = {"started_at": work.now}
    if run.status is EnrolmentStatus.SENDING:
        values |= {
            "delivered_at": work.now,
            "expires_at": expiry(work, flow_of(work, run.version_id).flow, work.now),
        }
    change_status(work, run, "reply", "the candidate replied", **values)


def expiry(work: Work, flow: Flow, delivered_at: datetime) -> datetime | None:
    """Return when an enrolment delivered then expires; None for never."""
    after = flow.expires_after or work.settings.expires_after
    return delivered_at + after if isinstance(after, timedelta) else None


def quiet(flow: Flow, run: Run, since: datetime) -> dict[str, Any]:
    """Return the columns that say since when the candidate is silent, and when to remind them."""
    return {"quiet_since": since, "remind_at": when_to_remind(flow, run.reminders_sent, since, None)}


def give_time(work: Work, run: Run) -> None:
    """Let the candidate's silence begin now, with time to answer: a person had the conversation until now."""
    if run.is_blast or run.status not in (EnrolmentStatus.DELIVERED, EnrolmentStatus.IN_PROGRESS):
        return
    flow = flow_of(work, run.version_id).flow
    values = quiet(flow, run, work.now)
    if run.expires_at is not None and (whole := expiry(work, flow, work.now)) is not None:
        values["expires_at"] = max(run.expires_at, min(whole, work.now + TIME_TO_ANSWER))
    keep(work, run, **values)


def change_status(work: Work, run: Run, move: str, cause: str, *, message_id: int | None = None, **values: Any) -> None:
    """Make a move of the life cycle, with the columns that go with it, and write it into the history.

    The machine says whether the move is legal (`IllegalMove`), the condition on the row whether we were first
    (`Conflict`); the thread's lock makes the second a sign of a forgotten lock.
    """
    status = EnrolmentStatus(next_status(ENROLMENT, move, run.status))
    if status is run.status:
        return
    if not change_row_if(work.connection, Enrolment, run.id, {"status": run.status}, status=status, **values):
        raise Conflict(f"enrolment {run.public_id} is not {run.status} any more")
    former, run.status = run.status, status
    add_event(work, run, cause, message_id)
    tell_status(work, run.id, former)


def keep(work: Work, run: Run, **values: Any) -> None:
    """Change columns other than the status, in the database and in *run*."""
    change_row(work.connection, Enrolment, run.id, **values)
    for name, value in values.items():
        if hasattr(run, name):
            setattr(run, name, value)


def add_event(work: Work, run: Run, cause: str, message_id: int | None = None) -> None:
    """Write a line of the history."""
    values = {"status": str(run.status), "cause": cause, "message_id": message_id, "at": work.now}
    note_row(work.connection, EnrolmentEvent, enrolment_id=run.id, **values)


def copy_answers(work: Work, source: Run, target: Run) -> None:
    """Let an enrolment that goes on with another begin with its answers."""
    columns = ("version_id", "question", "type", "raw", "value", "answered_at", "replaced_at")
    taken = select(literal(target.id), *(getattr(Answer, name) for name in columns))
    work.connection.execute(
        insert(Answer).from_select(
            ["enrolment_id", *columns], taken.where(Answer.enrolment_id == source.id).order_by(Answer.id)
        )
    )


def hold_place(work: Work, thread: Thread, run: Run) -> int | None:
    """Take an enrolment that is being replaced out of the queue; return the place that its successor gets."""
    if thread.active_enrolment_id == run.id:
        change_thread(work, thread, active_enrolment_id=None)
        return run.place
    return run.place if run.status is EnrolmentStatus.QUEUED else None
