"""What `callboard doctor` says of Twilio: whether it accepts us, refuses a sender, and can reach us."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.channels.base import Rejected
from bot.clock import SystemClock
from bot.db import open_database
from bot.migrate import upgrade
from bot.models import Channel
from bot.work import unit_of_work
from tests.conftest import TWILIO
from tests.operation.examining import Doctor, said_of
from tests.standin.scripted import Answer, ScriptedServer
from tests.standin.twilio import ACCOUNT, TOKEN, StandIn
from tests.stories import Story

OUT_THERE = "http://api.twilio.example"


@pytest.fixture
def twilio() -> Iterator[ScriptedServer]:
    """What answers in the place of Twilio, on this machine or, as a proxy, out in the world."""
    with ScriptedServer() as server:
        server.answer(Answer(200, {"messages": []}))
        yield server


def test_an_account_that_twilio_accepts_is_told_and_the_question_is_one_that_twilio_describes(doctor: Doctor) -> None:
    with StandIn() as twilio:
        mine = {**TWILIO, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_API_BASE": twilio.url}
        result = doctor(**mine)
        wrong = doctor(**mine | {"TWILIO_AUTH_TOKEN": "0e" * 16})
        assert twilio.violations == []
    assert (result.exit_code, wrong.exit_code) == (0, 1)
    assert "✓ accepted" in said_of(result.output, "TWILIO_AUTH_TOKEN")
    assert "✗ refused (401): copy account and token anew" in said_of(wrong.output, "TWILIO_AUTH_TOKEN")
    assert TOKEN not in result.output
    assert "0e" * 16 not in wrong.output


@pytest.mark.parametrize(
    ("answer", "mark", "said"),
    [
        (Answer(500), "!", "answered with HTTP 500"),
        (Answer(429), "!", "too fast"),
        (Answer(behaviour="reset"), "!", "no whole answer"),
        (Answer(200, b"<html>"), "!", "JSONDecodeError"),
        (Answer(200, {"messages": []}, seconds=1), "!", "ReadTimeout"),
        (Answer(404, b"<html>"), "✗", "HTTP 404"),
    ],
)
def test_where_twilio_could_not_be_asked_it_is_told_why(
    doctor: Doctor, twilio: ScriptedServer, monkeypatch: pytest.MonkeyPatch, answer: Answer, mark: str, said: str
) -> None:
    monkeypatch.setattr("webhooks.doctor.ASKING_SECONDS", 0.3)
    twilio.answers.clear()
    twilio.answer(answer)
    result = doctor(**TWILIO, TWILIO_API_BASE=twilio.url)
    told = said_of(result.output, "TWILIO_API_BASE")
    assert f"{mark} Twilio could not be asked for the account: " in told
    assert said in told
    assert result.exit_code == (mark == "✗")
    assert "accepted" not in result.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_AUTH_TOKEN", "…"),
        ("TWILIO_AUTH_TOKEN", "your_auth_token"),
        ("TWILIO_AUTH_TOKEN", "0f" * 15),
        ("TWILIO_ACCOUNT_SID", "ACxxxxxxxx"),
    ],
)
def test_what_has_not_the_form_of_an_account_or_a_token_is_told_and_shown_to_nobody(
    doctor: Doctor, twilio: ScriptedServer, name: str, value: str
) -> None:
    out_there = {
        "TWILIO_API_BASE": OUT_THERE,
        "CALLBOARD_PUBLIC_URL": "https://bot.example.org",
        "http_proxy": twilio.url,
    }
    assert doctor(**TWILIO, **out_there).exit_code == 0
    assert len(twilio.requests) == 1
    result = doctor(**{**TWILIO, **out_there, name: value})
    assert result.exit_code == 1
    assert "✗ this is no " in said_of(result.output, name)
    assert len(twilio.requests) == 1


def test_a_stand_in_on_this_machine_may_have_a_token_of_another_form(doctor: Doctor, twilio: ScriptedServer) -> None:
    result = doctor(**TWILIO | {"TWILIO_AUTH_TOKEN": "secret"}, TWILIO_API_BASE=twilio.url)
    assert "✓ accepted" in said_of(result.output, "TWILIO_AUTH_TOKEN")


def test_nobody_is_asked_where_twilio_is_not_connected(doctor: Doctor, twilio: ScriptedServer) -> None:
    doctor(TWILIO_API_BASE=twilio.url)
    doctor(TWILIO_API_BASE=twilio.url, TWILIO_AUTH_TOKEN="0f" * 16)
    assert twilio.requests == []


def test_a_sender_that_was_refused_is_no_trouble_once_the_provider_has_taken_a_message(
    doctor: Doctor, story: Story, database_url: str
) -> None:
    story.job(channels=["sms"])
    story.sender.fails = [Rejected("refused", code="21212")]
    story.apply()
    story.clock.move(SystemClock().now() - story.clock.now() - timedelta(seconds=30))
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Channel).where(Channel.kind == "sms").values(paused_until=story.clock.now()))
    given = {**TWILIO, "DATABASE_URL": database_url.replace("postgresql+psycopg", "postgresql")}
    assert "✗ the provider refuses it (21212)" in said_of(doctor(**given).output, "TWILIO_SMS_FROM")
    story.clock.move(timedelta(seconds=5))
    story.send()
    assert len(story.sender.accepted) == 1
    assert "refuses" not in doctor(**given).output


def test_processes_that_run_with_another_token_are_told_beside_the_token_and_not_as_a_wrong_sender(
    doctor: Doctor, story: Story, database_url: str, twilio: ScriptedServer
) -> None:
    later = SystemClock().now() + timedelta(seconds=30)
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Channel).values(active=True, paused_until=later, pause_cause="20003"))
    url = database_url.replace("postgresql+psycopg", "postgresql")
    result = doctor(**TWILIO, DATABASE_URL=url, TWILIO_API_BASE=twilio.url)
    told = said_of(result.output, "TWILIO_AUTH_TOKEN")
    assert told.count("! the processes that run were refused lately (20003): restart them") == 1
    assert "✓ accepted" in told
    assert "refuses" not in result.output
    assert result.exit_code == 0


@pytest.mark.parametrize(("code", "minutes", "told"), [("21212", 0, True), ("21212", -5, False), ("21611", 1, False)])
def test_a_sender_that_the_provider_refuses_is_told_with_its_remedy_until_it_is_mended(
    doctor: Doctor, database_url: str, code: str, minutes: int, *, told: bool
) -> None:
    database = open_database(database_url)
    upgrade(database)
    until = SystemClock().now() + timedelta(minutes=minutes)
    number = {"provider": "twilio", "kind": "sms", "address": TWILIO["TWILIO_SMS_FROM"], "active": True, "failures": 0}
    with database.write() as connection:
        connection.execute(insert(Channel).values(**number, paused_until=until, pause_cause=code))
    database.engine.dispose()
    url = database_url.replace("postgresql+psycopg", "postgresql")
    result = doctor(**TWILIO, DATABASE_URL=url, CALLBOARD_PUBLIC_URL="https://bot.example.org")
    said = said_of(result.output, "TWILIO_SMS_FROM")
    assert (result.exit_code, "✗ the provider refuses it (21212): Our sending number is not valid." in said) == (
        told,
        told,
    )


def test_what_waits_for_a_twilio_that_was_disconnected_is_counted_with_what_helps(
    doctor: Doctor, story: Story, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job()
    monkeypatch.setattr(Story, "send", lambda _: None)
    url = database_url.replace("postgresql+psycopg", "postgresql")
    assert "wait for Twilio" not in doctor(DATABASE_URL=url).output
    for number in range(2):
        story.apply(phone=f"+1415555010{number}")
    result = doctor(DATABASE_URL=url)
    told = said_of(result.output, "TWILIO_ACCOUNT_SID")
    assert "! messages that wait for Twilio, which is not connected here: 2. Put its settings back" in told
    assert result.exit_code == 0
    assert "wait for Twilio" not in doctor(**TWILIO, DATABASE_URL=url).output


def test_an_address_that_twilio_cannot_reach_is_told(doctor: Doctor) -> None:
    assert doctor(**TWILIO).exit_code == 1
    assert doctor(**TWILIO, TWILIO_API_BASE="http://127.0.0.1:4010").exit_code == 0
    assert doctor(**TWILIO, CALLBOARD_PUBLIC_URL="https://bot.example.org").exit_code == 0
    assert "!" in said_of(
        doctor(**TWILIO, CALLBOARD_PUBLIC_URL="http://bot.example.org").output, "CALLBOARD_PUBLIC_URL"
    )
