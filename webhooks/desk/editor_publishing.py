"""Publishing a draft, the versions that were made, and what differs between two of them."""

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.dialogue.template_news import learn_approvals
from bot.errors import NotFound
from bot.pipeline.drafting import (
    DraftChanged,
    draft_to_show,
    publish_seen,
    replace_draft,
    version_in,
    versions_of,
)
from bot.pipeline.publishing import check_draft
from bot.work import Work, reading, unit_of_work
from flows.comparing import compare
from webhooks.desk import desk, runtime
from webhooks.desk.editor_sheet import part_for
from webhooks.desk.editor_stages import StageFacts, actor, edited_stage, sheet_of
from webhooks.desk.rendering import page

DRAFT = "draft"


@desk.get("/stages/<public_id>/publish")
def look_at_publishing(public_id: str) -> Response:
    """Show what publishing would change, what the checks say, and who stays on which version."""
    return _publishing(public_id)


@desk.post("/stages/<public_id>/publish")
def publish_draft(public_id: str) -> AnyResponse:
    """Make the draft that was shown the next version; with an error, or where it has changed since, nothing is done."""
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        draft = draft_to_show(work, facts.id)
    learn_approvals(runtime(), [draft.document])
    try:
        with unit_of_work(runtime()) as work:
            number, _ = publish_seen(work, facts.id, actor(), seen=_seen())
    except DraftChanged as changed:
        flash(f"Not published: {changed}.")
        return redirect(url_for("desk.look_at_publishing", public_id=public_id), 303)
    if number is None:
        return _publishing(public_id, status=422)
    flash(f"Version {number} is in force.{' Who has begun stays on theirs.' if number > 1 else ''}", "good")
    return redirect(url_for("desk.versions", public_id=public_id), 303)


def _publishing(public_id: str, status: int = 200) -> Response:
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        draft = draft_to_show(work, facts.id)
        findings = check_draft(work, facts.id, draft.document)
        in_force = version_in(work, facts.id, draft.published) if draft.published else None
        return page(
            "editor/publish.html",
            status=status,
            stage=facts,
            draft=draft,
            sheet=sheet_of(work, facts, draft, findings, "settings"),
            findings=[(part_for(each.path), each) for each in findings],
            rows=[row for row in compare(in_force, draft.document) if row.words] if in_force else [],
            first=in_force is None,
            versions=[version for version in versions_of(work, facts.id) if version.under_way],
        )


@desk.get("/stages/<public_id>/versions")
def versions(public_id: str) -> Response:
    """List the versions, the newest first, with who made each and how many are under way on it."""
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        return page(
            "editor/versions.html",
            stage=facts,
            draft=draft_to_show(work, facts.id),
            versions=versions_of(work, facts.id),
        )


@desk.get("/stages/<public_id>/versions/<int(max=999999):number>")
def version(public_id: str, number: int) -> Response:
    """Show a version beside another, or beside the draft."""
    beside = request.args.get("beside", DRAFT)
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        draft = draft_to_show(work, facts.id)
        shown, other = version_or_404(work, facts, number), _beside(work, facts, beside, draft.document)
        return page(
            "editor/version.html",
            stage=facts,
            draft=draft,
            number=number,
            beside=beside if beside.isdigit() else DRAFT,
            rows=compare(shown, other),
            versions=versions_of(work, facts.id),
        )


@desk.post("/stages/<public_id>/versions/<int(max=999999):number>/draft")
def take_version(public_id: str, number: int) -> AnyResponse:
    """Make what a version says the draft."""
    try:
        with unit_of_work(runtime()) as work:
            facts = edited_stage(work, public_id)
            document = version_or_404(work, facts, number)
            replace_draft(work, facts.id, document, actor(), seen=_seen(), source=f"version {number}")
    except DraftChanged as changed:
        flash(f"Not done: {changed}.")
        return redirect(url_for("desk.version", public_id=public_id, number=number), 303)
    flash(f"The draft says what version {number} says. Nothing is published by that.", "good")
    return redirect(url_for("desk.stage", public_id=public_id), 303)


def version_or_404(work: Work, facts: StageFacts, number: int) -> dict[str, Any]:
    try:
        return version_in(work, facts.id, number)
    except NotFound as missing:
        abort(404, str(missing))


def _beside(work: Work, facts: StageFacts, beside: str, draft: dict[str, Any]) -> dict[str, Any]:
    is_number = beside.isascii() and beside.isdigit() and len(beside) < 10
    return version_or_404(work, facts, int(beside)) if is_number else draft


def _seen() -> int:
    """Return the revision of the draft that the page showed."""
    seen = request.form.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else -1
