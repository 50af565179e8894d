"""R23: whatever happens to a candidate's enrolments, in whatever order, they stand as the reference says."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select, update

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus, StatusUpdate
from bot.db import open_database
from bot.dialogue.inbox import receive, receive_alone
from bot.dialogue.statuses import record_status
from bot.dialogue.timers import expire_enrolments
from bot.errors import Conflict
from bot.intake.applications import AlreadyApplied, Applicant, apply_for
from bot.intake.job_changes import change_job, follow_job
from bot.messaging.thread import lock_thread
from bot.migrate import upgrade
from bot.models import ApplicationState, Conversation, Delivery, Enrolment, Job, Message, Stage
from bot.pipeline.closings import close_application, release_now
from bot.pipeline.stages import find_target, move
from bot.runtime import Runtime
from bot.sweeps import follow_jobs, handle_leftover_inbound
from bot.work import Work, reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.crashes.lifecycle_model import Model, Run
from tests.fakes import FakeSender
from tests.stories import OURS, Story

JOBS = ("Barista", "Driver", "Courier")
REFUSED = "63013"  # neither another channel nor a later attempt would help


class Died(Exception):
    """The process ends here, and its transaction with it."""


@dataclass(slots=True)
class Shared:
    """What all examples share: an installation with some jobs."""

    story: Story
    job_ids: dict[str, int] = field(default_factory=dict)
    people: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1_000))

    def begin(self) -> str:
        """Let nothing of earlier examples be under way; return the number of somebody new."""
        with unit_of_work(self.story.runtime) as work:
            ended = {"status": "cancelled", "ended_at": work.now}
            work.connection.execute(update(Enrolment).where(Enrolment.ended_at.is_(None)).values(ended))
            work.connection.execute(update(Job).values(state="open"))
        return f"+1415555{next(self.people):04d}"


class EnrolmentLife(RuleBasedStateMachine):
    """One candidate's life with us."""

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self.shared, self.story = shared, shared.story
        self.phone = shared.begin()
        self.model = Model(dict.fromkeys(JOBS, "open"))
        self.candidate: int | None = None
        self.applications: dict[int, int] = {}  # the model's number → ours
        self.enrolments: list[int] = []  # ours, in the order of the model's
        self.last: InboundMessage | None = None
        self.numbers = itertools.count(1)

    @property
    def runtime(self) -> Runtime:
        return self.story.runtime

    def do(self, act: Callable[[Work], Any], *, dies_first: bool) -> Any:
        """Do it in one transaction; perhaps the process dies just before the commit, and the caller asks again."""
        if dies_first:
            with pytest.raises(Died):
                self._die_after(act)
        with unit_of_work(self.runtime) as work:
            return act(work)

    def _die_after(self, act: Callable[[Work], Any]) -> None:
        with unit_of_work(self.runtime) as work:
            act(work)
            raise Died

    def pick(self, data: st.DataObject, among: list[Any]) -> Any:
        return data.draw(st.sampled_from(among))

    # what recruiters do

    @rule(job=st.sampled_from(JOBS), dies=st.booleans())
    def apply(self, job: str, *, dies: bool) -> None:
        def act(work: Work) -> Any:
            target = find_target(work, self.story.stages[f"{job}/screening"])
            return apply_for(work, target, Applicant(self.phone, "Ann"), source="test", external_id=None, sends=True)

        if self.model.jobs[job] == "closed":
            with pytest.raises(Conflict):
                self.do(act, dies_first=False)
        elif job in self.model.applications.values():
            with pytest.raises(AlreadyApplied):
                self.do(act, dies_first=False)
        else:
            made = self.do(act, dies_first=dies)
            number = len(self.applications)
            self.candidate, self.applications[number] = made.candidate_id, made.application_id
            self.enrolments.append(made.enrolment_id)
            self.model.apply(number, job)

    @precondition(lambda self: self.movable())
    @rule(data=st.data(), is_blast=st.booleans(), dies=st.booleans())
    def move_on(self, data: st.DataObject, *, is_blast: bool, dies: bool) -> None:
        number = self.pick(data, self.movable())
        stage = "rejected" if is_blast else "screening"
        once = f"{self.phone}-{next(self.numbers)}"

        def act(work: Work) -> Any:
            target = find_target(work, self.story.stages[f"{self.model.applications[number]}/{stage}"])
            return move(work, self.applications[number], target, source="test", external_id=once, sends=True)

        self.enrolments.append(self.do(act, dies_first=dies).enrolment_id)
        assert self.do(act, dies_first=False).repeated
        self.model.move(number, is_blast=is_blast)

    def movable(self) -> list[int]:
        return [number for number, job in self.model.applications.items() if self.model.jobs[job] != "closed"]

    @precondition(lambda self: self.model.applications)
    @rule(data=st.data(), state=st.sampled_from([ApplicationState.WITHDRAWN, ApplicationState.ARCHIVED]))
    def take_out(self, data: st.DataObject, state: ApplicationState) -> None:
        number = self.pick(data, list(self.model.applications))

        def act(work: Work) -> None:
            close_application(work, lock_thread(work, self.candidate or 0), self.applications[number], state)

        self.do(act, dies_first=True)
        self.model.close_application(number, str(state))

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), dies=st.booleans())
    def release(self, data: st.DataObject, *, dies: bool) -> None:
        run = self.pick(data, self.waiting())

        def act(work: Work) -> bool:
            return release_now(work, lock_thread(work, self.candidate or 0), self.enrolments[run.number])

        assert self.do(act, dies_first=dies) == (self.model.jobs[run.job] == "open")
        self.model.release_by_hand(run)

    def waiting(self) -> list[Run]:
        return [run for run in self.model.runs if run.status == "queued"]

    @rule(job=st.sampled_from(JOBS), state=st.sampled_from(["open", "paused", "closed"]), dies=st.booleans())
    def change(self, job: str, state: str, *, dies: bool) -> None:
        """Where the process dies after the change itself, a sweep does the rest."""
        job_id = self.shared.job_ids[job]
        with unit_of_work(self.runtime) as work:
            change_job(work, job_id, {"state": state})
        if dies:
            follow_jobs(self.runtime)
        else:
            follow_job(self.runtime, job_id)
        self.model.change_job(job, state)

    # what the provider says

    @precondition(lambda self: self.sent())
    @rule(data=st.data(), times=st.integers(1, 2))
    def is_delivered(self, data: st.DataObject, times: int) -> None:
        run = self.pick(data, self.sent())
        for _ in range(times):
            self.report(run, MessageStatus.DELIVERED)
            self.model.delivered(run, self.story.clock.now())

    @precondition(lambda self: self.sent())
    @rule(data=st.data())
    def is_not_delivered(self, data: st.DataObject) -> None:
        run = self.pick(data, self.sent())
        self.report(run, MessageStatus.FAILED, REFUSED)
        self.model.failed(run, REFUSED)

    def sent(self) -> list[Run]:
        """Return what was ever sent, whatever has become of it since."""
        return [run for run in self.model.runs if run.sent]

    def report(self, run: Run, status: MessageStatus, code: str = "") -> None:
        with reading(self.runtime) as work:
            welcome = select(Message.public_id).join(Delivery, Delivery.message_id == Message.id)
            public_id = work.connection.execute(
                welcome.where(Delivery.enrolment_id == self.enrolments[run.number])
            ).scalar_one()
        record_status(self.runtime, StatusUpdate(f"SM{public_id}", status, status, code, public_id))

    # what the candidate does

    @precondition(lambda self: self.candidate is not None)
    @rule(yes=st.booleans(), dies=st.booleans())
    def reply(self, *, yes: bool, dies: bool) -> None:
        """Say what fits the question; where the first attempt dies, the message is stored and handled by a sweep."""
        asked = self.model.active.asked if self.model.active else 0
        text = ("ok", "yes" if yes else "no", "3")[asked]
        self.says(text, dies=dies)
        self.model.reply(text, self.story.clock.now())

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_same_again(self) -> None:
        assert self.last is not None
        receive(self.runtime, "twilio", self.last)

    @precondition(lambda self: self.candidate is not None)
    @rule()
    def stop(self) -> None:
        self.says("STOP", dies=False)
        self.model.stop()

    @precondition(lambda self: self.candidate is not None and self.model.opted_out)
    @rule()
    def start(self) -> None:
        self.says("START", dies=False)
        self.model.opted_out = False

    def says(self, text: str, *, dies: bool) -> None:
        kind = ChannelKind.WHATSAPP
        provider_id = f"SM{self.phone}{next(self.numbers)}"
        self.last = InboundMessage(provider_id, kind, self.phone, OURS[kind], text)
        if dies:
            receive_alone(self.runtime, "twilio", self.last)
            handle_leftover_inbound(self.runtime)
        else:
            receive(self.runtime, "twilio", self.last)

    # what time does

    @rule(days=st.integers(1, 8))
    def time_passes(self, days: int) -> None:
        self.story.clock.move(timedelta(days=days))
        expire_enrolments(self.runtime)
        self.model.expire(self.story.clock.now())

    @invariant()
    def all_stand_as_the_reference_says(self) -> None:
        if not self.enrolments:
            return
        with reading(self.runtime) as work:
            found = select(Enrolment.id, Enrolment.status, Enrolment.reason).where(Enrolment.id.in_(self.enrolments))
            rows = {row.id: (row.status, row.reason) for row in work.connection.execute(found)}
            turn = select(Conversation.active_enrolment_id).where(Conversation.candidate_id == self.candidate)
            active = work.connection.execute(turn).scalar_one()
        assert [rows[key] for key in self.enrolments] == [(run.status, run.reason) for run in self.model.runs]
        assert active == (self.enrolments[self.model.active.number] if self.model.active else None)


@pytest.fixture(params=["memory"])
def database_url(tmp_path: Path) -> str:
    """A file that nobody opens: the database is in memory, so that thousands of steps take seconds."""
    return f"sqlite:///{tmp_path}/unused.db"


@pytest.mark.storm
def test_enrolments_stand_as_the_reference_says_whatever_happens(
    build_runtime: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.conftest.kept", lambda *_: open_database("sqlite://"))
    sender = FakeSender(build_runtime().clock)
    runtime = build_runtime(sender)
    upgrade(runtime.database)
    make_ready(runtime)
    story = Story(runtime, sender)
    for title in JOBS:
        story.job(title)
    shared = Shared(story)
    with reading(runtime) as work:
        for title in JOBS:
            job_id = select(Stage.job_id).where(Stage.id == story.stages[f"{title}/screening"])
            shared.job_ids[title] = work.connection.execute(job_id).scalar_one()
    run_state_machine_as_test(
        lambda: EnrolmentLife(shared),
        settings=settings(
            max_examples=100,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
