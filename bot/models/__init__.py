"""All tables, one file per aggregate; importing this package makes the metadata whole."""

from bot.models.application import (
    Application,
    ApplicationChange,
    ApplicationState,
    BulkItemStatus,
    BulkKind,
    BulkMove,
    BulkMoveItem,
    StageMove,
)
from bot.models.audit import AuditEntry
from bot.models.base import Base, new_public_id
from bot.models.candidate import Address, Candidate, Consent
from bot.models.channel import Channel, ContentResource, MessageTemplate, SendCount
from bot.models.conversation import Answer, Conversation
from bot.models.enrolment import Delivery, Enrolment, EnrolmentEvent
from bot.models.feed import Change, Topic
from bot.models.imports import Barrier, Import, ImportRow, ImportState, RowStatus, Verdict
from bot.models.inbox import (
    ConversationNote,
    Presence,
    ReadMark,
    ScheduledMessage,
    ScheduledStatus,
    Snippet,
    Submission,
)
from bot.models.job import Job, JobState, Stage
from bot.models.link import LinkPurpose, SignedLink
from bot.models.mail import Mail, MailStatus
from bot.models.merge import DistinctPair, Merge
from bot.models.message import InboundStatus, Message, MessageEvent, Origin
from bot.models.outgoing import (
    PING,
    DeliveryStatus,
    EndpointState,
    EventType,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from bot.models.review import Note, Rating, SavedView
from bot.models.second_factor import RecoveryCode, SecondFactor
from bot.models.sign_in import SignIn
from bot.models.stage_campaign import Simulation, StageCampaign, StageCampaignVersion
from bot.models.tally import Tally
from bot.models.template_submission import SubmissionStatus, TemplateSubmission
from bot.models.user import ApiKey, IdempotencyKey, LoginAttempt, Role, User

__all__ = [
    "PING",
    "Address",
    "Answer",
    "ApiKey",
    "Application",
    "ApplicationChange",
    "ApplicationState",
    "AuditEntry",
    "Barrier",
    "Base",
    "BulkItemStatus",
    "BulkKind",
    "BulkMove",
    "BulkMoveItem",
    "Candidate",
    "Change",
    "Channel",
    "Consent",
    "ContentResource",
    "Conversation",
    "ConversationNote",
    "Delivery",
    "DeliveryStatus",
    "DistinctPair",
    "EndpointState",
    "Enrolment",
    "EnrolmentEvent",
    "EventType",
    "IdempotencyKey",
    "Import",
    "ImportRow",
    "ImportState",
    "InboundStatus",
    "Job",
    "JobState",
    "LinkPurpose",
    "LoginAttempt",
    "Mail",
    "MailStatus",
    "Merge",
    "Message",
    "MessageEvent",
    "MessageTemplate",
    "Note",
    "Origin",
    "Presence",
    "Rating",
    "ReadMark",
    "RecoveryCode",
    "Role",
    "RowStatus",
    "SavedView",
    "ScheduledMessage",
    "ScheduledStatus",
    "SecondFactor",
    "SendCount",
    "SignIn",
    "SignedLink",
    "Simulation",
    "Snippet",
    "Stage",
    "StageCampaign",
    "StageCampaignVersion",
    "StageMove",
    "Submission",
    "SubmissionStatus",
    "Tally",
    "TemplateSubmission",
    "Topic",
    "User",
    "Verdict",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "new_public_id",
]
