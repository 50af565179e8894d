"""What a move would do to one person, by the same rules as the move itself. Pure; `bot.insight.sheets` adds them up."""

from dataclasses import dataclass
from datetime import datetime

from bot.channels.base import ChannelKind
from bot.channels.error_codes import explain
from bot.insight.enrolments import job_not_open
from bot.insight.previews import Outcome
from bot.insight.sheet_facts import Person, StageSending, Underway
from bot.messaging.templates import needs_template
from bot.models import ApplicationState, JobState
from bot.pipeline.deliveries import NO_CHANNEL, NO_CONSENT
from flows.lifecycles import EnrolmentStatus

NOTHING_SENT = "nothing is sent"
ALREADY_THERE = "is in this stage already"
OF_ANOTHER_JOB = "a campaign of another job"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would happen to one person. *ends* is their campaign that this ends, *releases* the one that then begins."""

    outcome: Outcome
    words: str
    channel: ChannelKind | None = None
    template: str = ""
    ends: Underway | None = None
    releases: Underway | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Into which stage, with what; *alone*: all else that is under way for these people ends first."""

    stage_id: int
    campaign: StageSending | None
    sends: bool
    again: bool
    alone: bool = False


def forecast_move(person: Person, move: Move, now: datetime) -> Forecast:
    """Say what a move would do to somebody."""
    if person.state != ApplicationState.ACTIVE:
        return Forecast(Outcome.SKIPPED, f"the application is {person.state}")
    if person.stage_id == move.stage_id and not move.again:
        return Forecast(Outcome.SKIPPED, ALREADY_THERE)
    own = _own(person)
    following = None if move.alone else _next(person, own)
    if move.campaign is None or not move.sends:
        return Forecast(Outcome.MOVES, NOTHING_SENT, ends=own, releases=following)
    if move.campaign.job_state is not JobState.OPEN:
        return Forecast(Outcome.WAITS, job_not_open(move.campaign.job_state), ends=own, releases=following)
    before = None if move.campaign.is_blast or move.alone else _before(person, own)
    if before is not None:
        which = f"the campaign of stage {before.stage} for the job {before.job}" if before.job else OF_ANOTHER_JOB
        words = f"Waits until {which} has ended."
        return Forecast(Outcome.WAITS, words, ends=own, releases=following)
    return _sent(person, move.campaign, now, own, following)


def forecast_end(person: Person, words: str) -> Forecast:
    """Say what it would do to somebody to leave the running."""
    if person.state != ApplicationState.ACTIVE:
        return Forecast(Outcome.SKIPPED, f"the application is {person.state}")
    own = _own(person)
    return Forecast(Outcome.MOVES, words, ends=own, releases=_next(person, own))


def _own(person: Person) -> Underway | None:
    """Return the enrolment of this very application that has not ended."""
    mine = [run for run in person.underway if run.application_id == person.application_id]
    return max(mine, key=lambda run: run.id, default=None)


def _queue(person: Person, own: Underway | None) -> list[Underway]:
    """Return who else waits for the turn and may have it, the first first."""
    waiting = [run for run in person.underway if run.status == EnrolmentStatus.QUEUED and run.job_is_open]
    return sorted((run for run in waiting if run != own and not run.is_blast), key=lambda run: (run.place, run.id))


def _has_turn(person: Person, own: Underway | None) -> Underway | None:
    """Return who has the turn, and keeps it."""
    active = [run for run in person.underway if run.id == person.active_enrolment_id and run != own]
    return active[0] if active else None


def _before(person: Person, own: Underway | None) -> Underway | None:
    """Return who goes first; what takes the place of one that had the turn, or waited for it, takes its place there."""
    if (active := _has_turn(person, own)) is not None:
        return active
    queue = _queue(person, own)
    inherits = own is not None and (own.id == person.active_enrolment_id or own.status == EnrolmentStatus.QUEUED)
    place = own.place if own is not None and inherits else None
    return next((run for run in queue if place is None or (run.place, run.id) < (place, own.id if own else 0)), None)


def _next(person: Person, own: Underway | None) -> Underway | None:
    """Return who gets the turn when *own* gives it up without a successor."""
    if own is None or own.id != person.active_enrolment_id:
        return None
    return next(iter(_queue(person, own)), None)


def _sent(
    person: Person, campaign: StageSending, now: datetime, own: Underway | None, following: Underway | None
) -> Forecast:
    barred: dict[ChannelKind, str] = {}
    general = _barred_everywhere(person)
    for kind in () if general else _order(person, campaign):
        code, template = _way_over(person, campaign, kind, now)
        if not code:
            words = f"over {_NAMES[kind]}" + (f", by the template {template}" if template else "")
            if person.held_by is not None:
                words = f"goes {words} when {person.held_by} hands the conversation back"
            releases = following if campaign.is_blast else None
            return Forecast(Outcome.SENDS, words, kind, template, own, releases)
        barred[kind] = code
    code = general or _what_would_help(person, barred)
    return Forecast(Outcome.FAILS, explain(code).in_words, ends=own, releases=following)


_NAMES = {ChannelKind.WHATSAPP: "WhatsApp", ChannelKind.SMS: "SMS"}


def _barred_everywhere(person: Person) -> str:
    if person.opted_out:
        return "callboard_opted_out"
    if person.regions and person.countries and person.countries.isdisjoint(person.regions):
        return "callboard_country_not_allowed"
    return ""


def _order(person: Person, campaign: StageSending) -> list[ChannelKind]:
    return sorted(campaign.kinds, key=lambda kind: kind != person.preferred)


def _way_over(person: Person, campaign: StageSending, kind: ChannelKind, now: datetime) -> tuple[str, str]:
    """Return what bars a kind of channel, empty for nothing; and the template that it then needs."""
    channel = campaign.channels.get(kind)
    if channel is None:
        return NO_CHANNEL.code, ""
    if kind not in person.consents:
        return NO_CONSENT.code, ""
    if kind not in person.addresses:
        return "callboard_no_address", ""
    if code := person.addresses[kind]:
        return code, ""
    until = person.window_until if person.window_channel_id == channel.id else None
    if not needs_template(kind, channel.provider, window_open=until is not None and now < until):
        return "", ""
    return ("", campaign.template) if campaign.template else ("callboard_no_template", "")


def _what_would_help(person: Person, barred: dict[ChannelKind, str]) -> str:
    for kind, code in barred.items():
        if code != NO_CONSENT.code and kind in person.consents:
            return code
    return NO_CONSENT.code if NO_CONSENT.code in barred.values() else NO_CHANNEL.code
