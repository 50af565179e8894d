"""WhatsApp's templates: how each stands, who uses it; reading them anew, deleting, submitting the ready ones."""

from flask import Response, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.channels import TWILIO
from bot.channels.template_words import explain_state
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.template_submissions import delete_template
from bot.errors import BotError
from bot.insight.template_list import TemplateLine, list_templates, read_at
from bot.messaging.submissions import forget_draft, submit_builtin, submit_template
from bot.work import reading, unit_of_work
from flows.builtin_templates import Use, builtin
from flows.wording import LOCALES
from webhooks.desk import desk, runtime
from webhooks.desk.job_forms import LANGUAGES, actor, text_of
from webhooks.desk.live import follow
from webhooks.desk.rendering import page
from webhooks.desk.words import sentence

STATES = ("approved", "pending", "rejected", "paused", "disabled", "unsubmitted", "draft", "creating", "failed")
"""One of each that has a word of its own."""
LOOKS = {
    "approved": "good", "pending": "busy", "received": "busy", "submitted": "busy", "creating": "busy",
    "requesting": "busy", "rejected": "bad", "disabled": "bad", "failed": "bad", "paused": "wait",
}  # fmt: skip
USES = {
    Use.WELCOME: "Welcome",
    Use.INVITATION: "Invitation to an interview",
    Use.REMINDER: "Reminder",
    Use.REJECTION: "Rejection",
}


@desk.get("/templates")
def templates() -> Response:
    """List the templates; `?state=`, `?q=` words."""
    state, words = request.args.get("state", ""), request.args.get("q", "")[:100]
    with reading(runtime()) as work:
        follow(work, "templates")
        found = list_templates(work, status=state if state in STATES else "", search=words)
        is_empty = not found and not state and not words
        return page(
            "templates/list.html",
            part="list",
            lines=found,
            state=state,
            words=words,
            states=[(each, explain_state(each).label) for each in STATES],
            looks=LOOKS,
            is_empty=is_empty,
            read_at=read_at(work),
            connected=is_connected(),
        )


@desk.post("/templates/sync")
def templates_sync() -> AnyResponse:
    """Read the provider's list now."""
    if refresh_templates(runtime()):
        if is_connected():
            flash("The list is read.", "good")
        else:
            flash("Twilio is not connected: there is nothing to read.")
    else:
        flash("Twilio does not answer. It is asked again by itself within five minutes.")
    return redirect(url_for("desk.templates"), 303)


@desk.get("/templates/ready")
def templates_ready() -> Response:
    """Show the templates that come with Callboard."""
    language = request.args.get("language", "en")
    shown = [builtin(use, language) for use in Use]
    with reading(runtime()) as work:
        known = {(line.text.name, line.text.language): line for line in list_templates(work)}
    return page(
        "templates/ready.html",
        shown=shown,
        uses=USES,
        languages=[(code, LANGUAGES[code]) for code in LOCALES],
        language=shown[0].text.language,
        known=known,
        looks=LOOKS,
        connected=is_connected(),
    )


@desk.post("/templates/ready")
def templates_submit_ready() -> AnyResponse:
    """Submit the chosen ones in the chosen languages, but for those that are known already."""
    uses = [use for use in Use if use.value in request.form.getlist("use")]
    languages = [code for code in LOCALES if code in request.form.getlist("language")]
    try:
        with unit_of_work(runtime()) as work:
            count = submit_builtin(work, [builtin(use, code) for use in uses for code in languages], g.user.id)
            record(work, actor(), "template.ready_submitted", "template", "", {"number": count})
    except BotError as error:
        flash(sentence(error))
        return redirect(url_for("desk.templates_ready"), 303)
    if count:
        flash(f"{count} {'template is' if count == 1 else 'templates are'} on the way to WhatsApp.", "good")
    else:
        flash("All of these are known already, or none was chosen.")
    return redirect(url_for("desk.templates"), 303)


@desk.post("/templates/<public_id>/submit")
def template_submit(public_id: str) -> AnyResponse:
    """Submit a draft; one that is not right yet is shown with what is wrong."""
    try:
        with unit_of_work(runtime()) as work:
            submit_template(work, public_id)
            record(work, actor(), "template.submitted", "template", public_id)
    except BotError as error:
        flash(sentence(error))
        return redirect(url_for("desk.template_edit", public_id=public_id), 303)
    flash("It is on its way to WhatsApp.", "good")
    return redirect(url_for("desk.templates"), 303)


@desk.get("/templates/delete")
def template_deleting() -> Response:
    """Ask before a template is deleted."""
    given = {name: request.args[name][:64] for name in ("draft", "content_sid") if request.args.get(name)}
    with reading(runtime()) as work:
        chosen = [line for line in list_templates(work) if _names(line, given)]
    if not chosen:
        abort(404)
    text = chosen[0].text
    words = (
        ["It is deleted at Twilio and WhatsApp too.", "WhatsApp takes its name for no other template for some weeks."]
        if "content_sid" in given
        else ["It is only here, and cannot be brought back."]
    )
    return page(
        "jobs/confirm.html",
        part="sheet",
        title=f"Delete {text.name} ({text.language})?",
        words=words,
        action=url_for("desk.template_delete"),
        fields=given,
        label="Delete it",
        back=url_for("desk.templates"),
        crumbs=[("Templates", url_for("desk.templates"))],
    )


def _names(line: TemplateLine, given: dict[str, str]) -> bool:
    if "content_sid" in given:
        return line.content_sid == given["content_sid"]
    return line.is_draft and line.submission == given.get("draft")


@desk.post("/templates/delete")
def template_delete() -> AnyResponse:
    """Delete a template, at the provider too where it is there."""
    draft, content_sid = text_of("draft"), text_of("content_sid")
    try:
        if content_sid:
            delete_template(runtime(), content_sid)
            with unit_of_work(runtime()) as work:
                record(work, actor(), "template.deleted", "template", content_sid)
        else:
            with unit_of_work(runtime()) as work:
                forget_draft(work, draft)
                record(work, actor(), "template.deleted", "template", draft)
    except BotError as error:
        flash(sentence(error))
    else:
        flash("Deleted.", "good")
    return redirect(url_for("desk.templates"), 303)


def is_connected() -> bool:
    """Say whether there is a provider that keeps templates."""
    return TWILIO in runtime().senders
