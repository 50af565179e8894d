"""Add what the recruiters' dashboard keeps. One function, and its undoing, for each part of it."""

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
    add_feed()


def downgrade() -> None:
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
