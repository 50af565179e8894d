"""Twilio's REST addresses, as the stand-in answers them."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from tests.provider_specs import SentRequest, specs_folder, violations
from tests.standin.callbacks import Postman
from tests.standin.options import Plan
from tests.standin.store import Store, Stored

PHONE = re.compile(r"(whatsapp:)?\+[1-9][0-9]{6,14}|whatsapp:[A-Z]{2}\.[0-9A-Za-z]{1,128}|[0-9]{3,8}")


@dataclass
class Reply:
    """An answer; *message* is the one that was created, if any."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    message: Stored | None = None


def error(status: int, code: int, text: str) -> Reply:
    """Answer in the shape of Twilio's errors."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply(status, {"code": code, "message": text, "more_info": more, "status": status})


class Api:
    """Decides what a request gets."""

    def __init__(self, plan: Plan, store: Store, postman: Postman, account: str, token: str) -> None:
        self._plan, self._store, self._postman, self._account = plan, store, postman, account
        self._credentials = "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode()
        self._validates = specs_folder() is not None
        root = rf"/2010-04-01/Accounts/{account}"
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Reply]]] = [
            ("POST", re.compile(rf"{root}/Messages\.json"), self._create),
            ("GET", re.compile(rf"{root}/Messages\.json"), self._list),
            ("GET", re.compile(rf"{root}/Messages/(\w+)\.json"), self._fetch),
            ("GET", re.compile(rf"{root}/Messages/(\w+)/Media\.json"), self._list_media),
            ("GET", re.compile(rf"{root}/Messages/(\w+)/Media/(\w+)"), self._media),
            ("POST", re.compile(r"/v1/Content"), self._create_content),
            ("GET", re.compile(r"/v1/Content(AndApprovals)?"), self._list_contents),
            ("DELETE", re.compile(r"/v1/Content/(\w+)"), self._delete_content),
            ("POST", re.compile(r"/v1/Content/(\w+)/ApprovalRequests/whatsapp"), self._ask_for_approval),
        ]

    @staticmethod
    def area(request: SentRequest) -> str:
        """Name what faults can be aimed at."""
        if request.method == "GET":
            return "reads"
        return "content" if request.path.startswith("/v1/") else "messages"

    def answer(self, request: SentRequest) -> Reply:
        if request.headers.get("authorization") != self._credentials:
            return error(401, 20003, "Authenticate")
        for method, pattern, action in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                self._judge(request)
                return action(request, *match.groups())
        return error(404, 20404, f"The requested resource {request.path} was not found")

    def _judge(self, request: SentRequest) -> None:
        """Record what the provider's own description says is wrong with a request."""
        if self._validates and not re.search(r"/Media/\w+$", request.path):
            for problem in violations(request):
                self._store.violations.append({"request": f"{request.method} {request.path}", "problem": problem})

    # messages

    def _create(self, request: SentRequest) -> Reply:
        form: dict[str, list[str]] = {}
        for name, value in request.form:
            form.setdefault(name, []).append(value)
        refused = self._refusal(form)
        if refused is not None:
            return refused
        message = self._store.add(form, inbound=False, rendered=self._rendered(form))
        self._postman.follow(message)
        return Reply(201, message.as_json(self._account), message=message)

    def _rendered(self, form: dict[str, list[str]]) -> str:
        """Fill a Content resource's text, which is what Twilio lists as the message's body."""
        held = self._store.contents.get(form.get("ContentSid", [""])[0])
        if held is None:
            return ""
        values = json.loads(form.get("ContentVariables", ["{}"])[0])
        types = held["content"]["types"].values()
        text = next((str(shown["body"]) for shown in types if shown.get("body")), "")
        return re.sub(r"\{\{(\w+)\}\}", lambda found: str(values.get(found[1], "")), text)

    def _refusal(self, form: dict[str, list[str]]) -> Reply | None:
        first = {name: values[0] for name, values in form.items()}
        to, sid = first.get("To", ""), first.get("ContentSid", "")
        if not to:
            return error(400, 21604, "A 'To' phone number is required.")
        if not PHONE.fullmatch(to):
            return error(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if not first.get("From") and not first.get("MessagingServiceSid"):
            return error(400, 21603, "A 'From' phone number is required.")
        if to == first.get("From"):
            return error(400, 63031, "Channel message cannot have same From and To")
        if not sid and not first.get("Body") and not form.get("MediaUrl"):
            return error(400, 21619, "A text message body or media urls must be specified.")
        if len(first.get("Body", "")) > 1600:
            return error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        unknown = sid not in self._store.contents and not self._plan.options.approve_unknown
        if sid and (unknown or sid in self._store.gone):
            return error(400, 21655, "The ContentSid is Invalid")
        if "ContentVariables" in first and not _is_variables(first["ContentVariables"]):
            return error(400, 21656, "The ContentVariables Parameter is invalid")
        failure = self._plan.failure_for(to, "answer")
        return error(400, failure.code, f"Refused for {to}") if failure else None

    def _fetch(self, _request: SentRequest, sid: str) -> Reply:
        message = self._store.get(sid)
        if message is None:
            return error(404, 20404, f"The requested resource {sid} was not found")
        return Reply(200, message.as_json(self._account))

    def _list(self, request: SentRequest) -> Reply:
        query = dict(request.query)
        size = min(int(query.get("PageSize", "50")), 1000)
        token = query.get("PageToken", "")
        since = _moment(query.get("DateSent>", ""))
        found, following = self._store.find(
            to=query.get("To", ""),
            sender=query.get("From", ""),
            since=since,
            before=int(token.removeprefix("PA")) if token else None,
            size=size,
        )
        onward = {**query, "PageSize": str(size), "Page": str(int(query.get("Page", "0")) + 1)}
        onward["PageToken"] = f"PA{following}"
        uri = f"{request.path}?{urlencode(onward)}" if following is not None else None
        items = [message.as_json(self._account) for message in found]
        return Reply(200, {"messages": items, **_page(request, size, uri, int(query.get("Page", "0")))})

    def _list_media(self, request: SentRequest, sid: str) -> Reply:
        message = self._store.get(sid)
        if message is None:
            return error(404, 20404, f"The requested resource {sid} was not found")
        items = [
            {
                "sid": media["sid"],
                "parent_sid": sid,
                "account_sid": self._account,
                "content_type": media.get("content_type"),
                "date_created": None,
                "date_updated": None,
                "uri": f"{request.path.removesuffix('.json')}/{media['sid']}.json",
            }
            for media in message.media
            if "sid" in media
        ]
        return Reply(200, {"media_list": items, **_page(request, 50, None, 0)})

    def _media(self, _request: SentRequest, _message: str, sid: str) -> Reply:
        """Send the fetcher on to where the bytes lie, which needs no credentials, as Twilio does."""
        if sid not in self._store.media:
            return error(404, 20404, f"The requested resource {sid} was not found")
        return Reply(307, b"", headers={"Location": f"/_files/{sid}"})

    # content

    def _create_content(self, request: SentRequest) -> Reply:
        try:
            body = request.json
            types = body["types"]
        except (ValueError, KeyError, TypeError):
            return error(400, 20001, "The request is no Content resource")
        if not isinstance(types, dict) or not any(types.values()) or not body.get("language"):
            return error(400, 20001, "types and language are required")
        return Reply(201, self._store.add_content(body, self._account))

    def _delete_content(self, _request: SentRequest, sid: str) -> Reply:
        if self._store.contents.pop(sid, None) is None:
            return error(404, 20404, f"The requested resource {sid} was not found")
        self._store.gone.add(sid)
        return Reply(204, b"")

    def _ask_for_approval(self, request: SentRequest, sid: str) -> Reply:
        """Keep that approval is asked for; it is given or refused by the control address, as people do it."""
        held = self._store.contents.get(sid)
        if held is None:
            return error(404, 20404, f"The requested resource {sid} was not found")
        if held["approval"].get("status", "unsubmitted") != "unsubmitted":
            return error(400, 20001, "Approval has been asked for already")
        body = request.json
        held["approval"] = {
            "name": body.get("name"),
            "category": body.get("category"),
            "content_type": list(held["content"]["types"])[-1],
            "status": "received",
            "rejection_reason": "",
            "allow_category_change": True,
        }
        return Reply(201, held["approval"])

    def _list_contents(self, request: SentRequest, approvals: str | None) -> Reply:
        query = dict(request.query)
        size = min(int(query.get("PageSize", "50")), 1000)
        start = int(query.get("PageToken", "0"))
        held = list(self._store.contents.values())
        items = [
            {**item["content"], **({"approval_requests": item["approval"]} if approvals else {})}
            for item in held[start : start + size]
        ]
        host = f"http://{request.headers.get('host', 'localhost')}{request.path}"
        onward = f"{host}?{urlencode({'PageSize': size, 'Page': start // size + 1, 'PageToken': start + size})}"
        meta = {
            "key": "contents",
            "page": start // size,
            "page_size": size,
            "url": host,
            "first_page_url": host,
            "previous_page_url": None,
            "next_page_url": onward if start + size < len(held) else None,
        }
        return Reply(200, {"contents": items, "meta": meta})


def _is_variables(text: str) -> bool:
    try:
        values = json.loads(text)
    except ValueError:
        return False
    return isinstance(values, dict) and all(isinstance(value, str) for value in values.values())


def _moment(text: str) -> datetime | None:
    """Read a date or a time as Twilio's filters take them; a bare date means its beginning."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _page(request: SentRequest, size: int, onward: str | None, number: int) -> dict[str, Any]:
    return {
        "first_page_uri": request.target,
        "next_page_uri": onward,
        "previous_page_uri": None,
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + size - 1,
        "uri": request.target,
    }
