"""Checks before publishing (product.md section 2): what would fail, mislead or be lost."""

from collections.abc import Collection, Mapping

from flows.check_circumstances import Circumstances, FirstChannel, TemplateBook
from flows.check_modules import check_modules
from flows.check_rules import check_rules
from flows.check_sending import check_sending
from flows.check_shape import check_shape, is_too_large
from flows.check_texts import check_texts
from flows.doubts import Doubts
from flows.findings import Finding, in_order
from flows.flow import Flow, StageType
from flows.misspelt import Misspelt
from flows.parts import Parts
from flows.paths import Paths
from flows.reading import VERSION, is_newer, read_as_meant
from flows.spots import Mistake

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
    return _check(flow, Circumstances(stage_type, templates, first_channel, sandbox, runnable))


def _check(flow: Flow, circumstances: Circumstances) -> tuple[Finding, ...]:
    findings: list[Finding] = [*check_shape(flow, circumstances)]
    if is_too_large(flow):
        return in_order(findings)
    paths = Paths(flow)
    findings += check_sending(flow, circumstances)
    findings += check_texts(flow, paths, circumstances)
    findings += check_modules(flow)
    findings += check_rules(flow, paths, circumstances)
    return in_order(findings)


def examine(
    document: object,
    *,
    stage_type: StageType | None = None,
    templates: TemplateBook | None = None,
    first_channel: FirstChannel | None = None,
    sandbox: bool = True,
    runnable: frozenset[str] | None = None,
    to_publish: bool = True,
    mistakes: Collection[Mistake] = (),
) -> tuple[Flow | None, tuple[Finding, ...]]:
    """Read a document and check what it says: the campaign, and all findings in the order of the file.

    *mistakes* are those of its text. Without *to_publish*, what is not *runnable* is only a warning.

    All that can be judged is judged at once: what a check finds only because a part could not be read is left out, a
    wrong version of the form is taken for the present one, and a misspelt field for the one that was meant.
    """
    read = read_as_meant(document)
    best = read if read.flow else read_as_meant(_in_present_version(document, read.misspelt))
    places = list(best.misspelt.as_meant(mistake.path for mistake in mistakes))
    lost = Parts(place for place, mistake in zip(places, mistakes, strict=True) if mistake.lost)
    unread = tuple(each for each in dict.fromkeys((*read.findings, *best.findings)) if not lost.hold(each.path))
    told = (*(mistake.finding() for mistake in mistakes), *best.misspelt.findings(), *unread)
    if best.flow is None:
        return None, best.misspelt.in_writing(in_order(told))
    doubts = Doubts(best.flow, Parts([*lost.paths, *(each.path for each in unread if each.is_error)]))
    all_keys = doubts.knows_all_keys and not any(place.startswith("modules") for place in places)
    here = Circumstances(stage_type, templates, first_channel, sandbox, runnable, to_publish, all_keys)
    found = in_order([*told, *doubts.without(_check(best.flow, here))])
    return read.flow, best.misspelt.in_writing(found)


def _in_present_version(document: object, misspelt: Misspelt) -> object:
    """Return a document whose version is no number of one as if it were of the present version."""
    version = misspelt.as_written("callboard")
    if not isinstance(document, Mapping) or is_newer(document.get(version)):
        return document
    return {**document, version: VERSION}
