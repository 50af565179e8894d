"""All operations of the API, one a line: routes and the OpenAPI document are both made from this table."""

from webhooks.api import applications, campaigns, candidates, enrolments, jobs, messages, moves, stages, templates
from webhooks.api import webhook_endpoints as hooks
from webhooks.api.operations import Operation, owns, reads, writes
from webhooks.api.paging import PageQuery
from webhooks.api.texts import Nothing

_JOBS = (
    Operation(
        "POST", "/jobs", "createJob", "Make a job with its stages and campaigns.",
        writes(jobs.post_job), {201: jobs.JobShape}, body=jobs.NewJob, yaml=jobs.NewJob,
        prepare=jobs.learn,
    ),
    Operation(
        "GET", "/jobs", "listJobs", "List jobs, newest first.",
        reads(jobs.get_jobs), {200: jobs.JobPage}, query=jobs.JobQuery,
    ),
    Operation("GET", "/jobs/{id}", "getJob", "Show a job.", reads(jobs.get_job), {200: jobs.JobShape}),
    Operation(
        "PATCH", "/jobs/{id}", "changeJob", "Change a job; closing it ends its campaigns.",
        writes(jobs.patch_job), {200: jobs.JobShape}, body=jobs.JobChanges,
    ),
    Operation(
        "POST", "/jobs/{id}/clone", "cloneJob", "Make a job like another, without its applications.",
        writes(jobs.clone_job), {201: jobs.JobShape}, body=jobs.CloneWish, body_required=False,
    ),
)  # fmt: skip

_STAGES = (
    Operation("GET", "/stages/{id}", "getStage", "Show a stage.", reads(stages.get_stage), {200: stages.StageAlone}),
    Operation(
        "GET", "/stages/{id}/campaign", "getCampaign", "Show the campaign of a stage; as YAML, its draft as a file.",
        reads(stages.get_campaign), {200: campaigns.CampaignShape}, yaml=stages.Draft,
    ),
    Operation(
        "PUT", "/stages/{id}/campaign", "storeCampaign", "Store a draft, right or wrong, and check it.",
        writes(stages.put_campaign), {200: campaigns.CampaignShape}, body=stages.Draft,
        yaml=stages.Draft, unreadable=422,
    ),
    Operation(
        "POST", "/stages/{id}/campaign/publish", "publishCampaign", "Freeze the draft as the next version.",
        writes(stages.publish_campaign), {201: stages.Published}, body=Nothing, body_required=False,
        prepare=stages.learn,
    ),
)  # fmt: skip

_APPLICATIONS = (
    Operation(
        "POST", "/applications", "createApplication", "Make an application and send its stage's campaign.",
        writes(applications.post_application),
        {201: applications.MadeApplication, 200: applications.MadeApplication},
        body=applications.NewApplication,
    ),
    Operation(
        "GET", "/applications", "listApplications", "List applications, newest first.",
        reads(applications.get_applications), {200: applications.ApplicationPage},
        query=applications.ApplicationQuery,
    ),
    Operation(
        "GET", "/applications/{id}", "getApplication", "Show an application.",
        reads(applications.get_application), {200: applications.ApplicationShape},
    ),
    Operation(
        "POST", "/applications/{id}/withdraw", "withdrawApplication", "The candidate has withdrawn.",
        writes(applications.withdraw), {200: applications.ApplicationShape}, body=Nothing, body_required=False,
    ),
    Operation(
        "POST", "/applications/{id}/archive", "archiveApplication", "Take an application out of the running.",
        writes(applications.archive), {200: applications.ApplicationShape}, body=Nothing, body_required=False,
    ),
    Operation(
        "POST", "/applications/{id}/moves", "moveApplication", "Move an application, or send its stage again.",
        writes(moves.move_one), {201: moves.MovedShape, 200: moves.MovedShape}, body=moves.NewMove,
    ),
)  # fmt: skip

_MOVES = (
    Operation(
        "POST", "/moves", "moveMany", "Move many applications in the background.",
        writes(moves.move_many), {202: moves.MovesAccepted}, body=moves.NewMoves,
    ),
    Operation(
        "GET", "/moves/{id}", "getMoves", "Show how far a move of many is, with its results.",
        reads(moves.get_moves), {200: moves.MovesShape},
    ),
    Operation(
        "POST", "/moves/preview", "previewMoves", "Tell who would get what, and who would be skipped and why.",
        owns(moves.preview), {200: moves.PreviewShape}, body=moves.PreviewWish, looks_only=True,
    ),
)  # fmt: skip

_ENROLMENTS = (
    Operation(
        "GET", "/enrolments", "listEnrolments", "List enrolments, newest first.",
        reads(enrolments.get_enrolments), {200: enrolments.EnrolmentPage}, query=enrolments.EnrolmentQuery,
    ),
    Operation(
        "GET", "/enrolments/{id}", "getEnrolment", "Show an enrolment with its history.",
        reads(enrolments.get_enrolment), {200: enrolments.EnrolmentShape},
    ),
    Operation(
        "POST", "/enrolments/{id}/release", "releaseEnrolment", "Send a waiting enrolment now.",
        writes(enrolments.release), {200: enrolments.EnrolmentShape}, body=Nothing, body_required=False,
    ),
    Operation(
        "GET", "/enrolments/{id}/answers", "listAnswers", "List the answers of an enrolment in order of asking.",
        reads(enrolments.get_answers), {200: enrolments.AnswerList},
    ),
)  # fmt: skip

_CANDIDATES = (
    Operation(
        "GET", "/candidates", "listCandidates", "List candidates, or find one by phone number.",
        reads(candidates.get_candidates), {200: candidates.CandidatePage}, query=candidates.CandidateQuery,
    ),
    Operation(
        "GET", "/candidates/{id}", "getCandidate", "Show a candidate.",
        reads(candidates.get_candidate), {200: candidates.CandidateShape},
    ),
    Operation(
        "PATCH", "/candidates/{id}", "changeCandidate", "Change a candidate: number, fields, consents, opting out.",
        writes(candidates.patch_candidate), {200: candidates.CandidateShape}, body=candidates.CandidateChanges,
    ),
    Operation(
        "POST", "/candidates/{id}/hold", "holdConversation", "Take the conversation over: the bot is silent.",
        writes(candidates.hold), {200: candidates.CandidateShape}, body=candidates.HoldWish, body_required=False,
    ),
    Operation(
        "POST", "/candidates/{id}/hand-back", "handConversationBack", "Let the bot go on.",
        writes(candidates.hand_back), {200: candidates.CandidateShape}, body=Nothing, body_required=False,
    ),
    Operation(
        "POST", "/candidates/{id}/reject-everywhere", "rejectEverywhere", "Archive all applications of a candidate.",
        writes(candidates.reject), {200: candidates.Rejected}, body=Nothing, body_required=False,
    ),
    Operation(
        "GET", "/candidates/{id}/messages", "listMessages", "List a candidate's messages, oldest first.",
        reads(messages.get_messages), {200: messages.MessagePage}, query=messages.MessageQuery,
    ),
    Operation(
        "POST", "/candidates/{id}/messages", "writeMessage", "Write to a candidate as a person.",
        writes(messages.post_message), {201: messages.MessageShape}, body=messages.NewMessage,
    ),
    Operation(
        "POST", "/messages/{id}/settle", "settleMessage", "Say whether an unconfirmed message was sent.",
        writes(messages.settle_message), {200: messages.MessageShape}, body=messages.Decision,
    ),
)  # fmt: skip

_TEMPLATES = (
    Operation(
        "GET", "/message_templates", "listMessageTemplates", "List the provider's templates with their approval.",
        reads(templates.get_templates), {200: templates.TemplatePage}, query=PageQuery,
    ),
)  # fmt: skip

_WEBHOOK_ENDPOINTS = (
    Operation(
        "POST", "/webhook_endpoints", "createWebhookEndpoint", "Have an address told of events; shows its secret once.",
        writes(hooks.post_endpoint), {201: hooks.EndpointWithSecret}, body=hooks.NewEndpoint,
        prepare=hooks.look_up, only_admin=True,
    ),
    Operation(
        "GET", "/webhook_endpoints", "listWebhookEndpoints", "List the endpoints, newest first.",
        reads(hooks.get_endpoints), {200: hooks.EndpointPage}, query=PageQuery, only_admin=True,
    ),
    Operation(
        "GET", "/webhook_endpoints/{id}", "getWebhookEndpoint", "Show an endpoint.",
        reads(hooks.get_endpoint), {200: hooks.EndpointShape}, only_admin=True,
    ),
    Operation(
        "PATCH", "/webhook_endpoints/{id}", "changeWebhookEndpoint", "Change an endpoint, or switch it off or on.",
        writes(hooks.patch_endpoint), {200: hooks.EndpointShape}, body=hooks.EndpointChanges,
        prepare=hooks.look_up, only_admin=True,
    ),
    Operation(
        "DELETE", "/webhook_endpoints/{id}", "deleteWebhookEndpoint", "Take an endpoint away; what waits is dropped.",
        writes(hooks.delete_endpoint), {200: hooks.EndpointShape}, only_admin=True,
    ),
    Operation(
        "POST", "/webhook_endpoints/{id}/rotate", "rotateWebhookSecret", "Make a new secret; both sign for a day.",
        writes(hooks.rotate_secret), {200: hooks.EndpointWithSecret}, body=Nothing, body_required=False,
        only_admin=True,
    ),
    Operation(
        "POST", "/webhook_endpoints/{id}/ping", "pingWebhookEndpoint", "Send a test event, once.",
        writes(hooks.ping), {202: hooks.DeliveryShape}, body=Nothing, body_required=False, only_admin=True,
    ),
    Operation(
        "GET", "/webhook_endpoints/{id}/deliveries", "listWebhookDeliveries", "List what it was told, newest first.",
        reads(hooks.get_deliveries), {200: hooks.DeliveryPage}, query=hooks.DeliveryQuery, only_admin=True,
    ),
    Operation(
        "POST", "/webhook_endpoints/{id}/replay", "replayMissedWebhooks", "Tell it again what it missed since then.",
        writes(hooks.replay_missed), {202: hooks.Replayed}, body=hooks.ReplayWish, only_admin=True,
    ),
    Operation(
        "POST", "/webhook_deliveries/{id}/replay", "replayWebhook", "Tell of one event again, with the same id.",
        writes(hooks.replay_one), {202: hooks.DeliveryShape}, body=Nothing, body_required=False, only_admin=True,
    ),
)  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    *_JOBS, *_STAGES, *_TEMPLATES, *_APPLICATIONS, *_MOVES, *_ENROLMENTS, *_CANDIDATES,
    *_WEBHOOK_ENDPOINTS,
)  # fmt: skip
