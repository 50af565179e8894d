"""Templates that are not known as approved are asked about before a campaign is published."""

from dataclasses import replace
from typing import Any

import pytest

from bot.channels.base import MessageStatus
from bot.clock import MovableClock
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.template_news import learn_approvals
from bot.runtime import Runtime
from tests.conftest import MONDAY, Build, make_ready
from tests.fakes import FakeSender
from tests.stories import HELLO, TWO_QUESTIONS, Story
from tests.webhooks.api.conftest import api_of, fields_of


def connected(build_runtime: Build, sender: FakeSender) -> Runtime:
    runtime = build_runtime(sender=sender)
    make_ready(runtime)
    return runtime


def test_an_approval_that_came_since_is_seen_when_a_job_is_made(build_runtime: Build) -> None:
    sender = FakeSender(MovableClock(MONDAY))
    api = api_of(connected(build_runtime, sender))
    form = {"title": "Cook", "stages": [{"name": "s", "type": "form", "campaign": TWO_QUESTIONS}]}
    assert any("welcome" in field for field in fields_of(api.post("/jobs", form, 422)))
    sender.listed = [HELLO]
    job = api.post("/jobs", form)
    assert job["stages"][0]["campaign"]["version"] == 1


def test_an_approval_that_came_since_is_seen_when_a_stage_is_published(build_runtime: Build) -> None:
    sender = FakeSender(MovableClock(MONDAY))
    api = api_of(connected(build_runtime, sender))
    stages = [{"name": "s", "type": "form", "campaign": TWO_QUESTIONS, "publish": False}]
    stage = api.post("/jobs", {"title": "Cook", "stages": stages})["stages"][0]
    path = f"/stages/{stage['id']}/campaign/publish"
    api.post(path, status=422)
    sender.listed = [HELLO]
    assert api.post(path)["version"] == 1


def test_a_template_with_another_number_of_variables_forbids_publishing_until_it_is_made_anew(
    build_runtime: Build,
) -> None:
    two = replace(HELLO, body="Hi {{1}} as {{2}}!", variables=("1", "2"))
    sender = FakeSender(MovableClock(MONDAY), listed=[two])
    runtime = connected(build_runtime, sender)
    api = api_of(runtime)
    refresh_templates(runtime)
    form = {"title": "Cook", "stages": [{"name": "s", "type": "form", "campaign": TWO_QUESTIONS}]}
    assert fields_of(api.post("/jobs", form, 422)) == ["stages[0].campaign.welcome.template.variables"]
    sender.listed = [HELLO]
    assert api.post("/jobs", form)["stages"][0]["campaign"]["version"] == 1


@pytest.mark.parametrize(
    "draft",
    [{}, {"welcome": "x"}, {"welcome": {"template": 5}}, {"welcome": {"template": {"name": []}}, "reminders": [1, {}]}],
)
def test_a_draft_that_is_wrong_in_any_way_asks_nothing(build_runtime: Build, draft: dict[str, Any]) -> None:
    runtime = connected(build_runtime, FakeSender(MovableClock(MONDAY)))
    assert not learn_approvals(runtime, [draft])


def test_what_is_known_as_approved_is_not_asked_about_again(build_runtime: Build) -> None:
    sender = FakeSender(MovableClock(MONDAY), listed=[HELLO])
    runtime = connected(build_runtime, sender)
    assert learn_approvals(runtime, [TWO_QUESTIONS])
    assert not learn_approvals(runtime, [TWO_QUESTIONS])
    with_reminder = {**TWO_QUESTIONS, "reminders": [{"after": "P1D", "text": "x", "template": {"name": "again"}}]}
    assert learn_approvals(runtime, [with_reminder])


def test_a_welcome_that_could_not_be_delivered_is_explained_with_the_providers_code(build_runtime: Build) -> None:
    sender = FakeSender(MovableClock(MONDAY), listed=[HELLO])
    runtime = connected(build_runtime, sender)
    api, story = api_of(runtime), Story(runtime, sender)
    stages = [{"name": "s", "type": "form", "campaign": TWO_QUESTIONS}]
    job = api.post("/jobs", {"title": "Cook", "default_country": "US", "channels": ["whatsapp"], "stages": stages})
    made = api.apply(job, stage=0)
    path = f"/candidates/{made['candidate']}/messages"
    assert api.get(path)["items"][0]["template"] == "hello"
    story.last_reports(MessageStatus.FAILED, "63024")
    enrolment = api.get(f"/enrolments/{made['enrolment']}")
    assert (enrolment["status"], enrolment["reason"], enrolment["provider_code"]) == ("failed", None, "63024")
    assert enrolment["explanation"].startswith("This number is not on WhatsApp. Write by SMS")
    message = api.get(path)["items"][0]
    assert (message["status"], message["error_code"]) == ("failed", "63024")
    assert message["explanation"] == enrolment["explanation"]


def test_templates_are_listed_with_their_approval_and_why_one_was_rejected(build_runtime: Build) -> None:
    sender = FakeSender(MovableClock(MONDAY))
    rejected = replace(HELLO, name="bye", status="rejected", rejection_reason="INVALID_FORMAT")
    sender.listed = [HELLO, rejected]
    api = api_of(connected(build_runtime, sender))
    refresh_templates(api.runtime)
    found = api.get("/message_templates")["items"]
    assert [(item["name"], item["status"], item["rejection_reason"]) for item in found] == [
        (HELLO.name, "approved", ""),
        ("bye", "rejected", "INVALID_FORMAT"),
    ]
    assert found[0]["body"] == HELLO.body
    first = api.get("/message_templates?limit=1")
    rest = api.get(f"/message_templates?limit=1&cursor={first['next']}")
    assert [page["items"][0]["name"] for page in (first, rest)] == [HELLO.name, "bye"]
    assert rest["next"] is None
