"""The sandbox phone's page: which job is chosen, and what a phone says on which nothing is."""

import re

from sqlalchemy import delete, update

from bot.intake.jobs import clone_plan, create_job
from bot.models import Conversation, Delivery, Enrolment, EnrolmentEvent, Job, Message, MessageEvent
from bot.work import unit_of_work
from tests.webhooks.desk import Desk, on_sqlite

OPTIONS = re.compile(r'<option value="\w+">(Barista[^<]*)</option>')


@on_sqlite
def test_jobs_of_one_title_are_told_apart_where_one_is_chosen(desk: Desk) -> None:
    assert OPTIONS.findall(desk.page("/sandbox")) == ["Barista · Screening", "Barista · Rejected"]
    with unit_of_work(desk.runtime) as work:
        create_job(work, clone_plan(work, desk.one(Job.id)))
    original, _, clone, _ = OPTIONS.findall(desk.page("/sandbox"))
    assert original == "Barista · Screening · DEMO-1 · made 2 Mar 2026, 09:00"
    assert clone == "Barista · Screening · made 2 Mar 2026, 09:00"


@on_sqlite
def test_a_phone_to_which_nothing_could_be_sent_promises_nothing(desk: Desk) -> None:
    with unit_of_work(desk.runtime) as work:
        work.connection.execute(update(Conversation).values(active_enrolment_id=None))
        for table in (MessageEvent, Delivery, EnrolmentEvent, Message):
            work.connection.execute(delete(table))
        work.connection.execute(update(Enrolment).values(status="failed", reason="callboard_no_consent"))
    page = desk.page("/sandbox")
    assert "Nothing was sent: see why above." in page
    assert "takes a second" not in page
