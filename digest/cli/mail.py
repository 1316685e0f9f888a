"""`digest send`: an edition to its readers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli import show
from digest.cli.options import (
    AsJson,
    Database,
    DateOption,
    FeedsFile,
    Now,
    OutFolder,
    clock,
    edition_date,
    opened,
    settings_for,
)
from digest.delivery import DeliveryState
from digest.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from digest.address import Address
    from digest.delivery import Mark
    from digest.mailroom import Forecast, Report
    from digest.settings import Settings

SHOWN = 20
LEFT: tuple[DeliveryState, ...] = (
    "uncertain",
    "deferred",
    "queued",
    "bounced",
    "failed",
    "sending",
)


class Rule(StrEnum):
    leave = "leave"
    resend = "resend"


Smtp = Annotated[
    str | None,
    typer.Option(
        "--smtp",
        help="The relay: smtp://, smtp+starttls:// or smtps://.",
        show_default="DIGEST_SMTP",
        metavar="URL",
    ),
]


def send(
    more: Annotated[
        list[str] | None, typer.Argument(help="More addresses, after --to.", metavar="[ADDRESS]…")
    ] = None,
    date: DateOption = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", help="Send to this address.", metavar="ADDRESS")
    ] = None,
    subscribers: Annotated[
        bool, typer.Option("--subscribers", help="Send to the readers of the list.")
    ] = False,
    smtp: Smtp = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent; send and write nothing.")
    ] = False,
    uncertain: Annotated[
        Rule,
        typer.Option(
            "--uncertain",
            help="Letters that may have arrived when a connection or the program broke: leave "
            "them, or resend them and risk a second one.",
        ),
    ] = Rule.leave,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what was given up or refused.")
    ] = False,
    wait: Annotated[
        int,
        typer.Option(
            "--wait", min=0, help="Wait so long for letters put off by 4xx.", metavar="SECONDS"
        ),
    ] = 90,
    stop_after: Annotated[
        int,
        typer.Option(
            "--stop-after", min=1, help="Errors of the relay in a row that end it.", metavar="N"
        ),
    ] = 25,
    per_minute: Annotated[
        int | None,
        typer.Option("--per-minute", min=1, help="Letters a minute at most.", metavar="N"),
    ] = None,
    per_domain: Annotated[
        int | None,
        typer.Option(
            "--per-domain", min=1, help="Letters a minute to one domain at most.", metavar="N"
        ),
    ] = None,
    however_old: Annotated[
        bool, typer.Option("--however-old", help="Resume an edition that is out of date.")
    ] = False,
    feeds: FeedsFile = None,
    out: OutFolder = None,
    db: Database = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Mail an edition, to each reader once: what the ledger says is sent is never sent again."""
    from digest.mail.limits import Backoff, Limit
    from digest.mail.outbox import Policy
    from digest.mailroom import Mailroom, Orders, edition_folder
    from digest.mailsettings import load_mail_settings

    addresses = _addresses([*(to or []), *(more or [])])
    if more and not to:
        raise UsageError("say --to before the addresses")
    if bool(addresses) == subscribers:
        raise UsageError("say whom to send to: --to ADDRESS, or --subscribers")
    at = clock(now)
    settings = settings_for(feeds, db, out)
    day = edition_date(date) if date is not None else settings.timetable.date_at(at)
    folder = edition_folder(settings.out, day)
    mail = load_mail_settings(settings.editorial, smtp)
    orders = Orders(
        to=addresses,
        policy=Policy(
            stop_after=stop_after,
            patience=timedelta(seconds=wait),
            backoff=Backoff(first=timedelta(seconds=20)),
            resend_uncertain=uncertain is Rule.resend,
        ),
        limits=mail.limits(
            run=Limit(per_minute) if per_minute else None,
            domain=Limit(per_domain) if per_domain else None,
        ),
        retry=(
            *(("uncertain",) if uncertain is Rule.resend else ()),
            *(("failed", "bounced") if retry_failed else ()),
        ),
        however_old=however_old,
    )
    if not mail.keys:
        typer.echo("letters go unsigned: 'digest doctor --mail' makes DKIM keys", err=True)
    with opened(settings) as store:
        room = Mailroom(mail, store)
        if dry_run:
            _show_forecast(room.forecast(folder, addresses, at), str(day), as_json)
            return
        with _sending() as progress:
            report = room.send(
                folder, orders, clock=_running(at), sleep=time.sleep, progress=progress
            )
    if as_json:
        show.document(report_record(report, str(day)))
    else:
        show_report(report, str(day))
    raise typer.Exit(_exit_code(report))


def ready_to_mail(addresses: Sequence[str], settings: Settings) -> None:
    """UsageError where `mail_to` could not: to be told before an edition is made."""
    from digest.mailsettings import load_mail_settings

    _addresses(addresses)
    if not load_mail_settings(settings.editorial).relays:
        raise UsageError("no relay is named; set DIGEST_SMTP")


def mail_to(
    addresses: Sequence[str], folder: Path, settings: Settings, at: datetime, *, special: bool
) -> Report:
    """Mail the edition in `folder` to these addresses, each once; for `digest build --to`.

    A special edition has a ledger of its own, named by its bytes.
    """
    from hashlib import sha256

    from digest.mailroom import Mailroom, Orders
    from digest.mailsettings import load_mail_settings

    orders = Orders(to=_addresses(addresses))
    if special:
        name = sha256((folder / "edition.json").read_bytes()).hexdigest()[:16]
        orders = replace(orders, ledger=f"one-off {name}")
    mail = load_mail_settings(settings.editorial)
    with opened(settings) as store:
        room = Mailroom(mail, store)
        return room.send(folder, orders, clock=_running(at), sleep=time.sleep)


def _addresses(texts: Sequence[str]) -> tuple[Address, ...]:
    """The addresses in their order, each once however it is spelt."""
    from digest.address import parse_address

    parts = [part for text in texts for part in text.replace(",", " ").split()]
    first: dict[str, Address] = {}
    for address in map(parse_address, parts):
        first.setdefault(address.key, address)
    return tuple(first.values())


def _running(at: datetime) -> Callable[[], datetime]:
    """A clock that says `at` now and goes on from there."""
    started = time.monotonic()
    return lambda: at + timedelta(seconds=time.monotonic() - started)


@contextmanager
def _sending() -> Iterator[Callable[[Mark, int], None]]:
    """Counts letters as their turn comes, and those that are sent."""
    done: Counter[str] = Counter()
    with show.progress("sending") as told:

        def turn(mark: Mark, total: int) -> None:
            done[mark.state] += 1
            sent = f"{done['sent']} of {total} letters sent"
            if total > 1:
                told(done.total(), total, sent, sent)

        yield turn


def _exit_code(report: Report) -> int:
    """0 when every letter is out; 3 when some are not; 1 when none is, or the run had to stop."""
    if report.stopped:
        return 1
    after = report.after
    left = sum(after.get(state, 0) for state in LEFT)
    if left or report.refused:
        return show.DEGRADED if after.get("sent") else 1
    return 0


def report_record(report: Report, day: str) -> dict[str, Any]:
    """How a mailing went, for scripts."""
    return {
        "date": day,
        "queued": report.queued,
        "sent": report.attempts["sent"],
        "already_sent": report.before.get("sent", 0),
        "states": report.after,
        "stopped": report.stopped,
        "recovered": report.recovered,
        "trouble": [asdict(row) for row in report.trouble],
        "refused": [{"address": a, "why": why} for a, why in report.refused],
    }


def show_report(report: Report, day: str) -> None:
    """The same as tables and lines."""
    after = report.after
    rows = [
        ("sent now", str(report.attempts["sent"])),
        ("sent before", str(report.before.get("sent", 0))),
        *((state, str(after[state])) for state in LEFT if after.get(state)),
    ]
    show.table(f"The edition of {day}", ("letters", ""), rows)
    if report.trouble:
        listed = [
            (row.address, row.state, f"{row.code or ''} {row.reply}".strip())
            for row in report.trouble[:SHOWN]
        ]
        show.table("Letters to look at", ("address", "state", "why"), listed)
        if len(report.trouble) > SHOWN:
            typer.echo(f"… and {len(report.trouble) - SHOWN} more; --json lists them all")
    for address, why in report.refused:
        typer.echo(f"not sent to {address}: {why}", err=True)
    if after.get("uncertain"):
        typer.echo(
            "uncertain letters may have arrived; --uncertain resend sends them again", err=True
        )
    if report.stopped:
        typer.echo(f"stopped: {report.stopped}", err=True)
    elif after.get("deferred") or after.get("queued"):
        typer.echo("letters were put off; the same command sends them later", err=True)


def _show_forecast(forecast: Forecast, day: str, as_json: bool) -> None:
    if as_json:
        show.document(
            {
                "date": day,
                "letters": forecast.letters,
                "bytes": forecast.bytes,
                "states": forecast.already,
                "refused": [{"address": a, "why": why} for a, why in forecast.refused],
            }
        )
        return
    rows = [
        ("would be sent", str(forecast.letters)),
        ("sent before", str(forecast.already.get("sent", 0))),
        ("size of one", f"{forecast.bytes:,} bytes"),
    ]
    show.table(f"The edition of {day}, dry run", ("letters", ""), rows)
    for address, why in forecast.refused:
        typer.echo(f"not sent to {address}: {why}", err=True)
