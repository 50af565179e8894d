"""The first page: what wants a person today."""

from flask import Response, g, redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.insight.inbox import Tab, tab_counts
from bot.insight.today import today as wanted_today
from bot.models import Job, Role
from bot.work import reading
from webhooks.desk import desk, runtime
from webhooks.desk.rendering import page

TABS = (Tab.REPLY, Tab.STUCK, Tab.UNASSIGNED, Tab.MINE)


@desk.get("/")
def today() -> Response | AnyResponse:
    """Show what wants somebody; a hiring manager's first page is their jobs."""
    if g.user.role == Role.HIRING_MANAGER:
        return redirect(url_for("desk.jobs"))
    with reading(runtime()) as work:
        counts = tab_counts(work, g.user.id)
        tabs = [(tab, counts.get(tab, "0")) for tab in TABS]
        has_jobs = work.connection.execute(select(Job.id).where(~Job.is_template).limit(1)).first() is not None
        return page("today/page.html", part="today", tabs=tabs, wanted=wanted_today(work), has_jobs=has_jobs)
