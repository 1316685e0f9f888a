"""What is wrong with a settings file: its shape by the schema, its meaning by rules of its own."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.errors import SettingsError
from digest.regions import REGIONS
from digest.resources import resource
from digest.settings.reading import Where, dotted
from digest.settings.types import LOGO_BYTES, MAINS_FOLDERS, Schedule

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_OF_THIS_MACHINE = re.compile(r"(?:localtime|posixrules|Factory)\Z|(?:right|posix)/")
"""In the system's zone data, but no zone's name: another one elsewhere, or with leap seconds."""
_COUNTRIES = frozenset().union(*REGIONS.values())


def shape_mistakes(
    values: dict[str, Any], lines: dict[Where, int], file: Path
) -> Iterator[SettingsError]:
    schema = json.loads(resource("docs/feeds.schema.json").read_text("utf-8"))
    found = _validator(schema).iter_errors(values)
    for error in sorted(
        found, key=lambda e: (_line(lines, tuple(e.absolute_path)) or 0, e.message)
    ):
        at = tuple(error.absolute_path)
        problem, mend = _explain(error)
        mend = mend if mend.endswith("?") else mend + "."
        yield SettingsError(problem, file=file, line=_line(lines, at), key=dotted(at), mend=mend)


def _validator(schema: dict[str, Any]) -> Validator:
    """By JSON Schema, but what its words let pass and the house cannot work with is refused."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_: object, wanted: str, value: object, __: object) -> Iterator[ValidationError]:
        # Schemas mean ECMAScript's `$`, the very end; Python's also stands before a last line end.
        if isinstance(value, str) and not re.search(wanted.replace("$", r"\Z"), value):
            yield ValidationError(f"{value!r} does not match {wanted!r}")

    # An error for each key, with the key as its message: the library's own is prose about them all.
    def required(
        _: object, wanted: list[str], value: object, __: object
    ) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            yield from (ValidationError(key) for key in wanted if key not in value)

    def known(
        at: Validator, rest: object, value: object, schema: dict[str, Any]
    ) -> Iterator[ValidationError]:
        if rest is False and isinstance(value, dict):
            unknown = (key for key in value if key not in schema["properties"])
            yield from (ValidationError(str(key), path=[str(key)]) for key in unknown)
        else:
            usual = Draft202012Validator.VALIDATORS["additionalProperties"]
            yield from usual(at, rest, value, schema)

    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            # 6.0 is an integer by the standard, but no hour to Python.
            "integer": lambda _, value: type(value) is int,
            "number": lambda _, value: type(value) in (int, float) and math.isfinite(value),
        }
    )
    strict: type[Validator] = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {"pattern": pattern, "required": required, "additionalProperties": known},
        type_checker=types,
    )
    return strict(schema)


def _explain(error: ValidationError) -> tuple[str, str]:
    """(what is wrong, the mend)."""
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.instance
    rule = error.validator
    if rule == "additionalProperties":
        known, key = list(schema["properties"]), error.message
        close = difflib.get_close_matches(key, known, 1)
        mend = f"Did you mean '{close[0]}'?" if close else f"Known are: {', '.join(known)}"
        return "is no known setting", mend
    if rule == "required":
        return f"lacks '{error.message}'", f"Add '{error.message}: …'"
    if rule == "enum":
        options = [str(option) for option in schema["enum"]]
        return f"{_short(value)} is not allowed here", f"Write one of: {', '.join(options)}"
    mend = schema.get("x-mend") or _type_mend(schema.get("type"))
    return f"{_short(value)} cannot be used", str(mend)


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


Unfit = tuple[Where, str, str]
"""Where, what is wrong, and the mend."""


def meaning_mistakes(
    values: dict[str, Any], lines: dict[Where, int], file: Path
) -> Iterator[SettingsError]:
    """What a schema cannot say, setting by setting."""
    found = chain(
        _of_edition(values.get("edition", {}), file.parent),
        _of_schedule(values.get("schedule", {})),
        _of_sections(values.get("sections", [])),
        _of_writer(values.get("writer")),
        _of_feeds(values["feeds"], lines),
    )
    for at, problem, mend in found:
        yield SettingsError(problem, file=file, line=_line(lines, at), key=dotted(at), mend=mend)


def _of_edition(edition: dict[str, Any], folder: Path) -> Iterator[Unfit]:
    zone, name = edition.get("zone", "UTC"), edition.get("list", "")
    try:
        if _OF_THIS_MACHINE.match(zone):
            raise ValueError(zone)
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last: a folder, such as Europe
        mend = "Write an IANA zone such as UTC or Europe/Berlin."
        yield ("edition", "zone"), f"{_short(zone)} is no known time zone", mend
    if name in MAINS_FOLDERS or re.fullmatch(r"\d{4}-\d\d-\d\d", name):
        mend = "Choose another name, such as cyber."
        yield ("edition", "list"), f"'{name}' is a folder of the main list", mend
    if problem := published_problem(edition.get("site_url", "")):
        yield (
            ("edition", "site_url"),
            problem,
            "Write an address such as https://digest.example.org.",
        )
    if unfit := _logo_problem(edition.get("logo"), folder):
        yield ("edition", "logo"), unfit, "Name a PNG of at most 24 kB beside the file."


def _of_schedule(schedule: dict[str, Any]) -> Iterator[Unfit]:
    defaults = Schedule()
    kept = schedule.get("keep_days", defaults.keep_days)
    if schedule.get("catch_up_days", defaults.catch_up_days) >= kept:
        key = "catch_up_days" if "catch_up_days" in schedule else "keep_days"
        problem = f"reaches beyond the {kept} days that reports are kept"
        yield ("schedule", key), problem, "Make catch_up_days smaller than keep_days."


def _of_sections(sections: list[dict[str, Any]]) -> Iterator[Unfit]:
    ids = [section["id"] for section in sections]
    for number, id_ in enumerate(ids):
        if id_ in ids[:number]:
            yield ("sections", number, "id"), f"'{id_}' stands twice", "Keep one of the two."


def _of_writer(writer: dict[str, Any] | None) -> Iterator[Unfit]:
    if writer and (unfit := _address_problem(writer["address"])):
        yield ("writer", "address"), unfit[0], "Name it as http://127.0.0.1:11434/v1."


def _of_feeds(feeds: list[dict[str, Any]], lines: dict[Where, int]) -> Iterator[Unfit]:
    seen: dict[str, int] = {}
    for number, feed in enumerate(feeds):
        at = ("feeds", number, "url")
        if unfit := _address_problem(feed["url"]):
            yield at, *unfit
        first = seen.setdefault(feed["url"], number)
        if first != number:
            line = _line(lines, ("feeds", first, "url"))
            yield at, f"is the address of line {line} again", "Keep one of the two."
        country = feed.get("country", "")
        if country and country not in _COUNTRIES:
            mend = "Write its ISO 3166-1 code; the United Kingdom's is GB."
            yield ("feeds", number, "country"), f"'{country}' is no country's code", mend
        described = "paths" in feed
        if feed.get("format") == "json" and not described:
            mend = "Add 'paths:' with entries, title and url; see docs/feeds.md."
            yield ("feeds", number, "format"), "is a JSON source without 'paths'", mend
        if described and feed.get("format") != "json":
            yield ("feeds", number, "paths"), "belongs to a JSON source", "Add 'format: json'."


def published_problem(url: str) -> str:
    """What is wrong with the address under which pages are published; "" for none at all."""
    if not url:
        return ""
    if unfit := _address_problem(url):
        return unfit[0]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return "is no web address"
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        return "holds a '?' or '#', after which no page's path can stand"
    return ""


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


def joined(mistakes: list[SettingsError]) -> SettingsError:
    """The first mistake, its message followed by the others'."""
    first = mistakes[0]
    if len(mistakes) > 1:
        first.args = ("\n".join(str(mistake) for mistake in mistakes),)
    return first


def _logo_problem(name: str | None, folder: Path) -> str:
    if name is None:
        return ""
    try:
        logo = (folder / name).read_bytes()
    except OSError as error:
        return f"cannot read {name} ({error.strerror})"
    except ValueError:  # a NUL in it
        return f"cannot read {name!r}"
    if not logo.startswith(b"\x89PNG\r\n\x1a\n"):
        return f"{name} is no PNG"
    return f"{name} has {len(logo):,} bytes" if len(logo) > LOGO_BYTES else ""
