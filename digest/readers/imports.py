"""Readers from elsewhere: CSV, listmonk's and Mailchimp's exports, with their state kept. Pure.

Nobody becomes active who did not consent as far as the file tells: it must say when (our own
export, Mailchimp's CONFIRM_TIME or OPTIN_TIME, listmonk's subscription status), or the operator
must say how (`consent`). All others become pending: they are mailed nothing before they sign
up themselves.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from digest.address import Address, parse_address
from digest.delivery import (
    EVERY_DAY,
    READER_STATES,
    SUBSCRIBED,
    UNMAILED,
    Consent,
    Format,
    ReaderState,
    Subscriber,
)
from digest.errors import AddressError, InputError
from digest.model import Section
from digest.readers.wishes import DAYS, FORMATS, Wishes
from digest.regions import REGIONS

Kind = Literal["csv", "listmonk", "mailchimp"]
LARGEST = 500_000_000
"""Bytes of a file inside an archive: a million readers take about 200 MB of Mailchimp's columns."""
SECTIONS = get_args(Section)


@dataclass(frozen=True, slots=True)
class ImportFile:
    """What a file holds."""

    kind: Kind
    readers: tuple[Subscriber, ...]
    refused: tuple[tuple[str, str], ...]
    """(file:line, why) of rows that are no readers."""


Row = Mapping[str, str]


def read_import(
    name: str, data: bytes, now: datetime, consent: str = "", usual: Wishes | None = None
) -> ImportFile:
    """Read a CSV file, or a ZIP of them as Mailchimp packs it. `name` is the file's.

    `consent` is how the readers consented, `usual` the list's own zone, hour and language, where
    the file does not tell. Raises InputError where it cannot be read at all.
    """
    usual = usual or Wishes()
    way = {"zone": usual.zone, "hour": str(usual.hour), "language": usual.language}
    kinds: list[Kind] = []
    readers: dict[str, Subscriber] = {}
    refused: list[tuple[str, str]] = []
    for inner, content in _files(name, data):
        kind, read, rows = _table(inner, content)
        kinds.append(kind)
        for line, row in rows:
            where = f"{inner}:{line}"
            try:
                found = read({**way, **{n: v for n, v in row.items() if v}}, now, consent)
            except (AddressError, ValueError) as error:
                refused.append((where, str(error)))
                continue
            if found.key in readers and not _stronger(found, readers[found.key]):
                refused.append((where, f"{found.address} stands in the file before"))
            else:
                readers[found.key] = found
    return ImportFile(kinds[0], tuple(readers.values()), tuple(refused))


def _stronger(new: Subscriber, old: Subscriber) -> bool:
    """Whoever left in one of the files has left, whatever the others say."""
    return new.state in UNMAILED and old.state not in UNMAILED


def _files(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if not data.startswith(b"PK\x03\x04"):
        yield name, data
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [i for i in archive.infolist() if i.filename.lower().endswith(".csv")]
            if not inside:
                raise InputError("holds no CSV file", file=name)
            for info in sorted(inside, key=lambda info: info.filename):
                if info.file_size > LARGEST:
                    raise InputError(f"{info.filename} is too large", file=name)
                yield info.filename, archive.read(info)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(f"is a damaged or locked archive ({error})", file=name) from error


Reader = Callable[[Row, datetime, str], Subscriber]


def _table(name: str, data: bytes) -> tuple[Kind, Reader, Iterator[tuple[int, Row]]]:
    """What the file's columns make it, and its rows with their lines."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError("is not UTF-8 text; save it as UTF-8", file=name, line=line) from error
    try:
        dialect = csv.Sniffer().sniff(text[:4096].partition("\n")[0], delimiters=",;\t")
        delimiter = dialect.delimiter
    except csv.Error:
        delimiter = ","
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines.fieldnames = [title.strip().lower() for title in lines.fieldnames or []]
    except csv.Error as error:
        raise InputError(f"is no CSV file ({error})", file=name) from error
    columns = set(lines.fieldnames)
    rows = _rows(name, lines)
    if "email address" in columns and columns & {"leid", "euid", "optin_time", "member_rating"}:
        hint = PurePath(name).name.lower()
        return "mailchimp", _mailchimp_reader(columns, hint), rows
    if {"email", "uuid", "status"} <= columns:
        return "listmonk", _from_listmonk, rows
    if columns & {"address", "email", "e-mail", "email address"}:
        return "csv", _from_csv, rows
    raise InputError(
        "has no column for the address; name one 'address' or 'email' in its first line",
        file=name,
        line=1,
    )


def _rows(name: str, lines: csv.DictReader[str]) -> Iterator[tuple[int, Row]]:
    try:
        for cells in lines:
            # Cells beyond the last title stand under None, missing ones are None.
            row = {title: (cell or "").strip() for title, cell in cells.items() if title}
            if any(row.values()):
                yield lines.line_num, row
    except csv.Error as error:
        raise InputError(f"is no CSV file ({error})", file=name, line=lines.line_num) from error


# --- The formats ---------------------------------------------------------------------------


def _from_csv(row: Row, now: datetime, consent: str) -> Subscriber:
    """Our own export, or any table with an address; unknown columns are ignored."""
    address = parse_address(
        next((row[t] for t in ("address", "email", "e-mail", "email address") if t in row), "")
    )
    proof = Consent(now, consent) if consent else None
    if given := row.get("consent_at", ""):
        how = row.get("consent_how", "") or "import"
        proof = Consent(_time(given), how, row.get("consent_text", ""))
    state = _state(row.get("state", "") or row.get("status", ""), proof)
    until = row.get("paused_until", "")
    return Subscriber(
        address=str(address),
        key=address.key,
        state=state,
        paused_until=_time(until) if until and state == "paused" else None,
        zone=checked_zone(row["zone"]),
        hour=checked_hour(row["hour"]),
        days=checked_days(row.get("days", "")),
        sections=checked_sections(row.get("sections", "")),
        regions=checked_regions(row.get("regions", "")),
        format=checked_format(row.get("format", "") or "html"),
        language=row["language"],
        breaking=row.get("breaking", "").lower() in ("true", "1", "yes"),
        consent=proof,
    )


def _from_listmonk(row: Row, now: datetime, consent: str) -> Subscriber:
    """status: enabled, disabled, blocklisted; and the subscription's own status where exported."""
    address = parse_address(row.get("email", ""))
    status = row.get("status", "").lower()
    subscription = row.get("subscription_status", "").lower()
    proof = Consent(now, consent) if consent else None
    if subscription == "confirmed":
        created = row.get("created_at", "")
        proof = Consent(_time(created) if created else now, "listmonk")
    state: ReaderState
    if status == "blocklisted" or subscription == "unsubscribed":
        state = "unsubscribed"
    elif status == "disabled":
        state = "paused" if proof else "pending"
    elif status == "enabled":
        state = "active" if proof and subscription in ("confirmed", "") else "pending"
    else:
        raise ValueError(f"status {status!r} is none of listmonk's")
    return _new(address, state, proof, row)


def _mailchimp_reader(columns: set[str], name: str) -> Reader:
    """Mailchimp tells the state by the file: subscribed, unsubscribed, cleaned, nonsubscribed."""
    left = "unsub_time" in columns or name.startswith("unsubscribed")
    cleaned = "clean_time" in columns or name.startswith("cleaned")
    never = name.startswith(("nonsubscribed", "non-subscribed", "non_subscribed"))

    def read(row: Row, now: datetime, consent: str) -> Subscriber:
        address = parse_address(row.get("email address", ""))
        when = row.get("confirm_time", "") or row.get("optin_time", "")
        proof = Consent(now, consent) if consent else None
        if when and not never:
            proof = Consent(_time(when), "Mailchimp")
        state: ReaderState
        if left:
            state = "unsubscribed"
        elif cleaned:
            state = "bounced"
        else:
            state = "active" if proof else "pending"
        return _new(address, state, proof, row)

    return read


def _new(address: Address, state: ReaderState, proof: Consent | None, row: Row) -> Subscriber:
    """A reader of another program's list, who takes ours as it usually comes."""
    return Subscriber(
        str(address),
        address.key,
        state,
        zone=checked_zone(row["zone"]),
        hour=checked_hour(row["hour"]),
        language=row["language"],
        consent=proof,
    )


# --- Values --------------------------------------------------------------------------------


def _state(text: str, proof: Consent | None) -> ReaderState:
    """The state as it stands in the file; active and paused only with a proof of consent."""
    words: dict[str, ReaderState] = {
        "": "active",
        "subscribed": "active",
        "enabled": "active",
        "confirmed": "active",
        "unconfirmed": "pending",
        "blocklisted": "unsubscribed",
        "complained": "unsubscribed",
        "cleaned": "bounced",
    }
    words.update((state, state) for state in READER_STATES)
    state = words.get(text.lower())
    if state is None:
        raise ValueError(f"{text!r} is no state; use {', '.join(READER_STATES)}")
    return "pending" if state in SUBSCRIBED and proof is None else state


def _time(text: str) -> datetime:
    """ISO 8601, or Mailchimp's `2024-01-05 10:11:12`; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write it like 2026-04-14T06:00:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def checked_zone(text: str) -> str:
    """A zone of the time zone database, or ValueError."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone; write it like Europe/Berlin") from None
    return text


def checked_hour(text: str) -> int:
    """0 to 23, or ValueError."""
    if not (text.isdecimal() and int(text) < 24):
        raise ValueError(f"{text!r} is no hour; write 0 to 23")
    return int(text)


def checked_days(text: str) -> int:
    """The days' bits: of `mon tue …`, `mon-fri`, our export's own number, or "" for every day."""
    if not text:
        return EVERY_DAY
    if text.isdecimal() and 0 < int(text) <= EVERY_DAY:
        return int(text)
    days = 0
    for part in text.lower().replace(",", " ").split():
        first, _, last = (word[:3] for word in part.partition("-"))
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"{part!r} is no day; write mon, tue … or mon-fri")
        start, end = DAYS.index(first), DAYS.index(last or first)
        for day in range(start, end + (1 if end >= start else 8)):
            days |= 1 << day % 7
    return days


def checked_sections(text: str) -> tuple[str, ...]:
    """Sections of the edition, from a JSON list or words, in the edition's order; "" for all."""
    return _checked_names(text, SECTIONS, "section")


def checked_regions(text: str) -> tuple[str, ...]:
    """Regions of the world, from a JSON list or words, in their order; "" for all."""
    return _checked_names(text, tuple(REGIONS), "region")


def _checked_names(text: str, known: Sequence[str], what: str) -> tuple[str, ...]:
    try:
        words = json.loads(text) if text.startswith("[") else text.replace(",", " ").split()
    except (ValueError, RecursionError):
        raise ValueError(f"{text[:80]!r} is no list of {what}s") from None
    unknown = [str(word) for word in words if word not in known]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no {what}; there are {', '.join(known)}")
    return tuple(name for name in known if name in words)


def checked_format(text: str) -> Format:
    """html or text, or ValueError."""
    if text in FORMATS:
        return FORMATS[text]
    raise ValueError(f"{text!r} is no format; use html or text")
