"""The step: where a conversation stands after an event, and what is to be done. Pure; see `bot.engine`."""

from dataclasses import dataclass, replace

from bot.engine.asking import ask, ask_which, reask, stale_tap
from bot.engine.assessing import assess
from bot.engine.effects import (
    Begin,
    CallPerson,
    Effect,
    Finish,
    Offer,
    Phrase,
    SaveAnswer,
    Say,
    TakeBack,
    Withdraw,
    Written,
)
from bot.engine.events import EngineEvent, Replied, Resumed, Started
from bot.engine.hearing import hear, hear_declined, is_plain_no
from bot.engine.machine import CompiledFlow
from bot.engine.position import DECLINED, DONE, MODULE, QUESTION, WELCOME, Position
from flows.answers import AnswerValue
from flows.modules.content import Block, Content
from flows.modules.questions import Question
from flows.question_types import Accepted, Refused, Reply, Unsure
from flows.understanding.commands import Command


@dataclass(frozen=True, slots=True)
class Step:
    """Where the conversation stands now, and what it asks for, in order."""

    position: Position
    effects: tuple[Effect, ...] = ()


def start(compiled: CompiledFlow, event: Started) -> Step:
    """Say the welcome; where nothing is asked and text may follow, say everything."""
    flow = compiled.flow
    welcome = Say((Written(flow.welcome.text),), template=flow.welcome.template)
    if flow.is_blast:
        return Step(Position(state=DONE), (welcome,))
    if flow.asks_nothing and event.may_go_on:
        return _prepend((welcome,), _go_on(compiled, Position()))
    return Step(Position(), (welcome,))


def step(compiled: CompiledFlow, position: Position, event: EngineEvent) -> Step:
    """Return where the conversation stands after *event* and what it asks for. Same input, same output."""
    if isinstance(event, Resumed):
        return _ask_again(compiled, position)
    if position.state in (WELCOME, DECLINED):
        return _begin(compiled, position, event)
    if position.question is not None:
        return _answer(compiled, position, event, compiled.flow.question(position.question))
    return Step(position)


def _begin(compiled: CompiledFlow, position: Position, event: Replied) -> Step:
    """A reply to the welcome begins, unless it is a command or a plain "no"."""
    if event.command is not None:
        return Step(position, (Say((Phrase("not_begun"),)),))
    if position.state == DECLINED:
        match hear_declined(event.reply):
            case "later":
                return Step(Position(), (Say((Phrase("later_ok"),)),))
            case "withdraw":
                return Step(Position(), (Withdraw(),))
    if is_plain_no(event.reply):
        return Step(Position(state=DECLINED), (_LATER_OR_WITHDRAW,))
    return _prepend((Begin(),), _go_on(compiled, Position()))


_LATER_OR_WITHDRAW = Say(
    (Phrase("declined_welcome"),),
    offers=(Offer("welcome:later", Phrase("later")), Offer("welcome:withdraw", Phrase("withdraw"))),
)


def _answer(compiled: CompiledFlow, position: Position, event: Replied, question: Question) -> Step:
    if event.command is Command.BACK:
        return _back(compiled, position, question)
    if event.command is Command.SKIP:
        return _skip(compiled, position, question, event.reply)
    match hear(question, position, event.reply):
        case None:
            return Step(position, (stale_tap(question),))
        case Accepted(value=value):
            return _settle(compiled, position, question, event.reply, value)
        case Unsure(values=values):
            return _doubt(compiled, position, question, event.reply, values)
        case Refused() as refused:
            return _miss(compiled, position, question, event.reply, refused)


def _doubt(
    compiled: CompiledFlow,
    position: Position,
    question: Question,
    reply: Reply,
    values: tuple[AnswerValue, ...],
) -> Step:
    """Ask which reading is meant; somebody who is never plain ends like somebody who is never understood."""
    if position.tries >= question.tries:
        return _give_up(compiled, position, question, reply)
    doubtful = replace(position, tries=position.tries + 1, doubt=values)
    return Step(doubtful, (ask_which(question, values),))


def _miss(compiled: CompiledFlow, position: Position, question: Question, reply: Reply, refused: Refused) -> Step:
    tries = position.tries + 1
    if tries >= question.tries:
        return _give_up(compiled, position, question, reply)
    return Step(replace(position, tries=tries, doubt=()), (reask(question, refused, tries),))


def _give_up(compiled: CompiledFlow, position: Position, question: Question, reply: Reply) -> Step:
    if question.call_person:
        waiting = replace(position, tries=0, doubt=(), called=True)
        return Step(waiting, (Say((Phrase("tries_person"),)), CallPerson("not_understood")))
    skipped = _settle(compiled, position, question, reply, None)
    return _prepend((Say((Phrase("tries_skipped"),)),), skipped)


def _skip(compiled: CompiledFlow, position: Position, question: Question, reply: Reply) -> Step:
    if question.required:
        return Step(position, (ask(question, Phrase("cannot_skip")),))
    return _settle(compiled, position, question, reply, None)


def _back(compiled: CompiledFlow, position: Position, question: Question) -> Step:
    """Ask the question before this one again; its answer stands no more."""
    if not position.asked:
        return Step(position, (ask(question, Phrase("nothing_before")),))
    *asked, last = position.asked
    answers = {key: value for key, value in position.answers.items() if key != last}
    before = Position(state=QUESTION + last, answers=answers, asked=tuple(asked))
    effects: tuple[Effect, ...] = (TakeBack(last), *assess(compiled, position.answers, answers))
    return Step(before, (*effects, ask(compiled.flow.question(last), Phrase("going_back"))))


def _settle(compiled: CompiledFlow, position: Position, question: Question, reply: Reply, value: AnswerValue) -> Step:
    """Keep the answer, do what the rules say, go on."""
    answers = {**position.answers, question.key: value}
    effects: tuple[Effect, ...] = (
        SaveAnswer(question.key, reply.text, value),
        *assess(compiled, position.answers, answers),
    )
    asked = (*position.asked, question.key)
    settled = replace(position, tries=0, doubt=(), called=False, answers=answers, asked=asked)
    return _prepend(effects, _go_on(compiled, settled, value))


def _go_on(compiled: CompiledFlow, position: Position, value: AnswerValue = None) -> Step:
    """Follow the machine until something waits for the candidate, saying what lies on the way."""
    effects: list[Effect] = []
    state = compiled.after(position.state, value)
    while state.startswith(MODULE):
        module = compiled.flow.module(state.removeprefix(MODULE))
        if not isinstance(module, Content):
            raise TypeError(f"module {module.key!r} cannot be run by the engine")
        effects += [_tell(block) for block in module.blocks]
        state = compiled.after(state)
    arrived = replace(position, state=state)
    if state == DONE:
        effects += _conclude(compiled)
    else:
        effects.append(ask(compiled.flow.question(state.removeprefix(QUESTION))))
    return Step(arrived, tuple(effects))


def _tell(block: Block) -> Say:
    return Say((Written(block.text),) if block.text else (), media=block if block.url else None, lasting=True)


def _conclude(compiled: CompiledFlow) -> list[Effect]:
    conclusion = compiled.flow.conclusion
    return [*([Say((Written(conclusion),), lasting=True)] if conclusion else []), Finish()]


def _ask_again(compiled: CompiledFlow, position: Position) -> Step:
    if position.question is not None:
        again = replace(position, tries=0, doubt=(), called=False)
        return Step(again, (ask(compiled.flow.question(position.question)),))
    return Step(position)


def _prepend(effects: tuple[Effect, ...], following: Step) -> Step:
    return Step(following.position, effects + following.effects)
