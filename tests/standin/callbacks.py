"""Posts signed webhooks as Twilio does: statuses of messages, and what people write.

A pool does the posting, so that a slow application never stops the stand-in. As by default at Twilio, only a
failed connection is tried again, once and within 15 seconds; a bad answer or a slow one is not. The fragment of
the address may ask for more: `#rc=3&rp=all`.
"""

import base64
import hashlib
import heapq
import hmac
import itertools
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3

from tests.standin.options import Plan
from tests.standin.store import Store, Stored

WORKERS = 24
CONNECT, READ = 5.0, 15.0  # https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
TOTAL = 15.0  # seconds in which a webhook is tried, all tries together

Fields = dict[str, str]


def signature(token: str, url: str, fields: Fields) -> str:
    """Sign as https://www.twilio.com/docs/usage/webhooks/webhooks-security describes."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True)
class Patience:
    """How often a webhook is tried again, and after what: ct, rt, 4xx or 5xx."""

    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @classmethod
    def read(cls, overrides: str) -> "Patience":
        """Read the fragment of a webhook's address."""
        given = dict(parse_qsl(overrides))
        policy = frozenset(given.get("rp", "ct").split(","))
        return cls(int(given.get("rc", "1")), policy | {"ct", "rt", "4xx", "5xx"} if "all" in policy else policy)


class Timer(threading.Thread):
    """Runs what falls due, in one thread; it must not block."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), action))
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    @property
    def waiting(self) -> int:
        return len(self._due)

    def run(self) -> None:
        while not self._stopped:
            with self._changed:
                if not self._due or self._due[0][0] > time.monotonic():
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else 1.0)
                    continue
                _, _, action = heapq.heappop(self._due)
            action()


class Postman:
    """Sends webhooks, late, twice, out of order or never, as the plan has it."""

    def __init__(self, plan: Plan, store: Store, account: str, token: str) -> None:
        self._plan, self._store, self._account, self._token = plan, store, account, token
        self._timer = Timer()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="postman")
        self._busy = 0
        self._lock = threading.Lock()
        timeout = urllib3.Timeout(connect=CONNECT, read=READ)
        self._http = urllib3.PoolManager(maxsize=WORKERS, timeout=timeout, retries=False, cert_reqs="CERT_NONE")

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._http.clear()

    @property
    def idle(self) -> bool:
        """Whether nothing is planned or under way."""
        with self._lock:
            return self._busy == 0 and self._timer.waiting == 0

    def follow(self, message: Stored) -> None:
        """Plan the rest of a message's life, with its callbacks."""
        options, fate = self._plan.options, self._fate(message)
        moment = 0.0
        for status, code in fate:
            moment += options.callback_delay * 2 * self._plan.uniform()
            told = options.callback_delay * 4 * self._plan.uniform() if options.shuffle else moment
            self._timer.after(moment, lambda status=status, code=code: message.move(status, code))  # type: ignore[misc]
            self._tell(message, status, code, told)

    def _fate(self, message: Stored) -> list[tuple[str, int | None]]:
        failure = self._plan.failure_for(message.to, "callback")
        if failure is not None:
            return [("failed" if failure.code >= 60_000 else "undelivered", failure.code)]
        if self._plan.options.window and self._too_late(message):
            return [("failed", 63016)]
        if self._miscounted(message):
            return [("failed", 63028)]
        read = message.to.startswith("whatsapp:") and self._plan.chance(self._plan.options.read)
        return [("sent", None), ("delivered", None), *([("read", None)] if read else [])]

    def _too_late(self, message: Stored) -> bool:
        if not message.to.startswith("whatsapp:"):
            return False
        sid = message.form.get("ContentSid", [""])[0]
        content = self._store.contents.get(sid)
        if sid and (content is None or content["approval"].get("status", "").lower() == "approved"):
            return False
        heard = self._store.heard_at(message.to, message.sender)
        return heard is None or (message.created - heard).total_seconds() > 86_400

    def _miscounted(self, message: Stored) -> bool:
        """WhatsApp counts the values of a template, and takes neither too few nor too many."""
        sid = message.form.get("ContentSid", [""])[0]
        if not message.to.startswith("whatsapp:") or sid not in self._store.contents:
            return False
        values = json.loads(message.form.get("ContentVariables", ["{}"])[0])
        return len(values) != len(self._store.blanks(sid))

    def _tell(self, message: Stored, status: str, code: int | None, after: float) -> None:
        url = message.form.get("StatusCallback", [""])[0]
        if not url or not self._plan.options.callbacks:
            return
        if self._plan.chance(self._plan.options.drop):
            self._store.note("callback_dropped", sid=message.sid, status=status)
            return
        fields = self._status_fields(message, status, code)
        times = 2 if self._plan.chance(self._plan.options.repeat) else 1
        for turn in range(times):
            extra = turn * self._plan.options.callback_delay * 2 * self._plan.uniform()
            self.post_later(url, fields, after + extra, event="callback")

    def _status_fields(self, message: Stored, status: str, code: int | None) -> Fields:
        fields = {
            "AccountSid": self._account,
            "ApiVersion": "2010-04-01",
            "From": message.sender,
            "To": message.to,
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": status,
            "SmsStatus": status,
        }
        if code is not None:
            fields |= {"ErrorCode": str(code), "ErrorMessage": ""}
        if message.service:
            fields["MessagingServiceSid"] = message.service
        if message.to.startswith("whatsapp:"):
            fields |= {"ChannelPrefix": "whatsapp", "ChannelInstallSid": "XE" + "0" * 32}
            fields |= {"EventType": "READ"} if status == "read" else {}
        return fields

    def post_later(self, url: str, fields: Fields, seconds: float, *, event: str) -> None:
        with self._lock:
            self._busy += 1
        self._timer.after(seconds, lambda: self._hand_over(url, fields, event))

    def _hand_over(self, url: str, fields: Fields, event: str) -> None:
        try:
            self._pool.submit(self._post_and_count, url, fields, event)
        except RuntimeError:  # the pool is shutting down
            self._done()

    def _post_and_count(self, url: str, fields: Fields, event: str) -> None:
        try:
            self.post(url, fields, event=event)
        finally:
            self._done()

    def _done(self) -> None:
        with self._lock:
            self._busy -= 1

    def post(self, url: str, fields: Fields, *, event: str) -> int:
        """Post one webhook and return the answer's status, 0 if there was none."""
        url, _, overrides = url.partition("#")
        patience = Patience.read(overrides)
        target, headers = self._target(url, fields)
        body, end = urlencode(fields), time.monotonic() + TOTAL
        for tries in range(1, patience.retries + 2):
            status, outcome = self._try(target, body, headers)
            pause = tries * (0.5 + self._plan.uniform())
            if outcome not in patience.policy or tries > patience.retries or time.monotonic() + pause > end:
                break
            time.sleep(pause)
        name = fields.get("MessageStatus", "received")
        self._store.note(event + "_posted", sid=fields["MessageSid"], status=name, answer=status, tries=tries)
        return status

    def _try(self, target: str, body: str, headers: dict[str, str]) -> tuple[int, str]:
        """Post once; return the answer's status and, in Twilio's words, what kind of failure it was."""
        try:
            status = self._http.request("POST", target, body=body, headers=headers).status
        except urllib3.exceptions.ReadTimeoutError:
            return 0, "rt"
        except urllib3.exceptions.HTTPError:
            return 0, "ct"
        return status, f"{status // 100}xx"

    def _target(self, url: str, fields: Fields) -> tuple[str, dict[str, str]]:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": self._store.sid("II"),
            "X-Twilio-Signature": signature(self._token, url, fields),
        }
        parts = urlsplit(url)
        credentials, _, host = parts.netloc.rpartition("@")
        if credentials:
            headers |= urllib3.make_headers(basic_auth=credentials)
        base = self._plan.options.connect_to.rstrip("/")
        if base:
            headers |= {"Host": host, "X-Forwarded-Proto": parts.scheme}
        rest = url.partition("://")[2][len(parts.netloc) :]
        return (base or f"{parts.scheme}://{host}") + rest, headers
