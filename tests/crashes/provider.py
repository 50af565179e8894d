"""A provider that outlives the processes that call it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.channels.base import ChannelKind, InboundMessage, OutgoingMessage, ProviderRecord, Sent, TemplateList
from bot.clock import Clock
from tests.stories import HELLO


@dataclass(slots=True)
class FileProvider:
    """What it accepted stands in a file; what candidates wrote is listed, whether or not we were told."""

    path: Path
    clock: Clock
    received: list[InboundMessage] = field(default_factory=list)

    def send(self, message: OutgoingMessage) -> Sent:
        text = message.text if message.options or not message.numbered_text else message.numbered_text
        line = json.dumps([message.to, message.kind, message.sender, text, self.clock.now().isoformat()])
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        return Sent(f"SM{len(self.records()):032x}", "queued")

    def records(self) -> list[ProviderRecord]:
        """Return all that was ever accepted, in order; it has been delivered by now."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        rows = [json.loads(line) for line in lines]
        return [
            ProviderRecord(
                f"SM{number:032x}",
                False,
                ChannelKind(kind),
                sender,
                to,
                text,
                "delivered",
                "",
                datetime.fromisoformat(at),
            )
            for number, (to, kind, sender, text, at) in enumerate(rows, start=1)
        ]

    def texts(self, phone: str) -> list[str]:
        """Return what a candidate's phone shows; of a text with options the first line."""
        return [record.text.partition("\n")[0] for record in self.records() if record.to == phone]

    def fetch(self, provider_id: str) -> ProviderRecord | None:
        return next((record for record in self.records() if record.provider_id == provider_id), None)

    def sent_to(self, to: str, kind: ChannelKind, since: datetime) -> Iterable[ProviderRecord]:
        return [r for r in self.records() if r.to == to and r.kind is kind and r.created_at >= since]

    def received_by(self, sender: str, kind: ChannelKind, since: datetime) -> Iterable[InboundMessage]:
        return [m for m in self.received if m.to == sender and m.kind is kind]

    def templates(self) -> TemplateList:
        return TemplateList([HELLO])
