"""Where messages may go: the countries that are allowed."""

from sqlalchemy import select

from bot.channels.base import ChannelKind
from bot.messaging.thread import Thread
from bot.models import Application, Job
from bot.phones import regions_of
from bot.work import Work


def country_refused(work: Work, thread: Thread, job_country: str | None = None) -> str | None:
    """Return the country of a number that may not be written to; None where it may be.

    Where no countries are set, those of the candidate's own jobs count, for a stranger those of all jobs;
    *job_country* is one of theirs that is known already. A job without a country sets no limit. An opaque address
    cannot be judged: it wrote to us first and may be answered. A number that may be of several countries is as good
    as the best of them.
    """
    regions = regions_of(thread.phone) if thread.phone else ()
    if not regions or (not work.settings.countries and job_country in regions):
        return None
    allowed = work.settings.countries or _countries_of_jobs(work, thread.candidate_id)
    return None if not allowed or not allowed.isdisjoint(regions) else regions[0]


def is_sms_in_vain(work: Work, thread: Thread) -> bool:
    """Say whether an SMS to who writes to us is dear, or reaches nobody: strangers can make us send many.

    A short code, or a name such as ALERTS, takes no answer.
    """
    if thread.kind is not ChannelKind.SMS:
        return False
    return thread.phone is None or country_refused(work, thread) is not None


def _countries_of_jobs(work: Work, candidate_id: int) -> frozenset[str]:
    """Return the countries to which those jobs limit what is sent; none where there is no limit."""
    every = select(Job.default_country).distinct()
    theirs = every.join(Application, Application.job_id == Job.id).where(Application.candidate_id == candidate_id)
    found = set(work.connection.execute(theirs).scalars()) or set(work.connection.execute(every).scalars())
    return frozenset() if None in found else frozenset(country for country in found if country)
