"""What every messaging provider must offer, and the values that cross the wire in either direction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.errors import BotError
from flows.template_rules import TemplateText


class ChannelKind(StrEnum):
    """How a candidate is reached."""

    WHATSAPP = "whatsapp"
    SMS = "sms"


class MediaKind(StrEnum):
    """What an attachment is."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Media:
    """An attachment: where it is and what it claims to be. Incoming ones are not fetched here."""

    url: str
    kind: MediaKind
    content_type: str = ""
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be tapped; *id* comes back with the tap (at most 200 characters)."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """An approved template with its blanks filled: variable name (`"1"`) to value."""

    name: str
    content_sid: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message as the provider is to send it.

    Exactly one way is chosen by whoever builds it: a template (window closed), or text with media, or text
    with options. *text* never holds the options; *numbered_text* does, as numbered lines, and is what is sent
    where options cannot be tapped.
    """

    public_id: str
    kind: ChannelKind
    sender: str  # ours: E.164, without a channel prefix
    to: str  # theirs: E.164, or an opaque WhatsApp id such as "US.13491208655302741918"
    text: str = ""
    numbered_text: str = ""
    options: tuple[Option, ...] = ()
    list_label: str = ""  # the label of the button that opens a list of options
    media: tuple[Media, ...] = ()
    template: TemplateUse | None = None
    valid_for: timedelta | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has accepted a message."""

    provider_id: str
    status: str  # the provider's own word
    segments: int = 1


@dataclass(frozen=True, slots=True)
class ProviderRecord:
    """A message as the provider's own list shows it; addresses without a channel prefix."""

    provider_id: str
    inbound: bool
    kind: ChannelKind
    sender: str
    to: str
    text: str
    status: str
    error_code: str
    created_at: datetime
    segments: int = 1
    media_count: int = 0


class MessageStatus(StrEnum):
    """The fate of an outgoing message; see `architecture` 5.5."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What a status callback, or a look-up, says about one of our messages.

    *status* is ours, or None for a word we do not know (stored, otherwise ignored) or one that moves nothing.
    """

    provider_id: str
    provider_status: str
    status: MessageStatus | None
    error_code: str = ""
    public_id: str = ""  # ours, from the callback address; empty when it came from a look-up


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message from a candidate, as the provider hands it over."""

    provider_id: str
    kind: ChannelKind
    sender: str  # the candidate's address, without a channel prefix; may be an opaque id
    to: str  # ours
    text: str = ""
    tapped: str = ""  # the id of the option that was tapped
    media: tuple[Media, ...] = ()
    media_to_ask_for: bool = False  # only from a look-up, which does not list them
    latitude: float | None = None
    longitude: float | None = None
    place: str = ""
    external_id: str = ""  # WhatsApp's business-scoped user id, where given
    profile_name: str = ""
    replied_to: str = ""  # provider's id of the message that this one answers
    opt_out_type: str = ""  # STOP, START or HELP where the provider has handled the word itself
    segments: int = 1
    sent_at: datetime | None = None  # only known from a look-up
    phone: str = ""  # the candidate's number, E.164; WhatsApp may tell it beside an opaque sender


@dataclass(frozen=True, slots=True)
class RemoteTemplate:
    """A template as the provider lists it."""

    name: str
    language: str
    content_sid: str
    status: str  # approved, pending, rejected, paused, disabled, unsubmitted, received (lower case)
    category: str
    body: str
    variables: tuple[str, ...]
    rejection_reason: str = ""
    samples: Mapping[str, str] = field(default_factory=dict)
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateList:
    """What the provider lists as its templates; *whole* where nothing of it was left out as unreadable."""

    templates: Sequence[RemoteTemplate]
    whole: bool = True


class SendError(BotError):
    """A message was not, or perhaps not, accepted."""


class NotSent(SendError):
    """The request certainly never reached the provider (no connection): send again, no attempt used."""


class RateLimited(SendError):
    """The provider says: too fast. It has not processed the request."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Rejected(SendError):
    """The provider refused the message; *code* is its own error code."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class OutcomeUnknown(SendError):
    """Time-out, broken connection or server error: it may have been sent. Never repeat blindly."""


class LookupFailed(SendError):
    """The provider could not be asked; *status* is that of its answer over HTTP, where it gave one that refuses."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class MessageSender(Protocol):
    """The wire out, for one account at one provider. Safe to share between threads. Every call has a time limit."""

    def send(self, message: OutgoingMessage) -> Sent:
        """Hand *message* over. Raises one of `NotSent`, `RateLimited`, `Rejected`, `OutcomeUnknown`."""
        ...

    def fetch(self, provider_id: str) -> ProviderRecord | None:
        """Return one message as the provider knows it, None if there is none. Raises `LookupFailed`."""
        ...

    def sent_to(self, to: str, kind: ChannelKind, since: datetime) -> Iterable[ProviderRecord]:
        """List what went out to *to* since then, any order. Raises `LookupFailed`."""
        ...

    def received_by(self, sender: str, kind: ChannelKind, since: datetime) -> Iterable[InboundMessage]:
        """List what came in for our address *sender* since then, any order. Raises `LookupFailed`."""
        ...

    def attachments(self, provider_id: str) -> tuple[Media, ...]:
        """List what was attached to a message that came in. Raises `LookupFailed`."""
        ...

    def templates(self) -> TemplateList:
        """List all templates with their approval. Raises `LookupFailed`."""
        ...

    def create_template(self, template: TemplateText) -> str:
        """Have a template kept, not yet approved; return the provider's id of it. Raises as `send`."""
        ...

    def request_approval(self, content_sid: str, name: str, category: str) -> None:
        """Ask for the approval of a template that is kept. Raises as `send`."""
        ...

    def delete_template(self, content_sid: str) -> None:
        """Delete a template; one that is gone already is fine. Raises as `send`."""
        ...
