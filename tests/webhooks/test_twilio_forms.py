"""Reading what Twilio posts: the shapes that occur, and whatever else may come."""

import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import ChannelKind, InboundMessage, MediaKind, MessageStatus
from bot.channels.twilio_statuses import STATUSES
from bot.errors import InvalidEvent
from webhooks.twilio_forms import account_sid, form_of, read_inbound, read_status

RECORDED = Path(__file__).resolve().parents[1] / "recorded" / "twilio" / "webhooks.json"
WEBHOOKS = json.loads(RECORDED.read_text())
SID = "SM" + "11" * 16


def form(name: str, **changes: str | None) -> dict[str, list[str]]:
    fields = WEBHOOKS[name] | changes
    return form_of((key, value) for key, value in fields.items() if value is not None)


def read(name: str, **changes: str | None) -> InboundMessage:
    return read_inbound(form(name, **changes))


def test_a_whatsapp_text() -> None:
    message = read("whatsapp_text")
    assert message == InboundMessage(
        provider_id=SID,
        kind=ChannelKind.WHATSAPP,
        sender="+351910000001",
        to="+351210000000",
        text="Olá, já enviei!",
        profile_name="Ana Silva",
        phone="+351910000001",
    )


def test_a_text_message() -> None:
    message = read("sms_text")
    assert (message.kind, message.sender, message.to) == (ChannelKind.SMS, "+15551234567", "+15557654321")
    assert message.phone == "+15551234567"


def test_a_button() -> None:
    message = read("whatsapp_button")
    assert (message.text, message.tapped) == ("Sim", "q7:yes")
    assert message.replied_to == "MM" + "44" * 16
    assert message.external_id == "ID.4566123456789012345"


def test_a_list_item_by_its_field_or_inside_json() -> None:
    assert read("whatsapp_list").tapped == "shifts:2"
    assert read("whatsapp_interactive_data").tapped == "shifts:3"
    assert read("whatsapp_list", Body="").text == "Tarde"
    assert read("whatsapp_button", Body="").text == "Sim"


@pytest.mark.parametrize(
    "data",
    ["{", "[]", "null", '"x"', '{"list_reply": 1}', '{"list_reply": {"id": 7}}', "[" * 100_000, "1" * 10_000],
)
def test_odd_json_is_no_tap(data: str) -> None:
    assert read("whatsapp_text", InteractiveData=data).tapped == ""


def test_a_photo() -> None:
    (photo,) = read("whatsapp_photo").media
    assert (photo.kind, photo.content_type) == (MediaKind.IMAGE, "image/jpeg")
    assert photo.url.endswith("ME" + "55" * 16)


@pytest.mark.parametrize("count", ["abc", "", "-1", "0", "99999999999999999999", "1.5", None])
def test_attachments_are_found_whatever_their_number_says(count: str | None) -> None:
    assert len(read("whatsapp_photo", NumMedia=count).media) == 1


def test_twenty_attachments_are_all_read() -> None:
    more = {f"MediaUrl{n}": f"https://api.twilio.com/{n}" for n in range(20)}
    kinds = {f"MediaContentType{n}": "AUDIO/ogg; codecs=opus" for n in range(20)}
    media = read("whatsapp_text", NumMedia="20", **more, **kinds).media
    assert [item.url for item in media] == list(more.values())
    assert {item.kind for item in media} == {MediaKind.AUDIO}


@pytest.mark.parametrize("url", ["", "javascript:1", "/etc/passwd", "ftp://a.example", "https://" + "x" * 5000])
def test_an_attachment_without_a_proper_address_is_left_out(url: str) -> None:
    assert read("whatsapp_photo", MediaUrl0=url).media == ()


def test_a_location() -> None:
    message = read("whatsapp_location")
    assert (message.latitude, message.longitude) == (38.7223, -9.1393)
    assert message.place == "Café Central, Rua Augusta 1, Lisboa"


@pytest.mark.parametrize("latitude", ["", "north", "91", "-90.5", "nan", "inf", "1e999", None])
def test_a_place_off_the_map_is_ignored(latitude: str | None) -> None:
    message = read("whatsapp_location", Latitude=latitude)
    assert (message.latitude, message.longitude) == (None, None)


def test_an_opaque_sender_and_the_number_beside_it() -> None:
    message = read("whatsapp_opaque_sender")
    assert (message.sender, message.phone) == ("US.13491208655302741918", "+15551234567")
    assert message.external_id == "US.13491208655302741918"
    assert read("whatsapp_opaque_sender", WaId="").phone == ""
    assert read("whatsapp_opaque_sender", WaId="US.1").phone == ""


def test_a_word_that_the_carrier_handled() -> None:
    assert read("sms_stop").opt_out_type == "STOP"
    assert read("sms_stop", OptOutType="stop ").opt_out_type == "STOP"
    assert read("sms_stop", OptOutType="MAYBE").opt_out_type == ""


def test_nul_and_halves_of_pairs_are_taken_out() -> None:
    message = read("whatsapp_text", Body="a\0b\ud83d", ProfileName="\0" * 3)
    assert (message.text, message.profile_name) == ("ab\ufffd", "")


def test_a_body_that_looks_like_base64_stays_as_it_is() -> None:
    assert read("sms_text", Body="U29tZSB0ZXh0").text == "U29tZSB0ZXh0"


def test_a_long_body_is_kept_and_a_long_name_is_cut() -> None:
    message = read("whatsapp_text", Body="x" * 40_000, ProfileName="y" * 40_000)
    assert len(message.text) == 40_000
    assert len(message.profile_name) == 256


def test_the_first_of_several_values_counts() -> None:
    twice = form("whatsapp_text") | {"Body": ["one", "two"]}
    assert read_inbound(twice).text == "one"


def test_the_deprecated_names_of_the_id_are_understood() -> None:
    assert read("whatsapp_text", MessageSid=None).provider_id == SID
    assert read("whatsapp_text", MessageSid=None, SmsMessageSid=None).provider_id == SID


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MessageSid", "12"), ("MessageSid", "SM" + "x" * 80), ("MessageSid", "SM1; drop"), ("MessageSid", "sm123"),
        ("From", None), ("From", ""), ("From", "whatsapp:"), ("From", "rcs:+1555"), ("From", "messenger:123456"),
        ("From", "+1555 1234"), ("From", "+" * 20), ("From", "x" * 200), ("From", "whatsapp:whatsapp:+15551234567"),
        ("To", None), ("To", "rcs:agent"), ("To", "+15557654321"), ("To", "\0"),
    ],
)  # fmt: skip
def test_a_message_without_id_or_address_is_refused_by_name(name: str, value: str | None) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read("whatsapp_text", **{name: value})
    assert caught.value.field == name


def test_an_error_shows_no_number() -> None:
    with pytest.raises(InvalidEvent) as caught:
        read("whatsapp_text", From="rcs:+351910000001")
    assert "351" not in str(caught.value)


# statuses


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("status_sent", MessageStatus.SENT, ""),
        ("status_delivered", MessageStatus.DELIVERED, ""),
        ("status_read", MessageStatus.READ, ""),
        ("status_failed", MessageStatus.FAILED, "63016"),
        ("status_undelivered", MessageStatus.FAILED, "30003"),
    ],
)
def test_a_status_callback(name: str, status: MessageStatus, code: str) -> None:
    update = read_status(form(name), "m1")
    assert (update.status, update.error_code, update.public_id) == (status, code, "m1")
    assert update.provider_id == WEBHOOKS[name]["MessageSid"]
    assert update.provider_status == WEBHOOKS[name]["MessageStatus"]


@pytest.mark.parametrize(("word", "status"), STATUSES.items())
def test_every_word_of_the_provider_has_its_place(word: str, status: MessageStatus | None) -> None:
    assert read_status(form("status_sent", MessageStatus=word.upper()), "").status is status


def test_a_read_receipt_counts_whatever_the_status_beside_it() -> None:
    assert read_status(form("status_read", MessageStatus="delivered"), "").status is MessageStatus.READ


def test_an_unknown_word_is_kept_and_moves_nothing() -> None:
    update = read_status(form("status_sent", MessageStatus="teleported"), "m1")
    assert (update.status, update.provider_status) == (None, "teleported")


def test_the_older_name_of_the_status_is_understood() -> None:
    assert read_status(form("status_sent", MessageStatus=None), "").status is MessageStatus.SENT


@pytest.mark.parametrize("code", ["", "0", "none", "-1", "63016x", "1" * 9, None])
def test_what_is_no_code_is_no_code(code: str | None) -> None:
    assert read_status(form("status_failed", ErrorCode=code), "").error_code == ""


def test_a_status_needs_no_addresses_but_the_message() -> None:
    assert read_status(form("status_sent", From=None, To=None), "").status is MessageStatus.SENT
    with pytest.raises(InvalidEvent) as caught:
        read_status(form("status_sent", MessageSid="", SmsSid=""), "m1")
    assert caught.value.field == "MessageSid"


def test_the_account_can_be_compared() -> None:
    assert account_sid(form("status_sent")) == "AC" + "5e" * 16
    assert account_sid({}) == ""


# anything


KEYS = sorted({key for fields in WEBHOOKS.values() for key in fields} | {"Latitude", "InteractiveData", "MediaUrl0"})
values = st.lists(st.text(), max_size=3)
anything = st.dictionaries(st.sampled_from(KEYS) | st.text(), values)


@given(anything, st.sampled_from(sorted(WEBHOOKS)), st.integers())
def test_any_form_is_read_or_refused_and_nothing_else(odd: dict[str, list[str]], name: str, seed: int) -> None:
    chance = random.Random(seed)
    for fields in (odd, form(name) | {k: v for k, v in odd.items() if chance.random() < 0.5}):
        given_form = form_of((key, value) for key, several in fields.items() for value in several)
        attempt(read_inbound, given_form)
        attempt(lambda form: read_status(form, "m1"), given_form)


def attempt(reader: Any, fields: Any) -> None:
    try:
        text = repr(reader(fields))
    except InvalidEvent as refused:
        text = refused.field if refused.field in {"MessageSid", "From", "To"} else ""
    assert text
    text.encode()
    assert "\\x00" not in text


@given(st.binary())
def test_any_body_can_be_decoded(body: bytes) -> None:
    fields = form_of(parse_qsl(body.decode("utf-8", "surrogateescape"), errors="surrogateescape"))
    assert all(isinstance(value, str) for several in fields.values() for value in several)


def test_a_form_keeps_empty_and_repeated_values() -> None:
    fields = [("a", "1"), ("b", ""), ("a", "2"), ("c", ""), ("d", "é x"), ("e", "\udcff"), ("f", "\0g\ud800")]
    assert form_of(fields) == {
        "a": ["1", "2"], "b": [""], "c": [""], "d": ["é x"], "e": ["\ufffd"], "f": ["g\ufffd"],
    }  # fmt: skip
