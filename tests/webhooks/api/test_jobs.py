"""Jobs, stages and campaigns by the API."""

import pytest

from tests.webhooks.api.conftest import ANN, BEN, SCREENING, SORRY, Api, fields_of


def test_a_new_job_is_open_and_its_campaigns_are_published(api: Api) -> None:
    job = api.job(reference="R-1", time_zone="Europe/Lisbon")
    assert (job["state"], job["reference"], job["time_zone"]) == ("open", "R-1", "Europe/Lisbon")
    review, screening, rejected = job["stages"]
    assert review["campaign"] is None
    assert (screening["campaign"]["version"], screening["campaign"]["ready"]) == (1, True)
    assert screening["campaign"]["draft"] == SCREENING
    assert rejected["campaign"]["version"] == 1
    assert api.get(f"/jobs/{job['id']}") == job


def test_a_stage_without_a_campaign_begins_with_a_draft_that_nobody_has_published(api: Api) -> None:
    job = api.post("/jobs", {"title": "Cook", "stages": [{"name": "Form", "type": "form"}]})
    campaign = job["stages"][0]["campaign"]
    assert campaign["version"] is None
    assert campaign["draft"]["welcome"]["text"]
    assert not campaign["ready"]


def test_publish_false_keeps_a_campaign_with_errors_as_a_draft(api: Api) -> None:
    stage = {"name": "Form", "type": "form", "campaign": {"callboard": 1, "nonsense": 1}, "publish": False}
    job = api.post("/jobs", {"title": "Cook", "stages": [stage]})
    campaign = job["stages"][0]["campaign"]
    assert (campaign["version"], campaign["ready"]) == (None, False)
    assert "nonsense" in [finding["field"] for finding in campaign["findings"]]


def test_a_campaign_with_errors_makes_the_whole_call_fail_and_nothing_is_stored(api: Api) -> None:
    broken = {**SCREENING, "modules": [*SCREENING["modules"], {"key": "x", "type": "questions", "questions": [{}]}]}
    stages = [{"name": "s", "type": "form", "campaign": broken}]
    refused = api.call("POST", "/jobs", {"title": "Cook", "stages": stages})
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert any(field.startswith("stages[0].campaign.modules[1].questions[0].") for field in fields_of(refused.json))
    assert api.get("/jobs")["items"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 5}, "title"),
        ({"language": "xx"}, "language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"default_country": "ZZ"}, "default_country"),
        ({"channels": []}, "channels"),
        ({"channels": ["sms", "sms"]}, "channels"),
        ({"channels": ["pigeon"]}, "channels[0]"),
        ({"stages": []}, "stages"),
        ({"stages": [{"name": "x", "type": "party"}]}, "stages[0].type"),
        ({"stages": [{"type": "form"}]}, "stages[0].name"),
        ({"stages": [{"name": "x", "type": "form", "publish": "yes"}]}, "stages[0].publish"),
        ({"stages": [{"name": "x", "type": "review", "campaign": {}}]}, "stages[0].campaign"),
        ({"colour": "red"}, "colour"),
        ({"state": "closed"}, "state"),
    ],
)
def test_a_wrong_field_of_a_job_is_named(api: Api, change: dict[str, object], field: str) -> None:
    body = {"title": "Cook", "stages": [{"name": "x", "type": "form"}], **change}
    assert field in fields_of(api.post("/jobs", body, 422))


def test_stages_of_a_job_bear_names_of_their_own_since_rules_propose_them_by_name(api: Api) -> None:
    stages = [{"name": name, "type": "review"} for name in ("Hired", "Waiting", " hired")]
    assert fields_of(api.post("/jobs", {"title": "Cook", "stages": stages}, 422)) == ["stages[2].name"]
    assert api.get("/jobs")["items"] == []


def test_jobs_are_listed_newest_first_a_page_at_a_time(api: Api) -> None:
    titles = [f"Job {number}" for number in range(5)]
    for title in titles:
        api.job(title)
    first = api.get("/jobs?limit=2")
    second = api.get(f"/jobs?limit=2&cursor={first['next']}")
    third = api.get(f"/jobs?limit=2&cursor={second['next']}")
    seen = [job["title"] for listed in (first, second, third) for job in listed["items"]]
    assert seen == titles[::-1]
    assert third["next"] is None
    assert [stage["name"] for stage in first["items"][0]["stages"]] == ["new", "screening", "rejected"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=YWZ0ZXI6", "colour=red"])
def test_a_wrong_query_is_refused_by_name(api: Api, query: str) -> None:
    refused = api.call("GET", f"/jobs?{query}")
    assert refused.status_code == 422
    assert fields_of(refused.json) == [query.partition("=")[0]]


def test_what_is_changed_in_a_job_changes_and_the_rest_stays(api: Api) -> None:
    job = api.job(location="Lisbon")
    changed = api.patch(f"/jobs/{job['id']}", {"title": "Head barista", "channels": ["sms"]})
    assert (changed["title"], changed["channels"], changed["location"]) == ("Head barista", ["sms"], "Lisbon")
    assert fields_of(api.patch(f"/jobs/{job['id']}", {"title": None}, 422)) == ["title"]


def test_closing_a_job_cancels_what_runs_and_opening_it_begins_nothing_again(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    api.patch(f"/jobs/{job['id']}", {"state": "closed"})
    enrolment = api.get(f"/enrolments/{made['enrolment']}")
    assert (enrolment["status"], enrolment["reason"]) == ("cancelled", "job_closed")
    candidate = {"first_name": "Ben", "last_name": "", "phone": BEN}
    body = {"job": job["id"], "stage": job["stages"][1]["id"], "candidate": candidate}
    api.post("/applications", body, 409)
    api.patch(f"/jobs/{job['id']}", {"state": "open"})
    api.post("/applications", body, 201)


def test_a_paused_job_lets_new_enrolments_wait_until_it_is_open_again(api: Api) -> None:
    job = api.job()
    api.patch(f"/jobs/{job['id']}", {"state": "paused"})
    made = api.apply(job)
    waiting = api.get(f"/enrolments/{made['enrolment']}")
    assert waiting["status"] == "queued"
    assert "paused" in waiting["explanation"]
    api.patch(f"/jobs/{job['id']}", {"state": "open"})
    api.send()
    assert api.get(f"/enrolments/{made['enrolment']}")["status"] == "delivered"
    api.patch(f"/jobs/{job['id']}", {"state": "draft"}, 409)


def test_a_clone_has_stages_and_campaigns_and_no_applications(api: Api) -> None:
    job = api.job()
    api.apply(job, phone=ANN)
    clone = api.post(f"/jobs/{job['id']}/clone", {"title": "Copy"})
    assert clone["title"] == "Copy"
    assert [stage["name"] for stage in clone["stages"]] == [stage["name"] for stage in job["stages"]]
    assert clone["stages"][1]["campaign"]["version"] == 1
    assert api.get(f"/applications?job={clone['id']}")["items"] == []
    assert api.post(f"/jobs/{job['id']}/clone")["title"] == "Barista"


def test_a_clone_sends_what_is_in_force_and_keeps_an_unfinished_draft_apart(api: Api) -> None:
    job = api.job()
    edited = SCREENING | {"welcome": {"text": "Not ready yet."}}
    api.call("PUT", f"/stages/{job['stages'][1]['id']}/campaign", edited)
    clone = api.post(f"/jobs/{job['id']}/clone")
    assert clone["stages"][1]["campaign"]["draft"]["welcome"] == {"text": "Not ready yet."}
    made = api.apply(clone)
    welcome = api.get(f"/candidates/{made['candidate']}/messages")["items"][0]["text"]
    assert welcome.startswith("Hi Ann")


def test_a_draft_is_stored_right_or_wrong_with_its_findings(api: Api) -> None:
    stage = api.job()["stages"][1]["id"]
    stored = api.call("PUT", f"/stages/{stage}/campaign", {**SCREENING, "welcome": {"text": "{{ nobody.knows }}"}})
    assert stored.status_code == 200
    assert not stored.json["ready"]
    assert [finding["field"] for finding in stored.json["findings"] if finding["severity"] == "error"] == [
        "welcome.text"
    ]
    assert api.get(f"/stages/{stage}/campaign") == stored.json
    refused = api.post(f"/stages/{stage}/campaign/publish", status=422)
    assert fields_of(refused) == ["welcome.text"]
    assert api.get(f"/stages/{stage}")["campaign"]["version"] == 1


def test_publishing_makes_the_next_version(api: Api) -> None:
    job = api.job()
    stage = job["stages"][1]["id"]
    assert api.post(f"/stages/{stage}/campaign/publish")["version"] == 2
    shown = api.get(f"/stages/{stage}")
    assert (shown["job"], shown["type"], shown["campaign"]["version"]) == (job["id"], "form", 2)


@pytest.mark.parametrize("body", [[], "text", 5, True])
def test_a_form_that_is_no_object_cannot_be_stored(api: Api, body: object) -> None:
    stage = api.job()["stages"][1]["id"]
    path = f"/api/v1/stages/{stage}/campaign"
    response = api.client.put(path, json=body, headers={"Authorization": f"Bearer {api.key}"})
    assert response.status_code == 422


def test_a_review_stage_has_no_campaign(api: Api) -> None:
    stage = api.job()["stages"][0]["id"]
    assert api.get(f"/stages/{stage}")["campaign"] is None
    assert api.call("GET", f"/stages/{stage}/campaign").status_code == 404
    assert api.call("PUT", f"/stages/{stage}/campaign", SORRY).status_code == 404
    assert api.call("POST", f"/stages/{stage}/campaign/publish").status_code == 404


def test_an_unknown_id_in_the_path_is_not_found(api: Api) -> None:
    for path in (
        "/jobs/%00",
        "/jobs/%F0%9F%98%80",
        "/jobs/x",
        "/stages/x",
        "/applications/x",
        "/candidates/x",
        "/enrolments/x",
        "/moves/x",
    ):
        refused = api.call("GET", path)
        assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")
