"""feeds.yaml and the environment → Settings: read once, validated once, passed in.

The shape is held by docs/feeds.schema.json (editors use the same file); what a schema cannot say
(zones that exist, addresses without passwords, no address twice) is checked here. All mistakes of a
file are told at once, each with file, line, key and the mend.

Secrets come only from the environment: `DIGEST_DB` (a database address may hold a password), or
`DIGEST_DB_FILE`, the path of a file that holds it.

types → reading → checking → building, in this order; computing reads where work is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from digest.errors import SettingsError, wrong_variable
from digest.model import FetchLimits
from digest.resources import resource
from digest.settings.building import editorial_from, feed_from, schedule_from
from digest.settings.checking import joined, meaning_mistakes, published_problem, shape_mistakes
from digest.settings.computing import workplace
from digest.settings.reading import read
from digest.settings.types import DEFAULT_DB, MAIN, Schedule, Secret, Settings, WriterSettings

__all__ = [
    "MAIN",
    "Schedule",
    "Secret",
    "Settings",
    "WriterSettings",
    "feed_mistake",
    "load_settings",
    "published_problem",
    "secret_from",
]


def load_settings(file: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Read `file` (default: the feeds.yaml of the working folder, else the program's own).

    Raises SettingsError naming every mistake; the first is the error itself.
    """
    import os

    env = os.environ if env is None else env
    if file is None:
        own = Path("feeds.yaml")
        file = own if own.is_file() else resource("feeds.yaml")
    values, lines = read(file)
    mistakes = [*shape_mistakes(values, lines, file)]
    if not mistakes:
        mistakes = [*meaning_mistakes(values, lines, file)]
    if mistakes:
        raise joined(mistakes)
    return Settings(
        editorial=editorial_from(values, file.parent),
        feeds=tuple(feed_from(feed) for feed in values["feeds"]),
        fetch=FetchLimits(**values.get("fetch", {})),
        file=file,
        db=secret_from(env, "DIGEST_DB", DEFAULT_DB),
        out=_out(env, values),
        schedule=schedule_from(values.get("schedule", {})),
        writer=_writer(env, values),
        compute=workplace(env),
    )


def feed_mistake(feed: Mapping[str, Any]) -> SettingsError | None:
    """The first mistake of one feed as a settings file would hold it."""
    values = {"feeds": [feed]}
    nowhere = Path()
    mistakes = chain(shape_mistakes(values, {}, nowhere), meaning_mistakes(values, {}, nowhere))
    return next(mistakes, None)


def _writer(env: Mapping[str, str], values: Mapping[str, Any]) -> WriterSettings | None:
    if "writer" not in values:
        return None
    key = secret_from(env, "DIGEST_WRITER_KEY", "")
    if not (str(key).isascii() and str(key).isprintable()):
        raise wrong_variable(
            "DIGEST_WRITER_KEY",
            "holds what no HTTP header may",
            "Give the key alone: printable ASCII, no line end.",
        )
    return WriterSettings(**values["writer"], key=key)


def _out(env: Mapping[str, str], values: Mapping[str, Any]) -> Path:
    """The folder of editions; of every list but the main one, a folder of its own in it."""
    out, name = Path(env.get("DIGEST_OUT") or "output"), values.get("edition", {}).get("list", MAIN)
    return out if name == MAIN else out / name


def secret_from(env: Mapping[str, str], name: str, default: str) -> Secret:
    """`name` from the environment, or from the file that `name_FILE` points to.

    What is set to nothing is not set, but a file that is named has to hold something: an empty one
    would quietly stand for no relay, no password, or a new secret.
    """
    pointer = env.get(f"{name}_FILE")
    if env.get(name) or not pointer:
        return Secret(env.get(name) or default)
    try:
        found = Secret(Path(pointer).read_text("utf-8").strip())
        problem, cause = "names an empty file", None
    except OSError as error:
        found, problem, cause = Secret(), f"cannot read the file ({error.strerror})", error
    except UnicodeDecodeError:  # as a cause it would show what the file holds
        found, problem, cause = Secret(), "names a file that is not UTF-8 text", None
    if found:
        return found
    mend = "Name a file that holds it and that this user may read."
    raise wrong_variable(f"{name}_FILE", problem, mend) from cause
