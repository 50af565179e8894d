"""Templates that are written here: rows from the draft to what WhatsApp has decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from bot.channels import TWILIO
from bot.channels.base import RemoteTemplate
from bot.channels.twilio_content import FRIENDLY_PREFIX
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.messaging.templates import APPROVED
from bot.models import MessageTemplate, SubmissionStatus, TemplateSubmission, Topic, new_public_id
from bot.queue import SWEEPS
from bot.work import Work
from flows.builtin_templates import BuiltIn
from flows.template_rules import TemplateText, check_template

TASK = "bot.dialogue.template_submissions.work_on_submissions"
LEASE = timedelta(minutes=2)
"""So long a template belongs to whoever took it: several times what its requests can take."""
_UNDER_WAY = (SubmissionStatus.CREATING, SubmissionStatus.REQUESTING)
_EDITABLE = (SubmissionStatus.DRAFT, SubmissionStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Taken:
    """A template that somebody has taken to work on it."""

    id: int
    text: TemplateText
    status: SubmissionStatus
    content_sid: str | None
    attempts: int
    """How often it was taken, this time included."""


def write_template(work: Work, text: TemplateText, user_id: int | None, public_id: str | None = None) -> str:
    """Keep a draft, a new one or instead of the draft *public_id*; return its public id.

    What WhatsApp would refuse is kept too, and refused by `submit_template`. Raises `InvalidEvent` without a name,
    `NotFound`, `Conflict` for a name that is taken in this language, and for what has been submitted already.
    """
    if not text.name.strip():
        raise InvalidEvent("a template needs a name: write one such as screening_welcome", field="name")
    if text.name.startswith(FRIENDLY_PREFIX):
        raise InvalidEvent(f"names that begin with {FRIENDLY_PREFIX} are for buttons: choose another", field="name")
    values = _values(text) | {"changed_at": work.now}
    if public_id is not None:
        draft = _find(work, public_id)
        if draft.status not in _EDITABLE:
            raise Conflict(f"this template is {draft.status}: write a new one under another name")
        _refuse_taken(work, text, but=draft.id)
        work.connection.execute(
            update(TemplateSubmission).where(TemplateSubmission.id == draft.id).values(content_sid=None, **values)
        )
    else:
        _refuse_taken(work, text)
        public_id = new_public_id()
        values |= {"public_id": public_id, "user_id": user_id, "created_at": work.now}
        work.connection.execute(insert(TemplateSubmission).values(status=SubmissionStatus.DRAFT, **values))
    work.changed(Topic.TEMPLATES, 0)
    return public_id


def submit_template(work: Work, public_id: str) -> None:
    """Have a draft made at the provider and its approval asked for, by a task.

    Raises `NotFound`, `InvalidEvent` for what WhatsApp would refuse, `Conflict` where it is on its way already or
    Twilio is not connected.
    """
    draft = _find(work, public_id)
    if TWILIO not in work.runtime.senders:
        raise Conflict("Twilio is not connected: put its account into the settings first")
    if draft.status not in _EDITABLE:
        raise Conflict(f"this template is {draft.status} already")
    for finding in check_template(text_of(draft)):
        if finding.is_error:
            raise InvalidEvent(finding.message, field=finding.path)
    _set_off(work, draft.id)


def submit_builtin(work: Work, wanted: Iterable[BuiltIn], user_id: int | None) -> int:
    """Submit those of our own templates whose name is not known in their language; return how many those are."""
    count = 0
    for each in wanted:
        if not _is_taken(work, each.text):
            submit_template(work, write_template(work, each.text, user_id))
            count += 1
    return count


def forget_draft(work: Work, public_id: str) -> None:
    """Delete what the provider does not have. Raises `NotFound`, `Conflict` for anything else."""
    draft = _find(work, public_id)
    if draft.status not in _EDITABLE or draft.content_sid is not None:
        raise Conflict(f"this template is {draft.status}: it is deleted at the provider too")
    work.connection.execute(delete(TemplateSubmission).where(TemplateSubmission.id == draft.id))
    work.changed(Topic.TEMPLATES, 0)


def take_due(work: Work) -> Taken | None:
    """Take the template that has waited longest for the provider, so that nobody else does; None without one."""
    due = (
        select(TemplateSubmission.id)
        .where(TemplateSubmission.status.in_(_UNDER_WAY), TemplateSubmission.not_before <= work.now)
        .order_by(TemplateSubmission.not_before, TemplateSubmission.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = work.connection.execute(due).scalar_one_or_none()
    if found is None:
        return None
    row = work.connection.execute(
        update(TemplateSubmission)
        .where(TemplateSubmission.id == found)
        .values(not_before=work.now + LEASE, attempts=TemplateSubmission.attempts + 1)
        .returning(TemplateSubmission)
    ).one()
    return Taken(row.id, text_of(row), SubmissionStatus(row.status), row.content_sid, row.attempts)


def keep_created(work: Work, taken_id: int, content_sid: str) -> None:
    """Write down under which id the provider keeps a template; its approval is next."""
    _keep(work, taken_id, SubmissionStatus.REQUESTING, content_sid=content_sid, problem=None)


def keep_requested(work: Work, taken_id: int, content_sid: str) -> None:
    """Write down that approval has been asked for."""
    values = {"content_sid": content_sid, "problem": None, "not_before": None}
    _keep(work, taken_id, SubmissionStatus.SUBMITTED, **values)


def keep_failed(work: Work, taken_id: int, problem: str) -> None:
    """Write down that the provider did not take it, and why."""
    _keep(work, taken_id, SubmissionStatus.FAILED, problem=problem, not_before=None)


def put_off(work: Work, taken_id: int, delay: timedelta, problem: str) -> None:
    """Let a template be tried again later, and say why it was not now."""
    later = update(TemplateSubmission).where(TemplateSubmission.id == taken_id)
    work.connection.execute(later.values(not_before=work.now + delay, problem=problem))
    work.changed(Topic.TEMPLATES, 0)


def follow_listed(work: Work, listed: Iterable[RemoteTemplate], *, whole: bool, since: datetime) -> None:
    """Take over what WhatsApp has decided. Where all was listed, forget what the provider had no more at *since*."""
    by_sid = {template.content_sid: template for template in listed}
    columns = (TemplateSubmission.id, TemplateSubmission.content_sid, TemplateSubmission.status)
    rows = work.connection.execute(
        select(*columns, TemplateSubmission.changed_at).where(TemplateSubmission.status.in_(_DECIDED))
    )
    for row in rows.all():
        template = by_sid.get(row.content_sid)
        if template is not None:
            wanted = _STATUSES.get(template.status, SubmissionStatus.SUBMITTED)
            if wanted != row.status:
                _keep(work, row.id, wanted, problem=template.rejection_reason or None)
        elif whole and row.changed_at < since:
            work.connection.execute(delete(TemplateSubmission).where(TemplateSubmission.id == row.id))
            work.changed(Topic.TEMPLATES, 0)


_DECIDED = (SubmissionStatus.SUBMITTED, SubmissionStatus.APPROVED, SubmissionStatus.REJECTED)
_STATUSES: Mapping[str, SubmissionStatus] = {
    APPROVED: SubmissionStatus.APPROVED,
    "paused": SubmissionStatus.APPROVED,
    "disabled": SubmissionStatus.REJECTED,
    "rejected": SubmissionStatus.REJECTED,
}


def text_of(row: Any) -> TemplateText:
    """Return a row's template as the rules judge it."""
    return TemplateText(row.name, row.language, row.category, row.body, row.samples, tuple(row.buttons))


def _values(text: TemplateText) -> dict[str, object]:
    samples = {name: text.samples.get(name, "") for name in text.variables}
    return {
        "name": text.name, "language": text.language, "category": text.category, "body": text.body,
        "samples": samples, "buttons": list(text.buttons), "problem": None,
    }  # fmt: skip


def _set_off(work: Work, row_id: int) -> None:
    _keep(work, row_id, SubmissionStatus.CREATING, not_before=work.now, problem=None)
    work.ring(SWEEPS, TASK)


def _keep(work: Work, row_id: int, status: SubmissionStatus, **values: object) -> None:
    changed = update(TemplateSubmission).where(TemplateSubmission.id == row_id)
    work.connection.execute(changed.values(status=status, changed_at=work.now, **values))
    work.changed(Topic.TEMPLATES, 0)


def _find(work: Work, public_id: str) -> TemplateSubmission:
    found = select(TemplateSubmission).where(TemplateSubmission.public_id == public_id)
    row = work.session.execute(found.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None:
        raise NotFound("there is no such template")
    return row


def _is_taken(work: Work, text: TemplateText, but: int | None = None) -> bool:
    ours = select(TemplateSubmission.id).where(
        TemplateSubmission.name == text.name, TemplateSubmission.language == text.language
    )
    if but is not None:
        ours = ours.where(TemplateSubmission.id != but)
    listed = select(MessageTemplate.id).where(
        MessageTemplate.name == text.name,
        or_(MessageTemplate.language == text.language, MessageTemplate.language == text.language.replace("_", "-")),
    )
    return any(work.connection.execute(found).first() is not None for found in (ours, listed))


def _refuse_taken(work: Work, text: TemplateText, but: int | None = None) -> None:
    if _is_taken(work, text, but):
        problem = f"there is a template {text.name!r} in this language: a name can be used once, choose another"
        raise InvalidEvent(problem, field="name")
