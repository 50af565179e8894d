"""Two web processes under gunicorn: what each says on its streams, and whether both show the same figures."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from twilio.request_validator import RequestValidator

from bot.settings import child_environment
from tests.conftest import TWILIO
from tests.operation.planted import EMAIL, FIRST, LAST, PHONE, TEXT, found_in

WAIT_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def callboard(*words: str, environment: dict[str, str], **options: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "webhooks", *words]
    return subprocess.Popen(command, env=child_environment(**environment), text=True, **options)


@contextmanager
def serving(environment: dict[str, str], log: Path) -> Iterator[str]:
    """Run the web server until it is ready; yield its address."""
    base = f"http://127.0.0.1:{environment['PORT']}"
    with log.open("w") as file:
        process = callboard("serve", environment=environment, stdout=file, stderr=file)
        try:
            deadline = time.monotonic() + WAIT_SECONDS
            while time.monotonic() < deadline and not is_ready(base):
                time.sleep(0.1)
            yield base
        finally:
            process.terminate()
            process.wait(40)


def is_ready(base: str) -> bool:
    try:
        return requests.get(f"{base}/health/ready", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def accepted(base: str) -> dict[str, float]:
    families = text_string_to_metric_families(requests.get(f"{base}/metrics", timeout=10).text)
    samples = [sample for family in families for sample in family.samples]
    return {s.labels["outcome"]: s.value for s in samples if s.name == "callboard_webhook_requests_total"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    made = {**TWILIO, "PORT": str(free_port()), "CALLBOARD_DATA_DIR": str(tmp_path / "var"), "CALLBOARD_LOG": "json",
            "TWILIO_API_BASE": "http://127.0.0.1:1", "TWILIO_CONTENT_BASE": "http://127.0.0.1:1", "DATABASE_URL": "",
            "REDIS_URL": "", "CALLBOARD_METRICS_TOKEN": "", "WEB_CONCURRENCY": "2"}  # fmt: skip
    assert callboard("db", "upgrade", environment=made, stdout=subprocess.DEVNULL).wait(WAIT_SECONDS) == 0
    return made


def test_what_the_server_writes_names_nobody_and_its_processes_count_together(
    environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with serving(environment, log) as base:
        url = f"http://localhost:{environment['PORT']}/webhooks/twilio/messages"
        for number in range(24):
            form = {"AccountSid": TWILIO["TWILIO_ACCOUNT_SID"], "MessageSid": f"SM{number:032x}", "Body": TEXT,
                    "From": f"whatsapp:{PHONE}", "To": "whatsapp:+15005550006", "ProfileName": f"{FIRST} {LAST}"}  # fmt: skip
            signature = RequestValidator(TWILIO["TWILIO_AUTH_TOKEN"]).compute_signature(url, form)
            # a connection of its own each time, so that both processes take some
            answer = requests.post(f"{base}/webhooks/twilio/messages", data=form, timeout=20,
                                   headers={"X-Twilio-Signature": signature, "Connection": "close"})  # fmt: skip
            assert answer.status_code == 200
        for path in (f"/c/{PHONE}", f"/jobs/{EMAIL}?q={TEXT}", f"/api/v1/candidates?phone={PHONE}", "/metrics?x=%00"):
            requests.get(base + path, timeout=10, headers={"Connection": "close"})
        with socket.create_connection(("127.0.0.1", int(environment["PORT"]))) as wire:
            wire.sendall(f"GET /{TEXT} nonsense {PHONE}\r\n\r\n".encode())
            wire.recv(4096)
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline and accepted(base).get("accepted") != 24:
            time.sleep(0.5)
        for _ in range(6):
            assert accepted(base)["accepted"] == 24
    written = log.read_text()
    assert '"web_listening"' in written
    assert not found_in(written, PHONE, FIRST, LAST, TEXT, EMAIL, TWILIO["TWILIO_AUTH_TOKEN"])
    for line in written.splitlines():
        assert json.loads(line)["time"].endswith("Z")
