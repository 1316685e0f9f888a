"""A sign-up that waits to be confirmed, apart from what is kept of a reader of that address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ASKED = (
    "address",
    "zone",
    "hour",
    "days",
    "sections",
    "regions",
    "format",
    "language",
    "breaking",
    "nonce",
)


def upgrade() -> None:
    op.add_column("readers", sa.Column("asked_at", sa.DateTime(timezone=True)))
    op.add_column("readers", sa.Column("asked", sa.JSON(none_as_null=True)))
    op.execute("UPDATE readers SET asked_at = changed_at WHERE state_before IS NOT NULL")
    # Who was known before is at once what they were; their link to confirm by still counts.
    readers = sa.table(
        "readers",
        sa.column("id"),
        sa.column("state"),
        sa.column("state_before"),
        sa.column("asked", sa.JSON(none_as_null=True)),
        *(sa.column(name) for name in ASKED if name not in ("sections", "regions")),
        sa.column("sections", sa.JSON),
        sa.column("regions", sa.JSON),
    )
    connection = op.get_bind()
    known = sa.select(readers).where(readers.c.state_before != "")
    for row in connection.execute(known).mappings().all():
        asked = {name: row[name] for name in ASKED} | {"breaking": bool(row["breaking"])}
        was = readers.update().where(readers.c.id == row["id"])
        connection.execute(was.values(asked=asked, state=row["state_before"]))
    op.drop_column("readers", "state_before")
