"""The simulated phone: what is sent to it has arrived, and is shown by the page or the terminal from our own table."""

from collections.abc import Iterable
from datetime import datetime

from bot.channels.base import (
    ChannelKind,
    InboundMessage,
    Media,
    OutgoingMessage,
    ProviderRecord,
    Rejected,
    Sent,
    TemplateList,
)
from flows.template_rules import TemplateText

SANDBOX = "sandbox"
PHONES = {ChannelKind.WHATSAPP: "+15550006000", ChannelKind.SMS: "+15550006001"}
"""Our own numbers on the paper channel; both lie in the range kept for fiction."""

_NO_TEMPLATES = "the sandbox phone needs no templates"


class SandboxSender:
    """Accepts every message at once. It keeps nothing: the outbox row is all there is to see."""

    def send(self, message: OutgoingMessage) -> Sent:
        return Sent(provider_id=f"SB{message.public_id}", status="delivered")

    def fetch(self, provider_id: str) -> ProviderRecord | None:  # noqa: ARG002
        return None

    def sent_to(self, to: str, kind: ChannelKind, since: datetime) -> Iterable[ProviderRecord]:  # noqa: ARG002
        return ()

    def received_by(self, sender: str, kind: ChannelKind, since: datetime) -> Iterable[InboundMessage]:  # noqa: ARG002
        return ()

    def attachments(self, provider_id: str) -> tuple[Media, ...]:  # noqa: ARG002
        return ()

    def templates(self) -> TemplateList:
        return TemplateList(())

    def create_template(self, template: TemplateText) -> str:
        raise Rejected(_NO_TEMPLATES, code=template.name)

    def request_approval(self, content_sid: str, name: str, category: str) -> None:  # noqa: ARG002
        raise Rejected(_NO_TEMPLATES, code=name)

    def delete_template(self, content_sid: str) -> None:
        """Keep none, so that each is gone already."""
