"""What a reader was before somebody asked for a letter to confirm by; it comes back unconfirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("readers", sa.Column("state_before", sa.Text))
    # Of whoever waits for a confirmation now it is not known. Who was mailed editions, or said
    # something of a story, was a reader; the others are sign-ups.
    op.execute("UPDATE readers SET state_before = '' WHERE state = 'pending'")
    op.execute(
        "UPDATE readers SET state_before = 'unsubscribed' WHERE state = 'pending' AND id IN "
        "(SELECT reader FROM deliveries UNION SELECT reader FROM comments)"
    )
