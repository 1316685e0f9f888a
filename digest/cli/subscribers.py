"""`digest subscribers …`: who gets the edition."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli import show
from digest.cli.mbox import letters_of, mbox_entry
from digest.cli.options import (
    AsJson,
    Database,
    FeedsFile,
    Now,
    OutFolder,
    clock,
    opened,
    settings_for,
    whole_file,
    write_whole,
)
from digest.delivery import READER_STATES, Consent, ReaderState, Subscriber
from digest.errors import InputError, UsageError

if TYPE_CHECKING:
    from digest.readers.tokens import Tokens
    from digest.readers.wishes import Wishes
    from digest.settings import Settings
    from digest.store import Readers

app = typer.Typer(
    name="subscribers",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Who gets the edition: add, list, remove, import, export.",
)
SHOWN = 50
BATCH = 5000
UNASKED = (
    "pending readers are mailed nothing, and no letter asks them: they stay pending until they "
    "sign up themselves, by the form or by letter, or you remove them"
)

AddressArgument = Annotated[str, typer.Argument(help="The mail address.", metavar="ADDRESS")]


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Readers, Tokens]]:
    from digest.mailsettings import load_mail_settings
    from digest.readers.tokens import Tokens
    from digest.store import Readers

    tokens = Tokens(load_mail_settings(settings.editorial).secret)
    with opened(settings) as store:
        yield Readers(store), tokens


@app.command()
def add(
    address: AddressArgument,
    consent: Annotated[
        str, typer.Option("--consent", help="How the reader asked for it.", metavar="TEXT")
    ] = "added by the operator",
    pending: Annotated[
        bool, typer.Option("--pending", help="Mailed nothing before they sign up themselves.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also one who has left, bounced or paused.")
    ] = False,
    zone: Annotated[
        str | None,
        typer.Option("--zone", help="Such as Europe/Berlin.", show_default="the edition's"),
    ] = None,
    hour: Annotated[
        int | None,
        typer.Option("--hour", help="Of the reader's morning.", show_default="the edition's"),
    ] = None,
    days: Annotated[
        str | None, typer.Option("--days", help="Such as mon-fri.", show_default="all")
    ] = None,
    sections: Annotated[
        str | None,
        typer.Option("--sections", help="Such as 'cyber conflict'.", show_default="all"),
    ] = None,
    regions: Annotated[
        str | None, typer.Option("--regions", help="Such as 'europe asia'.", show_default="all")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="html or text.", show_default="html")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Such as en.", show_default="en")
    ] = None,
    breaking: Annotated[
        bool | None,
        typer.Option(
            "--breaking/--no-breaking", help="Also what cannot wait for the next edition."
        ),
    ] = None,
    feeds: FeedsFile = None,
    db: Database = None,
    now: Now = None,
) -> None:
    """Add a reader, whose consent you have, or change what is named of one."""
    from digest.address import parse_address

    at = clock(now)
    who = parse_address(address)
    settings = settings_for(feeds, db)
    wishes = _wishes(
        zone=zone,
        hour=None if hour is None else str(hour),
        days=days,
        sections=sections,
        regions=regions,
        format=form,
        language=language,
        breaking=breaking,
    )
    with _opened(settings) as (readers, tokens):
        digest = tokens.address_hash(who.key)
        known = readers.find(who.key)
        gone = readers.is_suppressed(digest) or (
            known is not None and known.state in ("unsubscribed", "bounced")
        )
        if gone and not again:
            raise UsageError(
                f"{who} has left, complained or bounced before; if they ask anew, say --again"
            )
        if known and known.subscribed and pending:
            raise UsageError(f"{who} is a reader already: leave --pending away")
        new = _usual(settings).of(Subscriber(str(who), who.key))
        wanted = _admitted(known, new, Consent(at, consent), pending=pending, again=again)
        readers.unsuppress(digest)
        stored = readers.subscribe(replace(wanted, address=str(who), **wishes), at)
    typer.echo(f"{stored.address} is {stored.state}")
    if pending:
        typer.echo(UNASKED)


def _admitted(
    known: Subscriber | None, new: Subscriber, consent: Consent, *, pending: bool, again: bool
) -> Subscriber:
    """The reader as the operator adds them. Who is one keeps what is stored of them, a pause too
    where it is not said to end it, and their first consent: it is the proof."""
    wanted = known if known and (known.subscribed or known.state == "pending") else new
    proof = known.consent if known and (known.subscribed or pending) else None
    if pending:
        return replace(wanted, state="pending", consent=proof)
    if wanted.state == "paused" and not again:
        return wanted
    return replace(wanted, state="active", paused_until=None, consent=proof or consent)


def _usual(settings: Settings) -> Wishes:
    """The list's own zone, hour and language, and all of the edition."""
    from digest.desk.open import offer_of

    return offer_of(settings.editorial).usual


def _wishes(**told: str | bool | None) -> dict[str, Any]:
    """What the options tell of how a reader wants the edition, checked. Raises UsageError."""
    from digest.readers import imports

    checks: dict[str, Callable[[str], object]] = {
        "zone": imports.checked_zone,
        "hour": imports.checked_hour,
        "days": imports.checked_days,
        "sections": imports.checked_sections,
        "regions": imports.checked_regions,
        "format": imports.checked_format,
    }
    try:
        return {
            name: checks[name](str(value)) if name in checks else value
            for name, value in told.items()
            if value is not None
        }
    except ValueError as error:
        raise UsageError(str(error)) from error


@app.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option("--state", help="Only these, such as active.", metavar="STATE")
    ] = None,
    feeds: FeedsFile = None,
    db: Database = None,
    as_json: AsJson = False,
) -> None:
    """List the readers."""
    from digest.store.reader_rows import subscriber_record

    with _opened(settings_for(feeds, db)) as (readers, _):
        wanted: list[ReaderState] = [name for name in READER_STATES if name == state]
        if state is not None and not wanted:
            raise UsageError(f"--state {state!r} is none of {', '.join(READER_STATES)}")
        found = readers.all(wanted)
        if as_json:
            for reader in found:
                show.document(subscriber_record(reader))
            return
        rows = [
            (r.address, r.state, f"{r.hour:02}:00 {r.zone}", r.format, _date(r.consent))
            for r, _ in zip(found, range(SHOWN), strict=False)
        ]
        counts = readers.counts()
    if rows:
        show.table("Readers", ("address", "state", "morning", "format", "consent"), rows)
    total = sum(n for name, n in counts.items() if not wanted or name in wanted)
    if total > len(rows):
        typer.echo(f"… and {total - len(rows)} more; --json lists them all")
    typer.echo(", ".join(f"{counts[s]} {s}" for s in READER_STATES if s in counts) or "no readers")


def _date(consent: Consent | None) -> str:
    return f"{consent.at:%Y-%m-%d} {consent.how}" if consent else ""


@app.command()
def remove(
    address: AddressArgument,
    erase: Annotated[
        bool, typer.Option("--erase", help="Forget all that is stored of them.")
    ] = False,
    feeds: FeedsFile = None,
    db: Database = None,
    out: OutFolder = None,
    now: Now = None,
) -> None:
    """Unsubscribe a reader; no import brings them back."""
    from digest.address import parse_address
    from digest.archive.open import site_refreshed

    at = clock(now)
    who = parse_address(address)
    settings = settings_for(feeds, db, out)
    with _opened(settings) as (readers, tokens):
        known = readers.find(who.key)
        if known is None:
            raise UsageError(f"{who} is no reader")
        digest = tokens.address_hash(who.key)
        erased = readers.erase(who.key, digest, at) if erase else None
        if not erase:
            readers.leave(known.id, digest, at, "stopped by the operator")
    typer.echo(f"{who} is {'erased' if erase else 'unsubscribed'}")
    for line in site_refreshed(settings) if erased and erased.printed else ():
        typer.echo(line)


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="A CSV file, or Mailchimp's archive.", metavar="FILE")
    ],
    consent: Annotated[
        str,
        typer.Option(
            "--consent", help="How they asked for it, where the file does not say.", metavar="TEXT"
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do.")] = False,
    feeds: FeedsFile = None,
    db: Database = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Take in readers from CSV, listmonk or Mailchimp. Who left stays away; whoever is stored
    stays as stored."""
    from digest.readers.imports import read_import

    at = clock(now)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error
    found = read_import(file.name, data, at, consent, _usual(settings_for(feeds, db)))
    told: dict[str, Any] = {"kind": found.kind, "rows": len(found.readers)}
    told["refused"] = [{"where": where, "why": why} for where, why in found.refused]
    states = [reader.state for reader in found.readers]
    told["states"] = {state: states.count(state) for state in READER_STATES if state in states}
    if not dry_run:
        told |= _take_in(found.readers, feeds, db, at)
    if as_json:
        show.document(told)
        return
    for where, why in found.refused[:SHOWN]:
        typer.echo(f"skipped {where}: {why}", err=True)
    if len(found.refused) > SHOWN:
        typer.echo(f"… and {len(found.refused) - SHOWN} more skipped", err=True)
    shown = ", ".join(f"{n} {state}" for state, n in told["states"].items())
    typer.echo(f"{file} ({found.kind}): {shown or 'no readers'}")
    if not dry_run:
        typer.echo(
            f"{told['added']} added, {told['updated']} changed, {told['kept']} known already, "
            f"{told['suppressed']} left before and stay away"
        )
    if told["states"].get("pending"):
        typer.echo(f"{UNASKED}; --consent says how they asked, where they did")


def _take_in(
    found: tuple[Subscriber, ...], feeds: Path | None, db: str | None, at: datetime
) -> dict[str, int]:
    done = {"added": 0, "updated": 0, "kept": 0, "suppressed": 0}
    with _opened(settings_for(feeds, db)) as (readers, tokens):
        for start in range(0, len(found), BATCH):
            batch = [(r, tokens.address_hash(r.key)) for r in found[start : start + BATCH]]
            result = readers.take_in(batch, at)
            for name in done:
                done[name] += getattr(result, name)
    return done


@app.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(help="Where to; without it, the terminal.", metavar="FILE.csv")
    ] = None,
    address: Annotated[
        str | None, typer.Option("--address", help="All that is stored of one reader, as JSON.")
    ] = None,
    feeds: FeedsFile = None,
    db: Database = None,
) -> None:
    """Write the readers as CSV, as `import` reads it; or one reader's own data."""
    from digest.address import parse_address

    with _opened(settings_for(feeds, db)) as (readers, _):
        if address is not None:
            who = parse_address(address)
            record = readers.record(who.key)
            if record is None:
                raise UsageError(f"nothing is stored of {who}")
            if file is None:
                show.document(record, indent=1)
            else:
                told = json.dumps(record, ensure_ascii=False, indent=1)
                write_whole(file, f"{told}\n".encode())
                typer.echo(f"what is stored of {who} is in {file}")
            return
        if file is None:
            _write_csv(sys.stdout, readers)
            return
        with whole_file(file, newline="") as stream:
            count = _write_csv(stream, readers)
    typer.echo(f"{count} readers written to {file}")


def _write_csv(stream: Any, readers: Readers) -> int:  # noqa: ANN401  (any text stream)
    from digest.store.reader_rows import subscriber_record

    empty = Subscriber("", "")
    writer = csv.DictWriter(stream, list(subscriber_record(empty)), lineterminator="\n")
    writer.writeheader()
    count = 0
    for reader in readers.all():
        record = subscriber_record(reader)
        lists = {name: json.dumps(record[name]) for name in ("sections", "regions")}
        writer.writerow(record | lists)
        count += 1
    return count


@app.command()
def returned(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Letters, mboxes or Maildirs; - is standard input.", metavar="[FILE]…"),
    ] = None,
    recipient: Annotated[
        str, typer.Option("--recipient", help="The envelope's recipient, where it is known.")
    ] = "",
    mbox: Annotated[
        bool, typer.Option("--mbox", help="Print the letters that matched nobody, as an mbox.")
    ] = False,
    feeds: FeedsFile = None,
    db: Database = None,
    now: Now = None,
) -> None:
    """Take in mail that came back: bounces, complaints, letters to the unsubscribe address.

    Without a file, list the letters that matched nobody. A mail server can pipe each letter in:
    digest subscribers returned -
    """
    from digest.mailsettings import load_mail_settings
    from digest.returns import Returns
    from digest.store.returned import ReturnedMail

    at = clock(now)
    settings = settings_for(feeds, db)
    with opened(settings) as store:
        if not files:
            kept = ReturnedMail(store).recent(SHOWN, unmatched=True)
            if mbox:
                for letter in reversed(kept):
                    typer.echo(mbox_entry(letter), nl=False)
            elif kept:
                rows = [(f"{k.received_at:%Y-%m-%d %H:%M}", k.kind, k.summary) for k in kept]
                show.table("Returned mail that matched nobody", ("came", "kind", "about"), rows)
            else:
                typer.echo("no returned mail is left to look at")
            return
        returns = Returns(load_mail_settings(settings.editorial), store)
        done = Counter(
            returns.take(raw, at, recipient).kind for file in files for raw in letters_of(file)
        )
    typer.echo(", ".join(f"{n} {kind}" for kind, n in sorted(done.items())) or "no letters")
