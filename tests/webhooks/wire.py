"""Twilio's webhooks as tests post them: signed over their fields just as they come, whatever they hold."""

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.models import Candidate, Channel, Message, MessageEvent
from bot.runtime import Runtime
from bot.work import reading
from tests.conftest import TWILIO
from webhooks.signatures import _fields, _joined, _sign

FORM = "application/x-www-form-urlencoded"
TOKEN, ACCOUNT = TWILIO["TWILIO_AUTH_TOKEN"], TWILIO["TWILIO_ACCOUNT_SID"]
MESSAGES, STATUS = "/webhooks/twilio/messages", "/webhooks/twilio/status/m1"
PUBLIC = "https://bot.example.org"
FIELDS = {
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": ACCOUNT,
    "From": "whatsapp:+14155550101",
    "To": "whatsapp:+15005550006",
    "Body": "Hello you",
    "NumMedia": "0",
}


class Wire:
    """Posts to the application what Twilio, or somebody else, would."""

    def __init__(self, runtime: Runtime, client: FlaskClient) -> None:
        self.runtime, self.client = runtime, client
        self._count = 0

    def post(self, path: str, body: bytes, signature: str, content_type: str = FORM, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["X-Twilio-Signature"] = signature
        return self.client.post(path, data=body, content_type=content_type, headers=named)

    def signed(self, path: str, body: bytes, **headers: str) -> Any:
        """Post *body*, signed over its fields just as they come."""
        return self.post(path, body, sign(path, body), **headers)

    def says(self, **changes: str) -> tuple[int, Any]:
        """Post a message with changed fields; return the status and the row that came of it."""
        self._count += 1
        fields = {**FIELDS, "MessageSid": f"SM{self._count:032x}", **changes}
        answer = self.signed(MESSAGES, urlencode(fields).encode())
        return answer.status_code, self.message(fields["MessageSid"])

    def message(self, sid: str) -> Any:
        with reading(self.runtime) as work:
            return work.connection.execute(select(Message).where(Message.provider_id == sid)).one_or_none()

    def rows(self) -> int:
        with reading(self.runtime) as work:
            tables = (Message, Candidate, MessageEvent, Channel)
            return sum(work.connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables)


def sign(path: str, body: bytes, base: str = PUBLIC, token: str = TOKEN) -> str:
    """Sign as Twilio does: the bytes of each field as they are."""
    return _sign(token, (base + path + _joined(_fields(body))).encode("utf-8", "surrogateescape")).decode()
