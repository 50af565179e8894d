"""All tables, one file per aggregate; importing this package makes the metadata whole."""

from bot.models.application import Application, ApplicationState, BulkItemStatus, BulkMove, BulkMoveItem, StageMove
from bot.models.base import Base, new_public_id
from bot.models.candidate import Address, Candidate, Consent
from bot.models.channel import Channel, ContentResource, MessageTemplate, SendCount
from bot.models.conversation import Answer, Conversation
from bot.models.enrolment import Delivery, Enrolment, EnrolmentEvent
from bot.models.feed import Change, Topic
from bot.models.job import Job, JobState, Stage
from bot.models.message import InboundStatus, Message, MessageEvent, Origin
from bot.models.stage_campaign import StageCampaign, StageCampaignVersion
from bot.models.tally import Tally
from bot.models.user import ApiKey, IdempotencyKey, LoginAttempt, Role, User

__all__ = [
    "Address",
    "Answer",
    "ApiKey",
    "Application",
    "ApplicationState",
    "Base",
    "BulkItemStatus",
    "BulkMove",
    "BulkMoveItem",
    "Candidate",
    "Change",
    "Channel",
    "Consent",
    "ContentResource",
    "Conversation",
    "Delivery",
    "Enrolment",
    "EnrolmentEvent",
    "IdempotencyKey",
    "InboundStatus",
    "Job",
    "JobState",
    "LoginAttempt",
    "Message",
    "MessageEvent",
    "MessageTemplate",
    "Origin",
    "Role",
    "SendCount",
    "Stage",
    "StageCampaign",
    "StageCampaignVersion",
    "StageMove",
    "Tally",
    "Topic",
    "User",
    "new_public_id",
]
