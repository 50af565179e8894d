"""Twilio's webhooks through the real application: forged ones leave nothing, odd ones lose nothing."""

import json
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.conftest import Build, make_ready
from tests.webhooks.wire import ACCOUNT, FIELDS, MESSAGES, PUBLIC, STATUS, TOKEN, Wire, sign
from webhooks.app import create_app

PATIENT = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def test_our_signing_is_that_of_twilio(wire: Wire) -> None:
    body = urlencode(FIELDS).encode()
    assert sign(MESSAGES, body) == RequestValidator(TOKEN).compute_signature(PUBLIC + MESSAGES, FIELDS)
    answer = wire.signed(MESSAGES, body)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text.endswith("<Response></Response>")


BODY = urlencode(FIELDS).encode()
ALTERED = {
    "a letter of the text": (MESSAGES, BODY.replace(b"Hello", b"Hallo"), {}),
    "another sender": (MESSAGES, BODY.replace(b"14155550101", b"14155550102"), {}),
    "an extra field": (MESSAGES, BODY + b"&OptOutType=STOP", {}),
    "a repeated field": (MESSAGES, BODY + b"&Body=other", {}),
    "a field in front": (MESSAGES, b"Body=other&" + BODY, {}),
    "a field left out": (MESSAGES, BODY.replace(b"&NumMedia=0", b""), {}),
    "a field renamed": (MESSAGES, BODY.replace(b"NumMedia", b"NumMedio"), {}),
    "nothing at all": (MESSAGES, b"", {}),
    "a query": (MESSAGES + "?a=1", BODY, {}),
    "another address": (STATUS, BODY, {}),
    "an escaped address": ("/webhooks/twilio/message%73", BODY, {}),
    "another type": (MESSAGES, BODY, {"content_type": "text/plain"}),
    "json": (MESSAGES, json.dumps(FIELDS).encode(), {"content_type": "application/json"}),
    "multipart": (MESSAGES, BODY, {"content_type": "multipart/form-data; boundary=x"}),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_is_altered_after_signing_is_refused_and_leaves_no_row(wire: Wire) -> None:
    before = wire.rows()
    for what, (path, body, options) in ALTERED.items():
        assert wire.post(path, body, sign(MESSAGES, BODY), **options).status_code == 403, what
    assert wire.rows() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_signature_or_a_made_up_one_is_refused(wire: Wire) -> None:
    before = wire.rows()
    for signature in ("", " ", "x", "\xff", "é" * 28, "A" * 28, "=" * 5000):
        assert wire.post(MESSAGES, BODY, signature).status_code == 403
        assert wire.post(STATUS, BODY, signature).status_code == 403
    assert wire.rows() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_signature_for_another_host_or_account_or_token_is_refused(wire: Wire) -> None:
    forged = {"Host": "evil.example", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http",
              "X_Forwarded_Prefix": "/x", "Forwarded": "host=evil.example", "X_Original_URL": "/x"}  # fmt: skip
    before = wire.rows()
    for base in ("https://evil.example", "http://evil.example", "http://bot.example.org", "http://localhost"):
        assert wire.post(MESSAGES, BODY, sign(MESSAGES, BODY, base), **forged).status_code == 403
    assert wire.post(MESSAGES, BODY, sign(MESSAGES, BODY, token="x" * 32)).status_code == 403
    other = BODY.replace(ACCOUNT.encode(), b"AC" + b"9" * 32)
    assert wire.signed(MESSAGES, other).status_code == 403
    assert wire.rows() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_forged_headers_of_proxies_do_not_spoil_a_genuine_request(wire: Wire) -> None:
    headers = {"Host": "internal:8000", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}
    assert wire.signed(MESSAGES, BODY, **headers).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_body_larger_than_any_of_twilios_is_too_large(wire: Wire) -> None:
    before = wire.rows()
    body = BODY + b"&Extra=" + b"x" * 300_000
    assert wire.signed(MESSAGES, body).status_code == 413
    assert wire.signed(MESSAGES, BODY + b"&Extra=" + b"x" * 3_000_000).status_code == 413
    assert wire.rows() == before


def test_the_longest_text_of_whatsapp_is_stored_whole(wire: Wire) -> None:
    for letter in ("a", "é", "😀", "\u0301"):
        status, row = wire.says(Body=letter * 4096)
        assert (status, row.text) == (200, letter * 4096)


SURE = {
    "an empty body": ({"Body": ""}, ""),
    "blanks": ({"Body": " \n\t "}, " \n\t "),
    "an unknown number": ({"From": "whatsapp:+99999999999"}, "Hello you"),
    "an opaque address": ({"From": "whatsapp:US.13491208655302741918"}, "Hello you"),
    "a number of ours that we do not know": ({"To": "whatsapp:+15005559999"}, "Hello you"),
    "a short code": ({"From": "32665", "To": "+15005550007"}, "Hello you"),
    "unknown parameters": ({"Zzz": "1", "ReferralNumMedia": "0", "": "x", "Body[]": "y"}, "Hello you"),
    "NUL": ({"Body": "a\0b", "ProfileName": "\0", "ButtonPayload": "\0", "Label": "x\0"}, "ab"),
    "right to left": ({"Body": "a\u202eb"}, "a\u202eb"),
    "a reaction": ({"MessageType": "reaction", "Body": "👍", "OriginalRepliedMessageSid": "SM" + "2" * 32}, "👍"),
    "a contact card": ({"NumMedia": "1", "MediaContentType0": "text/vcard", "Body": "",
                        "MediaUrl0": "https://api.twilio.com/Media/ME1"}, ""),
    "a place": ({"Body": "", "Latitude": "38.7", "Longitude": "-9.1", "Label": "Lisbon\0"}, ""),
    "an impossible place": ({"Latitude": "1e999", "Longitude": "NaN"}, "Hello you"),
    "odd numbers": ({"NumMedia": "999999999999", "NumSegments": "-1", "MediaUrl0": "javascript:1"}, "Hello you"),
    "interactive data": ({"InteractiveData": '{"list_reply": {"id": "\\u0000\\ud800x"}}'}, "Hello you"),
    "a flow's answer": ({"InteractiveData": '{"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}'}, "Hello you"),
}  # fmt: skip


def test_odd_messages_are_answered_and_kept(wire: Wire) -> None:
    for what, (changes, text) in SURE.items():
        status, row = wire.says(**changes)
        assert status == 200, what
        assert (row.text, row.status) == (text, "handled"), what


def test_twenty_attachments_are_all_kept(wire: Wire) -> None:
    media = {f"MediaUrl{n}": f"https://api.twilio.com/Media/ME{n}" for n in range(20)}
    kinds = {f"MediaContentType{n}": "image/png" for n in range(20)}
    status, row = wire.says(NumMedia="20", Body="", **media, **kinds)
    assert status == 200
    assert [medium["url"] for medium in row.content["media"]] == list(media.values())


NO_TEXT = (b"\xff\xfe", "Olá é".encode("latin-1"), b"\xed\xa0\x80", b"\xc0\x80", b"a\x00b", b"\xf5\x80")


def test_bytes_that_are_no_text_are_kept_with_replacements(wire: Wire) -> None:
    rest = {name: value for name, value in FIELDS.items() if name not in {"Body", "MessageSid"}}
    for number, written in enumerate(form for raw in NO_TEXT for form in (quote_from_bytes(raw).encode(), raw)):
        sid = f"SM{number:032x}"
        body = urlencode({"MessageSid": sid, **rest}).encode() + b"&Body=" + written
        assert wire.signed(MESSAGES, body).status_code == 200
        assert wire.message(sid).status == "handled"


def test_repeated_and_countless_fields_are_borne(wire: Wire) -> None:
    assert wire.signed(MESSAGES, BODY + b"&Body=second&From=x&MessageSid=SM2").status_code == 200
    assert wire.message(FIELDS["MessageSid"]).text == "Hello you"
    many = BODY.replace(b"SM111", b"SM222") + b"".join(b"&p%d=" % n for n in range(7000))
    assert wire.signed(MESSAGES, many).status_code == 200


WRONG = {
    "no id": {"MessageSid": ""},
    "an id that is none": {"MessageSid": "x y"},
    "NUL for an id": {"MessageSid": "\0"},
    "no sender": {"From": ""},
    "a sender that is none": {"From": "whatsapp:<script>"},
    "another kind of channel": {"From": "messenger:1234"},
    "two kinds of channel": {"To": "+15005550007"},
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_message_that_cannot_be_attributed_is_refused_with_the_field(wire: Wire) -> None:
    before = wire.rows()
    for what, changes in WRONG.items():
        answer = wire.signed(MESSAGES, urlencode({**FIELDS, **changes}).encode())
        assert answer.status_code == 400, what
        assert answer.text.startswith(next(iter(changes)))
    assert wire.rows() == before


def test_the_same_message_twice_is_one_row(wire: Wire) -> None:
    assert wire.signed(MESSAGES, BODY).status_code == 200
    before = wire.rows()
    assert wire.signed(MESSAGES, BODY).status_code == 200
    assert wire.signed(MESSAGES, BODY.replace(b"Hello", b"Other")).status_code == 200
    assert wire.rows() == before


TEXT = st.text(max_size=60)
NAMES = st.sampled_from(
    ["Body", "ProfileName", "WaId", "ButtonText", "ButtonPayload", "ListId", "ListTitle", "InteractiveData", "Latitude",
     "Longitude", "Label", "Address", "NumMedia", "NumSegments", "MediaUrl0", "MediaContentType0", "OptOutType", "From",
     "ExternalUserId", "OriginalRepliedMessageSid", "To", "SmsStatus", "MessageStatus", "ErrorCode", "EventType"]
)  # fmt: skip


def test_no_signed_form_whatever_is_our_fault(wire: Wire) -> None:
    count = iter(range(10**6))

    @PATIENT
    @given(st.dictionaries(NAMES | TEXT, TEXT | st.floats().map(str) | st.binary(max_size=20), max_size=8))
    def try_one(changes: dict[str, Any]) -> None:
        fields = {**FIELDS, "MessageSid": f"SM{next(count):032x}", **changes}
        body = urlencode(fields, errors="surrogatepass").encode()
        for path in (MESSAGES, STATUS):
            assert wire.signed(path, body).status_code in {200, 204, 400, 403}

    try_one()


def test_without_twilio_nobodys_signature_counts(build_runtime: Build) -> None:
    runtime = build_runtime(CALLBOARD_PUBLIC_URL=PUBLIC)
    make_ready(runtime)
    wire = Wire(runtime, create_app(runtime).test_client())
    assert wire.signed(MESSAGES, BODY).status_code == 403
    assert wire.post(MESSAGES, BODY, sign(MESSAGES, BODY, token="")).status_code == 403
