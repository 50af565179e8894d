"""A conversation played from its list of events: the same list always gives the same conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.base import Option
from bot.dialogue.rehearsal import perform
from bot.dialogue.scenes import Said, Scene
from bot.dialogue.simulator import Simulator, simulating
from bot.dialogue.transcripts import Act, write_transcript
from bot.errors import InvalidEvent
from bot.insight.tracing import Tracer
from bot.insight.whereabouts import Whereabouts
from bot.modules import RUNNABLE
from flows.checks import examine
from flows.findings import Finding
from flows.stubbing import stubbed

Json = dict[str, Any]

MOST_ACTS = 300
"""Events of one conversation: each of them is played again with every one that follows."""
LATEST_DAYS = 800
"""So far a conversation may run: longer than any campaign lasts."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event, and all that came of it."""

    act: Act | None
    """None at the beginning, which is the sending."""
    said: tuple[Said, ...]
    trace: tuple[str, ...]
    answers: Json
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Played:
    """A conversation as far as it has come."""

    scene: Scene
    steps: tuple[Step, ...]
    stands: Whereabouts
    offered: tuple[Option, ...]
    """What can be tapped now."""
    armed: tuple[str, ...]
    """The codes with which the next messages will be lost."""
    notes: tuple[str, ...]
    """What of the campaign cannot be simulated."""
    problem: str
    """Why an event could not happen; those behind it were left out."""

    @property
    def now(self) -> datetime:
        return self.steps[-1].at

    def transcript(self) -> str:
        """Return it as a text for `callboard flow rehearse`."""
        told = [(step.act, step.said, step.answers, step.status) for step in self.steps]
        return write_transcript(self.scene, told)


def obstacles(definition: object) -> tuple[Finding, ...]:
    """Return the errors that keep a campaign from being played; what cannot run yet is none of them."""
    _, findings = examine(definition)
    return tuple(finding for finding in findings if finding.is_error)


def play(definition: Json, scene: Scene, acts: Sequence[Act]) -> Played:
    """Play a campaign that has no `obstacles`. Nothing leaves, and nothing is kept."""
    made, notes = stubbed(definition, RUNNABLE)
    with simulating(made, scene) as simulator:
        tracer = Tracer(simulator)
        steps = [_step(None, simulator, tracer)]
        problem = ""
        for act in acts[:MOST_ACTS]:
            try:
                perform(simulator, act)
            except InvalidEvent as error:
                problem = str(error)
                break
            steps.append(_step(act, simulator, tracer))
        if tracer.stands is None:
            raise InvalidEvent("this conversation has not begun", field="simulation")
        armed = tuple(simulator.paper.codes)
        return Played(scene, tuple(steps), tracer.stands, simulator.offered(), armed, notes, problem)


def _step(act: Act | None, simulator: Simulator, tracer: Tracer) -> Step:
    said = simulator.said()
    trace = tracer.tell(said)
    return Step(act, tuple(said), trace, tracer.new_answers, simulator.status(), simulator.clock.now())
