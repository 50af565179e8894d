"""Campaigns as the API shows them: the draft, the version in force, and what the checks say."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from bot.pipeline.publishing import StageCampaignState
from flows.findings import Finding
from webhooks.api.problems import Problem
from webhooks.api.texts import Severity, Shape


class FindingShape(Shape):
    """One thing to mend in a campaign, and where it stands."""

    field: str
    severity: Severity
    message: str


class CampaignShape(Shape):
    """The campaign of a stage."""

    draft: dict[str, Any]
    version: int | None = Field(description="The number of the version in force, null before the first.")
    ready: bool = Field(description="The draft has no error and could be published.")
    findings: list[FindingShape]


def show_finding(finding: Finding) -> FindingShape:
    """Return a finding as the API shows it."""
    return FindingShape(field=finding.path, severity=finding.severity.value, message=finding.message)


def show_campaign(state: StageCampaignState) -> CampaignShape:
    """Return a campaign as the API shows it."""
    findings = [show_finding(finding) for finding in state.findings]
    return CampaignShape(draft=state.draft, version=state.version, ready=state.ready, findings=findings)


def unpublishable(findings: Iterable[Finding]) -> Problem:
    """Return the refusal of a campaign with errors; its warnings are told beside them."""
    shown = list(findings)
    fields = [(finding.path, finding.message) for finding in shown if finding.is_error]
    members = {"findings": [show_finding(finding).model_dump() for finding in shown]}
    return Problem(422, "the campaign has errors: nothing was published", fields=fields, members=members)
