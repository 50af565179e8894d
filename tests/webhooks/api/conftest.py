"""The API on a database of its own, a paper channel, and a clock that stands still."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.channels.base import ChannelKind, InboundMessage
from bot.channels.sandbox import PHONES, SANDBOX
from bot.dialogue.inbox import receive
from bot.dialogue.sending import send_due
from bot.intake.keys import create_key
from bot.runtime import Runtime
from bot.work import unit_of_work
from webhooks.app import create_app

ANN, BEN = "+14155550101", "+14155550102"

SCREENING: dict[str, Any] = {
    "callboard": 1,
    "name": "Screening",
    "language": "en",
    "welcome": {"text": "Hi {{ candidate.first_name }}, shall we start?"},
    "modules": [
        {
            "key": "basics",
            "type": "questions",
            "questions": [
                {"key": "licence", "type": "yes_no", "text": "Do you drive?"},
                {"key": "city", "type": "text", "text": "Where do you live?", "maps_to": "candidate.city"},
            ],
        },
    ],
    "conclusion": {"text": "Thank you."},
}
SORRY: dict[str, Any] = {
    "callboard": 1,
    "name": "Sorry",
    "language": "en",
    "welcome": {"text": "Not this time."},
}


@dataclass(slots=True)
class Api:
    """A program that calls the API, and the world behind it."""

    runtime: Runtime
    client: FlaskClient
    key: str
    _heard: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Call an address below `/api/v1`; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Authorization": f"Bearer {self.key}"} | named
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=named)

    def get(self, path: str) -> Any:
        response = self.call("GET", path)
        assert response.status_code == 200, response.text
        return response.json

    def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        response = self.call("POST", path, body, **headers)
        assert response.status_code == status, response.text
        return response.json

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        response = self.call("PATCH", path, body)
        assert response.status_code == status, response.text
        return response.json

    def job(self, title: str = "Barista", **more: Any) -> Any:
        """Make a job with a review, a form and a reject stage."""
        stages = [
            {"name": "new", "type": "review"},
            {"name": "screening", "type": "form", "campaign": SCREENING},
            {"name": "rejected", "type": "reject", "campaign": SORRY},
        ]
        return self.post("/jobs", {"title": title, "default_country": "US", "stages": stages, **more})

    def apply(self, job: Any, stage: int = 1, phone: str = ANN, status: int = 201, **more: Any) -> Any:
        """Let somebody apply for a stage of a job, and send what is due."""
        candidate = {"first_name": "Ann", "last_name": "Silva", "phone": phone, **more.pop("candidate", {})}
        body = {"job": job["id"], "stage": job["stages"][stage]["id"], "candidate": candidate, **more}
        made = self.post("/applications", body, status)
        self.send()
        return made

    def send(self) -> None:
        while send_due(self.runtime):
            pass

    def says(self, text: str, phone: str = ANN) -> None:
        """Let a candidate write, and send what is due."""
        self._heard.append(text)
        receive(
            self.runtime,
            SANDBOX,
            InboundMessage(
                provider_id=f"paper-{len(self._heard)}",
                kind=ChannelKind.WHATSAPP,
                sender=phone,
                to=PHONES[ChannelKind.WHATSAPP],
                text=text,
            ),
        )
        self.send()


def fields_of(problem: Any) -> list[str]:
    """Return the fields that a problem names."""
    return [error["field"] for error in problem["errors"]]


@pytest.fixture
def api(runtime: Runtime) -> Api:
    return api_of(runtime)


def api_of(runtime: Runtime, *scopes: str) -> Api:
    """Return a caller whose key has these scopes, all without any."""
    with unit_of_work(runtime) as work:
        key = create_key(work, "tests", scopes)
    return Api(runtime, create_app(runtime).test_client(), key)
