"""Reaching the candidate: over which channel, and over which next."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Executable

from bot.channels.base import ChannelKind, TemplateUse
from bot.messaging.consent import may_write
from bot.messaging.countries import country_refused
from bot.messaging.outbox import BULK, Posting, Route, queue_message, route_of
from bot.messaging.templates import APPROVED, find_template, needs_template
from bot.messaging.thread import ChannelRow, Thread, active_channels, address_for, use_channel
from bot.models import Delivery
from bot.pipeline.runs import Run
from bot.rendering import Rendered
from bot.statements import Prepared
from bot.work import Work


@dataclass(frozen=True, slots=True)
class Way:
    """A way over which the welcome can go, with the template that opens it where one is needed."""

    channel: ChannelRow
    address_id: int
    template: TemplateUse | None
    window_open: bool

    @property
    def may_go_on(self) -> bool:
        """Free text may follow the welcome without waiting for a reply."""
        return self.channel.kind is ChannelKind.SMS or self.window_open


@dataclass(frozen=True, slots=True)
class NoWay:
    """Why the candidate cannot be reached: one of our own codes in `bot.channels.error_codes`."""

    code: str


NO_CHANNEL = NoWay("callboard_no_channel")
NO_CONSENT = NoWay("callboard_no_consent")


def find_way(
    work: Work, thread: Thread, run: Run, welcome: Rendered, language: str, *, tried: frozenset[ChannelKind]
) -> Way | NoWay:
    """Return the first way in the order of preference that is open and was not tried; else what bars the best one."""
    if thread.opted_out_at is not None:
        return NoWay("callboard_opted_out")
    if country_refused(work, thread, run.job_country):
        return NoWay("callboard_country_not_allowed")
    channels = {channel.kind: channel for channel in reversed(active_channels(work))}
    barred: dict[ChannelKind, NoWay] = {}
    for kind in _order(thread, run):
        if kind in tried:
            continue
        match _way_over(work, thread, channels[kind], welcome, language) if kind in channels else NO_CHANNEL:
            case Way() as way:
                return way
            case NoWay() as why:
                barred[kind] = why
    return _what_would_help(work, thread, barred)


def _what_would_help(work: Work, thread: Thread, barred: dict[ChannelKind, NoWay]) -> NoWay:
    """Tell of the first channel that the candidate agreed to what is wrong there: more consent they need not give."""
    for kind, why in barred.items():
        if why != NO_CONSENT and may_write(work, thread.candidate_id, kind):
            return why
    return NO_CONSENT if NO_CONSENT in barred.values() else NO_CHANNEL


def deliver(work: Work, thread: Thread, run: Run, way: Way, welcome: Rendered) -> int:
    """Put the welcome into the outbox and keep the attempt; return the message's id.

    The conversation moves to its channel. A blast begins none, and leaves one that runs where it is.
    """
    channel = way.channel
    if not run.is_blast or thread.channel_id is None:
        use_channel(work, thread, channel, way.address_id)
    route = Route(channel.id, way.address_id, channel.kind, way.window_open)
    posting = Posting(enrolment_id=run.id, priority=BULK, template=way.template)
    message_id = queue_message(work, thread, route, welcome, posting)
    keep_attempt(work, run.id, channel.kind, message_id)
    return message_id


def keep_attempt(work: Work, enrolment_id: int, kind: ChannelKind, message_id: int) -> None:
    """Record an attempt at a delivery."""
    attempt = {"enrolment_id": enrolment_id, "kind": kind, "message_id": message_id, "created_at": work.now}
    _NOTE_ATTEMPT.run_later(work.connection, **attempt)


def _numbered(_: str) -> Executable:
    before = aliased(Delivery)
    of_enrolment = before.enrolment_id == bindparam("enrolment_id")
    number = select(func.count() + 1).select_from(before).where(of_enrolment).scalar_subquery()
    columns = ("enrolment_id", "kind", "message_id", "created_at")
    table = Delivery.__table__
    return insert(Delivery).values(
        attempt=number, **{name: bindparam(name, type_=table.c[name].type) for name in columns}
    )


_NOTE_ATTEMPT = Prepared(_numbered)


def tried_kinds(work: Work, enrolment_id: int) -> frozenset[ChannelKind]:
    """Return the kinds of channel over which the welcome was tried."""
    rows = work.connection.execute(select(Delivery.kind).where(Delivery.enrolment_id == enrolment_id))
    return frozenset(ChannelKind(row.kind) for row in rows)


def _order(thread: Thread, run: Run) -> list[ChannelKind]:
    kinds = [ChannelKind(kind) for kind in run.job_channels]
    if thread.preferred in kinds:
        kinds.sort(key=lambda kind: kind != thread.preferred)
    return kinds


def _way_over(work: Work, thread: Thread, channel: ChannelRow, welcome: Rendered, language: str) -> Way | NoWay:
    if not may_write(work, thread.candidate_id, channel.kind):
        return NO_CONSENT
    address = address_for(work, thread.candidate_id, channel.kind)
    if address is None:
        return NoWay("callboard_no_address")
    address_id, unreachable = address
    if unreachable:
        return NoWay(unreachable)
    window_open = thread.window_open(work.now, channel.id)
    if not needs_template(channel.kind, channel.provider, window_open=window_open):
        return Way(channel, address_id, None, window_open)
    template = approved_template(work, welcome, language)
    return Way(channel, address_id, template, window_open) if template else NoWay("callboard_no_template")


def go_on_by_itself(
    work: Work, thread: Thread, run: Run, rendered: Rendered, language: str
) -> tuple[Route, TemplateUse | None] | NoWay:
    """Return how a message goes that answers nothing, and the template that it needs.

    It goes where the conversation runs, beyond the window by its template. Without one that is approved the
    conversation moves to the next way for which a consent stands.
    """
    route = route_of(thread, work.now)
    if not needs_template(route.kind, thread.provider, window_open=route.window_open):
        return route, None
    if template := approved_template(work, rendered, language):
        return route, template
    way = find_way(work, thread, run, rendered, language, tried=frozenset({route.kind}))
    if isinstance(way, NoWay):
        return NoWay("callboard_no_template")
    use_channel(work, thread, way.channel, way.address_id)
    return Route(way.channel.id, way.address_id, way.channel.kind, way.window_open), way.template


def approved_template(work: Work, rendered: Rendered, language: str) -> TemplateUse | None:
    """Return the template of a message with its blanks filled, if the provider has approved it."""
    if not rendered.template:
        return None
    found = find_template(work, rendered.template, language)
    if found is None or found.status != APPROVED:
        return None
    return TemplateUse(rendered.template, found.content_sid, dict(rendered.template_variables or {}))
