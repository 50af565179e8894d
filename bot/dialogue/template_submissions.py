"""Bringing templates of ours to the provider: made once, approval asked for once, whoever dies over it."""

import logging
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select

from bot.channels import TWILIO
from bot.channels.base import (
    LookupFailed,
    MessageSender,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RemoteTemplate,
    SendError,
    TemplateList,
)
from bot.dialogue.reconciling import refresh_templates
from bot.errors import Conflict, NotFound
from bot.log import log_event
from bot.messaging import submissions
from bot.messaging.submissions import Taken
from bot.messaging.template_uses import uses_of
from bot.models import MessageTemplate, SubmissionStatus, TemplateSubmission, Topic
from bot.runtime import Runtime
from bot.work import reading, unit_of_work

SETTLES = timedelta(minutes=1)
"""After a request whose outcome is unknown the provider's list is given so long to tell of it."""
LONGEST_PAUSE = timedelta(hours=1)
_UNSUBMITTED = "unsubmitted"
_LOG = logging.getLogger(__name__)


def work_on_submissions(runtime: Runtime) -> None:
    """Go on with each template that is on its way to the provider. Safe to run twice, and at once."""
    sender = runtime.senders.get(TWILIO)
    if sender is None:
        return
    known: TemplateList | None = None
    worked = False
    while not runtime.stopping.is_set():
        with unit_of_work(runtime) as work:
            taken = submissions.take_due(work)
        if taken is None:
            break
        worked = True
        if known is None or taken.attempts > 1:
            # whoever tried before may have made it: only a list that is read after that tells
            known = _listed(runtime, sender, taken)
        if known is not None:
            _go_on(runtime, sender, taken, known)
    if worked:
        refresh_templates(runtime)


def _listed(runtime: Runtime, sender: MessageSender, taken: Taken) -> TemplateList | None:
    try:
        return sender.templates()
    except LookupFailed as error:
        log_event(_LOG, "lookup_failed", level=logging.WARNING, error=error)
        _put_off(runtime, taken, SETTLES, "the provider could not be asked")
        return None


def _go_on(runtime: Runtime, sender: MessageSender, taken: Taken, known: TemplateList) -> None:
    """Do what is left to do of one template."""
    found = _find(taken, known)
    sid = taken.content_sid or (found.content_sid if found else None)
    if found is not None and found.content_sid != taken.content_sid and not _is_same(found, taken):
        _fail(runtime, taken, "the provider has another template of this name: choose another name")
    elif found is not None and found.status != _UNSUBMITTED:
        _requested(runtime, taken, found.content_sid)
    elif sid is not None:
        _request(runtime, sender, taken, sid)
    elif taken.attempts > 1 and not known.whole:
        _put_off(runtime, taken, LONGEST_PAUSE, "the provider's list cannot be read whole: it may have this template")
    else:
        sid = _create(runtime, sender, taken)
        if sid is not None:
            _request(runtime, sender, taken, sid)


def _find(taken: Taken, known: TemplateList) -> RemoteTemplate | None:
    """Return what the provider has under our id, else under the name in this language."""
    mine = [each for each in known.templates if each.content_sid == taken.content_sid]
    named = [each for each in known.templates if (each.name, each.language) == (taken.text.name, taken.text.language)]
    return next(iter(mine), None) if taken.content_sid else next(iter(named), None)


def _is_same(found: RemoteTemplate, taken: Taken) -> bool:
    return found.body == taken.text.body and found.buttons == taken.text.buttons


def _create(runtime: Runtime, sender: MessageSender, taken: Taken) -> str | None:
    sid: list[str] = []
    if not _tried(runtime, taken, lambda: sid.append(sender.create_template(taken.text))):
        return None
    with unit_of_work(runtime) as work:
        submissions.keep_created(work, taken.id, sid[0])
    return sid[0]


def _request(runtime: Runtime, sender: MessageSender, taken: Taken, sid: str) -> None:
    if taken.content_sid is None:
        with unit_of_work(runtime) as work:
            submissions.keep_created(work, taken.id, sid)
    text = taken.text
    if _tried(runtime, taken, lambda: sender.request_approval(sid, text.name, text.category)):
        _requested(runtime, taken, sid)


def _requested(runtime: Runtime, taken: Taken, sid: str) -> None:
    log_event(_LOG, "template_submitted", template=taken.id, provider_id=sid)
    with unit_of_work(runtime) as work:
        submissions.keep_requested(work, taken.id, sid)


def _tried(runtime: Runtime, taken: Taken, act: Callable[[], None]) -> bool:
    """Run one request; where it fails, write down what is to become of the template."""
    try:
        act()
    except Rejected as rejected:
        _fail(runtime, taken, f"the provider refused it ({rejected.code})", code=rejected.code)
    except RateLimited as limited:
        _put_off(runtime, taken, limited.retry_after, "the provider asks for more time")
    except NotSent:
        _put_off(runtime, taken, SETTLES, "the provider could not be reached")
    except OutcomeUnknown:
        _put_off(runtime, taken, SETTLES, "the provider's answer was lost: its list will tell")
    else:
        return True
    return False


def _put_off(runtime: Runtime, taken: Taken, delay: timedelta, problem: str) -> None:
    pause = min(delay * max(taken.attempts, 1), LONGEST_PAUSE)
    with unit_of_work(runtime) as work:
        submissions.put_off(work, taken.id, pause, problem)


def _fail(runtime: Runtime, taken: Taken, problem: str, *, code: str = "name_taken") -> None:
    log_event(_LOG, "template_refused", level=logging.WARNING, template=taken.id, code=code)
    with unit_of_work(runtime) as work:
        submissions.keep_failed(work, taken.id, problem)


def delete_template(runtime: Runtime, content_sid: str) -> None:
    """Delete a template at the provider and here. Its name stays used up for a while at WhatsApp.

    Raises `NotFound`, `Conflict` for one that a stage uses, or where the provider does not do it.
    """
    sender = runtime.senders.get(TWILIO)
    with reading(runtime) as work:
        known = select(MessageTemplate.name, MessageTemplate.language)
        row = work.connection.execute(known.where(MessageTemplate.content_sid == content_sid)).one_or_none()
        if row is None or sender is None:
            raise NotFound("there is no such template any more")
        if used := [use for use in uses_of(work, [row.name]) if use.published]:
            stages = ", ".join(dict.fromkeys(f"{use.stage} ({use.job})" for use in used[:5]))
            raise Conflict(f"published stages open their conversations with it: {stages}. Choose another there first")
    try:
        sender.delete_template(content_sid)
    except SendError as error:
        log_event(_LOG, "lookup_failed", level=logging.WARNING, error=error)
        raise Conflict("the provider did not delete it: try again in a minute") from None
    with unit_of_work(runtime) as work:
        work.connection.execute(delete(MessageTemplate).where(MessageTemplate.content_sid == content_sid))
        ours = delete(TemplateSubmission).where(TemplateSubmission.content_sid == content_sid)
        work.connection.execute(ours.where(TemplateSubmission.status != SubmissionStatus.DRAFT))
        work.changed(Topic.TEMPLATES, 0)
