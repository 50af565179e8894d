"""Applications and moves by the API."""

from typing import Any

import pytest
from sqlalchemy import func, select

from bot.dialogue import bulk
from bot.models import Enrolment, Message, StageMove
from bot.work import reading
from tests.webhooks.api.conftest import ANN, BEN, SCREENING, Api, fields_of


def count(api: Api, what: Any) -> int:
    with reading(api.runtime) as work:
        return work.connection.execute(select(func.count()).select_from(what)).scalar_one()


def test_an_application_sends_the_campaign_of_its_stage(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    assert (made["job"], made["stage"]) == (job["id"], job["stages"][1]["id"])
    assert set(made) == {"id", "candidate", "job", "stage", "enrolment"}
    enrolment = api.get(f"/enrolments/{made['enrolment']}")
    assert (enrolment["status"], enrolment["application"]) == ("delivered", made["id"])
    shown = api.get(f"/applications/{made['id']}")
    assert (shown["state"], shown["enrolment"]) == ("active", made["enrolment"])


def test_without_sending_an_application_has_no_enrolment(api: Api) -> None:
    job = api.job()
    assert api.apply(job, send=False)["enrolment"] is None
    assert api.apply(job, stage=0, phone=BEN)["enrolment"] is None


def test_the_same_candidate_in_the_same_job_is_a_conflict_that_names_the_application(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    refused = api.apply(job, phone="(415) 555-0101", status=409)
    assert refused["application"] == made["id"]
    assert refused["status"] == 409


def test_a_repeated_external_id_gives_the_first_application_back(api: Api) -> None:
    job = api.job()
    made = api.apply(job, external_id="ats-1")
    assert api.apply(job, status=200, external_id="ats-1") == made
    assert count(api, Enrolment) == 1


def test_a_stage_that_is_not_published_takes_nobody_unless_nothing_is_sent(api: Api) -> None:
    job = api.post("/jobs", {"title": "Cook", "default_country": "US", "stages": [{"name": "f", "type": "form"}]})
    assert fields_of(api.apply(job, stage=0, status=422)) == ["stage"]
    assert api.get("/candidates")["items"] == []
    assert api.apply(job, stage=0, send=False)["enrolment"] is None


def test_somebody_who_has_opted_out_gets_an_enrolment_that_failed_and_says_why(api: Api) -> None:
    api.apply(api.job())
    api.says("STOP")
    made = api.apply(api.job("Cook"))
    enrolment = api.get(f"/enrolments/{made['enrolment']}")
    assert enrolment["status"] == "failed"
    assert "asked us to stop" in enrolment["explanation"]
    assert (enrolment["reason"], enrolment["provider_code"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "tomorrow"}, "candidate.phone"),
        ({"phone": None}, "candidate.phone"),
        ({"phone": "+1\x00"}, "candidate.phone"),
        ({"first_name": ""}, "candidate.first_name"),
        ({"email": "nonsense"}, "candidate.email"),
        ({"language": "xx"}, "candidate.language"),
        ({"time_zone": "Nowhere"}, "candidate.time_zone"),
        ({"channel": "pigeon"}, "candidate.channel"),
        ({"fields": {"a": {"b": 1}}}, "candidate.fields"),
        ({"fields": {"a": "\x00"}}, "candidate.fields.a"),
        ({"fields": []}, "candidate.fields"),
        ({"consents": [{"channel": "sms", "source": "x", "at": "yesterday"}]}, "candidate.consents[0].at"),
        ({"consents": [{"channel": "sms", "source": "x", "at": "2026-01-01T00:00:00"}]}, "candidate.consents[0].at"),
        ({"consents": [{"channel": "sms", "at": "0001-01-01T00:00:00+14:00"}]}, "candidate.consents[0].at"),
        ({"shoe_size": 44}, "candidate.shoe_size"),
    ],
)
def test_a_wrong_field_of_a_candidate_is_named(api: Api, change: dict[str, object], field: str) -> None:
    assert field in fields_of(api.apply(api.job(), status=422, candidate=change))


def test_ids_in_a_body_that_name_nothing_are_named(api: Api) -> None:
    job, other = api.job(), api.job("Cook")
    stage = {"id": other["stages"][1]["id"]}
    wrong_stage = {"id": job["id"], "stages": [{}, stage]}
    assert fields_of(api.apply(wrong_stage, status=422)) == ["stage"]
    assert fields_of(api.apply({**job, "id": "x"}, status=422)) == ["job"]
    assert fields_of(api.apply({**job, "stages": [{}, {"id": "x"}]}, status=422)) == ["stage"]


def test_consents_are_kept_as_they_were_given(api: Api) -> None:
    consent = {"channel": "sms", "source": "form", "at": "2026-01-05T10:00:00+01:00"}
    made = api.apply(api.job(), candidate={"consents": [consent]})
    candidate = api.get(f"/candidates/{made['candidate']}")
    assert candidate["consents"] == [{"channel": "sms", "source": "form", "at": "2026-01-05T09:00:00Z"}]
    message = api.get(f"/candidates/{made['candidate']}/messages")["items"][0]
    assert message["channel"] == "sms"


def test_without_consents_the_source_vouches_for_every_channel_of_the_job(api: Api) -> None:
    made = api.apply(api.job())
    candidate = api.get(f"/candidates/{made['candidate']}")
    assert [consent["channel"] for consent in candidate["consents"]] == ["whatsapp", "sms"]


def test_without_any_consent_an_enrolment_fails_and_says_so(api: Api) -> None:
    made = api.apply(api.job(), candidate={"consents": []})
    enrolment = api.get(f"/enrolments/{made['enrolment']}")
    assert (enrolment["status"], "agreed" in enrolment["explanation"]) == ("failed", True)


def test_applications_are_found_by_job_stage_candidate_and_state(api: Api) -> None:
    job, other = api.job(), api.job("Cook")
    ann, ben = api.apply(job), api.apply(job, phone=BEN, stage=0)
    cook = api.apply(other)
    api.post(f"/applications/{ben['id']}/archive", status=200)

    def found(query: str) -> list[str]:
        return [item["id"] for item in api.get(f"/applications?{query}")["items"]]

    assert found(f"job={job['id']}") == [ben["id"], ann["id"]]
    assert found(f"stage={job['stages'][1]['id']}") == [ann["id"]]
    assert found(f"candidate={ann['candidate']}") == [cook["id"], ann["id"]]
    assert found("state=archived") == [ben["id"]]
    assert found("") == [cook["id"], ben["id"], ann["id"]]
    assert fields_of(api.call("GET", "/applications?job=x").json) == ["job"]


def test_a_move_begins_the_campaign_of_the_new_stage_and_ends_the_old_one(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    moved = api.post(f"/applications/{made['id']}/moves", {"stage": job["stages"][2]["id"]})
    assert moved["application"] == made["id"]
    old, new = api.get(f"/enrolments/{made['enrolment']}"), api.get(f"/enrolments/{moved['enrolment']}")
    assert (old["status"], old["reason"]) == ("cancelled", "superseded")
    assert new["stage"] == job["stages"][2]["id"]


def test_a_move_with_the_same_external_id_changes_nothing(api: Api) -> None:
    job = api.job()
    made, other = api.apply(job), api.apply(job, phone=BEN)
    body = {"stage": job["stages"][2]["id"], "external_id": "m1"}
    moved = api.post(f"/applications/{made['id']}/moves", body)
    moves = count(api, StageMove)
    assert api.post(f"/applications/{made['id']}/moves", body, 200) == moved
    assert count(api, StageMove) == moves
    api.post(f"/applications/{other['id']}/moves", body, 409)


def test_a_move_into_a_stage_of_another_job_or_an_unpublished_one_names_the_stage(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    other = api.post("/jobs", {"title": "Cook", "stages": [{"name": "f", "type": "form"}]})
    for stage in (other["stages"][0]["id"], "x"):
        assert fields_of(api.post(f"/applications/{made['id']}/moves", {"stage": stage}, 422)) == ["stage"]
    bare = api.post(
        "/jobs", {"title": "Bare", "stages": [{"name": "r", "type": "review"}, {"name": "f", "type": "form"}]}
    )
    waiting = api.apply(bare, stage=0, candidate={"phone": "+14155550199"})
    path = f"/applications/{waiting['id']}/moves"
    assert fields_of(api.post(path, {"stage": bare["stages"][1]["id"]}, 422)) == ["stage"]
    assert api.post(path, {"stage": bare["stages"][1]["id"], "send": False})["enrolment"] is None


def test_withdrawing_and_archiving_end_the_campaign_and_may_be_repeated(api: Api) -> None:
    job = api.job()
    for phone, deed, state in ((ANN, "withdraw", "withdrawn"), (BEN, "archive", "archived")):
        made = api.apply(job, phone=phone)
        assert api.post(f"/applications/{made['id']}/{deed}", status=200)["state"] == state
        assert api.post(f"/applications/{made['id']}/{deed}", {}, status=200)["state"] == state
        other = "archive" if deed == "withdraw" else "withdraw"
        api.post(f"/applications/{made['id']}/{other}", status=409)
        api.post(f"/applications/{made['id']}/moves", {"stage": job["stages"][2]["id"]}, 409)
        assert api.get(f"/enrolments/{made['enrolment']}")["reason"] == state


def test_many_are_moved_in_the_background_with_a_result_for_each(api: Api) -> None:
    job = api.job()
    ids = [api.apply(job, phone=phone, stage=0)["id"] for phone in (ANN, BEN)]
    body = {"applications": [ids[0], "nobody", ids[1]], "stage": job["stages"][1]["id"]}
    accepted = api.post("/moves", body, 202)
    before = api.get(f"/moves/{accepted['id']}")
    assert (before["state"], before["counts"]["pending"]) == ("running", 2)
    bulk.go_on(api.runtime)
    after = api.get(f"/moves/{accepted['id']}")
    assert after["counts"] == {"total": 3, "pending": 0, "done": 2, "failed": 1}
    assert [result["application"] for result in after["results"]] == body["applications"]
    assert after["results"][1]["reason"] == "there is no such application"
    assert api.get(f"/enrolments/{after['results'][0]['enrolment']}")["application"] == ids[0]
    assert (after["state"], after["send"]) == ("finished", True)


def test_many_cannot_be_moved_into_a_stage_that_takes_nobody(api: Api) -> None:
    job = api.post("/jobs", {"title": "Cook", "stages": [{"name": "f", "type": "form"}]})
    for path in ("/moves", "/moves/preview"):
        body = {"applications": ["x"], "stage": job["stages"][0]["id"]}
        assert fields_of(api.post(path, body, 422)) == ["stage"]
        assert fields_of(api.post(path, {**body, "applications": []}, 422)) == ["applications"]


def test_a_preview_says_who_gets_what_and_leaves_no_trace(api: Api) -> None:
    job, other = api.job(), api.job("Cook")
    ann = api.apply(job, stage=0)
    ben = api.apply(job, stage=0, phone=BEN, candidate={"first_name": "Ben"})
    api.apply(other, phone=BEN, candidate={"first_name": "Ben"})
    gone = api.apply(job, stage=0, phone="+14155550103")
    api.post(f"/applications/{gone['id']}/archive", status=200)
    dumb = api.apply(job, stage=0, phone="+14155550104", candidate={"consents": []})
    before = [count(api, what) for what in (Message, Enrolment, StageMove)]
    refs = [ann["id"], ben["id"], gone["id"], dumb["id"], "nobody"]
    shown = api.post("/moves/preview", {"applications": refs, "stage": job["stages"][1]["id"]}, 200)
    assert [item["application"] for item in shown["items"]] == refs
    first, second, third, fourth, fifth = shown["items"]
    assert (first["outcome"], first["channel"], first["text"]) == ("sends", "whatsapp", "Hi Ann, shall we start?")
    assert (second["outcome"], second["text"]) == ("waits", "Hi Ben, shall we start?")
    assert "Cook" in second["explanation"]
    assert (third["outcome"], third["explanation"]) == ("skipped", "the application is archived")
    assert fourth["outcome"] == "fails"
    assert (fifth["outcome"], fifth["candidate"]) == ("skipped", None)
    assert [count(api, what) for what in (Message, Enrolment, StageMove)] == before
    assert api.get(f"/applications/{ann['id']}")["stage"] == job["stages"][0]["id"]
    assert shown["counts"] == {"sends": 1, "waits": 1, "fails": 1, "moves": 0, "skipped": 2}


def test_a_preview_without_sending_says_that_nothing_is_sent(api: Api) -> None:
    job = api.job()
    made = api.apply(job, stage=0)
    body = {"applications": [made["id"]], "stage": job["stages"][1]["id"], "send": False}
    assert api.post("/moves/preview", body, 200)["items"][0]["outcome"] == "moves"


def test_a_campaign_that_was_sent_keeps_its_text(api: Api) -> None:
    made = api.apply(api.job())
    first = api.get(f"/candidates/{made['candidate']}/messages")["items"][0]
    assert first["text"] == SCREENING["welcome"]["text"].replace("{{ candidate.first_name }}", "Ann")


@pytest.mark.parametrize("phone", ["912345678", "0912 345 678", "(415) 555-0142"])
def test_without_a_country_of_the_job_none_is_guessed(api: Api, phone: str) -> None:
    refused = api.apply(api.job(default_country=None), phone=phone, status=422)
    assert fields_of(refused) == ["candidate.phone"]
    assert "country code" in refused["errors"][0]["message"]
    assert api.get("/candidates")["items"] == []


def test_a_number_without_its_country_code_must_be_one_of_the_country_of_the_job(api: Api) -> None:
    refused = api.apply(api.job(default_country="GB"), phone="912345678", status=422)
    assert fields_of(refused) == ["candidate.phone"]
    assert "'912345678' is not a phone number of GB" in refused["errors"][0]["message"]
