"""The addresses that Twilio calls: how they may be written, by which method they are called, and how much they take."""

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.webhooks.wire import FIELDS, FORM, MESSAGES, STATUS, Wire, sign

BODY = urlencode(FIELDS).encode()
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def post_raw(wire: Wire, path: str, body: bytes) -> int:
    """Post to *path* as a server hands it on, which a client would take apart."""
    environ = EnvironBuilder(MESSAGES, method="POST", data=body, content_type=FORM).get_environ()
    environ |= {"PATH_INFO": path, "REQUEST_URI": path, "RAW_URI": path, "HTTP_X_TWILIO_SIGNATURE": sign(path, body)}
    return int(run_wsgi_app(wire.client.application, environ)[1].split()[0])


@pytest.mark.parametrize(
    "path", ["//webhooks/twilio/messages", "/webhooks//twilio/messages", "///webhooks/twilio//messages"]
)
def test_a_message_comes_in_where_slashes_were_doubled_in_the_console(wire: Wire, path: str) -> None:
    assert post_raw(wire, path, BODY) == 200
    assert wire.message(FIELDS["MessageSid"]).text == "Hello you"
    assert post_raw(wire, path, BODY + b"&Body=other") == 200


def test_the_fate_of_a_message_comes_in_where_slashes_were_doubled(wire: Wire) -> None:
    body = urlencode({"MessageSid": "SM" + "9" * 32, "MessageStatus": "sent", "From": "+15005550007"}).encode()
    assert post_raw(wire, "/" + STATUS, body) == 204


@pytest.mark.parametrize("path", [MESSAGES, STATUS])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_every_other_method_is_told_the_one_that_is_taken(wire: Wire, method: str, path: str) -> None:
    answer = wire.client.open(path, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def chunked(wire: Wire, size: int) -> Any:
    """Post a body that does not say how long it is."""
    body = BODY + b"&Extra=" + b"x" * (size - len(BODY) - 7)
    options = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    signature = {"X-Twilio-Signature": sign(MESSAGES, body)}
    return wire.client.post(MESSAGES, content_type=FORM, headers=signature, environ_overrides=options)


def test_a_body_that_does_not_say_how_long_it_is_may_be_as_long_as_one_that_does(wire: Wire) -> None:
    assert chunked(wire, 65_536).status_code == 200
    assert chunked(wire, 65_537).status_code == 413
    assert chunked(wire, 1_000_000).status_code == 413
