"""The reference: what product.md says of enrolments and their queue, in plain Python, without a line of the product."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

UNFINISHED = ("queued", "sending", "delivered", "in_progress")
A_WEEK = timedelta(days=7)


@dataclass(slots=True)
class Run:
    """An enrolment: where it stands, and its place in the queue."""

    number: int
    application: int
    job: str
    is_blast: bool
    place: int
    status: str = "queued"
    reason: str | None = None
    due: datetime | None = None
    asked: int = 0  # how many questions have been asked
    sent: bool = False
    reported: bool = False  # the provider has said what became of the welcome

    @property
    def is_open(self) -> bool:
        """It can still end: a blast that is delivered has."""
        return self.status in UNFINISHED and not (self.is_blast and self.status == "delivered")


@dataclass(slots=True)
class Model:
    """One candidate, with applications for some jobs."""

    jobs: dict[str, str]  # name → open, paused or closed
    applications: dict[int, str] = field(default_factory=dict)  # those in the running, and their jobs
    runs: list[Run] = field(default_factory=list)
    active: Run | None = None
    opted_out: bool = False

    def of_application(self, application: int) -> Run | None:
        return next((run for run in reversed(self.runs) if run.application == application and run.is_open), None)

    def apply(self, application: int, job: str) -> None:
        self.applications[application] = job
        self.enrol(application, job, is_blast=False)

    def move(self, application: int, *, is_blast: bool) -> None:
        """The successor has the turn, or the place, of what it replaces."""
        before, place = self.of_application(application), None
        if before is not None:
            if before is self.active:
                self.active, place = None, before.place
            elif before.status == "queued":
                place = before.place
            self.end(before, "cancelled", "superseded")
        self.enrol(application, self.applications[application], is_blast=is_blast, place=place)

    def enrol(self, application: int, job: str, *, is_blast: bool, place: int | None = None) -> None:
        number = len(self.runs)
        run = Run(number, application, job, is_blast, number if place is None else place)
        self.runs.append(run)
        self.send_or_wait(run)
        self.release()

    def send_or_wait(self, run: Run) -> None:
        if self.jobs[run.job] != "open" or not (run.is_blast or self.active is None):
            return
        if self.opted_out:
            self.end(run, "failed", "callboard_opted_out")
            return
        run.status, run.sent = "sending", True
        if not run.is_blast:
            self.active = run

    def release(self) -> None:
        """Every end lets the next one go whose job is open."""
        while self.active is None:
            waiting = [run for run in self.runs if run.status == "queued" and self.jobs[run.job] == "open"]
            if not waiting:
                return
            self.send_or_wait(min(waiting, key=lambda run: (run.place, run.number)))

    def end(self, run: Run, status: str, reason: str | None = None) -> None:
        run.status, run.reason = status, reason
        if self.active is run:
            self.active = None

    def delivered(self, run: Run, now: datetime) -> None:
        if not run.reported and run.status == "sending":
            run.status = "delivered"
            run.due = None if run.is_blast else now + A_WEEK
        run.reported = True

    def failed(self, run: Run, code: str) -> None:
        if not run.reported and run.status == "sending":
            self.end(run, "failed", code)
            self.release()
        run.reported = True

    def reply(self, text: str, now: datetime) -> None:
        """Nobody listens after a STOP, or where nothing is under way."""
        run = self.active
        if run is None or self.opted_out:
            return
        if run.asked == 0:
            run.due = run.due or now + A_WEEK
            run.status, run.asked = "in_progress", 1
        elif run.asked == 1 and text == "yes":
            run.asked = 2
        else:
            self.end(run, "completed")
            self.release()

    def stop(self) -> None:
        """Said twice it changes nothing more."""
        if self.opted_out:
            return
        self.opted_out = True
        self.active = None
        for run in self.runs:
            if run.is_open:
                self.end(run, "cancelled", "opted_out")

    def expire(self, now: datetime) -> None:
        for run in self.runs:
            if run.status in ("delivered", "in_progress") and run.due is not None and run.due <= now:
                self.end(run, "expired")
                self.release()

    def release_by_hand(self, run: Run) -> None:
        if run.status != "queued" or self.jobs[run.job] != "open":
            return
        if self.active is not None:
            self.end(self.active, "cancelled", "superseded")
        self.send_or_wait(run)
        self.release()

    def close_application(self, application: int, reason: str) -> None:
        del self.applications[application]
        run = self.of_application(application)
        if run is not None:
            self.end(run, "cancelled", reason)
            self.release()

    def change_job(self, job: str, state: str) -> None:
        self.jobs[job] = state
        mine = [run for run in self.runs if run.job == job and run.is_open]
        if state == "closed":
            for run in mine:
                self.end(run, "cancelled", "job_closed")
                self.release()
        if state == "open":
            for run in mine:
                if run.is_blast and run.status == "queued":
                    self.send_or_wait(run)
            self.release()
