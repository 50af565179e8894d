"""The pages of jobs without a browser: making, changing, opening and closing them, and their stages."""

import re
from html import unescape

import pytest
from sqlalchemy import select, update

from bot.models import AuditEntry, Job, JobState, Role, Stage, User
from bot.work import reading, unit_of_work
from tests.stories import Story
from tests.webhooks.desk import Desk, on_sqlite

DETAILS = {
    "title": "Barista", "location": "Porto", "language": "pt", "time_zone": "Europe/Lisbon", "default_country": "PT",
    "channels": "sms,whatsapp", "recruiter": "Maria",
}  # fmt: skip


@pytest.fixture
def desk(story: Story) -> Desk:
    story.job()
    return Desk(story.runtime)


def jobs(desk: Desk) -> list[str]:
    with reading(desk.runtime) as work:
        return list(work.connection.execute(select(Job.public_id).order_by(Job.id)).scalars())


def row(desk: Desk, public_id: str):
    with reading(desk.runtime) as work:
        return work.connection.execute(select(Job).where(Job.public_id == public_id)).one()


def stages(desk: Desk, public_id: str) -> dict[str, str]:
    with reading(desk.runtime) as work:
        found = select(Stage.name, Stage.public_id).join(Job, Job.id == Stage.job_id)
        rows = work.connection.execute(found.where(Job.public_id == public_id).order_by(Stage.place))
        return {each.name: each.public_id for each in rows}


def text(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def test_a_job_is_made_from_scratch_as_a_draft(desk: Desk) -> None:
    form = desk.page("/jobs/new")
    assert 'value="Screening"' in form
    answer = desk.post(
        "/jobs/new", **DETAILS, stage_name=["New", " ", "Rejected"], stage_type=["review", "form", "reject"]
    )
    made = jobs(desk)[-1]
    assert (answer.status_code, answer.location) == (303, f"/jobs/{made}/settings")
    job = row(desk, made)
    assert (job.title, job.state, job.time_zone, job.default_country) == ("Barista", "draft", "Europe/Lisbon", "PT")
    assert (job.channels, job.recruiter, job.is_template) == (["sms", "whatsapp"], "Maria", False)
    assert list(stages(desk, made)) == ["New", "Rejected"]
    page = text(desk.page(f"/jobs/{made}/settings"))
    assert "campaign not published" in page
    assert "Rejected Reject 0 applications" in page
    with reading(desk.runtime) as work:
        entry = work.connection.execute(select(AuditEntry).where(AuditEntry.action == "job.created")).one()
        assert (entry.object_id, entry.user_id) == (made, work.connection.execute(select(User.id)).scalar_one())


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": " "}, "title", "A job needs a title"),
        ({"time_zone": "Nowhere"}, "time_zone", "There is no such time zone"),
        ({"channels": ""}, "channels", "A job needs a channel"),
        ({"owner_id": "nobody"}, "owner_id", "There is no such user"),
        ({"stage_name": ["New", "new"]}, "stages", "Another stage has the name"),
        ({"stage_name": ["", ""]}, "stages", "A job needs a stage"),
    ],
)
@on_sqlite
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    desk: Desk, change: dict, field: str, words: str
) -> None:
    given = {**DETAILS, "stage_name": ["New", "Rejected"], "stage_type": ["review", "reject"], **change}
    answer = desk.post("/jobs/new", **given)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-fault"' in answer.text
    assert words in unescape(answer.text)
    assert 'value="Porto"' in answer.text
    assert len(jobs(desk)) == 1


@on_sqlite
def test_hostile_names_are_shown_as_they_are(desk: Desk) -> None:
    title = '"><script>alert(1)</script>{{ 7*7 }}'
    desk.post("/jobs/new", **{**DETAILS, "title": title}, stage_name=[title], stage_type=["form"])
    for path in ("/jobs", f"/jobs/{jobs(desk)[-1]}/settings", f"/jobs/new?like={jobs(desk)[-1]}"):
        page = desk.page(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page


def test_a_job_is_copied_with_its_stages_and_campaigns(desk: Desk) -> None:
    first = jobs(desk)[0]
    assert 'value="Barista"' in desk.page(f"/jobs/new?like={first}")
    desk.post("/jobs/new", **{**DETAILS, "title": "Barista, Faro"}, like=first, open="yes")
    made = jobs(desk)[-1]
    assert (row(desk, made).state, list(stages(desk, made))) == ("open", ["new", "screening", "rejected"])
    assert text(desk.page(f"/jobs/{made}/settings")).count("version 1 is published") == 2


def test_a_template_is_kept_used_and_deleted(desk: Desk) -> None:
    first = jobs(desk)[0]
    assert desk.post(f"/jobs/{first}/template", name="Counter").location == "/jobs?state=templates"
    template = jobs(desk)[-1]
    assert "Counter" not in desk.page("/jobs")
    assert "Counter" in desk.page("/jobs?state=templates")
    assert "Counter" in desk.page("/jobs/new")
    page = desk.page(f"/jobs/{template}/settings")
    assert ("Delete this template" in page, "/state?to=" in page) == (True, False)
    assert "Delete Counter?" in text(desk.page(f"/jobs/{template}/delete"))
    assert desk.post(f"/jobs/{template}/delete").location == "/jobs"
    assert jobs(desk) == [first]


def test_a_change_of_somebody_else_is_not_overwritten(desk: Desk) -> None:
    first = jobs(desk)[0]
    seen = re.search(r'name="seen" value="(\d+)"', desk.page(f"/jobs/{first}/settings"))
    assert seen
    assert desk.post(f"/jobs/{first}/settings", **DETAILS, seen=seen[1]).status_code == 303
    answer = desk.post(f"/jobs/{first}/settings", **{**DETAILS, "title": "Mine"}, seen=seen[1])
    assert answer.status_code == 422
    assert "Somebody has changed this to “Barista” meanwhile: to put yours in its place, save again." in answer.text
    assert 'value="Mine"' in answer.text
    assert row(desk, first).title == "Barista"


def filled_in(page: str) -> dict[str, str]:
    """Return what the form of the details holds, as a browser would send it."""
    form = page[page.index("/settings") :]
    form = form[form.index('name="seen"') - 200 : form.index("<button>Save</button>")]
    fields = dict(re.findall(r'<input [^>]*name="(\w+)"[^>]* value="([^"]*)"', form))
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in fields.items() if name != "csrf"}


@on_sqlite
def test_after_a_change_of_somebody_else_one_sees_it_and_saves_ones_own(desk: Desk) -> None:
    first = jobs(desk)[0]
    mine = {**filled_in(desk.page(f"/jobs/{first}/settings")), "title": "Mine"}
    desk.post(f"/jobs/{first}/settings", **{**DETAILS, "title": "Theirs", "language": "fr"})
    answer = desk.post(f"/jobs/{first}/settings", **mine)
    told = unescape(answer.text)
    assert answer.status_code == 422
    assert "Somebody has changed this to “Theirs” meanwhile: to put yours in its place, save again." in told
    assert "Somebody has changed this to “French” meanwhile: it is shown here." in told
    again = filled_in(answer.text)
    assert (again["title"], again["language"], again["location"]) == ("Mine", "fr", "Porto")
    assert desk.post(f"/jobs/{first}/settings", **again).status_code == 303
    assert (row(desk, first).title, row(desk, first).language) == ("Mine", "fr")


@on_sqlite
def test_a_change_of_stages_is_no_reason_to_refuse_the_details(desk: Desk) -> None:
    first = jobs(desk)[0]
    mine = {**filled_in(desk.page(f"/jobs/{first}/settings")), "title": "Mine"}
    desk.post(f"/jobs/{first}/stages", stage_name="Trial", stage_type="review")
    assert desk.post(f"/jobs/{first}/settings", **mine).status_code == 303
    assert row(desk, first).title == "Mine"


@on_sqlite
def test_a_name_that_is_refused_stands_in_its_field_with_the_reason(desk: Desk) -> None:
    first = jobs(desk)[0]
    taken = desk.post(f"/jobs/{first}/stages", stage_name="NEW", stage_type="offer")
    assert taken.status_code == 422
    assert 'value="NEW" aria-describedby="stage_name-fault " aria-invalid="true"' in taken.text
    assert 'value="offer" selected' in taken.text
    long = desk.post(f"/jobs/{first}/template", name="n" * 201)
    assert long.status_code == 422
    assert f'value="{"n" * 201}" aria-describedby="name-fault " aria-invalid="true"' in long.text
    assert len(jobs(desk)) == 1


def test_what_a_state_does_is_told_before_and_done_after(desk: Desk, story: Story) -> None:
    first = jobs(desk)[0]
    running = story.apply()
    told = text(desk.page(f"/jobs/{first}/state?to=closed"))
    assert "1 running conversation ends. The candidates are not told." in told
    desk.page(f"/jobs/{first}/state?to=nothing", 400)
    desk.post(f"/jobs/{first}/state", to="closed")
    assert (row(desk, first).state, story.enrolment(running.enrolment_id).status) == ("closed", "cancelled")
    assert "The job is closed." in desk.page(f"/jobs/{first}/settings")
    desk.post(f"/jobs/{first}/state", to="open")
    assert row(desk, first).state == JobState.OPEN


def test_stages_are_added_named_moved_and_removed(desk: Desk) -> None:
    first = jobs(desk)[0]
    answer = desk.post(f"/jobs/{first}/stages", stage_name="Offer", stage_type="offer")
    assert answer.location == f"/jobs/{first}/settings#stages"
    ids = stages(desk, first)
    assert list(ids) == ["new", "screening", "rejected", "Offer"]
    desk.post(f"/jobs/{first}/stages/{ids['Offer']}/shift", step="up")
    assert list(stages(desk, first)) == ["new", "screening", "Offer", "rejected"]
    desk.post(f"/jobs/{first}/stages/order", stage=list(reversed(ids.values())))
    assert list(stages(desk, first)) == ["Offer", "rejected", "screening", "new"]
    assert "Type" in desk.page(f"/jobs/{first}/stages/{ids['Offer']}")
    desk.post(f"/jobs/{first}/stages/{ids['Offer']}", stage_name="Our offer", stage_type="form")
    assert "Our offer" in stages(desk, first)
    assert "Its campaign goes with it." in desk.page(f"/jobs/{first}/stages/{ids['Offer']}/remove")
    desk.post(f"/jobs/{first}/stages/{ids['Offer']}/remove")
    assert list(stages(desk, first)) == ["rejected", "screening", "new"]
    desk.page(f"/jobs/{first}/stages/{ids['Offer']}", 404)


def test_what_forbids_a_change_of_stages_is_said(desk: Desk, story: Story) -> None:
    story.apply()
    first, ids = jobs(desk)[0], stages(desk, jobs(desk)[0])
    desk.post(f"/jobs/{first}/stages/{ids['screening']}/remove")
    assert "1 application is in this stage: move them to another first, such as new." in desk.page(
        f"/jobs/{first}/settings"
    )
    assert "give each its own." in desk.post(f"/jobs/{first}/stages", stage_name="NEW", stage_type="form").text
    assert list(stages(desk, first)) == ["new", "screening", "rejected"]
    answer = desk.post(f"/jobs/{first}/stages/{ids['new']}", stage_name="rejected")
    assert (answer.status_code, "give each its own." in answer.text) == (422, True)
    assert desk.post(f"/jobs/{first}/stages", stage_name="x", stage_type="none").status_code == 400
    assert desk.post(f"/jobs/{first}/stages/{ids['new']}/shift", step="away").status_code == 400
    assert "its type stays" not in desk.page(f"/jobs/{first}/stages/{ids['new']}")
    assert "Its type stays" in desk.page(f"/jobs/{first}/stages/{ids['screening']}")


@on_sqlite
def test_htmx_gets_the_stages_alone(desk: Desk) -> None:
    first = jobs(desk)[0]
    ids = stages(desk, first)
    part = desk.client.get(f"/jobs/{first}/settings", headers={"HX-Request": "true"}).text
    assert ("stages-list" in part, "<html" in part) == (True, False)
    token = re.search(r'name="csrf" value="([^"]+)"', part)
    assert token
    moved = desk.client.post(
        f"/jobs/{first}/stages/{ids['new']}/shift",
        data={"csrf": token[1], "step": "down"},
        headers={"HX-Request": "true"},
    )
    assert re.findall(r'id="stage-(\w+)"', moved.text) == [ids["screening"], ids["new"], ids["rejected"]]
    sheet = desk.client.get(f"/jobs/{first}/state?to=paused", headers={"HX-Request": "true"}).text
    assert ("No conversation is running." in sheet, "<html" in sheet) == (True, False)


@on_sqlite
def test_a_hiring_manager_lists_their_own_jobs_and_changes_none(desk: Desk, story: Story) -> None:
    story.job("Cook")
    manager = Desk(story.runtime, Role.HIRING_MANAGER)
    assert "No job found" not in manager.page("/jobs")
    assert "There is no job yet" in manager.page("/jobs")
    with unit_of_work(story.runtime) as work:
        user = work.connection.execute(select(User.id).where(User.role == Role.HIRING_MANAGER)).scalar_one()
        work.connection.execute(Job.__table__.update().where(Job.title == "Cook").values(hiring_manager_id=user))
    page = manager.page("/jobs")
    assert ("Cook" in page, "Barista" in page, "New job" in page) == (True, False, False)
    cook = jobs(desk)[-1]
    for path in ("/jobs/new", f"/jobs/{cook}/settings", f"/jobs/{cook}/state?to=closed"):
        manager.page(path, 403)
    assert manager.post(f"/jobs/{cook}/state", to="closed").status_code == 403


@on_sqlite
def test_jobs_are_found_by_words_and_by_state(desk: Desk, story: Story) -> None:
    story.job("Cook", state=JobState.PAUSED)
    assert "Barista" not in desk.page("/jobs?q=cook")
    assert "Barista" not in desk.page("/jobs?state=paused")
    assert "Cook" in desk.page("/jobs?state=whatever")
    assert "No job found" in desk.page("/jobs?q=nothing")
    part = desk.client.get("/jobs?q=cook", headers={"HX-Request": "true"}).text
    assert ("Cook" in part, "<html" in part) == (True, False)


@on_sqlite
def test_each_time_zone_is_offered_by_one_name_and_another_that_a_job_has_is_kept(desk: Desk) -> None:
    form = desk.page("/jobs/new")
    offered = re.findall(r'<option value="([A-Z][a-z]+/[^"]+)"', form)
    assert {"Asia/Kolkata", "Europe/Amsterdam", "America/Argentina/Buenos_Aires"} <= set(offered)
    assert not {"Asia/Calcutta", "America/Buenos_Aires", "Etc/GMT+5"} & set(offered)
    (job,) = jobs(desk)
    with unit_of_work(desk.runtime) as work:
        work.connection.execute(update(Job).values(time_zone="Asia/Calcutta"))
    assert '<option value="Asia/Calcutta" selected' in desk.page(f"/jobs/{job}/settings?view=details")
