"""`digest feeds …`: what is gathered from, and whether it still answers."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli import show
from digest.cli.options import (
    AsJson,
    Compute,
    FeedsFile,
    settings_for,
    whole_file,
    write_whole,
    writing,
)
from digest.errors import InputError, SettingsError, UsageError
from digest.model import Feed, Fetched
from digest.resources import resource
from digest.settings import Settings

_LONGEST_NAME = 80
"""docs/feeds.schema.json; other readers' lists hold whole slogans."""

app = typer.Typer(help="The feeds: check, list, add, import, export.", no_args_is_help=True)


@app.command("list")
def list_feeds(feeds: FeedsFile = None, as_json: AsJson = False) -> None:
    """List the feeds of the settings file."""
    known = settings_for(feeds).feeds
    if as_json:
        show.document([asdict(feed) for feed in known])
        return
    show.table(
        f"{len(known)} feeds",
        ("name", "country", "language", "kind", "url"),
        [(feed.name, feed.country, feed.language, feed.kind, feed.url) for feed in known],
    )


@app.command()
def check(feeds: FeedsFile = None, compute: Compute = None, as_json: AsJson = False) -> None:
    """Ask every feed now and say which are dead, stale or empty."""
    from digest.services import NetworkGatherer

    settings = settings_for(feeds, compute=compute)
    now = datetime.now(UTC)
    with show.gathering(len(settings.feeds)) as on_done:
        gather = NetworkGatherer(settings.fetch, settings.compute)
        answers = gather(settings.feeds, {}, now, on_done)
    verdicts = [(answer, *_verdict(answer, now)) for answer in answers]
    if as_json:
        show.document(
            [
                {"name": a.feed.name, "url": a.feed.url, "verdict": verdict, "why": why}
                for a, verdict, why in verdicts
            ]
        )
    else:
        bad = [(a.feed.name, verdict, why) for a, verdict, why in verdicts if verdict != "good"]
        if bad:
            show.table("Feeds to look at", ("feed", "verdict", "why"), bad)
        typer.echo(f"{len(answers) - len(bad)} of {len(answers)} feeds are good")
    if all(verdict == "dead" for _, verdict, _ in verdicts):
        raise typer.Exit(1)


def _verdict(answer: Fetched, now: datetime) -> tuple[str, str]:
    """(dead, empty, stale or good; why)."""
    from digest.status import SILENT_AFTER

    if answer.outcome in ("failed", "retired"):
        return "dead", answer.problem
    if answer.outcome != "entries" or not answer.entries:
        return "empty", answer.problem or "it has no entries"
    newest = max((e.published for e in answer.entries if e.published), default=None)
    if newest and now - newest > SILENT_AFTER:
        return "stale", f"newest entry of {newest:%Y-%m-%d}"
    return "good", answer.problem


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="The feed's address.", metavar="URL")],
    name: Annotated[str, typer.Option("--name", help="The outlet's name in print.")],
    language: Annotated[str, typer.Option("--language", help="Such as en.")] = "",
    country: Annotated[str, typer.Option("--country", help="Such as GB.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Such as newspaper.")] = "other",
    owner: Annotated[str, typer.Option("--owner", help="Owner family.")] = "",
    feeds: FeedsFile = None,
) -> None:
    """Add one feed to the settings file; its comments and order stay as they are."""
    settings = _own(feeds)
    new = {"name": name, "url": url, "country": country, "language": language}
    new |= {"kind": kind, "owner": owner}
    count = _append(settings.file, [{key: value for key, value in new.items() if value}])
    typer.echo(f"{name} added to {settings.file}: {count} feeds")


@app.command("import")
def import_opml(
    opml: Annotated[Path, typer.Argument(help="An OPML file.", metavar="FILE.opml")],
    feeds: FeedsFile = None,
) -> None:
    """Add the feeds of an OPML file that the settings file does not know yet."""
    from digest.gather.address import shown
    from digest.gather.opml import read_opml
    from digest.settings import feed_mistake

    settings = _own(feeds)
    try:
        found = read_opml(opml.read_bytes(), str(opml))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=opml) from error
    known = {feed.url for feed in settings.feeds}
    records = [_brief_record(feed) for feed in found if feed.url not in known]
    fresh = []
    for record in records:
        if mistake := feed_mistake(record):
            where = f"{record['name']} ({shown(record['url'])})"
            typer.echo(f"skipped {where}: {mistake.problem}", err=True)
        else:
            fresh.append(record)
    count = _append(settings.file, fresh)
    typer.echo(f"{len(fresh)} of {len(found)} feeds added to {settings.file}: {count} feeds")


@app.command()
def export(
    opml: Annotated[Path, typer.Argument(help="The OPML file to write.", metavar="FILE.opml")],
    feeds: FeedsFile = None,
) -> None:
    """Write the feeds as OPML, for any feed reader."""
    from digest.gather.opml import write_opml

    settings = settings_for(feeds)
    if opml.exists() and opml.samefile(settings.file):
        raise UsageError(f"{opml} is the settings file itself; name another file")
    write_whole(opml, write_opml(settings.feeds, settings.editorial.title))
    typer.echo(f"{len(settings.feeds)} feeds written to {opml}")


def _own(feeds: Path | None) -> Settings:
    """The settings, from a file that may be extended: an upgrade replaces the program's own."""
    settings = settings_for(feeds)
    if feeds is None and settings.file == resource("feeds.yaml"):
        raise UsageError(
            "there is no feeds.yaml here, and an upgrade replaces the program's own: write one "
            "with `digest init`, or name yours with --feeds"
        )
    return settings


def _brief_record(feed: Feed) -> dict[str, str]:
    record = {
        "name": feed.name[:_LONGEST_NAME].rstrip(),
        "url": feed.url,
        "language": feed.language,
    }
    return {key: value for key, value in record.items() if value}


def _append(file: Path, records: Sequence[dict[str, str]]) -> int:
    """Add feeds at the end of the list in `file`, and tell how many it has; one process at a time,
    or what another adds would be lost."""
    from digest.folder.disk import alone_in
    from digest.settings import load_settings

    if not records:
        return len(load_settings(file).feeds)
    with writing(file), alone_in(file.resolve().parent):
        return _put_at_the_end(file, records)


def _put_at_the_end(file: Path, records: Sequence[dict[str, str]]) -> int:
    """Validate the file as it will be, and only then replace it."""
    import yaml

    from digest.settings import load_settings

    text = file.read_text("utf-8")
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)  # validated before: a mapping
    entries = next(value for key, value in root.value if key.value == "feeds")
    if entries.flow_style:
        raise UsageError(f"{file}: write 'feeds' as a list of lines before adding to it")
    indent = " " * entries.start_mark.column
    dumped = yaml.safe_dump(list(records), allow_unicode=True, sort_keys=False, width=1000)
    lines = text.splitlines()
    end = _last_line(entries) + 1
    lines[end:end] = [indent + line for line in dumped.splitlines()]
    text = "\n".join(lines) + "\n"
    trial = file.with_name(f".{file.name}.new")  # beside it, for it may name a logo beside it
    try:
        trial.write_text(text, "utf-8")
        count = len(load_settings(trial).feeds)
    except SettingsError as error:
        error.file, error.args = file, (str(error).replace(str(trial), str(file)),)
        raise
    finally:
        trial.unlink(missing_ok=True)
    there = file.resolve()
    with whole_file(there) as stream:  # its owner and mode stay
        with suppress(PermissionError):
            os.fchown(stream.fileno(), there.stat().st_uid, there.stat().st_gid)
        os.fchmod(stream.fileno(), stat.S_IMODE(there.stat().st_mode))
        stream.write(text)
    return count


def _last_line(node: Any) -> int:  # noqa: ANN401  (PyYAML has no types for its nodes)
    """The line (from 0) that a node's last word stands in: its end mark is after the comments."""
    while not node.value or isinstance(node.value, list):
        if not node.value or node.flow_style:
            break
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = node.end_mark
    return int(end.line if end.column else end.line - 1)
