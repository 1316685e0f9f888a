"""Whose text is the article page's, and which pages a feed's entries are still to be asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    flag = sa.Column("from_page", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("items", flag)
    op.add_column("feeds", sa.Column("pages", sa.JSON, nullable=False, server_default="{}"))
