"""Make the first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_table(
        "candidates",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_key", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("opted_out_at", MOMENT, nullable=True),
        sa.Column("opted_in_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
        sa.UniqueConstraint("phone_key", name=op.f("uq_candidates_phone_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_candidates_public_id")),
    )
    op.create_table(
        "channels",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("free_at", MOMENT, nullable=True),
        sa.Column("paused_until", MOMENT, nullable=True),
        sa.Column("pause_cause", sa.Text(), nullable=True),
        sa.Column("failures", KEY, nullable=False),
        sa.Column("looked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("provider", "kind", "address", name=op.f("uq_channels_provider_kind_address")),
    )
    op.create_table(
        "content_resources",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_sid", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_content_resources")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("hiring_manager", sa.Text(), nullable=False),
        sa.Column("recruiter", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("default_country", sa.Text(), nullable=True),
        sa.Column("channels", JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_jobs_public_id")),
    )
    op.create_table(
        "login_attempts",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", KEY, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_attempts")),
    )
    op.create_table(
        "message_templates",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("content_sid", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("variables", JSON, nullable=False),
        sa.Column("rejection_reason", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_templates")),
        sa.UniqueConstraint("name", "language", name=op.f("uq_message_templates_name_language")),
    )
    op.create_table(
        "send_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("messages", KEY, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_send_counts")),
    )
    op.create_table(
        "tallies",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name=op.f("pk_tallies")),
    )
    op.create_table(
        "users",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_users_public_id")),
    )
    op.create_table(
        "addresses",
        sa.Column("id", KEY, nullable=False),
        sa.Column("candidate_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.Column("unreachable_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name=op.f("fk_addresses_candidate_id_candidates")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_addresses_kind_value")),
    )
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addresses_candidate_id"), ["candidate_id"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", KEY, nullable=False),
        sa.Column("candidate_id", KEY, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_how", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name=op.f("fk_consents_candidate_id_candidates")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_candidate_id"), ["candidate_id"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("id", KEY, nullable=False),
        sa.Column("api_key_id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_idempotency_keys_api_key_id_api_keys")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("api_key_id", "key", name=op.f("uq_idempotency_keys_api_key_id_key")),
    )
    op.create_table(
        "stages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("place", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_stages_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stages")),
        sa.UniqueConstraint("job_id", "place", name=op.f("uq_stages_job_id_place")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stages_public_id")),
    )
    op.create_table(
        "applications",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("candidate_id", KEY, nullable=False),
        sa.Column("stage_id", KEY, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("score", KEY, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("proposed_stage", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name=op.f("fk_applications_candidate_id_candidates")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_applications_job_id_jobs")),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_applications_stage_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("external_id", name=op.f("uq_applications_external_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_applications_public_id")),
    )
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_applications_candidate_id"), ["candidate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_applications_stage_id"), ["stage_id"], unique=False)
        batch_op.create_index("ix_applications_job", ["job_id", "id"], unique=False)
        batch_op.create_index(
            "uq_applications_active",
            ["job_id", "candidate_id"],
            unique=True,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        )

    op.create_table(
        "bulk_moves",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("stage_id", KEY, nullable=False),
        sa.Column("sends", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_bulk_moves_stage_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_moves")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bulk_moves_public_id")),
    )
    op.create_table(
        "stage_campaigns",
        sa.Column("id", KEY, nullable=False),
        sa.Column("stage_id", KEY, nullable=False),
        sa.Column("draft", JSON, nullable=False),
        sa.Column("published_version_id", KEY, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_stage_campaigns_stage_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_campaigns")),
        sa.UniqueConstraint("stage_id", name=op.f("uq_stage_campaigns_stage_id")),
    )
    op.create_table(
        "stage_campaign_versions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("stage_campaign_id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["stage_campaign_id"],
            ["stage_campaigns.id"],
            name=op.f("fk_stage_campaign_versions_stage_campaign_id_stage_campaigns"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_campaign_versions")),
        sa.UniqueConstraint(
            "stage_campaign_id", "number", name=op.f("uq_stage_campaign_versions_stage_campaign_id_number")
        ),
    )
    op.create_table(
        "stage_moves",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("application_id", KEY, nullable=False),
        sa.Column("from_stage_id", KEY, nullable=True),
        sa.Column("to_stage_id", KEY, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_stage_moves_application_id_applications")
        ),
        sa.ForeignKeyConstraint(["from_stage_id"], ["stages.id"], name=op.f("fk_stage_moves_from_stage_id_stages")),
        sa.ForeignKeyConstraint(["to_stage_id"], ["stages.id"], name=op.f("fk_stage_moves_to_stage_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_moves")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stage_moves_public_id")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_stage_moves_source_external_id")),
    )
    with op.batch_alter_table("stage_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_moves_application_id"), ["application_id"], unique=False)

    op.create_table(
        "enrolments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("application_id", KEY, nullable=False),
        sa.Column("candidate_id", KEY, nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("stage_id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("stage_move_id", KEY, nullable=True),
        sa.Column("reopens_id", KEY, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_blast", sa.Boolean(), nullable=False),
        sa.Column("place", KEY, nullable=False),
        sa.Column("waits_for_id", KEY, nullable=True),
        sa.Column("waits_because", sa.Text(), nullable=True),
        sa.Column("position", JSON, nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("quiet_since", MOMENT, nullable=True),
        sa.Column("remind_at", MOMENT, nullable=True),
        sa.Column("reminders_sent", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_enrolments_application_id_applications")
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name=op.f("fk_enrolments_candidate_id_candidates")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_enrolments_job_id_jobs")),
        sa.ForeignKeyConstraint(["reopens_id"], ["enrolments.id"], name=op.f("fk_enrolments_reopens_id_enrolments")),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_enrolments_stage_id_stages")),
        sa.ForeignKeyConstraint(
            ["stage_move_id"], ["stage_moves.id"], name=op.f("fk_enrolments_stage_move_id_stage_moves")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["stage_campaign_versions.id"],
            name=op.f("fk_enrolments_version_id_stage_campaign_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["waits_for_id"], ["enrolments.id"], name=op.f("fk_enrolments_waits_for_id_enrolments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("public_id", name=op.f("uq_enrolments_public_id")),
        sa.UniqueConstraint("reopens_id", name=op.f("uq_enrolments_reopens_id")),
        sa.UniqueConstraint("stage_move_id", name=op.f("uq_enrolments_stage_move_id")),
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolments_application_id"), ["application_id"], unique=False)
        batch_op.create_index("ix_enrolments_candidate", ["candidate_id", "status"], unique=False)
        batch_op.create_index(
            "ix_enrolments_ended",
            ["ended_at", "status"],
            unique=False,
            sqlite_where=sa.text("ended_at is not null"),
            postgresql_where=sa.text("ended_at is not null"),
        )
        batch_op.create_index(
            "ix_enrolments_unfinished",
            ["job_id", "ended_at", "status"],
            unique=False,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.create_index(
            "ix_enrolments_expiry",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("status in ('delivered', 'in_progress')"),
            postgresql_where=sa.text("status in ('delivered', 'in_progress')"),
        )
        batch_op.create_index("ix_enrolments_job", ["job_id", "status"], unique=False)
        batch_op.create_index(
            "ix_enrolments_queued",
            ["job_id"],
            unique=False,
            sqlite_where=sa.text("status = 'queued'"),
            postgresql_where=sa.text("status = 'queued'"),
        )
        batch_op.create_index(
            "ix_enrolments_reminder",
            ["remind_at"],
            unique=False,
            sqlite_where=sa.text("status in ('delivered', 'in_progress')"),
            postgresql_where=sa.text("status in ('delivered', 'in_progress')"),
        )
        batch_op.create_index(batch_op.f("ix_enrolments_stage_id"), ["stage_id"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("enrolment_id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_answers_enrolment_id_enrolments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index("ix_answers_enrolment", ["enrolment_id", "question"], unique=False)

    op.create_table(
        "bulk_move_items",
        sa.Column("id", KEY, nullable=False),
        sa.Column("bulk_move_id", KEY, nullable=False),
        sa.Column("place", KEY, nullable=False),
        sa.Column("application_id", KEY, nullable=True),
        sa.Column("application_ref", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("enrolment_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_bulk_move_items_application_id_applications")
        ),
        sa.ForeignKeyConstraint(
            ["bulk_move_id"], ["bulk_moves.id"], name=op.f("fk_bulk_move_items_bulk_move_id_bulk_moves")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_bulk_move_items_enrolment_id_enrolments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_move_items")),
        sa.UniqueConstraint("bulk_move_id", "place", name=op.f("uq_bulk_move_items_bulk_move_id_place")),
    )
    with op.batch_alter_table("bulk_move_items", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bulk_move_items_pending",
            ["id"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index(
            "ix_bulk_move_items_application",
            ["application_id", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )

    op.create_table(
        "conversations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("candidate_id", KEY, nullable=False),
        sa.Column("active_enrolment_id", KEY, nullable=True),
        sa.Column("channel_id", KEY, nullable=True),
        sa.Column("address_id", KEY, nullable=True),
        sa.Column("window_until", MOMENT, nullable=True),
        sa.Column("window_channel_id", KEY, nullable=True),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("needs_person", sa.Text(), nullable=True),
        sa.Column("pending", JSON, nullable=True),
        sa.Column("backlog", sa.Boolean(), nullable=False),
        sa.Column("last_notice_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["active_enrolment_id"], ["enrolments.id"], name=op.f("fk_conversations_active_enrolment_id_enrolments")
        ),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_conversations_address_id_addresses")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name=op.f("fk_conversations_candidate_id_candidates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("active_enrolment_id", name=op.f("uq_conversations_active_enrolment_id")),
        sa.UniqueConstraint("candidate_id", name=op.f("uq_conversations_candidate_id")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_conversations_person",
            ["id"],
            unique=False,
            sqlite_where=sa.text("needs_person is not null"),
            postgresql_where=sa.text("needs_person is not null"),
        )
    op.create_table(
        "messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", KEY, nullable=False),
        sa.Column("channel_id", KEY, nullable=False),
        sa.Column("address_id", KEY, nullable=False),
        sa.Column("enrolment_id", KEY, nullable=True),
        sa.Column("inbound", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("priority", KEY, nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("segments", KEY, nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("retry_of_id", KEY, nullable=True),
        sa.Column("fallback_of_id", KEY, nullable=True),
        sa.Column("place", KEY, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("handled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_messages_address_id_addresses")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_messages_enrolment_id_enrolments")),
        sa.ForeignKeyConstraint(["fallback_of_id"], ["messages.id"], name=op.f("fk_messages_fallback_of_id_messages")),
        sa.ForeignKeyConstraint(["retry_of_id"], ["messages.id"], name=op.f("fk_messages_retry_of_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("public_id", name=op.f("uq_messages_public_id")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_due",
            ["channel_id", "priority", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'queued' and held = 0"),
            postgresql_where=sa.text("status = 'queued' and not held"),
        )
        batch_op.create_index(
            "uq_messages_provider",
            ["provider_id", "channel_id"],
            unique=True,
            sqlite_where=sa.text("provider_id is not null"),
            postgresql_where=sa.text("provider_id is not null"),
        )
        batch_op.create_index(
            "uq_messages_fallback",
            ["fallback_of_id"],
            unique=True,
            sqlite_where=sa.text("fallback_of_id is not null"),
            postgresql_where=sa.text("fallback_of_id is not null"),
        )
        batch_op.create_index(
            "ix_messages_unconfirmed",
            ["channel_id"],
            unique=False,
            sqlite_where=sa.text("status = 'unconfirmed'"),
            postgresql_where=sa.text("status = 'unconfirmed'"),
        )
        batch_op.create_index(
            "ix_messages_received",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("status = 'received'"),
            postgresql_where=sa.text("status = 'received'"),
        )
        batch_op.create_index(
            "ix_messages_sending",
            ["claimed_at"],
            unique=False,
            sqlite_where=sa.text("status = 'sending'"),
            postgresql_where=sa.text("status = 'sending'"),
        )
        batch_op.create_index(
            "ix_messages_sent",
            ["sent_at"],
            unique=False,
            sqlite_where=sa.text("status = 'sent'"),
            postgresql_where=sa.text("status = 'sent'"),
        )
        batch_op.create_index(
            "ix_messages_stale",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("status = 'queued' and expires_at is not null"),
            postgresql_where=sa.text("status = 'queued' and expires_at is not null"),
        )
        batch_op.create_index("ix_messages_thread", ["conversation_id", "id"], unique=False)
        batch_op.create_index(
            "ix_messages_unsettled",
            ["conversation_id", "id"],
            unique=False,
            sqlite_where=sa.text("status in ('queued', 'sending', 'sent') and confirmed_at is null"),
            postgresql_where=sa.text("status in ('queued', 'sending', 'sent') and confirmed_at is null"),
        )

    op.create_table(
        "deliveries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("enrolment_id", KEY, nullable=False),
        sa.Column("attempt", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_deliveries_enrolment_id_enrolments")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("enrolment_id", "attempt", name=op.f("uq_deliveries_enrolment_id_attempt")),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
    )
    op.create_table(
        "enrolment_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("enrolment_id", KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_enrolment_events_enrolment_id_enrolments")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_enrolment_events_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_events")),
    )
    with op.batch_alter_table("enrolment_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_events_enrolment_id"), ["enrolment_id"], unique=False)

    op.create_table(
        "message_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_events_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_events")),
        sa.UniqueConstraint(
            "provider_id", "status", "error_code", name=op.f("uq_message_events_provider_id_status_error_code")
        ),
    )
    with op.batch_alter_table("message_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_events_message_id"), ["message_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("message_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_events_message_id"))

    op.drop_table("message_events")
    with op.batch_alter_table("enrolment_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_events_enrolment_id"))

    op.drop_table("enrolment_events")
    op.drop_table("deliveries")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_messages_unsettled",
            sqlite_where=sa.text("status in ('queued', 'sending', 'sent') and confirmed_at is null"),
            postgresql_where=sa.text("status in ('queued', 'sending', 'sent') and confirmed_at is null"),
        )
        batch_op.drop_index("ix_messages_thread")
        batch_op.drop_index(
            "ix_messages_stale",
            sqlite_where=sa.text("status = 'queued' and expires_at is not null"),
            postgresql_where=sa.text("status = 'queued' and expires_at is not null"),
        )
        batch_op.drop_index(
            "ix_messages_sent", sqlite_where=sa.text("status = 'sent'"), postgresql_where=sa.text("status = 'sent'")
        )
        batch_op.drop_index(
            "ix_messages_sending",
            sqlite_where=sa.text("status = 'sending'"),
            postgresql_where=sa.text("status = 'sending'"),
        )
        batch_op.drop_index(
            "ix_messages_unconfirmed",
            sqlite_where=sa.text("status = 'unconfirmed'"),
            postgresql_where=sa.text("status = 'unconfirmed'"),
        )
        batch_op.drop_index(
            "ix_messages_received",
            sqlite_where=sa.text("status = 'received'"),
            postgresql_where=sa.text("status = 'received'"),
        )
        batch_op.drop_index("uq_messages_fallback")
        batch_op.drop_index("uq_messages_provider")
        batch_op.drop_index(
            "ix_messages_due",
            sqlite_where=sa.text("status = 'queued' and held = 0"),
            postgresql_where=sa.text("status = 'queued' and not held"),
        )

    op.drop_table("messages")
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_conversations_person",
            sqlite_where=sa.text("needs_person is not null"),
            postgresql_where=sa.text("needs_person is not null"),
        )
    op.drop_table("conversations")
    with op.batch_alter_table("bulk_move_items", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_bulk_move_items_pending",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.drop_index(
            "ix_bulk_move_items_application",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )

    op.drop_table("bulk_move_items")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index("ix_answers_enrolment")

    op.drop_table("answers")
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolments_stage_id"))
        batch_op.drop_index(
            "ix_enrolments_reminder",
            sqlite_where=sa.text("status in ('delivered', 'in_progress')"),
            postgresql_where=sa.text("status in ('delivered', 'in_progress')"),
        )
        batch_op.drop_index(
            "ix_enrolments_unfinished",
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.drop_index(
            "ix_enrolments_ended",
            sqlite_where=sa.text("ended_at is not null"),
            postgresql_where=sa.text("ended_at is not null"),
        )
        batch_op.drop_index("ix_enrolments_queued")
        batch_op.drop_index("ix_enrolments_job")
        batch_op.drop_index(
            "ix_enrolments_expiry",
            sqlite_where=sa.text("status in ('delivered', 'in_progress')"),
            postgresql_where=sa.text("status in ('delivered', 'in_progress')"),
        )
        batch_op.drop_index("ix_enrolments_candidate")
        batch_op.drop_index(batch_op.f("ix_enrolments_application_id"))

    op.drop_table("enrolments")
    with op.batch_alter_table("stage_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_moves_application_id"))

    op.drop_table("stage_moves")
    op.drop_table("stage_campaign_versions")
    op.drop_table("stage_campaigns")
    op.drop_table("bulk_moves")
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_applications_active",
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        )
        batch_op.drop_index("ix_applications_job")
        batch_op.drop_index(batch_op.f("ix_applications_stage_id"))
        batch_op.drop_index(batch_op.f("ix_applications_candidate_id"))

    op.drop_table("applications")
    op.drop_table("stages")
    op.drop_table("idempotency_keys")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consents_candidate_id"))

    op.drop_table("consents")
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_addresses_candidate_id"))

    op.drop_table("addresses")
    op.drop_table("users")
    op.drop_table("tallies")
    op.drop_table("send_counts")
    op.drop_table("message_templates")
    op.drop_table("login_attempts")
    op.drop_table("jobs")
    op.drop_table("content_resources")
    op.drop_table("channels")
    op.drop_table("candidates")
    op.drop_table("api_keys")
