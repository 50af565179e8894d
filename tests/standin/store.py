"""What the stand-in for Twilio knows: messages in both directions, Content resources, and a log of it all."""

import itertools
import json
import re
import threading
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from bot.clock import SystemClock

RANKS = {"accepted": 0, "queued": 1, "sending": 2, "sent": 3, "delivered": 4, "read": 5, "undelivered": 6}
RANKS["failed"] = 6
now = SystemClock().now


@dataclass
class Stored:
    """One message."""

    number: int
    sid: str
    sender: str
    to: str
    body: str
    inbound: bool
    created: datetime
    form: dict[str, list[str]]
    status: str
    service: str = ""
    sent: datetime | None = None
    error_code: int | None = None
    media: list[dict[str, Any]] = field(default_factory=list)

    def move(self, status: str, error_code: int | None = None) -> None:
        """Go forward only."""
        if RANKS.get(status, 0) > RANKS.get(self.status, 0):
            self.status, self.error_code = status, error_code or self.error_code
            self.sent = self.sent or now()

    def as_json(self, account: str) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{account}/Messages/{self.sid}"
        created = format_datetime(self.created.replace(microsecond=0))
        return {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": created,
            "date_sent": format_datetime(self.sent.replace(microsecond=0)) if self.sent else None,
            "date_updated": created,
            "direction": "inbound" if self.inbound else "outbound-api",
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": self.service or None,
            "num_media": str(len(self.media)),
            "num_segments": "0" if self.service else "1",
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


class Store:
    """All of it; safe to share between threads."""

    def __init__(self, seed: int) -> None:
        self.lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._seed = seed
        self._messages: list[Stored] = []
        self._by_sid: dict[str, Stored] = {}
        self._by_to: dict[str, list[int]] = defaultdict(list)
        self.contents: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()  # Content resources that were there once
        self.media: dict[str, dict[str, Any]] = {}
        self.log: list[dict[str, Any]] = []
        self.violations: list[dict[str, Any]] = []
        self._heard: dict[tuple[str, str], datetime] = {}

    def sid(self, prefix: str) -> str:
        """Make an id in Twilio's form; the seed is part of it, so two stand-ins do not clash."""
        return f"{prefix}{self._seed & 0xFFFFFFFF:08x}{next(self._numbers):024x}"

    def note(self, event: str, **details: Any) -> None:
        """Add to the log, in order."""
        with self.lock:
            self.log.append({"at": now().timestamp(), "event": event, **details})

    def add(
        self,
        form: dict[str, list[str]],
        *,
        inbound: bool,
        media: list[dict[str, Any]] = [],  # noqa: B006
        rendered: str = "",
    ) -> Stored:
        first = {name: values[0] for name, values in form.items()}
        service = first.get("MessagingServiceSid", "")
        status = "received" if inbound else "accepted" if service else "queued"
        with self.lock:
            moment = now()
            message = Stored(
                number=len(self._messages),
                sid=self.sid("MM" if media or "MediaUrl" in form else "SM"),
                sender=first.get("From", ""),
                to=first.get("To", ""),
                body=first.get("Body", "") or rendered,
                inbound=inbound,
                created=moment,
                form=form,
                status=status,
                service=service,
                sent=moment if inbound else None,
                media=media or [{"url": url} for url in form.get("MediaUrl", ())],
            )
            self._messages.append(message)
            self._by_sid[message.sid] = message
            self._by_to[message.to].append(message.number)
            if inbound:
                self._heard[message.sender, message.to] = moment
            self.note(
                "inbound" if inbound else "message",
                sid=message.sid,
                form=first,
                body=message.body,
                media=form.get("MediaUrl", []),
            )
        return message

    def get(self, sid: str) -> Stored | None:
        return self._by_sid.get(sid)

    def heard_at(self, person: str, sender: str) -> datetime | None:
        """Return when *person* last wrote to *sender*."""
        return self._heard.get((person, sender))

    def find(
        self, *, to: str, sender: str, since: datetime | None, before: int | None, size: int
    ) -> tuple[list[Stored], int | None]:
        """Return a page, newest first, and the number of the first message of the next page."""
        with self.lock:
            numbers = self._by_to.get(to, []) if to else range(len(self._messages))
            end = len(numbers) if before is None else bisect_left(numbers, before + 1)
            found: list[Stored] = []
            for place in range(end - 1, -1, -1):
                message = self._messages[numbers[place]]
                if since and message.created < since:
                    break
                if (sender and message.sender != sender) or (since and not (message.sent and message.sent >= since)):
                    continue
                if len(found) == size:
                    return found, message.number
                found.append(message)
            return found, None

    def blanks(self, sid: str) -> set[str]:
        """Return the names of the variables in the texts of a Content resource."""
        return set(re.findall(r"\{\{(\w+)\}\}", json.dumps(self.contents[sid]["content"]["types"])))

    def add_content(self, body: dict[str, Any], account: str, approval: dict[str, Any] | None = None) -> dict[str, Any]:
        sid = body.get("sid") or self.sid("HX")
        stamp = now().strftime("%Y-%m-%dT%H:%M:%SZ")
        types = {name: value for name, value in body.get("types", {}).items() if value is not None}
        content = {**body, "sid": sid, "account_sid": account, "types": types}
        content |= {"date_created": stamp, "date_updated": stamp, "variables": body.get("variables") or {}}
        with self.lock:
            self.contents[sid] = {"content": content, "approval": approval or {"status": "unsubmitted"}}
            self.note("content", sid=sid, body=content)
        return content
