"""What the sender reads from what Twilio lists."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import twilio_lookups
from bot.channels.base import ChannelKind, LookupFailed, MediaKind, TemplateList
from bot.channels.twilio import TwilioSender
from tests.bot.channels.twilio_sending import ACCOUNT, SINCE, recorded
from tests.standin.scripted import Answer, ScriptedServer


def test_a_message_is_fetched_by_its_id(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(200, recorded("created")))
    record = sender.fetch("SM" + "a1" * 16)
    assert record is not None
    assert (record.kind, record.sender, record.to) == (ChannelKind.WHATSAPP, "+351210000000", "+351910000001")
    assert record.created_at == datetime(2026, 3, 3, 9, 15, 2, tzinfo=UTC)
    assert not record.inbound


def test_a_message_that_is_not_there_is_none(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(404, recorded("error_20404")))
    assert sender.fetch("SM" + "a1" * 16) is None
    assert sender.fetch("SM/../../../Accounts") is None
    assert len(twilio.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(401, {}),
        Answer(429),
        Answer(200, b"no"),
        Answer(200, {"sid": 1}),
        Answer(behaviour="reset"),
    ],
)
def test_a_look_up_that_fails_says_so(twilio: ScriptedServer, sender: TwilioSender, answer: Answer) -> None:
    twilio.answer(answer)
    now = SINCE
    for ask in (
        lambda: sender.fetch("SM" + "a1" * 16),
        lambda: sender.sent_to("+351910000001", ChannelKind.SMS, now),
        lambda: sender.received_by("+351210000000", ChannelKind.SMS, now),
        lambda: sender.attachments("MM" + "d1" * 16),
        sender.templates,
    ):
        with pytest.raises(LookupFailed):
            ask()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"code": 20003, "message": "Authenticate", "status": 401}, "HTTP 401, code 20003"),
        (403, b"<html>not you</html>", "HTTP 403"),
        (400, [1], "HTTP 400"),
    ],
)
def test_a_look_up_that_is_refused_says_with_which_status_and_code(
    twilio: ScriptedServer, sender: TwilioSender, status: int, body: Any, said: str
) -> None:
    twilio.answer(Answer(status, body))
    for ask in (sender.templates, lambda: sender.fetch("SM" + "a1" * 16)):
        with pytest.raises(LookupFailed, match=f": {said}$") as refused:
            ask()
        assert refused.value.status == status


def test_the_list_of_what_was_sent_follows_pages_skips_oddities_and_stops_in_time(
    twilio: ScriptedServer, sender: TwilioSender, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.answer(Answer(200, recorded("sent_list")), Answer(200, recorded("sent_list_last")))
    found = list(sender.sent_to("+351910000001", ChannelKind.WHATSAPP, SINCE))
    assert [record.provider_id[2:4] for record in found] == ["b1", "b2"]
    assert found[1].sender == ""
    assert "twilio_entry_unreadable" in caplog.text
    assert "PageToken=PASM1" in twilio.requests[1].target
    assert not any("DateSent" in request.target for request in twilio.requests)


def test_a_page_that_is_too_old_ends_the_reading(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(200, recorded("sent_list")))
    late = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert list(sender.sent_to("+351910000001", ChannelKind.WHATSAPP, late)) == []
    assert len(twilio.requests) == 1


def test_part_of_a_second_does_not_hide_a_message(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(200, recorded("sent_list")), Answer(200, recorded("sent_list_last")))
    since = datetime(2026, 3, 3, 9, 20, 0, 900_000, tzinfo=UTC)
    assert len(list(sender.sent_to("+351910000001", ChannelKind.WHATSAPP, since))) == 1


def test_a_next_page_that_points_to_itself_or_elsewhere_leaks_nothing(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    page = recorded("templates_last")
    page["meta"]["next_page_url"] = "https://elsewhere.example/v1/ContentAndApprovals?PageSize=500&Page=1"
    twilio.answer(Answer(200, page))
    assert not sender.templates().whole
    assert len(twilio.requests) == 2


def test_what_came_in_is_listed_and_its_attachments_are_asked_for_apart(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    twilio.answer(Answer(200, recorded("received_list")), Answer(200, recorded("media_list")))
    papers, yes, opaque = sender.received_by("+351210000000", ChannelKind.WHATSAPP, SINCE)
    assert [papers.media_to_ask_for, yes.media_to_ask_for] == [True, False]
    attached = sender.attachments(papers.provider_id)
    assert [item.kind for item in attached] == [MediaKind.IMAGE, MediaKind.DOCUMENT]
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'d1' * 16}/Media/ME{'e1' * 16}"
    assert attached[0].url == twilio.url + path
    assert (yes.text, yes.sender, yes.media) == ("Yes", "+351910000001", ())
    assert opaque.sender == "US.13491208655302741918"
    query = dict(twilio.requests[0].query)
    assert query["To"] == "whatsapp:+351210000000"
    assert query["DateSent>"] == "2026-03-03T09:12:00Z"
    assert [request.path.endswith("Media.json") for request in twilio.requests] == [False, True]


def test_a_list_that_is_too_long_to_be_read_to_its_end_is_not_taken_for_the_whole(
    twilio: ScriptedServer, sender: TwilioSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_lookups, "MOST_RECEIVED", 2)
    twilio.answer(Answer(200, recorded("received_list")), Answer(200, recorded("media_list")))
    with pytest.raises(LookupFailed, match="too many to compare"):
        list(sender.received_by("+351210000000", ChannelKind.WHATSAPP, SINCE))


def test_attachments_that_were_deleted_are_none(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(404, recorded("error_20404")))
    assert sender.attachments("MM" + "d1" * 16) == ()


def test_what_came_in_can_be_stored_whatever_it_holds(twilio: ScriptedServer, sender: TwilioSender) -> None:
    listed = recorded("received_list")
    for message in listed["messages"]:
        message["body"] = "hi \0\ud83d"
    twilio.answer(Answer(200, listed))
    assert {m.text for m in sender.received_by("+351210000000", ChannelKind.WHATSAPP, SINCE)} == {"hi \ufffd"}


def test_nothing_comes_in_for_a_messaging_service_itself(twilio: ScriptedServer, sender: TwilioSender) -> None:
    assert list(sender.received_by("MG" + "0c" * 16, ChannelKind.SMS, SINCE)) == []
    assert twilio.requests == []


def test_templates_are_read_from_all_pages_without_our_own_buttons(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    twilio.answer(Answer(200, recorded("templates_first")), Answer(200, recorded("templates_last")))
    listed = sender.templates()
    welcome, buttons, card, odd = listed.templates
    assert (welcome.name, welcome.status, welcome.variables) == ("screening_welcome", "approved", ("1", "2"))
    assert welcome.body.startswith("Olá {{1}}")
    assert (buttons.status, buttons.variables) == ("rejected", ("2", "10", "name"))
    assert buttons.rejection_reason == "INVALID_FORMAT"
    assert (card.status, card.body, card.variables) == ("unsubmitted", "Entrevista {{1}}", ("1",))
    assert (odd.body, odd.variables) == ("", ("1",))
    assert "PageToken=DNHX1" in twilio.requests[1].target


@pytest.mark.parametrize(("field", "value", "whole"), [("sid", "HX0", True), ("sid", None, False), ("types", 7, True)])
def test_a_list_with_an_entry_that_cannot_be_read_is_not_whole(
    twilio: ScriptedServer, sender: TwilioSender, field: str, value: object, *, whole: bool
) -> None:
    page = recorded("templates_last")
    page["contents"] = [entry for entry in page["contents"] if entry["friendly_name"]]
    page["contents"][0][field] = value
    twilio.answer(Answer(200, page))
    assert sender.templates().whole is whole


def test_an_entry_that_the_library_cannot_build_makes_a_list_less_than_whole(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    twilio.answer(Answer(200, recorded("templates_last") | {"contents": ["?"]}))
    assert sender.templates() == TemplateList([], whole=False)
