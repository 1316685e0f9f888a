"""The numbered sources: one number per cited report, running through the edition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC

from digest.model import Brief, Citation, Report, Sentence
from digest.render.safe import first_strong_is_rtl, link, plain
from digest.render.view import Line, Source
from digest.render.words import Words
from digest.tags import primary
from digest.tracking import without_tracking


class Numbers:
    """Gives each cited report its number, in the order in which the edition cites them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, item: str) -> int:
        return self._numbers.setdefault(item, len(self._numbers) + 1)


class Sources:
    """The sources of one story, met in reading order."""

    def __init__(self, brief: Brief, words: Words, numbers: Numbers) -> None:
        self._reports = {report.item.id: report for report in brief.story.reports}
        self._words = words
        self._numbers = numbers
        self._met: dict[str, Source] = {}
        self._spans: dict[str, dict[str, None]] = {}

    def of(self, citation: Citation) -> Source:
        """The source that `citation` lies in."""
        source = self._met.get(citation.item)
        if source is None:
            source = self._make(citation, self._reports.get(citation.item))
            self._met[citation.item] = source
        return source

    def of_all(self, citations: Iterable[Citation]) -> tuple[Source, ...]:
        """The sources of `citations`, each once; the one a sentence was made from stays first."""
        return tuple({source.number: source for source in map(self.of, citations)}.values())

    def line(self, sentence: Sentence) -> Line:
        """A sentence as it is shown."""
        self._keep_span(sentence)
        cited = self.of_all(sentence.citations)
        text = plain(sentence.text)
        return Line(text, cited, cited[0].lang if cited else "", first_strong_is_rtl(text))

    def listed(self) -> tuple[Source, ...]:
        """All sources met, by number, with the words that were printed otherwise."""
        listed = (
            replace(source, spans=tuple(self._spans.get(item, ())))
            for item, source in self._met.items()
        )
        return tuple(sorted(listed, key=lambda source: source.number))

    def _keep_span(self, sentence: Sentence) -> None:
        """Remember the source's own words where the printed sentence changes them."""
        # An attribution only adds words, and marks are none.
        added = ("attribution", "punctuation")
        if not sentence.citations or all(edit.kind in added for edit in sentence.edits):
            return
        citation = sentence.citations[0]
        report = self._reports.get(citation.item)
        if report is None:
            return
        whole = report.item.title if citation.part == "title" else report.item.text
        span = plain(whole[citation.start : citation.end])
        if span and span != plain(sentence.text):
            self._spans.setdefault(citation.item, {})[span] = None

    def _make(self, citation: Citation, report: Report | None) -> Source:
        at = report.item.when if report else None
        dated = report is None or report.item.date is not None
        title = plain(report.item.title) if report else ""
        return Source(
            number=self._numbers.of(citation.item),
            outlet=_as_label(plain(citation.outlet)),
            url=link(without_tracking(citation.url)),
            when=self._words.published(at, dated=dated) if at else "",
            dated=dated,
            iso=f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}" if at else "",
            title=title,
            lang=foreign(report.lang if report else "", self._words),
            rtl=first_strong_is_rtl(title),
        )


def _as_label(outlet: str) -> str:
    """ "the Daily Mail", as running text has it, where it stands at the head of a line."""
    return "The " + outlet[4:] if outlet.startswith("the ") else outlet


def foreign(lang: str, words: Words) -> str:
    """The primary language tag, where it is known and not the edition's own; else ""."""
    code = primary(lang)
    return "" if code == words.language else code
