"""The sandbox phone's page: which job is chosen, and what a phone says on which nothing is."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from bot.intake.applications import Applicant, apply_for
from bot.intake.jobs import clone_plan, create_job
from bot.models import Candidate, Conversation, Delivery, Enrolment, EnrolmentEvent, Job, Message, MessageEvent, Stage
from bot.pipeline.stages import find_target
from bot.work import unit_of_work
from tests.webhooks.desk import Desk, on_sqlite
from webhooks.desk import phones

OPTIONS = re.compile(r'<option value="\w+">(Barista[^<]*)</option>')


@on_sqlite
def test_jobs_of_one_title_are_told_apart_where_one_is_chosen(desk: Desk) -> None:
    assert OPTIONS.findall(desk.page("/sandbox")) == ["Barista · Screening", "Barista · Rejected"]
    with unit_of_work(desk.runtime) as work:
        create_job(work, clone_plan(work, desk.one(Job.id)))
    original, _, clone, _ = OPTIONS.findall(desk.page("/sandbox"))
    assert original == "Barista · Screening · DEMO-1"
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


def newcomers(desk: Desk, *names: str) -> None:
    """Let people of these names apply for the demonstration job."""
    stage = re.search(r'<option value="(\w+)">Barista', desk.page("/sandbox"))
    assert stage
    for name in names:
        desk.post("/sandbox/candidates", stage=stage[1], name=name)


@on_sqlite
def test_among_many_candidates_one_is_found_by_a_part_of_the_name_or_number(desk: Desk) -> None:
    assert "Find a candidate" not in desk.page("/sandbox")
    newcomers(desk, *(f"Zoe Number{n}" for n in range(10)), "Yves 100%")
    page = desk.page("/sandbox?find=silva+ann")
    assert ("1 found." in page, "Hi Ann" in page, "Zoe" in page) == (True, True, False)
    assert "Hi Ann" in desk.page("/sandbox?find=0100001")
    assert "1 found." in desk.page("/sandbox?find=%25")
    nobody = desk.page("/sandbox?find=%3Cb%3E")
    assert "Nobody has “<bdi>&lt;b&gt;</bdi>”" in nobody
    assert "Zoe" in nobody


@on_sqlite
def test_a_candidate_who_is_not_among_the_latest_can_still_be_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = desk.one(Candidate.public_id)
    newcomers(desk, "Zoe One", "Zoe Two")
    monkeypatch.setattr(phones, "MOST", 1)
    page = desk.page(f"/sandbox?candidate={ann}")
    assert "You are <bdi>Ann</bdi>" in page
    assert f'<option value="{ann}" selected>' in page


@on_sqlite
def test_who_is_added_applies_for_a_job_of_the_person_shown_even_where_their_latest_is_closed(desk: Desk) -> None:
    ann, first = desk.one(Candidate.public_id), desk.one(Job.id)
    with unit_of_work(desk.runtime) as work:
        for title in ("Closed", "Newest"):
            create_job(work, replace(clone_plan(work, first), title=title))
        jobs = {row.title: row.id for row in work.connection.execute(select(Job.title, Job.id))}
        number = work.connection.execute(select(Candidate.phone)).scalar_one()
        stage = select(Stage.id).where(Stage.job_id == jobs["Closed"], Stage.type == "form")
        target = find_target(work, work.connection.execute(stage).scalar_one())
        apply_for(work, target, Applicant(number or ""), source="test", external_id=None, sends=False)
        work.connection.execute(update(Job).where(Job.id == jobs["Closed"]).values(state="closed"))
    page = desk.page(f"/sandbox?candidate={ann}")
    assert "They apply for <bdi>Barista</bdi> · <bdi>Screening</bdi>, unless you choose another." in page
