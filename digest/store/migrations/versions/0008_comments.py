"""What readers say of stories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("reader", sa.Integer, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("came_at", _TIME, nullable=False),
        sa.Column("decided_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
        sa.ForeignKeyConstraint(
            ["reader"], ["readers.id"], name="fk_comments_readers", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comments_list_name_state_id", "comments", ["list_name", "state", "id"])
    op.create_index("ix_comments_reader", "comments", ["reader"])
