"""feeds.yaml and the environment → Settings: read once, validated once, passed in.

The shape is held by docs/feeds.schema.json (editors use the same file); what a schema cannot say
(zones that exist, addresses without passwords, no address twice) is checked here. All mistakes of a
file are told at once, each with file, line, key and the mend.

Secrets come only from the environment: `DIGEST_DB` (a database address may hold a password), or
`DIGEST_DB_FILE`, the path of a file that holds it.
"""

from __future__ import annotations

import base64
import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.errors import SettingsError
from digest.model import Editorial, Feed, FetchLimits, JsonPaths, RankWeights, SectionSetting, Theme
from digest.resources import resource
from digest.timetable import WEEKDAYS, Timetable, Weekday

if TYPE_CHECKING:
    import yaml
    from jsonschema import ValidationError

Where = tuple[str | int, ...]
MAIN = Editorial().list
DEFAULT_DB = "sqlite:///output/digest.sqlite3"
LOGO_BYTES = 24_000
"""Of the logo: in base64 a third of the page's 100 kB."""


class Secret(str):
    """A text that hides itself from logs and tracebacks; `str(secret)` is needed to use it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How `digest run` keeps the house, beside the edition's hour and zone."""

    gather_every_minutes: int = 60
    days: tuple[Weekday, ...] = WEEKDAYS
    catch_up_days: int = 14
    night_hour: int = 3
    keep_days: int = 90
    """Reports and finished tasks older than this are deleted at night; editions are kept."""
    backup_dir: str = ""
    """"": the folder `backups` beside the SQLite database."""
    keep_backups: int = 7
    """0: none are made."""
    tell_operator_hours: int = 6
    """Between two letters to the operator."""
    site_dir: str = ""
    """Folder of the archive's static files, brought up to each edition; "": none are made."""
    hold: bool = False
    """Editions wait for `digest approve` before they are published and sent."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the operator decides."""

    editorial: Editorial
    feeds: tuple[Feed, ...]
    fetch: FetchLimits
    file: Path
    db: Secret
    out: Path
    schedule: Schedule = field(default_factory=Schedule)

    @property
    def timetable(self) -> Timetable:
        return Timetable(
            zone=self.editorial.zone,
            hour=self.editorial.hour,
            days=self.schedule.days,
            gather_every=timedelta(minutes=self.schedule.gather_every_minutes),
            catch_up=timedelta(days=self.schedule.catch_up_days),
            night_hour=self.schedule.night_hour,
        )


def load_settings(file: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Read `file` (default: the feeds.yaml of the working folder, else the program's own).

    Raises SettingsError naming every mistake; the first is the error itself.
    """
    import os

    env = os.environ if env is None else env
    if file is None:
        own = Path("feeds.yaml")
        file = own if own.is_file() else resource("feeds.yaml")
    values, lines = _read(file)
    mistakes = [*_shape_mistakes(values, lines, file)]
    if not mistakes:
        mistakes = [*_meaning_mistakes(values, lines, file)]
    if mistakes:
        raise _joined(mistakes)
    return Settings(
        editorial=_editorial(values, file.parent),
        feeds=tuple(_feed(feed) for feed in values["feeds"]),
        fetch=FetchLimits(**values.get("fetch", {})),
        file=file,
        db=secret_from(env, "DIGEST_DB", DEFAULT_DB),
        out=_out(env, values),
        schedule=_schedule(values.get("schedule", {})),
    )


def _out(env: Mapping[str, str], values: Mapping[str, Any]) -> Path:
    """The folder of editions; of every list but the main one, a folder of its own in it."""
    out, name = Path(env.get("DIGEST_OUT", "output")), values.get("edition", {}).get("list", MAIN)
    return out if name == MAIN else out / name


def secret_from(env: Mapping[str, str], name: str, default: str) -> Secret:
    """`name` from the environment, or from the file that `name_FILE` points to."""
    pointer = env.get(f"{name}_FILE")
    if name in env or pointer is None:
        return Secret(env.get(name, default))
    try:
        return Secret(Path(pointer).read_text("utf-8").strip())
    except OSError as error:
        raise SettingsError(
            f"cannot read the file ({error.strerror})",
            file="environment",
            line=None,
            key=f"{name}_FILE",
            mend="Name a file that this user may read.",
        ) from error


# --- Reading -------------------------------------------------------------------------------


def _read(file: Path) -> tuple[dict[str, Any], dict[Where, int]]:
    """The file's values, and the line (1-based) of each key and list element."""
    import yaml

    def refuse(problem: str, line: int | None, mend: str, cause: Exception | None) -> SettingsError:
        error = SettingsError(problem, file=file, line=line, key="(file)", mend=mend)
        error.__cause__ = cause
        return error

    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise refuse(
            f"cannot be read ({error.strerror})", None, "Name an existing file with --feeds.", error
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise refuse("is not UTF-8 text", line, "Save it as UTF-8.", error) from error
    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    try:
        node = yaml.compose(text, Loader=loader)
        lines: dict[Where, int] = {}
        if node is not None:
            _index_lines(node, (), lines, file)
        values = yaml.load(text, Loader=loader)  # noqa: S506  (a safe loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise refuse(
            f"is not valid YAML ({error.problem})",
            mark.line + 1 if mark else None,
            "Mind the indentation, and quote texts that hold ': ' or '#'.",
            error,
        ) from error
    except yaml.YAMLError as error:
        raise refuse("is not valid YAML", None, "Remove control characters.", error) from error
    if not isinstance(values, dict):
        raise refuse(
            "holds no settings", 1, "Begin with 'feeds:' and a list; see docs/feeds.md.", None
        )
    return values, lines


def _index_lines(node: yaml.Node, at: Where, lines: dict[Where, int], file: Path) -> None:
    import yaml

    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*at, str(key.value))
            line = key.start_mark.line + 1
            if place in lines:
                raise SettingsError(
                    f"stands twice, first in line {lines[place]}",
                    file=file,
                    line=line,
                    key=_dotted(place),
                    mend="Keep one of the two.",
                )
            lines[place] = line
            _index_lines(value, place, lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _index_lines(value, (*at, number), lines, file)


def _dotted(at: Where) -> str:
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(file)"


# --- Checking ------------------------------------------------------------------------------


def _shape_mistakes(
    values: dict[str, Any], lines: dict[Where, int], file: Path
) -> Iterator[SettingsError]:
    from jsonschema import Draft202012Validator

    schema = json.loads(resource("docs/feeds.schema.json").read_text("utf-8"))
    found = Draft202012Validator(schema).iter_errors(values)
    for error in sorted(
        found, key=lambda e: (_line(lines, tuple(e.absolute_path)) or 0, e.message)
    ):
        at = tuple(error.absolute_path)
        problem, mend, key = _explain(error)
        mend = mend if mend.endswith("?") else mend + "."
        place = (*at, key) if key else at
        yield SettingsError(
            problem, file=file, line=_line(lines, place), key=_dotted(place), mend=mend
        )


def _explain(error: ValidationError) -> tuple[str, str, str | None]:
    """(what is wrong, the mend, the key below the error's path that it is about)."""
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.instance
    rule = error.validator
    if rule == "additionalProperties":
        known = list(schema["properties"])
        key = next(str(k) for k in value if k not in known)
        close = difflib.get_close_matches(key, known, 1)
        mend = f"Did you mean '{close[0]}'?" if close else f"Known are: {', '.join(known)}"
        return "is no known setting", mend, key
    if rule == "required":
        missing = next(key for key in schema["required"] if key not in value)
        return f"lacks '{missing}'", f"Add '{missing}: …'", None
    if rule == "enum":
        options = [str(option) for option in schema["enum"]]
        return f"{_short(value)} is not allowed here", f"Write one of: {', '.join(options)}", None
    mend = schema.get("x-mend") or _type_mend(schema.get("type"))
    return f"{_short(value)} cannot be used", str(mend), None


def _type_mend(expected: object) -> str:
    return {
        "array": "Write a list, each element on a line of its own after '- '",
        "object": "Write settings of the form 'key: value', indented below it",
    }.get(str(expected), "See docs/feeds.md")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _line(lines: dict[Where, int], at: Where) -> int | None:
    """The line of the nearest enclosing place that has one."""
    while at not in lines and at:
        at = at[:-1]
    return lines.get(at)


def _meaning_mistakes(
    values: dict[str, Any], lines: dict[Where, int], file: Path
) -> Iterator[SettingsError]:
    def mistake(problem: str, at: Where, mend: str) -> SettingsError:
        return SettingsError(problem, file=file, line=_line(lines, at), key=_dotted(at), mend=mend)

    zone = values.get("edition", {}).get("zone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield mistake(
            f"{_short(zone)} is no known time zone",
            ("edition", "zone"),
            "Write an IANA zone such as UTC or Europe/Berlin.",
        )
    if unfit := _logo_problem(values.get("edition", {}).get("logo"), file.parent):
        yield mistake(unfit, ("edition", "logo"), "Name a PNG of at most 24 kB beside the file.")
    schedule = values.get("schedule", {})
    defaults = Schedule()
    kept = schedule.get("keep_days", defaults.keep_days)
    if schedule.get("catch_up_days", defaults.catch_up_days) >= kept:
        yield mistake(
            f"reaches beyond the {kept} days that reports are kept",
            ("schedule", "catch_up_days" if "catch_up_days" in schedule else "keep_days"),
            "Make catch_up_days smaller than keep_days.",
        )
    ids = [section["id"] for section in values.get("sections", [])]
    for number, section in enumerate(ids):
        if section in ids[:number]:
            yield mistake(
                f"'{section}' stands twice", ("sections", number, "id"), "Keep one of the two."
            )
    seen: dict[str, int] = {}
    for number, feed in enumerate(values["feeds"]):
        at = ("feeds", number, "url")
        if problem := _address_problem(feed["url"]):
            yield mistake(problem[0], at, problem[1])
        first = seen.setdefault(feed["url"], number)
        if first != number:
            line = _line(lines, ("feeds", first, "url"))
            yield mistake(f"is the address of line {line} again", at, "Keep one of the two.")
        if feed.get("format") == "json" and "paths" not in feed:
            yield mistake(
                "is a JSON source without 'paths'",
                ("feeds", number, "format"),
                "Add 'paths:' with entries, title and url; see docs/feeds.md.",
            )
        if "paths" in feed and feed.get("format") != "json":
            yield mistake(
                "belongs to a JSON source", ("feeds", number, "paths"), "Add 'format: json'."
            )


def _address_problem(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        return "is no valid address", "Write an address such as https://example.org/feed.xml."
    if not parts.hostname or not port_ok or any(c.isspace() for c in url):
        return "is no valid address", "Write an address such as https://example.org/feed.xml."
    if parts.password is not None or parts.username is not None:
        return (
            "holds a user name or password",
            "Secrets have no place in feeds.yaml: ask the publisher for an address without one.",
        )
    return None


def _joined(mistakes: list[SettingsError]) -> SettingsError:
    """The first mistake, its message followed by the others'."""
    first = mistakes[0]
    if len(mistakes) > 1:
        first.args = ("\n".join(str(mistake) for mistake in mistakes),)
    return first


# --- Building ------------------------------------------------------------------------------


def _editorial(values: dict[str, Any], folder: Path) -> Editorial:
    editorial = dict(values.get("edition", {}))
    if "logo" in editorial:
        editorial["logo"] = base64.b64encode((folder / editorial["logo"]).read_bytes()).decode()
    if "theme" in editorial:
        editorial["theme"] = Theme(**editorial["theme"])
    if "sections" in values:
        labels = {section.id: section.label for section in Editorial().sections}
        editorial["sections"] = tuple(
            SectionSetting(
                section["id"], section.get("label", labels[section["id"]]), section.get("weight", 1)
            )
            for section in values["sections"]
        )
    if "weights" in values:
        editorial["weights"] = RankWeights(**values["weights"])
    return Editorial(**editorial)


def _logo_problem(name: str | None, folder: Path) -> str:
    if name is None:
        return ""
    try:
        logo = (folder / name).read_bytes()
    except OSError as error:
        return f"cannot read {name} ({error.strerror})"
    if not logo.startswith(b"\x89PNG\r\n\x1a\n"):
        return f"{name} is no PNG"
    return f"{name} has {len(logo):,} bytes" if len(logo) > LOGO_BYTES else ""


def _schedule(values: dict[str, Any]) -> Schedule:
    days = values.get("days", WEEKDAYS)
    return Schedule(**{**values, "days": tuple(day for day in WEEKDAYS if day in days)})


def _feed(values: dict[str, Any]) -> Feed:
    feed = dict(values)
    if "paths" in feed:
        feed["paths"] = JsonPaths(**feed["paths"])
    for key in ("sections", "domains"):
        feed[key] = tuple(feed.get(key, ()))
    return Feed(**feed)
