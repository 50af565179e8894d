"""What happened in a simulated conversation, in words: answers, rules, changes of status, and where it stands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from bot.channels.error_codes import explain
from bot.dialogue.simulator import Said, Simulator
from bot.engine import CompiledFlow
from bot.insight.whereabouts import Whereabouts, whereabouts
from bot.models import Answer, Conversation, EnrolmentEvent
from bot.pipeline.runs import flow_of, load_run
from bot.work import Work, reading
from flows.describing import rule_in_words
from flows.rules import Rule
from flows.writing import write_flow

_PERSON = {
    "asked": "They ask for a person: the bot is silent until one has taken over and handed back.",
    "not_understood": "A person is called: it was not understood often enough.",
}


@dataclass(slots=True)
class Tracer:
    """Remembers what it has told of a conversation, and tells what is new."""

    simulator: Simulator
    _answer: int = 0
    _event: int = 0
    _called: str = ""
    _before: Whereabouts | None = None
    new_answers: dict[str, Any] = field(default_factory=dict)
    """What was stored since it last told, by question."""

    def tell(self, said: list[Said]) -> tuple[str, ...]:
        """Return what is new, a sentence each, in the order in which it came about."""
        enrolment_id = self.simulator.enrolment()
        with reading(self.simulator.runtime) as work:
            compiled = flow_of(work, load_run(work, enrolment_id).version_id)
            stands = whereabouts(work, enrolment_id)
            words = [
                *self._answers(work, compiled),
                *self._events(work),
                *self._person(work),
                *_lost(said),
                *self._place(stands),
            ]
        self._before = stands
        return tuple(words)

    @property
    def stands(self) -> Whereabouts | None:
        """Where the conversation stood when it last told."""
        return self._before

    def _events(self, work: Work) -> Iterator[str]:
        rows = work.connection.execute(
            select(EnrolmentEvent.id, EnrolmentEvent.status, EnrolmentEvent.cause)
            .where(EnrolmentEvent.id > self._event)
            .order_by(EnrolmentEvent.id)
        )
        for row in rows:
            self._event = row.id
            yield f"{row.status.replace('_', ' ').capitalize()}: {row.cause}."

    def _answers(self, work: Work, compiled: CompiledFlow) -> Iterator[str]:
        self.new_answers = {}
        rows = work.connection.execute(
            select(Answer.id, Answer.question, Answer.raw, Answer.value)
            .where(Answer.id > self._answer)
            .order_by(Answer.id)
        )
        for row in rows:
            self._answer = row.id
            self.new_answers[row.question] = row.value
            if row.value is None:
                yield f"“{row.question}” is skipped."
            else:
                yield f"Stored: {row.question} = {json.dumps(row.value, ensure_ascii=False)}, from “{row.raw}”."
            yield from _rules(compiled, row.question, row.value)

    def _person(self, work: Work) -> Iterator[str]:
        reason = work.connection.execute(select(Conversation.needs_person)).scalar_one_or_none() or ""
        if reason and reason != self._called:
            yield _PERSON.get(reason, f"A person is called: {reason.replace('_', ' ')}.")
        self._called = reason

    def _place(self, stands: Whereabouts) -> Iterator[str]:
        before = self._before
        if stands.question is None:
            if stands.at_welcome and (before is None or not before.at_welcome):
                yield "It waits at the welcome for a reply."
            return
        key = stands.question.key
        same = before is not None and before.question is not None and before.question.key == key
        if same and before is not None and stands.attempt > before.attempt:
            yield f"Not understood, or not for certain: “{key}” is at try {stands.attempt} of {stands.question.tries}."
        elif not same:
            yield f"It waits for the answer to “{key}” in module “{stands.module}”."


def _rules(compiled: CompiledFlow, question: str, value: Any) -> Iterator[str]:
    """Tell what each rule after a question makes of its answer; the first that leads somewhere decides the way."""
    led = False
    for number, rule in enumerate(compiled.flow.rules, start=1):
        if rule.after != question:
            continue
        holds = rule.holds(value)
        target = rule.go_to if holds else rule.otherwise
        words = f"Rule {number} {'holds' if holds else 'does not hold'}"
        way = _way(target, led=led) if target else "it leads nowhere else" if holds else "the next part follows"
        led = led or bool(target)
        yield f"{words}: {way}{_notes(rule) if holds else ''}. ({_in_words(rule, compiled)})"


def _way(target: str, *, led: bool) -> str:
    way = "go to the conclusion" if target == "conclusion" else f"go to “{target}”"
    return f"{way}, but a rule before it has led away already" if led else way


def _notes(rule: Rule) -> str:
    noted = [f"tag “{rule.tag}”"] if rule.tag else []
    noted += [f"{rule.score} to the score"] if rule.score else []
    noted += [f"stage “{rule.propose_stage}” proposed"] if rule.propose_stage else []
    return f"; noted: {', '.join(noted)}" if noted else ""


def _in_words(rule: Rule, compiled: CompiledFlow) -> str:
    place = compiled.flow.rules.index(rule)
    return rule_in_words(write_flow(compiled.flow)["rules"][place]).removesuffix(".")


def _lost(said: list[Said]) -> Iterator[str]:
    for each in said:
        if each.error_code:
            known = explain(each.error_code)
            yield f"Not delivered over {each.kind} ({each.error_code}): {known.in_words}"
