"""Checks before publishing (product.md section 2): what would fail, mislead or be lost."""

import re
from collections.abc import Iterable

from flows.check_circumstances import Circumstances, FirstChannel, TemplateBook
from flows.check_modules import check_modules
from flows.check_rules import check_rules
from flows.check_sending import check_sending
from flows.check_shape import check_shape, is_too_large
from flows.check_texts import check_texts
from flows.findings import Finding, in_order
from flows.flow import Flow, StageType
from flows.modules.questions import Questions
from flows.paths import Paths
from flows.reading import read_flow

__all__ = ["FirstChannel", "TemplateBook", "check", "examine"]


def check(
    flow: Flow,
    *,
    stage_type: StageType | None = None,
    templates: TemplateBook | None = None,
    first_channel: FirstChannel | None = None,
    sandbox: bool = True,
    runnable: frozenset[str] | None = None,
) -> tuple[Finding, ...]:
    """Return all that is wrong with a campaign, in the order of the file; an error forbids publishing.

    What is not given is not judged: without *stage_type* the modules tell what kind of stage it must be.
    *runnable* names the kinds of module and the types of question that this version can run. Of a campaign that is
    far too large only that is told.
    """
    circumstances = Circumstances(stage_type, templates, first_channel, sandbox, runnable)
    findings: list[Finding] = [*check_shape(flow, circumstances)]
    if is_too_large(flow):
        return in_order(findings)
    paths = Paths(flow)
    findings += check_sending(flow, circumstances)
    findings += check_texts(flow, paths, circumstances)
    findings += check_modules(flow)
    findings += check_rules(flow, paths)
    return in_order(findings)


def examine(
    document: object,
    *,
    stage_type: StageType | None = None,
    templates: TemplateBook | None = None,
    first_channel: FirstChannel | None = None,
    sandbox: bool = True,
    runnable: frozenset[str] | None = None,
) -> tuple[Flow | None, tuple[Finding, ...]]:
    """Read a document and check what it says: the campaign, and all findings in the order of the file.

    What a check finds only because a part could not be read is left out.
    """
    flow, unread = read_flow(document)
    if flow is None:
        return None, unread
    found = check(
        flow,
        stage_type=stage_type,
        templates=templates,
        first_channel=first_channel,
        sandbox=sandbox,
        runnable=runnable,
    )
    return flow, in_order([*unread, *_beside(flow, unread, found)])


_PART = re.compile(r"modules\[\d+\](?:\.questions\[\d+\])?")


def _beside(flow: Flow, unread: Iterable[Finding], found: Iterable[Finding]) -> list[Finding]:
    """Return what was found beside what could not be read, not because of it."""
    broken = [finding.path for finding in unread if finding.is_error]
    parts = [path.removesuffix(".type") for path in broken]
    parts += [path.split(".")[0] for path in broken if path.startswith("rules[")]
    parts += _rules_after(flow, parts)
    in_doubt = any(path.startswith(("modules", "rules")) for path in broken)
    return [
        finding
        for finding in found
        if not _is_below(finding.path, parts) and not (in_doubt and _PART.fullmatch(finding.path))
    ]


def _is_below(path: str, parts: Iterable[str]) -> bool:
    return any(path == part or path.startswith((f"{part}.", f"{part}[")) for part in parts if part)


def _rules_after(flow: Flow, broken: Iterable[str]) -> list[str]:
    """Return the rules on answers to questions that could not be wholly read."""
    doubtful = {
        question.key
        for m, module in enumerate(flow.modules)
        if isinstance(module, Questions)
        for q, question in enumerate(module.questions)
        if any(part.startswith(f"modules[{m}].questions[{q}]") for part in broken)
    }
    return [f"rules[{index}].if" for index, rule in enumerate(flow.rules) if rule.after in doubtful]
