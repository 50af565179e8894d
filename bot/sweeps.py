"""Looking for what is due: each idempotent, each a function of this file, listed in SWEEPS."""

import logging
from datetime import timedelta

from sqlalchemy import delete, func, select

from bot import audit
from bot.dialogue import attending, bulk, draining, reconciling, scheduling, sending, template_submissions, timers
from bot.dialogue.backlog import catch_up, conversations_behind
from bot.intake import (
    import_runs,
    imports,
    job_changes,
    notes,
    repeats,
    sign_ins,
    signed_links,
    submissions,
    throttling,
)
from bot.log import log_event
from bot.mailing import sending as mailing
from bot.mailing.queueing import forget_old_mails
from bot.messaging import claims, settling
from bot.models import Change
from bot.outgoing import delivering
from bot.queue import MESSAGES, Sweep
from bot.runtime import Runtime
from bot.work import unit_of_work

SUCCEEDED = "callboard_sweeper_last_success_timestamp_seconds"
OFTEN = timedelta(seconds=2)
"""Everything that falls due is acted on within five seconds, with or without Redis; a ring may take a while."""

CHANGES_KEPT = timedelta(minutes=15)

_LOG = logging.getLogger(__name__)


def send_due_messages(runtime: Runtime) -> None:
    """Send what is due."""
    draining.drain(runtime)
    _note(runtime, "send_due_messages")


def handle_leftover_inbound(runtime: Runtime) -> None:
    """Handle again what could not be handled when it came."""
    for conversation_id in conversations_behind(runtime):
        if runtime.stopping.is_set():
            return
        catch_up(runtime, conversation_id)
    _note(runtime, "handle_leftover_inbound")


def settle_unconfirmed_sends(runtime: Runtime) -> None:
    """Find out about sends whose outcome is unknown; give up what fails every time it is tried."""
    for message_id in settling.settle_unconfirmed_sends(runtime):
        sending.give_up(runtime, message_id)
    _note(runtime, "settle_unconfirmed_sends")


def expire_enrolments(runtime: Runtime) -> None:
    """End what was not completed in time."""
    timers.expire_enrolments(runtime)
    _note(runtime, "expire_enrolments")


def send_reminders(runtime: Runtime) -> None:
    """Remind those who have gone quiet."""
    timers.send_reminders(runtime)
    _note(runtime, "send_reminders")


def take_back_stale(runtime: Runtime) -> None:
    """Take back messages that are of no use any more."""
    with unit_of_work(runtime) as work:
        claims.expire_stale(work)
    _note(runtime, "take_back_stale")


def move_in_bulk(runtime: Runtime) -> None:
    """Go on with moves of many applications."""
    bulk.go_on(runtime)
    _note(runtime, "move_in_bulk")


def go_on_with_imports(runtime: Runtime) -> None:
    """Check imported tables and add their people."""
    import_runs.go_on(runtime)
    _note(runtime, "go_on_with_imports")


def forget_imports(runtime: Runtime) -> None:
    """Drop imported tables that nobody has touched for long."""
    with unit_of_work(runtime) as work:
        imports.forget_old(work)
    _note(runtime, "forget_imports")


def follow_jobs(runtime: Runtime) -> None:
    """End what a closed job began, and send what waited for one that is open again."""
    job_changes.follow_jobs(runtime)
    _note(runtime, "follow_jobs")


def reconcile_messages(runtime: Runtime) -> None:
    """Compare the provider's lists with ours."""
    inbound_read = reconciling.reconcile_inbound(runtime)
    statuses_read = reconciling.refresh_statuses(runtime)
    if inbound_read and statuses_read:
        _note(runtime, "reconcile_messages")


def assume_delivered(runtime: Runtime) -> None:
    """Go on without the receipts that never came."""
    timers.assume_delivered(runtime)
    _note(runtime, "assume_delivered")


def refresh_templates(runtime: Runtime) -> None:
    """Read the provider's templates and their approval."""
    if reconciling.refresh_templates(runtime):
        _note(runtime, "refresh_templates")


def forget_changes(runtime: Runtime) -> None:
    """Drop what was new a while ago: a page that was away for so long is loaded anew.

    The latest stays: without it SQLite would number anew from 1, and who listens waits for higher numbers.
    """
    latest = select(func.max(Change.id)).scalar_subquery()
    with unit_of_work(runtime) as work:
        work.connection.execute(delete(Change).where(Change.at < work.now - CHANGES_KEPT, Change.id < latest))
    _note(runtime, "forget_changes")


def deliver_outgoing(runtime: Runtime) -> None:
    """Tell other systems what has happened."""
    delivering.take_back_lost(runtime)
    delivering.deliver(runtime)
    _note(runtime, "deliver_outgoing")


def forget_outgoing(runtime: Runtime) -> None:
    """Drop what other systems were told a month ago."""
    with unit_of_work(runtime) as work:
        delivering.forget_old(work)
    _note(runtime, "forget_outgoing")


def submit_templates(runtime: Runtime) -> None:
    """Bring templates that were written here to the provider, and ask for their approval."""
    template_submissions.work_on_submissions(runtime)
    _note(runtime, "submit_templates")


def forget_answers(runtime: Runtime) -> None:
    """Drop the answers of the API that were kept for a request that might be repeated."""
    with unit_of_work(runtime) as work:
        repeats.forget_old(work)
    _note(runtime, "forget_answers")


def forget_notes(runtime: Runtime) -> None:
    """Drop the notes that were deleted and can no longer be brought back."""
    with unit_of_work(runtime) as work:
        notes.forget_deleted(work)
    _note(runtime, "forget_notes")


def forget_failed_log_ins(runtime: Runtime) -> None:
    """Drop the failed log-ins that hold nobody back any more."""
    with unit_of_work(runtime) as work:
        throttling.forget_old_failures(work)
    _note(runtime, "forget_failed_log_ins")


def forget_sign_ins(runtime: Runtime) -> None:
    """Drop the log-ins that ended long ago, and the links that expired."""
    with unit_of_work(runtime) as work:
        sign_ins.forget_old_sign_ins(work)
        signed_links.forget_old_links(work)
    _note(runtime, "forget_sign_ins")


def seal_audit(runtime: Runtime) -> None:
    """Seal what people did; once a day the log keeps the end of the chain, which whoever shortens it cannot reach."""
    with unit_of_work(runtime) as work:
        head = audit.seal_entries(work)
    if head:
        log_event(_LOG, "audit_sealed", count=head.position, code=head.seal)
    _note(runtime, "seal_audit")


def send_scheduled(runtime: Runtime) -> None:
    """Send what people have written for now."""
    scheduling.send_scheduled(runtime)
    _note(runtime, "send_scheduled")


def forget_visits(runtime: Runtime) -> None:
    """Drop who was looking at what, and the tokens of forms that were sent."""
    with unit_of_work(runtime) as work:
        attending.forget_gone(work)
        submissions.forget_old_submissions(work)
    _note(runtime, "forget_visits")


def send_mails(runtime: Runtime) -> None:
    """Send the mails that are due."""
    mailing.send_mails(runtime)
    _note(runtime, "send_mails")


def forget_mails(runtime: Runtime) -> None:
    """Drop old mails, with the addresses in them."""
    with unit_of_work(runtime) as work:
        forget_old_mails(work)
    _note(runtime, "forget_mails")


def _note(runtime: Runtime, name: str) -> None:
    """Keep when a duty last ended well, for the metrics."""
    runtime.tallies.stamp(SUCCEEDED, runtime.clock.now().timestamp(), sweep=name)


SWEEPS = (
    Sweep("send_due_messages", OFTEN, send_due_messages, queue=MESSAGES),
    Sweep("handle_leftover_inbound", OFTEN, handle_leftover_inbound),
    Sweep("settle_unconfirmed_sends", OFTEN, settle_unconfirmed_sends),
    Sweep("expire_enrolments", OFTEN, expire_enrolments),
    Sweep("send_reminders", OFTEN, send_reminders),
    Sweep("send_scheduled", OFTEN, send_scheduled),
    Sweep("assume_delivered", OFTEN, assume_delivered),
    Sweep("move_in_bulk", OFTEN, move_in_bulk),
    Sweep("go_on_with_imports", OFTEN, go_on_with_imports),
    Sweep("follow_jobs", OFTEN, follow_jobs),
    Sweep("deliver_outgoing", OFTEN, deliver_outgoing),
    Sweep("submit_templates", OFTEN, submit_templates),
    Sweep("take_back_stale", timedelta(minutes=1), take_back_stale),
    Sweep("reconcile_messages", timedelta(minutes=5), reconcile_messages),
    Sweep("refresh_templates", timedelta(minutes=5), refresh_templates),
    Sweep("forget_changes", timedelta(minutes=1), forget_changes),
    Sweep("forget_imports", timedelta(hours=1), forget_imports),
    Sweep("forget_outgoing", timedelta(hours=1), forget_outgoing),
    Sweep("forget_answers", timedelta(hours=1), forget_answers),
    Sweep("forget_notes", timedelta(hours=1), forget_notes),
    Sweep("forget_visits", timedelta(hours=1), forget_visits),
    Sweep("forget_failed_log_ins", timedelta(hours=1), forget_failed_log_ins),
    Sweep("forget_sign_ins", timedelta(hours=1), forget_sign_ins),
    Sweep("seal_audit", timedelta(minutes=1), seal_audit),
    Sweep("send_mails", timedelta(seconds=5), send_mails),
    Sweep("forget_mails", timedelta(hours=1), forget_mails),
)
