"""The inbox: the list of conversations, one of them, and beside it who that is."""

from typing import Any

from flask import Response, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.errors import InvalidEvent
from bot.insight.board_cards import Card, cards
from bot.insight.inbox import Page, Tab, awaited_count, inbox_page, tab_counts
from bot.intake.people import known_now_as
from bot.models import Application, Candidate, Job
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.conversation import LONGEST, Written, note_read, shown, talk_with
from webhooks.desk.live import follow
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.waits import short

MOST_APPLICATIONS = 20
MOST_BOARDS = 10
FIRST = Tab.REPLY


@desk.get("/inbox")
def inbox() -> Response:
    """Show a part of the list, which `?tab=` names; `?q=` looks for a person in all of it."""
    with reading(runtime()) as work:
        follow(work, "talk")
        return page(
            "inbox/page.html",
            part="list",
            talk=None,
            written=Written(),
            **listed(work, opened=request.args.get("open", "")),
        )


@desk.get("/inbox/<public_id>")
def conversation(public_id: str) -> Response | AnyResponse:
    """Show a conversation, with the list beside it where there is room; `?part=about` who it is with, for htmx."""
    if request.args.get("part") == "about" and wants_part():
        return _about(public_id)
    with reading(runtime()) as work:
        kept = known_now_as(work, public_id[:LONGEST])
    return redirect(url_for("desk.conversation", public_id=kept)) if kept else conversation_page(public_id)


def _about(public_id: str) -> Response:
    with reading(runtime()) as work:
        talk = talk_with(work, public_id)
        applications = applications_of(work, talk.thread.candidate_id)
    return page("inbox/page.html", part="about", talk=talk, applications=applications)


def conversation_page(public_id: str, written: Written | None = None, *, status: int = 200) -> Response:
    """Make the page of a conversation, with what could not be sent still in its place."""
    before = request.args.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    with reading(runtime()) as work:
        boards = [f"board-{job}" for job in _jobs_of(work, public_id)]
        follow(work, "talk", f"thread-{public_id}", *boards)
        talk = talk_with(work, public_id, before=number)
    note_read(talk)
    with reading(runtime()) as work:
        beside = listed(work, opened=public_id) | {"applications": applications_of(work, talk.thread.candidate_id)}
    return page("inbox/page.html", status=status, boards=boards, **shown(talk, written), **beside)


def _jobs_of(work: Work, candidate: str) -> list[str]:
    """Return the jobs for which they applied, the latest first: as many as their page can listen to."""
    of_person = select(Job.public_id).join(Application, Application.job_id == Job.id)
    of_person = of_person.join(Candidate, Candidate.id == Application.candidate_id)
    latest = of_person.where(Candidate.public_id == candidate).order_by(Application.id.desc())
    return list(dict.fromkeys(work.connection.execute(latest.limit(MOST_BOARDS)).scalars()))


def applications_of(work: Work, candidate_id: int) -> list[tuple[Card, str]]:
    """Return the latest applications of a person, as the board shows them, each with the title of its job."""
    of_person = select(Application.id, Job.title).join(Job, Job.id == Application.job_id)
    latest = of_person.where(Application.candidate_id == candidate_id).order_by(Application.id.desc())
    titles = {row.id: row.title for row in work.connection.execute(latest.limit(MOST_APPLICATIONS))}
    return [(card, titles[card.key]) for card in cards(work, list(titles))]


def listed(work: Work, *, opened: str) -> dict[str, Any]:
    """Return the list as the template wants it; an address that cannot be read is said to be so."""
    given, search = request.args.get("tab", ""), request.args.get("q", "")[:100]
    tab = Tab(given) if given in tuple(Tab) else FIRST
    fault = ""
    try:
        found = inbox_page(work, g.user.id, tab, after=request.args.get("after", "")[:100], search=search)
    except InvalidEvent as error:
        found, fault = Page((), ""), str(error)
    return {
        "tab": tab,
        "tabs": _tabs(work, tab, search),
        "lines": [(line, _waits(line.awaiting_since or line.last_at, work)) for line in found.lines],
        "following": found.following,
        "search": search,
        "list_fault": fault,
        "opened": opened,
        "is_first": not request.args.get("after"),
    }


def _tabs(work: Work, tab: Tab, search: str) -> list[tuple[str, str, bool, str]]:
    counts = tab_counts(work, g.user.id)
    numbers = {each: "" if counts.get(each, "0") == "0" else counts[each] for each in Tab}
    return [
        (each.label, url_for("desk.inbox", tab=each.value), each is tab and not search, numbers[each]) for each in Tab
    ]


def _waits(since: Any, work: Work) -> str:
    return short(work.now - since) if since is not None else ""


@desk.get("/inbox-count")
def inbox_count() -> Response:
    """Answer with the number beside the inbox in the bar: in how many conversations a person is awaited."""
    with reading(runtime()) as work:
        count = awaited_count(work)
    return page("inbox/count.html", count="" if count == "0" else count)
