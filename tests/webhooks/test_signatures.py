"""Signatures: made by the provider's own libraries in two languages, and everything that is none."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder

from webhooks.signatures import _fields, public_url, raw_path, signed_fields

RECORDED = Path(__file__).resolve().parents[1] / "recorded" / "twilio" / "signatures.json"
NODE = json.loads(RECORDED.read_text())
TOKEN = "12345"
URL = "https://bot.example.org/webhooks/twilio/messages"
FORM = "application/x-www-form-urlencoded"


def verify(url: str, body: bytes, signature: str | None, **changes: Any) -> bool:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    request: dict[str, Any] = {"content_type": FORM, "headers": headers, "tokens": [TOKEN], **changes}
    return signed_fields(url=url, body=body, **request) is not None


def reference(token: str, url: str, pairs: list[tuple[str, str]], algorithm: Any = hashlib.sha1) -> str:
    """Sign as the provider's page describes it, written without a look at our own code."""
    text = url
    for name in sorted({name for name, _ in pairs}):
        for value in sorted({value for other, value in pairs if other == name}):
            text += name + value
    return base64.b64encode(hmac.new(token.encode(), text.encode(), algorithm).digest()).decode()


@pytest.mark.parametrize("case", NODE["cases"], ids=lambda case: case["name"])
def test_what_the_node_library_signed_is_judged_rightly(case: dict[str, Any]) -> None:
    path, _, query = case["target"].partition("?")
    url = public_url(case["base"], path, query)
    got = verify(
        url,
        case["body"].encode(),
        case["signature"],
        content_type=case["content_type"],
        tokens=[NODE["token"]],
    )
    assert got is case["valid"]


def test_enough_cases_come_from_the_node_library() -> None:
    assert sum(case["valid"] for case in NODE["cases"]) >= 41
    assert sum(not case["valid"] for case in NODE["cases"]) >= 10


def test_the_vectors_of_the_python_library() -> None:
    """From https://github.com/twilio/twilio-python/blob/main/tests/unit/test_request_validator.py."""
    fields = {
        "CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
        "Caller": "+14158675309",
    }  # fmt: skip
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert verify(url, urlencode(fields).encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
pairs = st.lists(st.tuples(names, st.text(st.characters(codec="utf-8"), max_size=30)), max_size=8)


@given(
    pairs=pairs,
    query=st.text(max_size=20),
    token=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
)
def test_any_form_that_was_signed_verifies_and_with_another_token_does_not(
    pairs: list[tuple[str, str]], query: str, token: str
) -> None:
    url = public_url("https://bot.example.org:8443", "/webhooks", quote(query, errors="replace"))
    body = urlencode(pairs).encode()
    signature = reference(token, url, pairs)
    assert verify(url, body, signature, tokens=["another", token])
    assert not verify(url, body, signature, tokens=[token + "x"])
    assert RequestValidator(token).validate(url, MultiDict(pairs), signature)


@given(pairs=pairs, place=st.integers(0), byte=st.integers(1, 255))
def test_any_changed_byte_of_a_signature_is_noticed(pairs: list[tuple[str, str]], place: int, byte: int) -> None:
    good = reference(TOKEN, URL, pairs)
    raw = bytearray(base64.b64decode(good))
    raw[place % len(raw)] ^= byte
    assert not verify(URL, urlencode(pairs).encode(), base64.b64encode(raw).decode())


@given(
    url=st.text(max_size=60), body=st.binary(max_size=200), content_type=st.text(max_size=40),
    signature=st.text(max_size=40), settings=st.text(max_size=40),
    tokens=st.lists(st.text(max_size=10), max_size=3),
)  # fmt: skip
def test_nothing_hostile_raises_or_passes(
    url: str, body: bytes, content_type: str, signature: str, settings: str, tokens: list[str]
) -> None:
    headers = {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": settings}
    assert signed_fields(url=url, body=body, content_type=content_type, headers=headers, tokens=tokens) is None


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"a=%ff%fe", b"a=%", b"a=%zz", b"=", b"&&&", b"a", b"\x00=\x00", "é=ü".encode("latin-1")],
)
def test_broken_encodings_neither_raise_nor_pass(body: bytes) -> None:
    assert not verify(URL, body, reference(TOKEN, URL, [("a", "b")]))


def test_bytes_that_are_no_utf_8_are_signed_as_they_came() -> None:
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), URL.encode() + b"a\xff", hashlib.sha1)).decode()
    assert verify(URL, b"a=%FF", signature)
    assert verify(URL, b"a=\xff", signature)


@pytest.mark.parametrize("signature", ["é" * 28, "\udcff" * 28, "\x00", "=", " ", "null"])
def test_a_strange_header_is_refused(signature: str) -> None:
    assert not verify(URL, b"", signature)


def test_the_header_is_found_in_any_case() -> None:
    headers = {"x-twilio-SIGNATURE": reference(TOKEN, URL, [])}
    assert verify(URL, b"", None, headers=headers)


@pytest.mark.parametrize("tokens", [[], [""], ["", ""]])
def test_without_a_token_nothing_passes(tokens: list[str]) -> None:
    empty = base64.b64encode(hmac.digest(b"", URL.encode(), hashlib.sha1)).decode()
    assert not verify(URL, b"", empty, tokens=tokens)


def test_both_tokens_are_tried_during_a_rotation() -> None:
    assert verify(URL, b"a=1", reference("new", URL, [("a", "1")]), tokens=["old", "new"])


def settings(algorithm: str, signature: str) -> dict[str, str]:
    named = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
    return {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": named}


def test_sha_256_is_used_where_the_request_names_it() -> None:
    strong = reference("shared", URL, [("a", "1")], hashlib.sha256)
    headers = settings("HMAC_SHA256", strong)
    assert verify(URL, b"a=1", None, headers=headers, shared_keys=["shared"])
    assert verify(URL, b"a=1", None, headers=headers, tokens=["shared"])
    assert not verify(URL, b"a=2", None, headers=headers, shared_keys=["shared"])
    assert not verify(URL, b"a=1", strong, tokens=["shared"])


def test_with_a_shared_key_nothing_weaker_passes() -> None:
    weak = reference(TOKEN, URL, [("a", "1")])
    assert not verify(URL, b"a=1", weak, shared_keys=["shared"])
    assert not verify(URL, b"a=1", weak, shared_keys=[TOKEN])
    assert not verify(URL, b"a=1", None, headers=settings("HMAC_SHA1", weak), shared_keys=[TOKEN])


@pytest.mark.parametrize("algorithm", ["HMAC_MD5", "none", "é"])
def test_an_algorithm_that_is_not_known_is_refused(algorithm: str) -> None:
    signature = reference(TOKEN, URL, [])
    assert not verify(URL, b"", None, headers=settings(algorithm, signature))


def test_a_body_hash_must_fit_even_beside_a_genuine_signature() -> None:
    body = b'{"a": 1}'
    url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = reference(TOKEN, url, [])
    assert verify(url, body, signature, content_type="application/json")
    assert not verify(url, b"{}", signature, content_type="application/json")
    assert not verify(url, b"", signature)
    assert not verify(f"{URL}?bodySHA256=", body, reference(TOKEN, f"{URL}?bodySHA256=", []), content_type="text/plain")


def test_a_user_in_the_address_leaves_the_port_alone() -> None:
    with_port = "https://user:secret@bot.example.org:8443/hook?x=1"
    without = "https://user:secret@bot.example.org/hook?x=1"
    assert verify(with_port, b"", reference(TOKEN, without, []))
    assert verify(without, b"", reference(TOKEN, without.replace("org/", "org:443/"), []))


# the address


@pytest.mark.parametrize(
    ("base", "path", "query", "url"),
    [
        ("https://a.example", "/p", "", "https://a.example/p"),
        ("https://a.example/", "/p", "x=%C3%A9&y=a%20b", "https://a.example/p?x=%C3%A9&y=a%20b"),
        ("https://u:p%40@a.example:8443", b"/p/%2F", b"q", "https://u:p%40@a.example:8443/p/%2F?q"),
        ("https://a.example/prefix", "/p/", b"", "https://a.example/prefix/p/"),
        ("https://a.example", "/p?x=1", "x=1", "https://a.example/p?x=1"),
        ("https://a.example", "/p", "é".encode().decode("latin-1"), "https://a.example/p?é"),
    ],
)
def test_the_address_is_put_together_raw(base: str, path: str, query: str, url: str) -> None:
    assert public_url(base, path, query) == url


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_any_bytes_make_an_address(path: bytes, query: bytes) -> None:
    assert public_url("https://a.example", path, query).startswith("https://a.example")


@pytest.mark.parametrize("target", ["/a%2Fb/%C3%A9", "/", "/a//b/", "/x%00"])
def test_the_raw_path_is_kept_where_the_server_tells_it(target: str) -> None:
    environ = EnvironBuilder(path="/elsewhere", query_string="m=1").get_environ()
    for key in ("RAW_URI", "REQUEST_URI"):
        environ.pop(key, None)
    assert raw_path(environ) == "/elsewhere"
    assert raw_path({**environ, "REQUEST_URI": f"{target}?m=1"}) == target
    assert raw_path({**environ, "RAW_URI": f"{target}?m=http://x"}) == target
    assert raw_path({**environ, "RAW_URI": f"http://proxy.example:80{target}"}) == target


def test_a_path_without_its_escapes_is_escaped_again() -> None:
    assert raw_path({"SCRIPT_NAME": "/app", "PATH_INFO": "/caf\xc3\xa9 1"}) == "/app/caf%C3%A9%201"
    assert raw_path({}) == ""


PIECES = ["a", "é", "=", "&", "+", "%2B", "%20", "%", "%zz", "%C3%A9", "%FF", ";", " ", "\udcff", ""]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_a_form_is_read_as_the_standard_library_reads_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    expected = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    assert _fields(text.encode("utf-8", "surrogateescape")) == expected
