"""What the archive's pages are made from, and how one is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date as Date
from functools import cache

from digest.archive.catalogue import Catalogue, Day, Entry
from digest.archive.design import Design
from digest.archive.editions import Archive
from digest.archive.page import HTML, Page
from digest.archive.pages import Shown, country, reports_of, story_line
from digest.render.safe import plain


class Stock:
    """An archive and its design, with what was read of them so far."""

    def __init__(self, archive: Archive, design: Design, catalogue: Catalogue) -> None:
        self.archive = archive
        self.design = design
        self.catalogue = catalogue
        self._lines: dict[tuple[Date, int], Shown] = {}
        self._reports: dict[tuple[Date, int], Mapping[str, Sequence[str]]] = {}
        self.mark = cache(design.macro("lists.html", "mark"))
        """How a source's number is printed after what it says."""
        self._tell = design.macro("line.html", "line")

    def page(
        self, path: str, days: Sequence[Day], make: Callable[[str], str], *also: object
    ) -> Page:
        """An HTML page made of `days` and what `also` stands on it; `make` is told its canonical
        address."""
        return Page(
            path,
            HTML,
            (*needs(days), *map(str, also)),
            lambda base: make(base and f"{base}{path}").encode("utf-8", "replace"),
        )

    def fill(self, name: str, **parts: object) -> bytes:
        return self.design.fill(name, **parts).encode("utf-8", "replace")

    def line(self, entry: Entry, outlet: str = "") -> Shown:
        """The story in a list, with links to the outlet's reports; all but those as it stands in
        the section's list, so in its places' and outlets'."""
        # Not by the entry: to hash a day is to hash all that stands in it.
        key = entry.day.date, entry.at
        if key not in self._lines:
            line = story_line(entry)
            self._lines[key] = {"told": self._tell(line), "headline": line["headline"]}
        urls = self._reports_in(entry).get(outlet, ()) if outlet else ()
        return self._lines[key] | {"urls": urls}

    def _reports_in(self, entry: Entry) -> Mapping[str, Sequence[str]]:
        """See `reports_of`; nothing where the edition was just made again."""
        key = entry.day.date, entry.at
        if key not in self._reports:
            story = self.archive.story(entry)
            self._reports[key] = reports_of(story) if story else {}
        return self._reports[key]

    def shown(self, key: str) -> str:
        """The name that stands for a key."""
        name = self.catalogue.names[key]
        if key.startswith("place/"):
            return country(name, self.design.words)
        if key.startswith("section/"):
            id_ = key.removeprefix("section/")
            sections = self.design.editorial.sections
            name = next((s.label for s in sections if s.id == id_), name)
        return plain(name)


def needs(days: Iterable[Day]) -> tuple[object, ...]:
    """Changes when one of the editions does."""
    return tuple([day.stamp for day in days])
