"""Who talks in a simulated conversation, with what and where, and the paper over which it goes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.channels.base import ChannelKind, MediaKind, MessageStatus, OutgoingMessage, Sent, StatusUpdate
from bot.channels.sandbox import SandboxSender
from bot.intake.applications import Applicant
from bot.intake.jobs import JobPlan, StagePlan
from bot.settings import Settings, read_settings
from flows import limits
from flows.flow import StageType

CANDIDATE = "+15550100001"
ATTACHMENTS = {
    "image": (MediaKind.IMAGE, "image/jpeg"),
    "video": (MediaKind.VIDEO, "video/mp4"),
    "voice": (MediaKind.AUDIO, "audio/ogg"),
    "document": (MediaKind.DOCUMENT, "application/pdf"),
}
"""What a candidate can send beside texts; the files themselves are nowhere."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who talks, where and when."""

    now: datetime
    zone: str = "UTC"
    kind: ChannelKind = ChannelKind.WHATSAPP
    candidate: str = "Ann Silva"
    job: str = "Barista"
    recruiter: str = "Maria"
    others: tuple[ChannelKind, ...] = ()
    """Over what else they can be reached, should the first way fail."""
    language: str = ""
    email: str = ""
    city: str = ""
    reference: str = ""
    location: str = ""
    company: str = ""
    fails: tuple[str, ...] = ()
    """The codes with which the first messages are lost, beginning with the welcome."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the bot, as the candidate sees it."""

    text: str
    options: tuple[str, ...]
    media: dict[str, Any] | None
    kind: ChannelKind = ChannelKind.WHATSAPP
    at: datetime | None = None
    error_code: str = ""
    """Why it was not delivered, where it was not."""
    listed: bool = False
    """Its options open as a list, as more than a few do."""


@dataclass(slots=True)
class PaperSender(SandboxSender):
    """Accepts every message; those for which a failure was ordered turn out to be lost."""

    codes: list[str] = field(default_factory=list)
    lost: list[StatusUpdate] = field(default_factory=list)

    def send(self, message: OutgoingMessage) -> Sent:
        if not self.codes:
            return SandboxSender.send(self, message)
        provider_id, code = f"SB{message.public_id}", self.codes.pop(0)
        self.lost.append(StatusUpdate(provider_id, "undelivered", MessageStatus.FAILED, code, message.public_id))
        return Sent(provider_id=provider_id, status="queued")


def settings_of(scene: Scene) -> Settings:
    """Return the settings of the installation in memory: the usual ones."""
    company = {"CALLBOARD_COMPANY": scene.company} if scene.company else {}
    return read_settings({"CALLBOARD_SECRET_KEY": "k" * 32, "CALLBOARD_COUNTRIES": "US", **company})


def applicant_of(scene: Scene) -> Applicant:
    """Return who applies."""
    first, _, last = scene.candidate.partition(" ")
    return Applicant(
        CANDIDATE,
        first,
        last,
        email=scene.email or None,
        city=scene.city or None,
        language=scene.language or None,
        channel=scene.kind,
    )


def plan_of(definition: dict[str, Any], scene: Scene) -> JobPlan:
    """Return the job with its one stage, which has the campaign *definition*."""
    kind = StageType.FORM if definition.get("modules") else StageType.REJECT
    return JobPlan(
        title=scene.job,
        stages=[StagePlan(str(definition.get("name") or "Stage"), kind, definition)],
        reference=scene.reference,
        location=scene.location,
        recruiter=scene.recruiter,
        language=definition.get("language", "en"),
        time_zone=scene.zone,
        default_country="US",
        channels=[scene.kind, *(kind for kind in scene.others if kind != scene.kind)],
    )


def as_said(row: Any) -> Said:
    """Return a row of a message as the candidate sees it."""
    options = tuple(label for _, label in row.content.get("options", ())) if row.content.get("tapped") else ()
    return Said(
        text=row.text,
        options=options,
        media=row.content.get("media"),
        kind=ChannelKind(row.kind),
        at=row.sent_at,
        error_code=row.error_code or "",
        listed=len(options) > limits.BUTTONS,
    )
