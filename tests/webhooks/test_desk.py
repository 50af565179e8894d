"""The recruiters' pages without a browser: who may see and change what, and what is said when something is wrong."""

import re

import pytest
from sqlalchemy import delete, update

from bot.channels.error_codes import explain
from bot.dialogue.demonstration import set_up_demonstration
from bot.messaging.thread import lock_thread
from bot.models import (
    Application,
    ApplicationState,
    AuditEntry,
    Candidate,
    Conversation,
    Enrolment,
    Job,
    Message,
    MessageEvent,
    Role,
)
from bot.pipeline.closings import close_application
from bot.runtime import Runtime
from bot.work import unit_of_work
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.webhooks.desk import PASSWORD, Desk, on_sqlite
from webhooks.app import create_app


@on_sqlite
def test_pages_ask_for_the_log_in_and_lead_back(runtime: Runtime) -> None:
    client = create_app(runtime).test_client()
    for path in ("/", "/jobs", "/jobs/1", "/sandbox"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (302, f"/log-in?then={path}")


@on_sqlite
def test_a_log_in_never_leads_to_another_site(runtime: Runtime) -> None:
    desk = Desk(runtime)
    for address in ("//evil.example", "https://evil.example/", "/\\evil.example"):
        answer = desk.post("/log-in", email="recruiter@example.org", password=PASSWORD, then=address)
        assert answer.location == "/"


@on_sqlite
def test_a_form_without_its_token_is_refused_with_a_way_out(desk: Desk) -> None:
    answer = desk.client.post("/sandbox", data={"text": "hello"})
    assert answer.status_code == 400
    assert "Go back, copy what you wrote, reload the page and try again." in answer.text


@on_sqlite
def test_a_viewer_may_look_and_change_nothing(runtime: Runtime) -> None:
    set_up_demonstration(runtime)
    viewer = Desk(runtime, Role.VIEWER)
    assert "Ann Silva" in viewer.page("/sandbox")
    answer = viewer.post("/sandbox/candidates")
    assert answer.status_code == 403
    assert "Ask an administrator" in answer.text


WRITING = ('id="text"', 'name="tapped"', "Start again", "Add a candidate", "You are")


@on_sqlite
def test_a_viewer_sees_the_phone_without_what_only_others_may_use(desk: Desk) -> None:
    desk.post("/sandbox", candidate=desk.one(Candidate.public_id), text="sure")
    viewer = Desk(desk.runtime, Role.VIEWER)
    page, others = viewer.page("/sandbox"), desk.page("/sandbox")
    assert [words for words in WRITING if words in page] == []
    assert [words for words in WRITING if words not in others] == []
    assert ("Your role may read only." in page, "Your role may read only." in others) == (True, False)
    assert '<span class="option" dir="auto">' in page


@on_sqlite
def test_a_viewer_of_an_empty_installation_is_offered_no_demonstration(runtime: Runtime) -> None:
    viewer = Desk(runtime, Role.VIEWER)
    for path in ("/jobs", "/sandbox"):
        assert "Set up the demonstration" not in viewer.page(path)
        assert "Your role may read only." in viewer.page(path)


@on_sqlite
def test_no_page_is_kept_by_a_cache_and_none_holds_anything_inline(desk: Desk) -> None:
    for path in ("/jobs", f"/jobs/{desk.one(Job.public_id)}", "/sandbox", "/nothing"):
        answer = desk.client.get(path)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<style|<script>| style=| on[a-z]+=", answer.text)
        if answer.status_code == 200:
            assert answer.headers["Cache-Control"] == "no-store"


@on_sqlite
def test_programs_get_the_bare_status_and_people_a_page(desk: Desk) -> None:
    assert "Go to the jobs" in desk.page("/nothing", 404)
    assert "Go to the jobs" not in desk.page("/webhooks/nothing", 404)


@on_sqlite
def test_a_page_that_is_not_there_keeps_the_way_back(desk: Desk) -> None:
    assert "Log out" in desk.page("/nothing", 404)


@on_sqlite
def test_a_fault_of_ours_is_a_page_that_says_nothing_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("Ann Silva")

    monkeypatch.setattr("webhooks.desk.board.boards.board", fail)
    page = desk.page(f"/jobs/{desk.one(Job.public_id)}", 500)
    assert "Something went wrong on our side" in page
    assert "Ann Silva" not in page


def test_an_empty_installation_offers_the_demonstration(runtime: Runtime) -> None:
    desk = Desk(runtime)
    assert "Set up the demonstration" in desk.page("/jobs")
    assert "Set up the demonstration" in desk.page("/sandbox")
    desk.post("/sandbox/candidates")
    assert "Hi Ann, thanks for applying as Barista." in desk.page("/sandbox")


def doubtful(desk: Desk) -> tuple[str, str]:
    """Let nobody know whether the welcome went; return the addresses of the job's page and of the decision."""
    with unit_of_work(desk.runtime) as work:
        lost = {"status": "unconfirmed", "provider_id": None, "claimed_at": work.now, "confirmed_at": None}
        work.connection.execute(update(Message).where(~Message.inbound).values(**lost, sent_at=None, delivered_at=None))
        work.connection.execute(delete(MessageEvent))
        work.connection.execute(update(Conversation).values(needs_person="unconfirmed"))
    return f"/jobs/{desk.one(Job.public_id)}", f"/messages/{desk.one(Message.public_id)}/settle"


@pytest.mark.parametrize(("outcome", "status"), [("sent", "sent"), ("not_sent", "delivered")])
def test_a_recruiter_says_on_the_job_page_what_became_of_a_message(desk: Desk, outcome: str, status: str) -> None:
    job, decision = doubtful(desk)
    page = desk.page(job)
    assert "May not have got a message of ours" in page
    assert '<q dir="auto">Hi Ann, thanks for applying as Barista.' in page
    answer = desk.post(decision, outcome=outcome, job=job.removeprefix("/jobs/"))
    assert (answer.status_code, answer.location) == (303, job)
    assert desk.one(Message.status) == status
    assert (desk.one(AuditEntry.action), desk.one(AuditEntry.object_id)) == (
        "message.settled",
        desk.one(Candidate.public_id),
    )
    assert "May not have got" not in desk.page(job)
    desk.post(decision, outcome=outcome, job=job.removeprefix("/jobs/"))
    assert "Nothing to decide any more" in desk.page(job)


@on_sqlite
def test_a_decision_that_is_none_decides_nothing(desk: Desk) -> None:
    job, decision = doubtful(desk)
    assert desk.post(decision, outcome="perhaps", job="x").status_code == 400
    assert desk.post("/messages/x/settle", outcome="sent", job="x").status_code == 404
    viewer = Desk(desk.runtime, Role.VIEWER)
    assert viewer.post(decision, outcome="sent", job="x").status_code == 403
    assert "Nobody can tell whether" not in viewer.page(job)
    assert "Send it again" in desk.page(job)
    assert desk.one(Message.status) == "unconfirmed"


@on_sqlite
def test_a_failed_enrolment_is_explained_with_a_remedy(desk: Desk) -> None:
    with unit_of_work(desk.runtime) as work:
        values = {"status": "failed", "reason": "63003"}
        work.connection.execute(Enrolment.__table__.update().values(values))
    known = explain("63003")
    assert f"{known.explanation} {known.remedy}" in desk.page(f"/jobs/{desk.one(Job.public_id)}").replace("&#39;", "'")


@on_sqlite
def test_names_are_escaped(desk: Desk) -> None:
    stage = re.search(r'<option value="(\w+)">Barista', desk.page("/sandbox"))
    assert stage
    desk.post("/sandbox/candidates", stage=stage[1], name="<script>alert(1)</script>")
    for path in ("/sandbox", f"/jobs/{desk.one(Job.public_id)}"):
        assert "<script>alert" not in desk.page(path)


def test_a_newcomer_gets_a_number_of_fiction_and_the_campaign(desk: Desk) -> None:
    stage = re.search(r'<option value="(\w+)">Barista', desk.page("/sandbox"))
    assert stage
    desk.post("/sandbox/candidates", stage=stage[1])
    assert re.fullmatch(r"\+1555\d{7}", desk.one(Candidate.phone))
    assert "thanks for applying as Barista" in desk.page("/sandbox")


@on_sqlite
def test_a_stage_that_takes_nobody_is_told(desk: Desk) -> None:
    desk.post("/sandbox/candidates", stage="nothing")
    assert "This stage takes no applications" in desk.page("/sandbox")


def test_start_again_applies_anew_after_a_withdrawal(desk: Desk) -> None:
    with unit_of_work(desk.runtime) as work:
        thread = lock_thread(work, desk.one(Candidate.id))
        close_application(work, thread, desk.one(Application.id), ApplicationState.WITHDRAWN)
    desk.post("/sandbox/again", candidate=desk.one(Candidate.public_id))
    assert desk.one(Enrolment.status) == "delivered"
    assert desk.page("/sandbox").count("thanks for applying as Barista") == 2


@on_sqlite
def test_what_is_written_on_the_sms_phone_is_answered_there(desk: Desk) -> None:
    ann = desk.one(Candidate.public_id)
    desk.post("/sandbox", candidate=ann, phone="sms", text="ok")
    assert "1. Yes 2. No" in desk.page(f"/sandbox?candidate={ann}&phone=sms")
    assert "1. Yes" not in desk.page(f"/sandbox?candidate={ann}&phone=whatsapp")


@on_sqlite
def test_with_twilio_connected_there_is_no_sandbox(build_runtime: Build) -> None:
    runtime = build_runtime(FakeSender(build_runtime().clock))
    make_ready(runtime)
    desk = Desk(runtime)
    assert "The sandbox phone is off" in desk.page("/sandbox", 404)
    assert desk.post("/sandbox/candidates").status_code == 404
    assert "Sandbox phone" not in desk.page("/jobs")
