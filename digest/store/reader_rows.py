"""A reader as a row of the database, and as a record of an export."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from digest.delivery import Consent, Subscriber

CHOSEN = ("zone", "hour", "days", "sections", "regions", "format", "language", "breaking")
"""The columns of a reader's wishes."""


def subscriber_record(reader: Subscriber) -> dict[str, Any]:
    """A reader as exports print one: all of it but numbers and nonces of our own."""
    values = values_of(reader)
    for name in ("paused_until", "consent_at"):
        values[name] = values[name].isoformat() if values[name] else ""
    return {name: values[name] for name in values if name not in ("address_key", "nonce")}


def new_nonce() -> str:
    """What the links made from now on hold."""
    return secrets.token_urlsafe(6)


def values_of(reader: Subscriber) -> dict[str, Any]:
    """The row's columns that a `Subscriber` fills."""
    consent = reader.consent
    return {
        "address": reader.address,
        "address_key": reader.key,
        "state": reader.state,
        "paused_until": reader.paused_until,
        "zone": reader.zone,
        "hour": reader.hour,
        "days": reader.days,
        "sections": list(reader.sections),
        "regions": list(reader.regions),
        "format": reader.format,
        "language": reader.language,
        "breaking": reader.breaking,
        "nonce": reader.nonce,
        "consent_at": consent.at if consent else None,
        "consent_how": consent.how if consent else "",
        "consent_text": consent.text if consent else "",
    }


def subscriber_of(row: RowMapping | Mapping[str, Any]) -> Subscriber:
    """The reader whose row it is."""
    consent = None
    if row["consent_at"] is not None:
        consent = Consent(row["consent_at"], row["consent_how"], row["consent_text"])
    return Subscriber(
        address=row["address"],
        key=row["address_key"],
        state=row["state"],
        paused_until=row["paused_until"],
        zone=row["zone"],
        hour=row["hour"],
        days=row["days"],
        sections=tuple(row["sections"]),
        regions=tuple(row["regions"]),
        format=row["format"],
        language=row["language"],
        breaking=row["breaking"],
        consent=consent,
        id=row["id"],
        nonce=row["nonce"],
    )
