"""A provider in memory: it keeps what it was given, and fails as it is told."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.channels.base import (
    ChannelKind,
    InboundMessage,
    LookupFailed,
    Media,
    OutcomeUnknown,
    OutgoingMessage,
    ProviderRecord,
    RemoteTemplate,
    SendError,
    Sent,
    TemplateList,
)
from bot.clock import Clock
from flows.template_rules import TemplateText


class MemoryContents:
    """A cache of Content resources for one process."""

    def __init__(self) -> None:
        self._sids: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self._sids.get(key)

    def put(self, key: str, sid: str) -> None:
        self._sids[key] = sid


@dataclass(slots=True)
class FakeSender:
    """Accepts messages; `fails` are raised one by one first, `loses_answer` accepts and then raises unknown."""

    clock: Clock
    accepted: list[OutgoingMessage] = field(default_factory=list)
    fails: list[SendError] = field(default_factory=list)
    loses_answer: int = 0
    cannot_be_asked: bool = False
    lists_in_part: bool = False
    listed: list[RemoteTemplate] = field(default_factory=list)
    received: list[InboundMessage] = field(default_factory=list)
    attached: dict[str, tuple[Media, ...]] = field(default_factory=dict)
    asked_for: list[str] = field(default_factory=list)
    _records: list[ProviderRecord] = field(default_factory=list)

    def send(self, message: OutgoingMessage) -> Sent:
        if self.fails:
            raise self.fails.pop(0)
        self.accepted.append(message)
        provider_id = f"SM{len(self.accepted):032x}"
        text = message.text if message.options or not message.numbered_text else message.numbered_text
        self._records.append(
            ProviderRecord(
                provider_id, False, message.kind, message.sender, message.to, text, "queued", "", self.clock.now()
            )
        )
        if self.loses_answer:
            self.loses_answer -= 1
            raise OutcomeUnknown("the answer was lost")
        return Sent(provider_id, "queued")

    def fetch(self, provider_id: str) -> ProviderRecord | None:
        return next((record for record in self._records if record.provider_id == provider_id), None)

    def sent_to(self, to: str, kind: ChannelKind, since: datetime) -> Iterable[ProviderRecord]:
        if self.cannot_be_asked:
            raise LookupFailed("the provider does not answer")
        return [r for r in self._records if r.to == to and r.kind is kind and r.created_at >= since]

    def received_by(self, sender: str, kind: ChannelKind, since: datetime) -> Iterable[InboundMessage]:
        if self.cannot_be_asked:
            raise LookupFailed("the provider does not answer")
        return [m for m in self.received if m.to == sender and m.kind is kind]

    def attachments(self, provider_id: str) -> tuple[Media, ...]:
        found = self.attached[provider_id]
        if not found:
            raise LookupFailed("the provider does not answer")
        return found

    def templates(self) -> TemplateList:
        if self.cannot_be_asked:
            raise LookupFailed("the provider does not answer")
        return TemplateList(self.listed, whole=not self.lists_in_part)

    def texts(self) -> list[str]:
        """Return what the candidates' phones show, in order."""
        return [message.text for message in self.accepted]

    def create_template(self, template: TemplateText) -> str:
        if self.fails:
            raise self.fails.pop(0)
        sid = f"HX{len(self.listed) + 1:032x}"
        made = RemoteTemplate(
            template.name, template.language, sid, "unsubmitted", "", template.body, template.variables,
            samples=template.samples, buttons=template.buttons,
        )  # fmt: skip
        self.listed.append(made)
        self._lose()
        return sid

    def request_approval(self, content_sid: str, name: str, category: str) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.asked_for.append(content_sid)
        self.judge(content_sid, "received", category=category)
        self._lose()

    def delete_template(self, content_sid: str) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.listed = [each for each in self.listed if each.content_sid != content_sid]

    def judge(self, content_sid: str, status: str, reason: str = "", *, category: str = "") -> None:
        """Let WhatsApp say what it makes of a template."""
        self.listed = [
            replace(each, status=status, rejection_reason=reason, category=category or each.category)
            if each.content_sid == content_sid
            else each
            for each in self.listed
        ]

    def _lose(self) -> None:
        if self.loses_answer:
            self.loses_answer -= 1
            raise OutcomeUnknown("the answer was lost")
