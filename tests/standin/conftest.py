"""The stand-in, an application that it calls, and a sender that calls it."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.channels.twilio import TwilioSender
from tests.standin.meeting import PUBLIC, Application, make_sender
from tests.standin.twilio import TOKEN, StandIn
from webhooks.signatures import public_url, raw_path, signed_fields
from webhooks.twilio_forms import form_of, read_inbound, read_status


@pytest.fixture
def application() -> Iterator[Application]:
    state = Application()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path, query = raw_path({"RAW_URI": self.path}), self.path.partition("?")[2]
            fields = signed_fields(
                url=public_url(PUBLIC, path, query),
                body=body,
                content_type=self.headers["Content-Type"],
                headers=dict(self.headers),
                tokens=[TOKEN],
            )
            time.sleep(state.slow)
            if fields is None:
                state.forged += 1
            elif "status" in path:
                state.updates.append(read_status(form_of(fields), query.removeprefix("m=")))
            else:
                state.messages.append(read_inbound(form_of(fields)))
            self.send_response(403 if fields is None else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def twilio(application: Application) -> Iterator[StandIn]:
    standin = StandIn(
        callback_delay=0.005,
        connect_to=f"http://127.0.0.1:{application.port}",
        inbound_url=f"{PUBLIC}/webhooks/twilio/messages",
    )
    with standin:
        yield standin
    assert [entry for entry in standin.store.log if entry["event"] == "bug"] == []


@pytest.fixture
def sender(twilio: StandIn) -> TwilioSender:
    return make_sender(twilio)
