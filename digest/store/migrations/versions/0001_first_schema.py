"""The first schema: feeds, items, editions with their stories, vectors, leases.

Written out rather than taken from schema.py: a migration must do next year what it does today.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("moved_to", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("not_before", _TIME),
        sa.Column("retired", sa.Boolean, nullable=False),
        sa.Column("last_success", _TIME),
        sa.Column("newest", _TIME),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("saved_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_feeds"),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("date", _TIME),
        sa.Column("first_seen", _TIME, nullable=False),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("image", sa.Text, nullable=False),
        sa.Column("credit", sa.Text, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("counts_at", _TIME, nullable=False),
        sa.Column("content", sa.LargeBinary(16), nullable=False),
        sa.Column("last_seen", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
    )
    op.create_index("ix_items_counts_at_id", "items", ["counts_at", "id"])
    op.create_index("ix_items_last_seen", "items", ["last_seen"])
    op.create_table(
        "editions",
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("generated_at", _TIME, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("list_name", "date", name="pk_editions"),
        sa.UniqueConstraint("list_name", "number", name="uq_editions_list_name_number"),
    )
    op.create_table(
        "edition_stories",
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("titles", sa.JSON, nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("list_name", "date", "rank", name="pk_edition_stories"),
        sa.ForeignKeyConstraint(
            ["list_name", "date"],
            ["editions.list_name", "editions.date"],
            name="fk_edition_stories_editions",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "vectors",
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("dtype", sa.String(8), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("model", "text_sha256", name="pk_vectors"),
    )
    op.create_index("ix_vectors_saved_at", "vectors", ["saved_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
