"""Which modules a stage may hold, and whether all is there that must be (product.md sections 1 and 2)."""

from collections.abc import Iterator

from flows import limits
from flows.check_circumstances import Circumstances
from flows.findings import Finding, error, warning
from flows.flow import Flow, StageType
from flows.modules import Module, kind_of
from flows.modules.content import Content
from flows.modules.questions import Questions
from flows.modules.schedule import Schedule
from flows.question_types import type_name

RULES = 200

_CALLED = {
    "content": "Content",
    "questions": "Questions",
    "video_interview": "Video interviews",
    "collect": "Collected documents",
    "schedule": "Interview bookings",
}


def check_shape(flow: Flow, circumstances: Circumstances) -> Iterator[Finding]:
    """Find what the stage does not allow, what is missing, and what cannot be run yet."""
    if circumstances.stage_type is StageType.REVIEW:
        yield error("", "a Review stage only holds applications: it has no campaign")
    yield from _numbers(flow)
    for path, what in _not_runnable(flow, circumstances.runnable):
        yield _yet_to_come(path, f"{what} cannot be run by this version yet", to_publish=circumstances.to_publish)
    if not flow.modules:
        yield from _without_modules(flow, circumstances.stage_type)
        return
    booking = _is_booking(flow, circumstances.stage_type)
    yield from _booking(flow) if booking else _no_booking(flow, circumstances.stage_type)
    if flow.conclusion is None and not booking:
        yield error("conclusion", "the closing message is missing: write one")


def is_too_large(flow: Flow) -> bool:
    """Tell whether a campaign is far beyond what is allowed, so that judging its parts would take long."""
    return (
        len(flow.modules) > 2 * limits.MODULES
        or len(flow.questions()) > 2 * limits.QUESTIONS
        or len(flow.rules) > 2 * RULES
    )


def _without_modules(flow: Flow, stage_type: StageType | None) -> Iterator[Finding]:
    if stage_type is StageType.REJECT:
        yield from _blast(flow)
    elif stage_type is StageType.SCHEDULE:
        yield error("modules", "there is nothing to book: add a schedule module")
    elif stage_type is None and flow.conclusion is None:
        yield warning("modules", "this is a single message, which only a Reject stage may send: else add a module")
    else:
        yield error("modules", "nothing is asked or said: add a module")


def _blast(flow: Flow) -> Iterator[Finding]:
    """Check the one message of a Reject stage; nothing waits for an answer to it, so nothing runs out."""
    if flow.conclusion is not None:
        problem = "a campaign without modules is one message, the welcome: remove this, or add a module"
        yield error("conclusion", problem)
    if flow.reminders:
        yield warning("reminders", "nothing is asked, so nobody is reminded: remove them")
    if flow.expires_after is not None:
        yield warning("expires_after", "nothing is asked, so nothing expires: remove it")


def _is_booking(flow: Flow, stage_type: StageType | None) -> bool:
    """Tell whether the rules of a Schedule stage hold; where the stage is not known its module tells."""
    if stage_type is None:
        return any(isinstance(module, Schedule) for module in flow.modules)
    return stage_type is StageType.SCHEDULE


def _booking(flow: Flow) -> Iterator[Finding]:
    places = [index for index, module in enumerate(flow.modules) if isinstance(module, Schedule)]
    if not places:
        yield error("modules", "there is nothing to book: add a schedule module at the end")
    for index, module in enumerate(flow.modules):
        if isinstance(module, Schedule):
            if index != places[0]:
                yield error(
                    f"modules[{index}].type",
                    "a stage books one interview: remove this second schedule module",
                )
            elif index != len(flow.modules) - 1:
                yield error(f"modules[{index}].type", "the schedule module must be the last: move it to the end")
        elif not isinstance(module, Content):
            yield error(
                f"modules[{index}].type",
                f"a Schedule stage has content and one schedule module, {_no(module)}",
            )


def _no_booking(flow: Flow, stage_type: StageType | None) -> Iterator[Finding]:
    for index, module in enumerate(flow.modules):
        if isinstance(module, Schedule):
            stage = stage_type.capitalize() if stage_type else "this"
            yield error(f"modules[{index}].type", f"interviews are booked in a Schedule stage, not in a {stage} stage")


def _no(module: Module) -> str:
    return f"no {kind_of(module)} module"


def _numbers(flow: Flow) -> Iterator[Finding]:
    yield from _too_many("modules", len(flow.modules), limits.MODULES)
    yield from _too_many("rules", len(flow.rules), RULES)
    if len(flow.questions()) > limits.QUESTIONS:
        yield error("modules", f"a campaign has at most {limits.QUESTIONS} questions, not {len(flow.questions())}")
    for index, module in enumerate(flow.modules):
        if isinstance(module, Content):
            yield from _too_many(f"modules[{index}].blocks", len(module.blocks), limits.BLOCKS)


def _too_many(path: str, number: int, most: int) -> Iterator[Finding]:
    if number > most:
        yield error(path, f"there are {number} of them, and at most {most} are allowed")


def _not_runnable(flow: Flow, runnable: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    """Return the place and the name of each part that is not *runnable*."""
    if runnable is None:
        return
    for index, module in enumerate(flow.modules):
        kind = kind_of(module)
        if kind not in runnable:
            yield f"modules[{index}].type", _CALLED[kind]
        elif isinstance(module, Questions):
            for number, question in enumerate(module.questions):
                name = type_name(question.type)
                if name not in runnable:
                    yield f"modules[{index}].questions[{number}].type", f'questions of the type "{name}"'


def _yet_to_come(path: str, problem: str, *, to_publish: bool) -> Finding:
    return error(path, problem) if to_publish else warning(path, f"{problem}: publishing is refused until it can")
