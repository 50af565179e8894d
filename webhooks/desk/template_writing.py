"""Writing a template: its text, examples and buttons, with what WhatsApp would say to it before it is asked."""

import re
from collections.abc import Mapping, Sequence

from flask import Response, abort, flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.errors import BotError, Conflict, InvalidEvent
from bot.insight.template_list import list_templates
from bot.messaging.submissions import submit_template, text_of, write_template
from bot.models import TemplateSubmission
from bot.work import Work, reading, unit_of_work
from flows.findings import Finding
from flows.limits import INTERACTIVE_BODY
from flows.template_rules import TemplateText, blanks_in, check_template
from webhooks.desk import desk, runtime
from webhooks.desk.job_forms import actor
from webhooks.desk.rendering import page
from webhooks.desk.template_list import is_connected
from webhooks.desk.words import sentence

LONGEST = 2000
BUTTONS = 3
MOST_BLANKS = 20
FORMS = ("draft", "failed")
LANGUAGES = {
    "en": "English", "en_GB": "English (UK)", "en_US": "English (US)", "es": "Spanish", "es_ES": "Spanish (Spain)",
    "es_MX": "Spanish (Mexico)", "pt_BR": "Portuguese (Brazil)", "pt_PT": "Portuguese (Portugal)", "pt": "Portuguese",
    "fr": "French", "de": "German", "nl": "Dutch", "ar": "Arabic", "it": "Italian", "pl": "Polish", "tr": "Turkish",
    "uk": "Ukrainian", "ro": "Romanian", "hi": "Hindi", "id": "Indonesian",
}  # fmt: skip
CATEGORIES = (
    ("UTILITY", "Utility", "News of an application that somebody has made. Advertises nothing."),
    ("MARKETING", "Marketing", "Invites to something new. Does not reach numbers of the United States."),
)
_NUMBER = re.compile(r"_(\d{1,4})$")


@desk.get("/templates/new")
def template_new() -> Response:
    """Show an empty form; `?like=` an id of the provider's, to begin with its words under another name."""
    like = request.args.get("like", "")
    text = TemplateText("", "en", "UTILITY", "")
    if like:
        with reading(runtime()) as work:
            known = [line.text for line in list_templates(work) if like in (line.content_sid, line.submission)]
        text = _another(known[0]) if known else text
    return _form(text, "", {})


@desk.get("/templates/<public_id>/edit")
def template_edit(public_id: str) -> Response:
    """Show a draft, with what is not right yet."""
    with reading(runtime()) as work:
        text = _draft(work, public_id)
    return _form(text, public_id, {})


@desk.post("/templates/new")
def template_write() -> AnyResponse:
    """Keep a new draft, and submit it where that is asked for."""
    return _write(None)


@desk.post("/templates/<public_id>/edit")
def template_rewrite(public_id: str) -> AnyResponse:
    """Change a draft, and submit it where that is asked for."""
    return _write(public_id)


@desk.post("/templates/check")
def template_check() -> Response:
    """Show what is being written as a phone would, with what WhatsApp would refuse: for the form, while one writes."""
    return _form(_given(), request.form.get("draft", "")[:64], {}, part="checked")


def _write(public_id: str | None) -> AnyResponse:
    text, submits = _given(), "submit" in request.form
    found = check_template(text)
    faults = {_field(each.path): sentence(each.message) for each in reversed(found) if each.is_error}
    if submits and faults:
        return _form(text, public_id or "", faults)
    try:
        with unit_of_work(runtime()) as work:
            kept = write_template(work, text, g.user.id, public_id)
            record(work, actor(), "template.written", "template", kept)
            if submits:
                submit_template(work, kept)
                record(work, actor(), "template.submitted", "template", kept)
    except InvalidEvent as error:
        return _form(text, public_id or "", {_field(error.field): sentence(error)})
    except Conflict as error:
        return _form(text, public_id or "", {"name": sentence(error)})
    except BotError:
        abort(404)
    flash("It is on its way to WhatsApp." if submits else "The draft is kept.", "good")
    return redirect(url_for("desk.templates") if submits else url_for("desk.template_edit", public_id=kept), 303)


def _given() -> TemplateText:
    form = request.form
    body = form.get("body", "")[:LONGEST].replace("\r\n", "\n")
    samples = {name: form.get(f"sample_{name}", "")[:200].strip() for name in blanks_in(body)[:MOST_BLANKS]}
    buttons = tuple(label.strip() for label in form.getlist("button")[:10] if label.strip())
    return TemplateText(
        name=form.get("name", "")[:600].strip(),
        language=form.get("language", "")[:20],
        category=form.get("category", "")[:20],
        body=body.strip(),
        samples=samples,
        buttons=buttons,
    )


def _form(text: TemplateText, public_id: str, faults: Mapping[str, str], part: str = "") -> Response:
    findings = check_template(text) if text.body else ()
    return page(
        "templates/write.html",
        part=part,
        status=422 if faults else 200,
        text=text,
        public_id=public_id,
        faults=faults,
        blanks=text.variables[:MOST_BLANKS],
        buttons=[*text.buttons, *[""] * max(0, BUTTONS - len(text.buttons))],
        languages=_languages(text.language),
        categories=CATEGORIES,
        remarks=_remarks(findings),
        most=INTERACTIVE_BODY,
        connected=is_connected(),
    )


def _languages(chosen: str) -> Sequence[tuple[str, str]]:
    known = [(code, f"{name} ({code})") for code, name in LANGUAGES.items()]
    return known if chosen in LANGUAGES or not chosen else [*known, (chosen, chosen)]


def _remarks(findings: Sequence[Finding]) -> list[tuple[bool, str]]:
    """Return what is to be said of the text itself; names and examples may still be missing while one writes."""
    told = [each for each in findings if each.path == "body" or each.path.startswith("buttons")]
    return [(each.is_error, sentence(each.message)) for each in told]


def _field(path: str) -> str:
    """Return the field of the form for the path of a finding."""
    if path.startswith("samples."):
        return f"sample_{path.removeprefix('samples.')}"
    return "buttons" if path.startswith("buttons") else path


def _another(text: TemplateText) -> TemplateText:
    """Return the same words under the next name: one that was rejected is used up."""
    found = _NUMBER.search(text.name)
    number = int(found[1]) + 1 if found else 2
    name = f"{text.name[: found.start()] if found else text.name}_{number}"
    return TemplateText(name, text.language, text.category or "UTILITY", text.body, text.samples, text.buttons)


def _draft(work: Work, public_id: str) -> TemplateText:
    found = select(TemplateSubmission).where(TemplateSubmission.public_id == public_id)
    row = work.connection.execute(found.where(TemplateSubmission.status.in_(FORMS))).one_or_none()
    return abort(404) if row is None else text_of(row)
