"""The regions that a reader chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("readers", sa.Column("regions", sa.JSON, nullable=False, server_default="[]"))
