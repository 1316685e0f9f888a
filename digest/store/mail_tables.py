"""The tables of readers, their comments, and mail, on the metadata of schema.py."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from digest.store.schema import UtcDateTime, metadata

readers = Table(
    "readers",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=True),
    Column("list_name", Text, nullable=False),
    Column("address", Text, nullable=False),  # as letters are addressed
    Column("address_key", Text, nullable=False),  # as readers are told apart
    Column("state", Text, nullable=False),
    # A sign-up that waits to be confirmed: since when, and what it wants of an address that is
    # known, beside its link's nonce. NULL of a new address, whose row holds nothing else. Of a
    # reader: the other address that waits.
    Column("asked_at", UtcDateTime),
    Column("asked", JSON(none_as_null=True)),
    Column("paused_until", UtcDateTime),
    Column("zone", Text, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("days", Integer, nullable=False),  # bit 0 is Monday
    Column("sections", JSON, nullable=False),  # [] for all
    Column("regions", JSON, nullable=False, server_default="[]"),  # likewise
    Column("format", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("breaking", Boolean, nullable=False, server_default=false()),
    # Renewed when a reader confirms, moves, leaves or comes back: links made before stop to count.
    Column("nonce", Text, nullable=False),
    Column("consent_at", UtcDateTime),
    Column("consent_how", Text, nullable=False),
    Column("consent_text", Text, nullable=False),  # version of the words consented to
    Column("soft_bounces", Integer, nullable=False),
    Column("soft_bounced_at", UtcDateTime),
    Column("moved_after", Integer, nullable=False, server_default="0"),  # the last delivery before
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("list_name", "address_key"),
    Index(None, "list_name", "state"),
    sqlite_autoincrement=True,  # ids stand in bounce addresses: never given again
)

suppressed = Table(
    "suppressed",
    metadata,
    Column("list_name", Text, nullable=False),
    # Keyed (HMAC-SHA-256) with the installation's secret: known again, not read back.
    Column("address_hash", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("list_name", "address_hash"),
)

mailings = Table(
    "mailings",
    metadata,
    Column("list_name", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("first_queued", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("list_name", "date"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=True),
    Column("list_name", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("reader", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("code", Integer, nullable=False),
    Column("reply", Text, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("list_name", "date", "reader"),  # one edition, one reader, one row
    ForeignKeyConstraint(["reader"], ["readers.id"], ondelete="CASCADE"),
    Index(None, "list_name", "date", "state", "due_at", "id"),
    Index(None, "reader"),
    sqlite_autoincrement=True,
)

comments = Table(
    "comments",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=True),
    Column("list_name", Text, nullable=False),
    Column("reader", Integer, nullable=False),
    Column("thread", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("headline", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("name", Text, nullable=False),  # as it is printed; "" for none
    Column("how", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("came_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    PrimaryKeyConstraint("id"),
    ForeignKeyConstraint(["reader"], ["readers.id"], ondelete="CASCADE"),
    Index(None, "list_name", "state", "id"),
    Index(None, "reader"),
    sqlite_autoincrement=True,  # ids stand in links
)

# While an edition's readers are queued: when letters leave to a zone's readers of an hour.
mornings = Table(
    "mornings",
    MetaData(),
    Column("zone", Text, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("zone", "hour"),
    prefixes=["TEMPORARY"],
)

returned = Table(
    "returned_mail",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("matched", Boolean, nullable=False),
    Column("summary", Text, nullable=False),
    Column("raw", LargeBinary),  # kept only where nothing matched, for the operator to see
    PrimaryKeyConstraint("id"),
    Index(None, "received_at"),
)
