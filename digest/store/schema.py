"""The tables as they are today. `migrations/` leads every older database here; a test compares.

Times are UTC. Ids and addresses are text as the other rooms give them; lists are JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC. A naive one is refused with ValueError: its zone is a guess.

    SQLite has no times, only text that sorts as they do; there the zone is left away, since it is
    always the same. PostgreSQL keeps `timestamp with time zone`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Constraints have names on every database, so that a later migration can drop them by name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=nullable)


feeds = Table(
    "feeds",
    metadata,
    _text("url"),
    Column("moved_to", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    _time("not_before", nullable=True),
    Column("retired", Boolean, nullable=False),
    _time("last_success", nullable=True),
    _time("newest", nullable=True),
    Column("failures", Integer, nullable=False),
    Column("pages", JSON, nullable=False, server_default="{}"),
    _time("saved_at"),
    PrimaryKeyConstraint("url"),
)

items = Table(
    "items",
    metadata,
    _text("id"),
    _text("url"),
    _text("source"),
    _text("title"),
    _text("text"),
    _time("date", nullable=True),
    _time("first_seen"),
    _text("lang"),
    _text("author"),
    _text("image"),
    _text("credit"),
    _text("feed"),
    _text("via"),
    Column("categories", JSON, nullable=False),
    # The text is the article page's: no feed's line may take its place.
    Column("from_page", Boolean, nullable=False, server_default=false()),
    # coalesce(date, first_seen) as a column of its own: an index over it is the same on every
    # database, and an edition's window is one range of that index.
    _time("counts_at"),
    # Of what the outlet printed; tells an unchanged item without reading its text.
    Column("content", LargeBinary(16), nullable=False),
    # When a feed last carried it, to the week: what feeds still print must not be pruned, or an
    # undated item would come back as new.
    _time("last_seen"),
    # When its page was found to be gone; a page that comes back is not.
    _time("gone_at", nullable=True),
    PrimaryKeyConstraint("id"),
    Index(None, "counts_at", "id"),
    Index(None, "last_seen"),
)

editions = Table(
    "editions",
    metadata,
    _text("list_name"),
    Column("date", Date, nullable=False),
    Column("number", Integer, nullable=False),
    _text("status"),
    _text("headline"),
    _time("generated_at"),
    Column("record", LargeBinary, nullable=False),  # edition.json, byte for byte
    PrimaryKeyConstraint("list_name", "date"),
    UniqueConstraint("list_name", "number"),
)

edition_stories = Table(
    "edition_stories",
    metadata,
    _text("list_name"),
    Column("date", Date, nullable=False),
    Column("rank", Integer, nullable=False),
    _text("thread"),
    _text("headline"),
    Column("titles", JSON, nullable=False),
    Column("items", JSON, nullable=False),
    PrimaryKeyConstraint("list_name", "date", "rank"),
    ForeignKeyConstraint(
        ["list_name", "date"], ["editions.list_name", "editions.date"], ondelete="CASCADE"
    ),
)

# What is searched. `words` is the text folded (see search.py); the index over it, story_words, is
# each database's own kind and made by dialect.py.
story_texts = Table(
    "story_texts",
    metadata,
    Column("id", Integer, nullable=False),
    _text("list_name"),
    Column("date", Date, nullable=False),
    Column("rank", Integer, nullable=False),
    _text("thread"),
    _text("headline"),
    _text("dek"),
    Column("sentences", JSON, nullable=False),
    _text("words"),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("list_name", "date", "rank"),
    ForeignKeyConstraint(
        ["list_name", "date"], ["editions.list_name", "editions.date"], ondelete="CASCADE"
    ),
)

# Every thread that an edition ever told, for good: its page's address may not become unknown.
story_threads = Table(
    "story_threads",
    metadata,
    _text("list_name"),
    _text("thread"),
    Column("date", Date, nullable=False),  # of the first edition that told it
    PrimaryKeyConstraint("list_name", "thread"),
)

vectors = Table(
    "vectors",
    metadata,
    _text("model"),
    Column("text_sha256", String(64), nullable=False),
    Column("dtype", String(8), nullable=False),  # numpy's name with byte order, such as "<f4"
    Column("vector", LargeBinary, nullable=False),
    _time("saved_at"),
    PrimaryKeyConstraint("model", "text_sha256"),
    Index(None, "saved_at"),
)

leases = Table(
    "leases",
    metadata,
    _text("name"),
    _text("holder"),
    _time("until"),
    PrimaryKeyConstraint("name"),
)

# What `digest run` did: for `digest status`, and for deciding what is due.
tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, nullable=False),
    _text("list_name"),
    _text("key"),
    _text("kind"),
    Column("date", Date, nullable=False),
    _time("started"),
    _time("finished"),
    _text("outcome"),
    _text("note"),
    Column("seconds", JSON, nullable=False, server_default="{}"),
    PrimaryKeyConstraint("id"),
    Index(None, "list_name", "finished"),
)
