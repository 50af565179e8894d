"""What the rules say of an application: its score, its tags and the stage they propose."""

from collections.abc import Mapping

from bot.engine.effects import Assess, Assessment
from bot.engine.machine import CompiledFlow
from flows.answers import AnswerValue

Answers = Mapping[str, AnswerValue]


def assess(compiled: CompiledFlow, before: Answers, after: Answers) -> tuple[Assess, ...]:
    """Return what has changed with the answers that stand; nothing where no rule minds."""
    change = Assess(assessment(compiled, before), assessment(compiled, after))
    return (change,) if change.before != change.after else ()


def assessment(compiled: CompiledFlow, answers: Answers) -> Assessment:
    """Return what these answers say, by the rules in the campaign's order: of several proposals the last counts."""
    rules = [
        rule
        for question, its_rules in compiled.rules.items()
        if question in answers
        for rule in its_rules
        if rule.holds(answers[question])
    ]
    stages = [rule.propose_stage for rule in rules if rule.propose_stage]
    return Assessment(
        score=sum(rule.score or 0 for rule in rules),
        tags=tuple(dict.fromkeys(rule.tag for rule in rules if rule.tag)),
        stage=stages[-1] if stages else None,
    )
