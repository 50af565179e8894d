"""Life cycles and flows as machines: one shared `transitions.Machine` each, built once. The only import of it.

A machine decides and never acts: it has no callbacks with effects, and no model is ever added to it, so that
threads may share it and nothing is held alive (`add_model` keeps every model and is linear in their number).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any, cast

from transitions import EventData, Machine, MachineError

from bot.engine.position import DECLINED, DONE, MODULE, QUESTION, WELCOME
from bot.errors import IllegalMove
from flows.answers import AnswerValue
from flows.flow import Flow
from flows.lifecycles import STAYS, Lifecycle
from flows.modules import Module
from flows.modules.questions import Questions
from flows.rules import CONCLUSION, Rule

GO_ON = "go_on"
"""The one trigger of a flow's machine: what waits at the present state is settled."""


@dataclass(slots=True)
class Cursor:
    """What is moved through a machine: a state, and the answer that guards look at."""

    state: str
    answer: AnswerValue = None


@dataclass(frozen=True, slots=True)
class CompiledFlow:
    """A flow and its machine."""

    flow: Flow
    machine: Machine = field(repr=False)
    rules: dict[str, tuple[Rule, ...]] = field(repr=False)
    """By the question after whose answer they are looked at, in the order of the questions."""

    def after(self, state: str, answer: AnswerValue = None) -> str:
        """Return the state that follows *state* once it is settled with *answer*."""
        cursor = Cursor(state, answer)
        _fire(self.machine, GO_ON, cursor)
        return cursor.state


def compile_flow(flow: Flow) -> CompiledFlow:
    """Build the machine of a flow: a state for each question and each other module, edges only forward."""
    states = [WELCOME, DECLINED, *(state for module in flow.modules for state in _states(module)), DONE]
    edges = [{"trigger": GO_ON, "source": [WELCOME, DECLINED], "dest": states[2]}]
    for state, following in pairwise(states[2:]):
        edges += _jumps(flow, state)
        edges.append({"trigger": GO_ON, "source": state, "dest": following})
    judged = {rule.after for rule in flow.rules}
    rules = {q.key: tuple(r for r in flow.rules if r.after == q.key) for q in flow.questions() if q.key in judged}
    return CompiledFlow(flow, _machine(states, edges, WELCOME), rules)


def next_status(lifecycle: Lifecycle, move: str, status: str) -> str:
    """Return the status that *move* leads to from *status*, which may be the same. Raises `IllegalMove`."""
    cursor = Cursor(str(status))  # the library takes a member of an enumeration by its name
    try:
        _fire(_lifecycle_machine(lifecycle), move, cursor)
    except MachineError as error:
        raise IllegalMove(f"{lifecycle.name}: no move {move!r} from {status!r}") from error
    return cursor.state


@cache
def _lifecycle_machine(lifecycle: Lifecycle) -> Machine:
    edges = [
        {
            "trigger": move.name,
            "source": list(move.sources),
            "dest": STAYS if move.target == STAYS else move.target,
        }
        for move in lifecycle.moves
    ]
    return _machine(list(lifecycle.statuses), edges, lifecycle.start)


def _machine(states: list[str], edges: list[dict[str, Any]], initial: str) -> Machine:
    return Machine(
        model=None, states=states, transitions=edges, initial=initial, auto_transitions=False, send_event=True
    )


def _fire(machine: Machine, trigger: str, cursor: Cursor) -> None:
    machine.events[trigger].trigger(cursor)


def _states(module: Module) -> list[str]:
    if isinstance(module, Questions):
        return [QUESTION + question.key for question in module.questions]
    return [MODULE + module.key]


def _jumps(flow: Flow, state: str) -> list[dict[str, Any]]:
    """Return the guarded edges of a question, in the order of the rules: the first that holds is taken."""
    key = state.removeprefix(QUESTION) if state.startswith(QUESTION) else None
    jumps = []
    for rule in flow.rules:
        if rule.after != key:
            continue
        if rule.go_to:
            jumps.append(_jump(flow, state, rule.go_to, _guard(rule, wanted=True)))
        if rule.otherwise:
            jumps.append(_jump(flow, state, rule.otherwise, _guard(rule, wanted=False)))
    return jumps


def _jump(flow: Flow, source: str, target: str, guard: Callable[[EventData], bool]) -> dict[str, Any]:
    dest = DONE if target == CONCLUSION else _states(flow.module(target))[0]
    return {"trigger": GO_ON, "source": source, "dest": dest, "conditions": guard}


def _guard(rule: Rule, *, wanted: bool) -> Callable[[EventData], bool]:
    def guard(event: EventData) -> bool:
        return rule.holds(cast("Cursor", event.model).answer) is wanted

    return guard
