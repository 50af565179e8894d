"""A stand-in for Twilio that keeps state, signs its webhooks and misbehaves on demand.

As a process: `python -m tests.standin.twilio --port 4010 --auth-token TOKEN --account AC… --control`.
In a test: `with StandIn() as twilio: …`.

`POST /_control` takes JSON with any of: the fields of `Options`; `faults` (a list of `Fault`s: all there are);
`failures` (number → `Failure`); `templates` (a list of Content resources, each with an `approval`);
`forget_content` (a list of sids); `down` (seconds without a listener). `POST /_inbound` takes `sender`, `to`,
`body`, `media`, `extra`, `deliver`, `wait`. `GET /_log?since=N` gives what happened, in order.

How often a failed webhook is tried again stands in its address, as at Twilio: `inbound_url` may end with
`#rc=3&rp=all`.
"""

import argparse
import base64
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Self

from tests.standin.api import Api
from tests.standin.callbacks import Postman
from tests.standin.options import Failure, Fault, Options, Plan
from tests.standin.server import Server
from tests.standin.store import Store, Stored

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "0f" * 16


class StandIn:
    """One Twilio account, at one port of loopback."""

    def __init__(
        self,
        *,
        port: int = 0,
        account: str = ACCOUNT,
        token: str = TOKEN,
        seed: int = 1,
        controllable: bool = True,
        **options: Any,
    ) -> None:
        self.account, self.token, self.controllable = account, token, controllable
        self.plan = Plan(options=Options(), seed=seed)
        self.plan.options.update(options)
        self.store = Store(seed)
        self.postman = Postman(self.plan, self.store, account, token)
        self.api = Api(self.plan, self.store, self.postman, account, token)
        self._server = Server(("127.0.0.1", port), self)
        self.port = int(self._server.server_address[1])
        self._changing = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self.postman.start()
        self._listen()
        return self

    def stop(self) -> None:
        self.postman.stop()
        with self._changing:
            self._close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _listen(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()

    def go_down(self, seconds: float) -> None:
        """Refuse connections, and drop those that are open, for a while; returns at once."""
        threading.Thread(target=self._be_down, args=(seconds,), daemon=True).start()

    def _be_down(self, seconds: float) -> None:
        time.sleep(0.05)  # the answer to the request that asked for this goes out first
        with self._changing:
            self._close()
            self.store.note("down", seconds=seconds)
            time.sleep(seconds)
            self._server = Server(("127.0.0.1", self.port), self)
            self._listen()
            self.store.note("up")

    # what tests look at

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """What was accepted, in order: sid, form (first values), media, at."""
        return [entry for entry in list(self.store.log) if entry["event"] == "message"]

    @property
    def callbacks(self) -> list[dict[str, Any]]:
        """The status callbacks that were posted, in the order of their ends."""
        return [entry for entry in list(self.store.log) if entry["event"] == "callback_posted"]

    @property
    def violations(self) -> list[dict[str, Any]]:
        """Where a request broke the provider's own description of its API."""
        return list(self.store.violations)

    def report(self, since: int = 0) -> dict[str, Any]:
        """Return the log from entry *since* on, and where to go on."""
        with self.store.lock:
            return {
                "log": self.store.log[since:],
                "next": len(self.store.log),
                "violations": self.violations,
                "idle": self.postman.idle,
            }

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is planned or under way; False if that takes too long."""
        end = time.monotonic() + seconds
        while not self.postman.idle:
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    # what tests do

    def control(self, **changes: Any) -> None:
        """Change how it behaves; see the module's description."""
        known = {*asdict(self.plan.options), "faults", "failures", "templates", "forget_content", "down"}
        if set(changes) - known:
            raise ValueError(f"unknown: {sorted(set(changes) - known)}")
        self.plan.options.update(changes)
        if "faults" in changes:
            self.plan.faults = [Fault(**fault) for fault in changes["faults"]]
        if "failures" in changes:
            self.plan.failures = {to: Failure(**failure) for to, failure in changes["failures"].items()}
        for template in changes.get("templates", ()):
            body = {key: value for key, value in template.items() if key != "approval"}
            self.store.add_content(body, self.account, template.get("approval", {"status": "approved"}))
        for sid in changes.get("forget_content", ()):
            self.store.contents.pop(sid, None)
            self.store.gone.add(sid)
        if "down" in changes:
            self.go_down(float(changes["down"]))

    def inbound(
        self,
        *,
        sender: str,
        to: str,
        body: str = "",
        media: list[dict[str, Any]] | None = None,
        extra: dict[str, str] | None = None,
        deliver: bool = True,
        wait: bool = False,
    ) -> dict[str, Any]:
        """Let a person write; with *deliver* false the webhook never comes and only the list knows.

        *media* are dicts with `content_type` and, in Base64, `data`.
        """
        attachments = [{**item, "sid": self.store.sid("ME")} for item in media or ()]
        self.store.media |= {item["sid"]: item for item in attachments}
        form = {"From": [sender], "To": [to], "Body": [body]}
        message = self.store.add(form, inbound=True, media=attachments)
        result: dict[str, Any] = {"sid": message.sid}
        if deliver:
            fields = self._inbound_fields(message) | (extra or {})
            url = self.plan.options.inbound_url
            if wait:
                result["answer"] = self.postman.post(url, fields, event="inbound")
            else:
                self.postman.post_later(url, fields, 0, event="inbound")
            if self.plan.chance(self.plan.options.repeat):
                self.postman.post_later(
                    url, fields, self.plan.options.repeat_within * self.plan.uniform(), event="inbound"
                )
        return result

    def _inbound_fields(self, message: Stored) -> dict[str, str]:
        fields = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": self.account,
            "From": message.sender,
            "To": message.to,
            "Body": message.body,
            "NumMedia": str(len(message.media)),
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        for place, item in enumerate(message.media):
            path = f"/2010-04-01/Accounts/{self.account}/Messages/{message.sid}/Media/{item['sid']}"
            fields |= {f"MediaUrl{place}": self.url + path, f"MediaContentType{place}": item["content_type"]}
        if message.sender.startswith("whatsapp:"):
            digits = message.sender.removeprefix("whatsapp:").removeprefix("+")
            fields |= {"ProfileName": "Ann", "ReferralNumMedia": "0", "MessageType": "text"}
            fields |= {"WaId": digits} if digits.isdigit() else {}
        return fields


def attachment(data: bytes, content_type: str) -> dict[str, str]:
    """Describe a file for `inbound`."""
    return {"content_type": content_type, "data": base64.b64encode(data).decode()}


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(description="A stand-in for Twilio.")
    parser.add_argument("--port", type=int, default=4010)
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--auth-token", default=TOKEN)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control", action="store_true", help="allow /_control and /_inbound")
    for name, value in asdict(Options()).items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=value)
        else:
            parser.add_argument(flag, type=type(value), default=value)
    given = vars(parser.parse_args())
    options = {name: given[name] for name in asdict(Options())}
    standin = StandIn(
        port=given["port"],
        account=given["account"],
        token=given["auth_token"],
        seed=given["seed"],
        controllable=given["control"],
        **options,
    )
    with standin, suppress(KeyboardInterrupt):
        print(f"stand-in for Twilio at {standin.url}, account {standin.account}", flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
