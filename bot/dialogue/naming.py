"""Variables in what people write to a candidate: the same names as in a campaign, without its answers."""

from typing import Any

from sqlalchemy import func, select

from bot.errors import InvalidEvent
from bot.messaging.thread import Thread
from bot.models import Application, ApplicationState, Job, User
from bot.rendering import InWords, Voice, fill
from bot.work import Work
from flows.variables import is_fixed, problems
from flows.wording import company_in, show_value

NAME_OF_USER = func.coalesce(func.nullif(User.name, ""), User.email)
"""How others know a user."""


def check_names(text: str, *, field: str = "text") -> None:
    """Raise `InvalidEvent` where a text holds a variable that does not exist."""
    if found := problems(text, is_fixed):
        words, _, names = found[0].partition("; known are ")
        words += "; the page of snippets lists those that there are" if names else ""
        raise InvalidEvent(f"{words[:1].upper()}{words[1:]}.", field=field)


def fill_in(work: Work, thread: Thread, text: str, *, author: str) -> str:
    """Fill the variables of a person's text; the recruiter is who writes. Raises `InvalidEvent` for unknown names."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return text
    check_names(text)
    return fill(text, _voice(work, thread, author))


def _voice(work: Work, thread: Thread, author: str) -> Voice:
    job = _job(work, thread)
    first, _, last = author.partition(" ")
    language = thread.language or (job.language if job else "en")
    facts = ("title", "reference", "location")
    return Voice(
        language,
        {
            "candidate": {
                "first_name": thread.first_name,
                "last_name": thread.last_name,
                "full_name": f"{thread.first_name} {thread.last_name}".strip(),
                "email": thread.email,
                "phone": thread.phone,
                "city": thread.city,
                "fields": InWords(thread.fields, lambda _, value: show_value(value, language)),
            },
            "job": {name: getattr(job, name) if job else "" for name in facts},
            "recruiter": {"first_name": first, "last_name": last, "full_name": author},
            "company": {"name": company_in(work.settings.company, language)},
        },
    )


def _job(work: Work, thread: Thread) -> Any:
    """Return the job that they talk about, most likely: of their latest application that is in the running."""
    return work.connection.execute(
        select(Job.title, Job.reference, Job.location, Job.language)
        .join(Application, Application.job_id == Job.id)
        .where(Application.candidate_id == thread.candidate_id)
        .order_by((Application.state == ApplicationState.ACTIVE).desc(), Application.id.desc())
        .limit(1)
    ).one_or_none()
