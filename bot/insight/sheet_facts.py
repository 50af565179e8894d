"""What must be known of many people at once to say what a move would send them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.channels.base import ChannelKind
from bot.messaging.templates import APPROVED, find_template
from bot.messaging.thread import ChannelRow, active_channels
from bot.models import Address, Application, Candidate, Consent, Conversation, Enrolment, Job, JobState, Stage
from bot.phones import regions_of
from bot.pipeline.endings import UNFINISHED
from bot.pipeline.runs import flow_of
from bot.pipeline.stages import Target
from bot.work import Work

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Underway:
    """An enrolment of somebody that has not ended."""

    job_is_open: bool
    id: int
    application_id: int
    status: str
    is_blast: bool
    place: int
    job: str
    stage: str


@dataclass(frozen=True, slots=True)
class Person:
    """An application with what there is to know of its candidate."""

    application_id: int
    ref: str
    state: str
    stage_id: int
    candidate_id: int
    first_name: str
    last_name: str
    phone: str | None
    preferred: str | None
    opted_out: bool
    held_by: str | None
    window_until: datetime | None
    window_channel_id: int | None
    active_enrolment_id: int | None
    consents: frozenset[str] = frozenset()
    addresses: dict[str, str | None] = field(default_factory=dict)
    """Kinds of channel over which they can be tried, each with the code if that would be in vain."""
    underway: tuple[Underway, ...] = ()
    countries: frozenset[str] | None = None
    """To which messages to them may go; None for all."""
    regions: tuple[str, ...] = ()
    """In which their number may be; looked up only where not all are allowed, as that takes as long as all else."""


@dataclass(frozen=True, slots=True)
class StageSending:
    """What a stage would send, and over what, as it is for all alike."""

    name: str
    is_blast: bool
    template: str
    """The name of the approved template that opens the conversation; empty where there is none."""
    kinds: tuple[ChannelKind, ...]
    """In the order in which the job tries them."""
    channels: dict[ChannelKind, ChannelRow]
    job_state: JobState


def sending_of(work: Work, target: Target) -> StageSending | None:
    """Return what a stage sends; None where it sends nothing."""
    if not target.type.has_campaign or target.version_id is None:
        return None
    flow = flow_of(work, target.version_id).flow
    template = flow.welcome.template.name if flow.welcome.template else ""
    known = find_template(work, template, flow.language) if template else None
    kinds = work.connection.execute(select(Job.channels).where(Job.id == target.job_id)).scalar_one()
    return StageSending(
        name=flow.name,
        is_blast=flow.is_blast,
        template=template if known is not None and known.status == APPROVED else "",
        kinds=tuple(ChannelKind(kind) for kind in kinds),
        channels={channel.kind: channel for channel in reversed(active_channels(work))},
        job_state=target.job_state,
    )


def people(work: Work, job_id: int, application_ids: Sequence[int], *, in_full: bool) -> list[Person]:
    """Return the applications of a job, in the order given; *in_full* with what one must know to write to them."""
    found: dict[int, Person] = {}
    for begin in range(0, len(application_ids), AT_ONCE):
        ids = application_ids[begin : begin + AT_ONCE]
        rows = work.connection.execute(_statement().where(Application.job_id == job_id, Application.id.in_(ids))).all()
        more = _more(work, [row.candidate_id for row in rows], in_full=in_full)
        for row in rows:
            mine = more.of(row.candidate_id, row.phone)
            found[row.id] = Person(*row, **mine)
    return [found[key] for key in dict.fromkeys(application_ids) if key in found]


def _statement() -> Any:
    columns: tuple[Any, ...] = (
        Application.id,
        Application.public_id,
        Application.state,
        Application.stage_id,
        Application.candidate_id,
        Candidate.first_name,
        Candidate.last_name,
        Candidate.phone,
        Candidate.channel,
        Candidate.opted_out_at.is_not(None).label("opted_out"),
        Conversation.held_by,
        Conversation.window_until,
        Conversation.window_channel_id,
        Conversation.active_enrolment_id,
    )
    return (
        select(*columns)
        .join(Candidate, Candidate.id == Application.candidate_id)
        .outerjoin(Conversation, Conversation.candidate_id == Candidate.id)
    )


@dataclass(slots=True)
class _More:
    """What other tables know of candidates, by candidate."""

    consents: dict[int, set[str]]
    addresses: dict[int, dict[str, str | None]]
    underway: dict[int, list[Underway]]
    countries: dict[int, set[str | None]]
    allowed: frozenset[str] | None
    in_full: bool

    def of(self, candidate_id: int, phone: str | None) -> dict[str, Any]:
        """Return it as the last fields of a `Person`."""
        found: dict[str, Any] = {"underway": tuple(self.underway.get(candidate_id, ()))}
        if not self.in_full:
            return found
        of_jobs = self.countries.get(candidate_id, {None})
        limit = self.allowed or (None if None in of_jobs else frozenset(filter(None, of_jobs)))
        return found | {
            "consents": frozenset(self.consents.get(candidate_id, ())),
            "addresses": self.addresses.get(candidate_id, {}),
            "countries": limit,
            "regions": regions_of(phone) if phone and limit else (),
        }


def _more(work: Work, candidates: Sequence[int], *, in_full: bool) -> _More:
    more = _More({}, {}, defaultdict(list), {}, work.settings.countries or None, in_full)
    for candidate_id, state, *run in work.connection.execute(_underway(candidates)):
        more.underway[candidate_id].append(Underway(state == JobState.OPEN, *run))
    if not in_full:
        return more
    standing = (Consent.candidate_id.in_(candidates), Consent.withdrawn_at.is_(None))
    for candidate_id, kind in work.connection.execute(select(Consent.candidate_id, Consent.channel).where(*standing)):
        more.consents.setdefault(candidate_id, set()).add(kind)
    columns = (Address.candidate_id, Address.kind, Address.unreachable_code)
    used = select(*columns).where(Address.candidate_id.in_(candidates)).order_by(Address.used_at, Address.id)
    for candidate_id, kind, code in work.connection.execute(used):  # the last one used stays
        more.addresses.setdefault(candidate_id, {})[kind] = code
    if more.allowed is None:
        theirs = select(Application.candidate_id, Job.default_country).join(Job, Job.id == Application.job_id)
        for candidate_id, country in work.connection.execute(theirs.where(Application.candidate_id.in_(candidates))):
            more.countries.setdefault(candidate_id, set()).add(country)
    return more


def _underway(candidates: Sequence[int]) -> Any:
    columns: tuple[Any, ...] = (
        Enrolment.candidate_id,
        Job.state,
        Enrolment.id,
        Enrolment.application_id,
        Enrolment.status,
        Enrolment.is_blast,
        Enrolment.place,
        Job.title,
        Stage.name,
    )
    return (
        select(*columns)
        .join(Job, Job.id == Enrolment.job_id)
        .join(Stage, Stage.id == Enrolment.stage_id)
        .where(Enrolment.candidate_id.in_(candidates), Enrolment.status.in_(UNFINISHED), Enrolment.ended_at.is_(None))
        .order_by(Enrolment.id)
    )
