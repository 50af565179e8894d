"""Campaigns as files: a draft as YAML, and YAML or JSON as the draft, looked at before it takes its place."""

import re

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.modules import RUNNABLE
from bot.pipeline.drafting import DraftChanged, draft_to_show, replace_draft
from bot.work import reading, unit_of_work
from flows.checks import examine
from flows.comparing import differences
from flows.draft_paths import can_be_stored
from flows.findings import Finding, has_errors
from flows.parsing import Source, UnreadableFlow, parse_source
from flows.reading import dump_yaml, read_flow, write_flow
from webhooks.desk import desk, runtime
from webhooks.desk.editor_publishing import version_or_404
from webhooks.desk.editor_stages import actor, edited_stage
from webhooks.desk.rendering import page

Json = dict[str, object]


@desk.get("/stages/<public_id>/campaign.yaml")
def export_draft(public_id: str) -> Response:
    """Give the draft as YAML, or with `version` a published version."""
    number = request.args.get("version", "")
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        is_number = number.isascii() and number.isdigit() and len(number) < 10
        document = version_or_404(work, facts, int(number)) if is_number else draft_to_show(work, facts.id).document
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{facts.job_title}-{facts.name}").strip("-").lower()[:60] or "campaign"
    disposition = f'attachment; filename="{name}.yaml"'
    return Response(_as_yaml(document), mimetype="application/yaml", headers={"Content-Disposition": disposition})


def _as_yaml(document: Json) -> str:
    """Write a draft in the order of the documented form, which the database does not keep; a wrong one as it is."""
    flow, findings = read_flow(document)
    written: Json = write_flow(flow) if flow and not has_errors(findings) else document
    return dump_yaml(written)


@desk.get("/stages/<public_id>/import")
def import_draft(public_id: str) -> Response:
    """Show the form that takes a file or a text."""
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        return page("editor/import.html", stage=facts, draft=draft_to_show(work, facts.id), source="", looked=False)


@desk.post("/stages/<public_id>/import")
def look_at_import(public_id: str) -> AnyResponse:
    """Say what is wrong with a file, with line and column, and what it would change; `take` puts it in place."""
    text = _text()
    try:
        source = parse_source(text)
    except UnreadableFlow as wrong:
        return _again(public_id, text, problem=str(wrong))
    document = source.document
    if not isinstance(document, dict) or source.mistakes:
        _, findings = examine(document, mistakes=source.mistakes)
        return _again(public_id, text, lines=[_line(source, each) for each in findings if each.is_error])
    if not can_be_stored(document):
        return _again(public_id, text, problem="it holds a character that is no text: remove what looks like \\u0000")
    if "take" in request.form:
        return _take(public_id, document)
    return _look(public_id, text, source, document)


def _text() -> str:
    file = request.files.get("file")
    if file is not None and file.filename:
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            flash("That file is not UTF-8: save it as UTF-8 and try again.")
            return ""
    return request.form.get("source", "").replace("\r\n", "\n")


def _again(public_id: str, text: str, *, problem: str = "", lines: list[str] | None = None) -> Response:
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        draft = draft_to_show(work, facts.id)
    return page(
        "editor/import.html",
        status=422,
        stage=facts,
        draft=draft,
        source=text,
        looked=False,
        problem=problem,
        lines=lines or [],
    )


def _look(public_id: str, text: str, source: Source, document: Json) -> Response:
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        draft = draft_to_show(work, facts.id)
    _, findings = examine(document, stage_type=facts.type, runnable=RUNNABLE)
    return page(
        "editor/import.html",
        stage=facts,
        draft=draft,
        source=text,
        looked=True,
        findings=[(each.is_error, _line(source, each)) for each in findings],
        changes=differences(draft.document, document),
    )


def _line(source: Source, finding: Finding) -> str:
    spot = source.spot_of(finding)
    return f"{finding.path or 'campaign'}: {finding.message}{f' ({spot})' if spot else ''}"


def _take(public_id: str, document: Json) -> AnyResponse:
    seen = request.form.get("seen", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 19):
        abort(400, "This form is not complete. Go back, reload the page and try again.")
    try:
        with unit_of_work(runtime()) as work:
            facts = edited_stage(work, public_id)
            replace_draft(work, facts.id, document, actor(), seen=int(seen), source="import")
    except DraftChanged as changed:
        flash(f"Not imported: {changed}.")
        return redirect(url_for("desk.import_draft", public_id=public_id), 303)
    flash("The file is the draft now. Nothing is published by that.", "good")
    return redirect(url_for("desk.stage", public_id=public_id), 303)
