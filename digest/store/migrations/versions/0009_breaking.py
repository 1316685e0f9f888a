"""Whether a reader wants to be told at once of what cannot wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("breaking", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("readers", column)
