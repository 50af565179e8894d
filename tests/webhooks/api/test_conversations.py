"""Enrolments, answers, candidates and messages by the API."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.audit import Actor
from bot.clock import MovableClock
from bot.intake.merging import merge
from bot.models import Consent, Message
from bot.work import reading, unit_of_work
from tests.webhooks.api.conftest import ANN, BEN, Api, fields_of


def test_an_enrolment_shows_where_it_stands_and_its_whole_history(api: Api) -> None:
    made = api.apply(api.job())
    path = f"/enrolments/{made['enrolment']}"
    assert api.get(path)["position"] == {"module": None, "question": None}
    api.says("yes please")
    shown = api.get(path)
    assert (shown["status"], shown["version"]) == ("in_progress", 1)
    assert shown["position"] == {"module": "basics", "question": "licence"}
    assert [line["status"] for line in shown["history"]] == ["queued", "sending", "delivered", "in_progress"]
    assert all(line["cause"] and line["at"].endswith("Z") for line in shown["history"])
    assert shown["expires_at"] == "2026-03-09T09:00:00Z"
    assert shown["waits_for"] is None


def test_answers_come_in_order_of_asking_without_those_that_were_replaced(api: Api) -> None:
    made = api.apply(api.job())
    for text in ("hello", "no", "back", "yes", "Lisbon"):
        api.says(text)
    answers = api.get(f"/enrolments/{made['enrolment']}/answers")["items"]
    assert [(a["question"], a["type"], a["value"], a["version"]) for a in answers] == [
        ("licence", "yes_no", True, 1),
        ("city", "text", "Lisbon", 1),
    ]
    assert answers[1]["raw"] == "Lisbon"
    assert api.get(f"/enrolments/{made['enrolment']}")["status"] == "completed"
    assert api.get(f"/candidates/{made['candidate']}")["city"] == "Lisbon"


def test_a_second_campaign_says_what_it_waits_for_and_can_be_released(api: Api) -> None:
    first, second = api.apply(api.job()), api.apply(api.job("Cook"))
    path = f"/enrolments/{second['enrolment']}"
    waiting = api.get(path)
    assert (waiting["status"], waiting["waits_for"]) == ("queued", first["enrolment"])
    assert "Barista" in waiting["explanation"]
    assert api.post(f"{path}/release", status=200)["status"] == "sending"
    assert api.get(f"/enrolments/{first['enrolment']}")["reason"] == "superseded"
    api.post(f"{path}/release", status=409)


def test_what_waits_for_a_paused_job_cannot_be_released(api: Api) -> None:
    job = api.job()
    api.patch(f"/jobs/{job['id']}", {"state": "paused"})
    made = api.apply(job)
    assert "paused" in api.post(f"/enrolments/{made['enrolment']}/release", status=409)["detail"]


def test_enrolments_are_found_by_what_they_belong_to(api: Api) -> None:
    job = api.job()
    ann, ben = api.apply(job), api.apply(job, phone=BEN)

    def found(query: str) -> list[str]:
        return [item["id"] for item in api.get(f"/enrolments?{query}")["items"]]

    assert found("") == [ben["enrolment"], ann["enrolment"]]
    assert found(f"application={ann['id']}") == [ann["enrolment"]]
    assert found(f"candidate={ben['candidate']}&status=delivered") == [ben["enrolment"]]
    assert found(f"job={job['id']}&status=completed") == []
    assert found(f"stage={job['stages'][1]['id']}&limit=1") == [ben["enrolment"]]
    assert fields_of(api.call("GET", "/enrolments?status=happy").json) == ["status"]


def test_messages_are_listed_oldest_first_a_page_at_a_time(api: Api) -> None:
    made = api.apply(api.job())
    api.says("hello")
    path = f"/candidates/{made['candidate']}/messages"
    messages = api.get(path)["items"]
    assert [m["direction"] for m in messages] == ["outgoing", "incoming", "outgoing"]
    assert [m["status"] for m in messages] == ["delivered", "handled", "delivered"]
    assert messages[0]["enrolment"] == made["enrolment"]
    assert (messages[0]["template"], messages[0]["media"], messages[0]["error_code"]) == (None, [], None)
    first = api.get(f"{path}?limit=2")
    second = api.get(f"{path}?limit=2&cursor={first['next']}")
    assert first["items"] + second["items"] == messages
    assert second["next"] is None


def test_a_failed_message_is_explained_with_the_remedy(api: Api) -> None:
    made = api.apply(api.job())
    with unit_of_work(api.runtime) as work:
        work.connection.execute(update(Message).values(status="failed", error_code="63024"))
    message = api.get(f"/candidates/{made['candidate']}/messages")["items"][0]
    assert message["error_code"] == "63024"
    assert message["explanation"].startswith("This number is not on WhatsApp. ")


def test_a_person_holds_the_conversation_writes_and_hands_it_back(api: Api) -> None:
    made = api.apply(api.job())
    path = f"/candidates/{made['candidate']}"
    assert api.post(f"{path}/hold", status=200)["held_by"] == "tests"
    assert api.post(f"{path}/hold", {"person": "Maria"}, status=200)["held_by"] == "Maria"
    api.says("hello")
    written = api.post(f"{path}/messages", {"text": "This is Maria."})
    assert (written["origin"], written["status"], written["text"]) == ("person", "queued", "This is Maria.")
    api.send()
    assert api.get(f"{path}/messages")["items"][-1]["status"] == "delivered"
    assert api.post(f"{path}/hand-back", status=200)["held_by"] is None


@pytest.mark.parametrize("text", ["", "  ", "x" * 5000, "a\x00b", None, 7])
def test_what_a_person_writes_must_be_a_text_that_can_be_sent(api: Api, text: object) -> None:
    made = api.apply(api.job())
    refused = api.post(f"/candidates/{made['candidate']}/messages", {"text": text}, 422)
    assert fields_of(refused) == ["text"]


def test_nobody_writes_to_somebody_who_said_stop_and_only_they_can_take_it_back(api: Api) -> None:
    made = api.apply(api.job())
    api.says("STOP")
    path = f"/candidates/{made['candidate']}"
    assert api.get(path)["opted_out"]
    assert "STOP" in api.post(f"{path}/messages", {"text": "Hello?"}, 409)["detail"]
    refused = api.patch(path, {"opted_out": False}, 422)
    assert (fields_of(refused), "START" in refused["detail"]) == (["opted_out"], True)


def test_a_program_may_opt_somebody_out_which_ends_everything(api: Api) -> None:
    made = api.apply(api.job())
    changed = api.patch(f"/candidates/{made['candidate']}", {"opted_out": True})
    assert changed["opted_out"]
    enrolment = api.get(f"/enrolments/{made['enrolment']}")
    assert (enrolment["status"], enrolment["reason"]) == ("cancelled", "opted_out")


def test_a_candidate_is_changed_field_by_field(api: Api) -> None:
    made = api.apply(api.job(), candidate={"fields": {"size": "M", "badge": 7}, "email": "ann@example.org"})
    path = f"/candidates/{made['candidate']}"
    changes = {"first_name": "Anna", "email": None, "language": "pt", "time_zone": "Europe/Lisbon", "channel": "sms"}
    changed = api.patch(path, {**changes, "fields": {"size": "L", "badge": None, "shift": ["Mon"]}})
    assert {name: changed[name] for name in changes} == changes
    assert changed["fields"] == {"size": "L", "shift": ["Mon"]}
    assert (changed["last_name"], changed["opted_out"]) == ("Silva", False)
    assert api.get(path) == changed
    assert fields_of(api.patch(path, {"first_name": None, "phone": "x"}, 422)) == ["first_name"]


def test_the_consents_that_are_given_are_those_that_stand(api: Api) -> None:
    made = api.apply(api.job())
    path = f"/candidates/{made['candidate']}"
    kept = api.patch(path, {"consents": [{"channel": "sms", "source": "phone call"}]})["consents"]
    assert [consent["channel"] for consent in kept] == ["sms"]
    assert api.patch(path, {"consents": kept})["consents"] == kept
    both = [*kept, {"channel": "whatsapp", "source": "phone call", "at": "2026-03-01T10:00:00Z"}]
    assert api.patch(path, {"consents": both})["consents"] == both
    assert api.patch(path, {"consents": []})["consents"] == []


def consents(api: Api, path: str, *given: dict[str, str]) -> list[dict[str, str]]:
    """Give consents, an hour later than what was before; return those that stand."""
    assert isinstance(api.runtime.clock, MovableClock)
    api.runtime.clock.move(timedelta(hours=1))
    stand: list[dict[str, str]] = api.patch(path, {"consents": list(given)})["consents"]
    return stand


def test_a_consent_that_is_given_again_keeps_its_moment(api: Api) -> None:
    path = f"/candidates/{api.apply(api.job())['candidate']}"
    first = consents(api, path, {"channel": "sms", "source": "phone call"})
    assert consents(api, path, {"channel": "sms", "source": "phone call"}) == first
    assert consents(api, path, {"channel": "sms"}) == first
    assert consents(api, path, *first) == first


def test_a_consent_of_another_source_or_moment_takes_the_place_of_the_former_which_is_kept(api: Api) -> None:
    path = f"/candidates/{api.apply(api.job())['candidate']}"
    consents(api, path, {"channel": "sms", "source": "phone call"})
    form = {"channel": "sms", "source": "form"}
    assert consents(api, path, form) == [{**form, "at": "2026-03-02T11:00:00Z"}]
    dated = {**form, "at": "2026-03-01T10:00:00Z"}
    assert consents(api, path, dated) == [dated]
    assert consents(api, path, form) == [dated]
    with reading(api.runtime) as work:
        ledger = select(Consent.source, Consent.withdrawn_at.is_(None)).where(Consent.channel == "sms")
        rows = work.connection.execute(ledger.order_by(Consent.id)).all()
    assert [tuple(row) for row in rows[1:]] == [("phone call", False), ("form", False), ("form", True)]


def test_a_new_consent_names_the_api_and_of_two_for_one_channel_the_last_stands(api: Api) -> None:
    path = f"/candidates/{api.apply(api.job())['candidate']}"
    assert [consent["source"] for consent in consents(api, path)] == []
    assert [consent["source"] for consent in consents(api, path, {"channel": "sms"})] == ["api"]
    two = [{"channel": "sms", "source": "form"}, {"channel": "sms", "source": "phone call"}]
    stand = consents(api, path, *two)
    assert [consent["source"] for consent in stand] == ["phone call"]
    assert consents(api, path, *two) == stand


def test_a_candidate_is_found_by_any_writing_of_their_number(api: Api) -> None:
    made = api.apply(api.job())
    for written in ("%2B14155550101", "+14155550101", "14155550101", "%2B1%20415-555-0101"):
        found = api.get(f"/candidates?phone={written}")["items"]
        assert [candidate["id"] for candidate in found] == [made["candidate"]]
    assert api.get("/candidates?phone=%2B14155550177")["items"] == []
    assert fields_of(api.call("GET", "/candidates?phone=nobody").json) == ["phone"]


def test_rejecting_everywhere_archives_all_and_sends_nothing_that_waited(api: Api) -> None:
    first, second = api.apply(api.job()), api.apply(api.job("Cook"))
    rejected = api.post(f"/candidates/{first['candidate']}/reject-everywhere", status=200)
    assert rejected["applications"] == [first["id"], second["id"]]
    for made in (first, second):
        assert api.get(f"/applications/{made['id']}")["state"] == "archived"
        assert api.get(f"/enrolments/{made['enrolment']}")["reason"] == "archived"
    assert len(api.get(f"/candidates/{first['candidate']}/messages")["items"]) == 1


def test_times_are_written_in_utc_with_a_z(api: Api) -> None:
    api.runtime.clock.move(timedelta(milliseconds=250))  # type: ignore[attr-defined]
    made = api.apply(api.job())
    assert api.get(f"/applications/{made['id']}")["created_at"] == "2026-03-02T09:00:00.250000Z"


def test_whoever_was_merged_is_found_by_their_old_id_as_the_one_who_was_kept(api: Api) -> None:
    job, cat = api.job(), "+14155550103"
    gone, between, kept = (api.apply(job, 0, phone=phone)["candidate"] for phone in (cat, BEN, ANN))
    for refs in ((between, gone), (kept, between)):
        with unit_of_work(api.runtime) as work:
            merge(work, *refs, Actor(label="test"))
    for old in (gone, between):
        assert api.get(f"/candidates/{old}")["id"] == kept
        assert len(api.get(f"/applications?candidate={old}")["items"]) == 3
        assert api.patch(f"/candidates/{old}", {"city": old})["city"] == old
    api.post(f"/candidates/{gone}/hold", {"person": "Maria"}, 200)
    assert api.get(f"/candidates/{kept}")["held_by"] == "Maria"
    assert api.call("GET", "/candidates/nobody").status_code == 404
