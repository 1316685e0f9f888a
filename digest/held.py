"""Editions held for an editor: composed, laid aside, changed by hand, and published when approved.

    OUT/held/2026-04-14/    a whole edition with its bundle, to be looked at as it would be printed

A change is written into the bundle and the edition composed anew: what an editor did is recorded,
and the published edition can be rebuilt like any other.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.archive.open import site_refreshed
from digest.edition import Archive, Draft, Made, archived, compose, publish
from digest.errors import EditionError, UsageError
from digest.folder import HELD, Bundle, held_dates, read_bundle, read_record
from digest.model import LONGEST_HEADLINE, LONGEST_NOTE, Edits
from digest.settings import Settings

if TYPE_CHECKING:
    from digest.analyse.embed import Embedder


def held_folder(out: Path, date: Date) -> Path:
    """Where `date`'s held edition lies; UsageError where none is held."""
    folder = out / HELD / date.isoformat()
    if not (folder / "edition.json").is_file():
        waiting = ", ".join(map(str, held_dates(out))) or "none"
        raise UsageError(f"no edition of {date} is held; waiting: {waiting}")
    return folder


def version(record: Mapping[str, Any]) -> str:
    """Of the edition of this edition.json: whoever changes it later says which one they saw."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def change(
    out: Path,
    date: Date,
    told: Mapping[str, Sequence[str]],
    embedder: Embedder,
    alone: AbstractContextManager[object],
    *,
    undo: bool = False,
    seen: str | None = None,
) -> Draft:
    """Compose `date`'s held edition anew with what else was `told` (see `edited`), or with nothing
    else where all before it is to be undone; and lay it aside, `alone` with it.

    Raises UsageError where it was changed or published meanwhile, or since the version that was
    `seen`: N counts another's stories then.
    """
    folder = held_folder(out, date)
    bundle = read_bundle(folder)
    _check_seen(folder, seen)
    edits = edited(Edits() if undo else bundle.edits, folder, told)
    draft = _drafted(replace(bundle, edits=edits), embedder)
    with alone:
        if read_bundle(held_folder(out, date)) != bundle:
            raise _changed(folder)
        publish(draft, out / HELD)
    return draft


def approve(
    settings: Settings,
    date: Date,
    archive: Archive,
    embedder: Embedder,
    *,
    seen: str | None = None,
) -> tuple[Made, list[str]]:
    """Publish `date`'s held edition as it stands: into the archive, its folder and the static
    files; and what became of those, and of the held folder where it could not be removed.

    It takes its number now: others may have been published while it was held. The caller is alone
    with it. Raises UsageError where it was changed since the version that was `seen`.
    """
    folder = held_folder(settings.out, date)
    _check_seen(folder, seen)
    bundle = replace(read_bundle(folder), number=archive.number_for(date))
    made = archived(_drafted(bundle, embedder), archive, settings.out)
    notes = site_refreshed(settings)
    try:
        shutil.rmtree(folder)
    except OSError as error:  # it is published by now: told, and no failure of it
        notes.append(f"{folder}: could not be removed ({error.strerror}); delete it by hand")
    return made, notes


def edited(edits: Edits, folder: Path, told: Mapping[str, Sequence[str]]) -> Edits:
    """`edits` and what else was `told`: lists of "N" (lead, drop) or "N: text" (headline, note),
    N being a story's number in the edition in `folder`. An empty text takes the editor's back.

    Raises UsageError for a number that no story has, or a text that is too long.
    """
    threads = {story["rank"]: story["thread"] for story in read_record(folder)["stories"]}

    def thread(number: str, option: str) -> str:
        try:
            return str(threads[int(number)])
        except (ValueError, KeyError):
            raise UsageError(
                f"--{option} {number!r}: there is no such story; give a number from 1 to "
                f"{len(threads)}, as `digest held {folder.name}` lists them"
            ) from None

    def texts(option: str, before: Mapping[str, str], longest: int) -> dict[str, str]:
        written = dict(before)
        for one in told.get(option, ()):
            number, colon, text = one.partition(":")
            text = " ".join(text.split())
            if not colon or len(text) > longest:
                raise UsageError(
                    f"--{option} {one[:40]!r}: write it like '3: text', of at most {longest} "
                    "characters"
                )
            written[thread(number, option)] = text
        return {story: text for story, text in written.items() if text}

    leads = [thread(number, "lead") for number in told.get("lead", ())]
    drops = [thread(number, "drop") for number in told.get("drop", ())]
    return Edits(
        first=tuple(dict.fromkeys([*leads, *edits.first])),
        dropped=tuple(dict.fromkeys([*edits.dropped, *drops])),
        headlines=texts("headline", edits.headlines, LONGEST_HEADLINE),
        notes=texts("note", edits.notes, LONGEST_NOTE),
    )


def _check_seen(folder: Path, seen: str | None) -> None:
    if seen is not None and seen != version(read_record(folder)):
        raise _changed(folder)


def _changed(folder: Path) -> UsageError:
    return UsageError(
        f"the edition of {folder.name} was changed meanwhile; look at it anew, and say it again"
    )


def _drafted(bundle: Bundle, embedder: Embedder) -> Draft:
    edition, rendered = compose(bundle, embedder)
    if not edition.briefs:
        raise EditionError(
            f"the edition of {bundle.date}: no story would be left; take a --drop back with --undo"
        )
    return Draft(bundle, edition, rendered, 0)
