"""Searching the stories of all editions; threads that were ever told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from digest.store import dialect, search

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "story_texts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("dek", sa.Text, nullable=False),
        sa.Column("sentences", sa.JSON, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_story_texts"),
        sa.UniqueConstraint("list_name", "date", "rank", name="uq_story_texts_list_name_date_rank"),
        sa.ForeignKeyConstraint(
            ["list_name", "date"],
            ["editions.list_name", "editions.date"],
            name="fk_story_texts_editions",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "story_threads",
        sa.Column("list_name", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("list_name", "thread", name="pk_story_threads"),
    )
    connection = op.get_bind()
    dialect.create_word_index(connection)
    editions = sa.table(
        "editions",
        sa.column("list_name", sa.Text),
        sa.column("date", sa.Date),
        sa.column("record", sa.LargeBinary),
    )
    # Keys first: the records of years do not fit into memory together.
    for list_name, date in connection.execute(
        sa.select(editions.c.list_name, editions.c.date)
    ).all():
        record = connection.execute(
            sa.select(editions.c.record).where(
                editions.c.list_name == list_name, editions.c.date == date
            )
        ).scalar_one()
        search.keep(connection, bytes(record), date, list_name)
