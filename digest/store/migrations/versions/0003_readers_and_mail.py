"""Readers, the suppression list, the ledger of deliveries, returned mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "readers",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("paused_until", _TIME),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("sections", sa.JSON, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("consent_at", _TIME),
        sa.Column("consent_how", sa.Text, nullable=False),
        sa.Column("consent_text", sa.Text, nullable=False),
        sa.Column("soft_bounces", sa.Integer, nullable=False),
        sa.Column("soft_bounced_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readers"),
        sa.UniqueConstraint("list_name", "address_key", name="uq_readers_list_name_address_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_readers_list_name_state", "readers", ["list_name", "state"])
    op.create_table(
        "suppressed",
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("address_hash", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("list_name", "address_hash", name="pk_suppressed"),
    )
    op.create_table(
        "mailings",
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("first_queued", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("list_name", "date", name="pk_mailings"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("reader", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "list_name", "date", "reader", name="uq_deliveries_list_name_date_reader"
        ),
        sa.ForeignKeyConstraint(
            ["reader"], ["readers.id"], name="fk_deliveries_readers", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_deliveries_list_name_date_state_due_at_id",
        "deliveries",
        ["list_name", "date", "state", "due_at", "id"],
    )
    op.create_index("ix_deliveries_reader", "deliveries", ["reader"])
    op.create_table(
        "returned_mail",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("matched", sa.Boolean, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_returned_mail"),
    )
    op.create_index("ix_returned_mail_received_at", "returned_mail", ["received_at"])
