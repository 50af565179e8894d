"""Add what the recruiters' dashboard keeps. One function, and its undoing, for each part of it."""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_people()
    add_feed()
    add_outgoing()
    widen_api_keys()
    change_jobs()
    add_template_submissions()
    add_inbox()
    change_applications()
    change_bulk_moves()
    add_reviews()
    add_imports()
    add_merges()
    add_editing()


def downgrade() -> None:
    drop_merges()
    drop_editing()
    drop_imports()
    drop_reviews()
    change_bulk_moves_back()
    change_applications_back()
    narrow_api_keys()
    drop_outgoing()
    drop_inbox()
    drop_people()
    drop_template_submissions()
    change_jobs_back()
    drop_feed()


def add_feed() -> None:
    op.create_table(
        "changes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_at"), "changes", ["at"])


def drop_feed() -> None:
    op.drop_table("changes")


def add_people() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("awaits_code", sa.Boolean(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sign_ins_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"])
    op.create_table(
        "second_factors",
        sa.Column("user_id", KEY, autoincrement=False, nullable=False),
        sa.Column("sealed_seed", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_counter", KEY, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    op.create_table(
        "signed_links",
        sa.Column("id", KEY, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signed_links_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signed_links_token_hash")),
    )
    op.create_index(op.f("ix_signed_links_user_id"), "signed_links", ["user_id"])
    add_audit()
    add_mails()


def add_audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("position", KEY, nullable=True),
        sa.Column("seal", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("position", name=op.f("uq_audit_entries_position")),
    )
    op.create_index("ix_audit_entries_user_id_id", "audit_entries", ["user_id", "id"])
    op.create_index("ix_audit_entries_object_id_id", "audit_entries", ["object_id", "id"])


def add_mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed_body", sa.Text(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mails_public_id")),
    )
    due = sa.text("status IN ('queued', 'sending')")
    op.create_index("ix_mails_due", "mails", ["not_before"], sqlite_where=due, postgresql_where=due)


def drop_people() -> None:
    for table in ("mails", "audit_entries", "signed_links", "recovery_codes", "second_factors", "sign_ins"):
        op.drop_table(table)


IN_CONVERSATIONS = {
    "ix_conversations_awaited": (["awaiting_since", "id"], "awaiting_since is not null"),
    "ix_conversations_stirred": (["stirred_at", "id"], "stirred_at is not null"),
    "ix_conversations_held": (["stirred_at", "id"], "held_by is not null"),
    "ix_conversations_assigned": (["assigned_to_id", "stirred_at", "id"], "assigned_to_id is not null"),
}
WAITS = "status = 'waiting'"


def add_inbox() -> None:
    op.add_column("conversations", sa.Column("held_by_id", KEY, nullable=True))
    op.add_column("conversations", sa.Column("assigned_to_id", KEY, nullable=True))
    op.add_column("conversations", sa.Column("awaiting_since", MOMENT, nullable=True))
    op.add_column("conversations", sa.Column("stirred_at", MOMENT, nullable=True))
    op.execute(
        "update conversations set stirred_at = (select max(created_at) from messages"
        " where messages.conversation_id = conversations.id and messages.inbound)"
    )
    op.execute(
        "update conversations set awaiting_since = coalesce(stirred_at, created_at) where needs_person is not null"
    )
    for name, (columns, which) in IN_CONVERSATIONS.items():
        _add_partial_index(name, "conversations", columns, which)
    _add_notes_and_marks()
    _add_texts()


def _add_partial_index(name: str, table: str, columns: list[str], which: str) -> None:
    condition = sa.text(which)
    op.create_index(op.f(name), table, columns, sqlite_where=condition, postgresql_where=condition)


def _add_notes_and_marks() -> None:
    op.create_table(
        "conversation_notes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        _of_conversation("conversation_notes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_conversation_notes_public_id")),
    )
    op.create_index("ix_conversation_notes_thread", "conversation_notes", ["conversation_id", "created_at"])
    op.create_table(
        "reads",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("conversation_id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _of_conversation("reads"),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", name=op.f("pk_reads")),
    )
    op.create_table(
        "presences",
        sa.Column("conversation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("typing", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _of_conversation("presences"),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("pk_presences")),
    )
    op.create_index(op.f("ix_presences_at"), "presences", ["at"])


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_conversation_id_conversations")
    return sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=name)


def _add_texts() -> None:
    op.create_table(
        "snippets",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippets")),
        sa.UniqueConstraint("public_id", name=op.f("uq_snippets_public_id")),
    )
    op.create_index(op.f("ix_snippets_user_id"), "snippets", ["user_id"])
    op.create_table(
        "scheduled_messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("template", JSON, nullable=True),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        _of_conversation("scheduled_messages"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_scheduled_messages_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_messages")),
        sa.UniqueConstraint("public_id", name=op.f("uq_scheduled_messages_public_id")),
    )
    op.create_index(op.f("ix_scheduled_messages_message_id"), "scheduled_messages", ["message_id"])
    op.create_index("ix_scheduled_messages_thread", "scheduled_messages", ["conversation_id", "id"])
    _add_partial_index("ix_scheduled_messages_due", "scheduled_messages", ["due_at"], WAITS)
    op.create_table(
        "submissions",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_submissions")),
    )
    op.create_index(op.f("ix_submissions_at"), "submissions", ["at"])


def drop_inbox() -> None:
    for table in ("submissions", "scheduled_messages", "snippets", "presences", "reads", "conversation_notes"):
        op.drop_table(table)
    for name in IN_CONVERSATIONS:
        op.drop_index(name, "conversations")
    for column in ("stirred_at", "awaiting_since", "assigned_to_id", "held_by_id"):
        op.drop_column("conversations", column)


def change_jobs() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("owner_id", KEY, nullable=True))
        jobs.add_column(sa.Column("hiring_manager_id", KEY, nullable=True))
        jobs.add_column(sa.Column("is_template", sa.Boolean(), nullable=False, server_default=sa.false()))
        jobs.add_column(sa.Column("revision", KEY, nullable=False, server_default="0"))
        jobs.create_foreign_key(op.f("fk_jobs_owner_id_users"), "users", ["owner_id"], ["id"])
        jobs.create_foreign_key(op.f("fk_jobs_hiring_manager_id_users"), "users", ["hiring_manager_id"], ["id"])
        jobs.create_index(op.f("ix_jobs_hiring_manager_id"), ["hiring_manager_id"])
    with op.batch_alter_table("stages") as stages:
        stages.alter_column("job_id", existing_type=KEY, nullable=True)
        stages.add_column(sa.Column("former_names", JSON, nullable=False, server_default="[]"))
    proposed = sa.text("proposed_stage is not null")
    op.create_index(
        "ix_applications_proposed", "applications", ["job_id"], sqlite_where=proposed, postgresql_where=proposed
    )


def change_jobs_back() -> None:
    op.drop_index("ix_applications_proposed", "applications")
    op.execute("UPDATE stages SET job_id = (SELECT min(id) FROM jobs), place = -id WHERE job_id IS NULL")
    with op.batch_alter_table("stages") as stages:
        stages.alter_column("job_id", existing_type=KEY, nullable=False)
        stages.drop_column("former_names")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_index(op.f("ix_jobs_hiring_manager_id"))
        jobs.drop_constraint(op.f("fk_jobs_hiring_manager_id_users"), type_="foreignkey")
        jobs.drop_constraint(op.f("fk_jobs_owner_id_users"), type_="foreignkey")
        for name in ("revision", "is_template", "hiring_manager_id", "owner_id"):
            jobs.drop_column(name)


def add_template_submissions() -> None:
    with op.batch_alter_table("message_templates") as templates:
        templates.add_column(sa.Column("samples", JSON, nullable=False, server_default="{}"))
        templates.add_column(sa.Column("buttons", JSON, nullable=False, server_default="[]"))
    op.create_table(
        "template_submissions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("samples", JSON, nullable=False),
        sa.Column("buttons", JSON, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("content_sid", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_template_submissions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_submissions")),
        sa.UniqueConstraint("name", "language", name=op.f("uq_template_submissions_name_language")),
        sa.UniqueConstraint("public_id", name=op.f("uq_template_submissions_public_id")),
    )


def drop_template_submissions() -> None:
    op.drop_table("template_submissions")
    with op.batch_alter_table("message_templates") as templates:
        templates.drop_column("buttons")
        templates.drop_column("samples")


def add_outgoing() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        sa.Column("former_until", MOMENT, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_endpoints_public_id")),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_events_public_id")),
    )
    op.create_index(op.f("ix_webhook_events_at"), "webhook_events", ["at"])
    add_webhook_deliveries()


def add_webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("endpoint_id", KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", KEY, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("attempted_at", MOMENT, nullable=True),
        sa.Column("code", KEY, nullable=True),
        sa.Column("latency_ms", KEY, nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["webhook_events.id"], name=op.f("fk_webhook_deliveries_event_id_webhook_events")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_deliveries_public_id")),
    )
    waiting, on_the_way = sa.text("status = 'pending'"), sa.text("status = 'sending'")
    table = "webhook_deliveries"
    op.create_index(op.f("ix_webhook_deliveries_event_id"), table, ["event_id"])
    op.create_index("ix_webhook_deliveries_log", table, ["endpoint_id", "id"])
    op.create_index(
        "ix_webhook_deliveries_due",
        table,
        ["endpoint_id", "not_before"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        "ix_webhook_deliveries_sending", table, ["claimed_at"], sqlite_where=on_the_way, postgresql_where=on_the_way
    )


def drop_outgoing() -> None:
    for table in ("webhook_deliveries", "webhook_events", "webhook_endpoints"):
        op.drop_table(table)


def widen_api_keys() -> None:
    """Keys of before get a public id; the beginning of what is only kept as a hash is lost."""
    op.add_column("api_keys", sa.Column("public_id", sa.Text(), nullable=True))
    op.add_column("api_keys", sa.Column("prefix", sa.Text(), nullable=False, server_default=""))
    op.add_column("api_keys", sa.Column("created_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("api_keys", sa.Column("expires_at", MOMENT, nullable=True))
    keys = sa.table("api_keys", sa.column("id", KEY), sa.column("public_id", sa.Text()))
    connection = op.get_bind()
    for key_id in connection.execute(sa.select(keys.c.id)).scalars().all():
        fresh = {"public_id": secrets.token_hex(16)}
        connection.execute(sa.update(keys).where(keys.c.id == key_id).values(fresh))
    with op.batch_alter_table("api_keys") as table:
        table.alter_column("public_id", existing_type=sa.Text(), nullable=False)
        table.create_unique_constraint(op.f("uq_api_keys_public_id"), ["public_id"])
        table.add_column(sa.Column("successor_id", KEY, nullable=True))
        table.create_foreign_key(op.f("fk_api_keys_successor_id_api_keys"), "api_keys", ["successor_id"], ["id"])


def narrow_api_keys() -> None:
    with op.batch_alter_table("api_keys") as table:
        table.drop_constraint(op.f("fk_api_keys_successor_id_api_keys"), type_="foreignkey")
        table.drop_constraint(op.f("uq_api_keys_public_id"), type_="unique")
        for name in ("successor_id", "expires_at", "created_by", "prefix", "public_id"):
            table.drop_column(name)


def change_applications() -> None:
    op.add_column("applications", sa.Column("last_enrolment_id", KEY, nullable=True))
    op.add_column("applications", sa.Column("moved_at", MOMENT, nullable=True))
    op.execute(
        "update applications set moved_at = coalesce((select max(created_at) from stage_moves"
        " where stage_moves.application_id = applications.id), created_at),"
        " last_enrolment_id = (select max(id) from enrolments where enrolments.application_id = applications.id)"
    )
    with op.batch_alter_table("applications") as applications:
        applications.alter_column("moved_at", existing_type=MOMENT, nullable=False)
        applications.create_index("ix_applications_stage_since", ["stage_id", "state", "moved_at", "id"])
        applications.drop_index(op.f("ix_applications_stage_id"))
    with op.batch_alter_table("stage_moves") as moves:
        moves.add_column(sa.Column("user_id", KEY, nullable=True))
        moves.create_foreign_key(op.f("fk_stage_moves_user_id_users"), "users", ["user_id"], ["id"])


def change_applications_back() -> None:
    with op.batch_alter_table("stage_moves") as moves:
        moves.drop_constraint(op.f("fk_stage_moves_user_id_users"), type_="foreignkey")
        moves.drop_column("user_id")
    with op.batch_alter_table("applications") as applications:
        applications.create_index(op.f("ix_applications_stage_id"), ["stage_id"])
        applications.drop_index("ix_applications_stage_since")
        applications.drop_column("moved_at")
        applications.drop_column("last_enrolment_id")


MOMENTS_OF_BULK_MOVES = ("not_before", "begun_at", "paused_at", "cancelled_at")


def change_bulk_moves() -> None:
    unfinished, waiting = sa.text("finished_at is null"), sa.text("status = 'waiting'")
    with op.batch_alter_table("bulk_moves") as bulk:
        bulk.alter_column("stage_id", existing_type=KEY, nullable=True)
        bulk.add_column(sa.Column("kind", sa.Text(), nullable=False, server_default="move"))
        bulk.add_column(sa.Column("sends_elsewhere", sa.Boolean(), nullable=False, server_default=sa.false()))
        bulk.add_column(sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.true()))
        bulk.add_column(sa.Column("tag", sa.Text(), nullable=True))
        for name in MOMENTS_OF_BULK_MOVES:
            bulk.add_column(sa.Column(name, MOMENT, nullable=True))
        for name, target in (("job_id", "jobs"), ("user_id", "users")):
            bulk.add_column(sa.Column(name, KEY, nullable=True))
            bulk.create_foreign_key(op.f(f"fk_bulk_moves_{name}_{target}"), target, [name], ["id"])
        bulk.create_index("ix_bulk_moves_unfinished", ["job_id"], sqlite_where=unfinished, postgresql_where=unfinished)
    op.execute("UPDATE bulk_moves SET begun_at = created_at")
    where: dict[str, Any] = {"sqlite_where": waiting, "postgresql_where": waiting}
    op.create_index("ix_bulk_move_items_waiting", "bulk_move_items", ["application_id"], **where)
    index_pending("bulk_move_id", "id")


def index_pending(*columns: str) -> None:
    pending = sa.text("status = 'pending'")
    where: dict[str, Any] = {"sqlite_where": pending, "postgresql_where": pending}
    op.drop_index("ix_bulk_move_items_pending", "bulk_move_items")
    op.create_index("ix_bulk_move_items_pending", "bulk_move_items", list(columns), **where)


def change_bulk_moves_back() -> None:
    index_pending("id")
    op.drop_index("ix_bulk_move_items_waiting", "bulk_move_items")
    op.execute("DELETE FROM bulk_move_items WHERE bulk_move_id IN (SELECT id FROM bulk_moves WHERE stage_id IS NULL)")
    op.execute("DELETE FROM bulk_moves WHERE stage_id IS NULL")
    op.execute("UPDATE bulk_move_items SET status = 'failed' WHERE status NOT IN ('pending', 'done')")
    with op.batch_alter_table("bulk_moves") as bulk:
        bulk.drop_index("ix_bulk_moves_unfinished")
        for name, target in (("job_id", "jobs"), ("user_id", "users")):
            bulk.drop_constraint(op.f(f"fk_bulk_moves_{name}_{target}"), type_="foreignkey")
            bulk.drop_column(name)
        for name in ("kind", "sends_elsewhere", "again", "tag", *MOMENTS_OF_BULK_MOVES):
            bulk.drop_column(name)
        bulk.alter_column("stage_id", existing_type=KEY, nullable=False)


def add_reviews() -> None:
    op.create_table(
        "application_changes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("application_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_changes_application_id_applications")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_application_changes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_changes")),
    )
    op.create_index(op.f("ix_application_changes_application_id"), "application_changes", ["application_id"])
    op.create_table(
        "notes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("application_id", KEY, nullable=False),
        sa.Column("author_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=True),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_notes_application_id_applications")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_notes_author_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notes_public_id")),
    )
    op.create_index(op.f("ix_notes_application_id"), "notes", ["application_id"])
    op.create_table(
        "ratings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("application_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("stars", KEY, nullable=False),
        sa.Column("rated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_ratings_application_id_applications")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_ratings_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("application_id", "user_id", name=op.f("uq_ratings_application_id_user_id")),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_saved_views_job_id_jobs")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_saved_views_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_views_public_id")),
    )
    op.create_index(op.f("ix_saved_views_job_id"), "saved_views", ["job_id"])


def drop_reviews() -> None:
    for table in ("saved_views", "ratings", "notes", "application_changes"):
        op.drop_table(table)


def add_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("other_sheets", JSON, nullable=False),
        sa.Column("width", KEY, nullable=False),
        sa.Column("header", JSON, nullable=False),
        sa.Column("first_line", KEY, nullable=False),
        sa.Column("has_header", sa.Boolean(), nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("stage_id", KEY, nullable=True),
        sa.Column("sends", sa.Boolean(), nullable=False),
        sa.Column("consents", JSON, nullable=False),
        sa.Column("consent_source", sa.Text(), nullable=False),
        sa.Column("checked_to", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_imports_job_id_jobs")),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_imports_stage_id_stages")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_imports_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.UniqueConstraint("public_id", name=op.f("uq_imports_public_id")),
    )
    op.create_index(op.f("ix_imports_job_id"), "imports", ["job_id"])
    op.create_table(
        "import_rows",
        sa.Column("id", KEY, nullable=False),
        sa.Column("import_id", KEY, nullable=False),
        sa.Column("line", KEY, nullable=False),
        sa.Column("cells", JSON, nullable=False),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("barrier", sa.Text(), nullable=True),
        sa.Column("problems", JSON, nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_key", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("same_as", KEY, nullable=True),
        sa.Column("candidate_id", KEY, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("application_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_import_rows_application_id_applications")
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name=op.f("fk_import_rows_candidate_id_candidates")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id_imports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
        sa.UniqueConstraint("import_id", "line", name=op.f("uq_import_rows_import_id_line")),
    )
    op.create_index(op.f("ix_import_rows_application_id"), "import_rows", ["application_id"])
    op.create_index(op.f("ix_import_rows_candidate_id"), "import_rows", ["candidate_id"])
    op.create_index("ix_import_rows_phone", "import_rows", ["import_id", "phone_key", "line"])
    op.create_index("ix_import_rows_external_id", "import_rows", ["import_id", "external_id", "line"])
    kinds = ["import_id", "verdict", "status", "barrier", "left_out", "same_as", "line"]
    op.create_index("ix_import_rows_kinds", "import_rows", kinds)


def drop_imports() -> None:
    op.drop_table("import_rows")
    op.drop_table("imports")


def add_editing() -> None:
    with op.batch_alter_table("stage_campaigns") as drafts:
        drafts.add_column(sa.Column("revision", KEY, nullable=False, server_default="0"))
        drafts.add_column(sa.Column("updated_by_id", KEY, nullable=True))
        drafts.create_foreign_key(op.f("fk_stage_campaigns_updated_by_id_users"), "users", ["updated_by_id"], ["id"])
    with op.batch_alter_table("stage_campaign_versions") as published:
        published.add_column(sa.Column("created_by_id", KEY, nullable=True))
        name = op.f("fk_stage_campaign_versions_created_by_id_users")
        published.create_foreign_key(name, "users", ["created_by_id"], ["id"])
    op.create_table(
        "simulations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("stage_id", KEY, nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("revision", KEY, nullable=False),
        sa.Column("scene", JSON, nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_simulations_stage_id_stages")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_simulations_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulations")),
        sa.UniqueConstraint("user_id", "stage_id", name=op.f("uq_simulations_user_id_stage_id")),
    )


def drop_editing() -> None:
    op.drop_table("simulations")
    with op.batch_alter_table("stage_campaign_versions") as published:
        published.drop_constraint(op.f("fk_stage_campaign_versions_created_by_id_users"), type_="foreignkey")
        published.drop_column("created_by_id")
    with op.batch_alter_table("stage_campaigns") as drafts:
        drafts.drop_constraint(op.f("fk_stage_campaigns_updated_by_id_users"), type_="foreignkey")
        drafts.drop_column("updated_by_id")
        drafts.drop_column("revision")


def add_merges() -> None:
    op.create_index(op.f("ix_candidates_email"), "candidates", ["email"])
    op.create_table(
        "merges",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kept_id", KEY, nullable=False),
        sa.Column("gone_public_id", sa.Text(), nullable=False),
        sa.Column("phone_key", sa.Text(), nullable=True),
        sa.Column("gone", JSON, nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["kept_id"], ["candidates.id"], name=op.f("fk_merges_kept_id_candidates")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_merges_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sa.UniqueConstraint("gone_public_id", name=op.f("uq_merges_gone_public_id")),
        sa.UniqueConstraint("phone_key", name=op.f("uq_merges_phone_key")),
    )
    op.create_index(op.f("ix_merges_kept_id"), "merges", ["kept_id"])
    op.create_table(
        "distinct_pairs",
        sa.Column("first_id", KEY, nullable=False),
        sa.Column("second_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["candidates.id"], name=op.f("fk_distinct_pairs_first_id_candidates")),
        sa.ForeignKeyConstraint(["second_id"], ["candidates.id"], name=op.f("fk_distinct_pairs_second_id_candidates")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_distinct_pairs_user_id_users")),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_distinct_pairs")),
    )
    op.create_index(op.f("ix_distinct_pairs_second_id"), "distinct_pairs", ["second_id"])


def drop_merges() -> None:
    op.drop_table("distinct_pairs")
    op.drop_table("merges")
    op.drop_index(op.f("ix_candidates_email"), "candidates")
