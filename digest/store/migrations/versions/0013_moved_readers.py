"""Readers change their address: the last letter to the one before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moved_after = sa.Column("moved_after", sa.Integer, nullable=False, server_default="0")
    op.add_column("readers", moved_after)
