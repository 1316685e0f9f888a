"""A service letter's words: templates/service/KIND.LANGUAGE.txt, its first line the subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from digest.archive.design import web_words
from digest.comment import LONGEST, MOST_LINKS
from digest.model import Editorial
from digest.readers.service import Note
from digest.readers.wishes import DAYS, Offer
from digest.tags import primary
from digest.timetable import zone_of

FALLBACK = "en"
SUBJECT = "Subject: "


@dataclass(frozen=True, slots=True)
class Written:
    subject: str
    text: str


class Stationery:
    """Writes service letters. They hold our words and the reader's own settings alone."""

    def __init__(
        self,
        editorial: Editorial,
        templates: Mapping[str, str],
        *,
        pages: str,
        inbox: str,
        offer: Offer,
        consent: str,
    ) -> None:
        """`pages`: where the links lead, without a trailing slash; `inbox`: where readers write to,
        "" for nowhere; `consent`: the words that readers consent to."""
        self._editorial = editorial
        self._templates = templates
        self._pages = pages
        self._inbox = inbox
        self._offer = offer
        self._labels = dict(offer.sections)
        self._consent = consent

    def write(self, note: Note) -> Written:
        """The letter's subject and text. Raises jinja2.TemplateError for a template that asks for
        what there is not."""
        from digest.render.environment import environment

        language = primary(note.reader.language if note.reader else self._editorial.language)
        if f"service/{note.kind}.{language}.txt" not in self._templates:
            language = FALLBACK
        name = f"service/{note.kind}.{language}.txt"
        source = (
            environment(self._templates)
            .get_template(name)
            .render(
                title=self._editorial.title,
                pages=self._pages,
                archive=self._editorial.site_url,
                inbox=self._inbox,
                consent=self._consent,
                confirm=self._link("confirm", note.confirm),
                preferences=self._link("preferences", note.preferences),
                unsubscribe=self._link("unsubscribe", note.unsubscribe),
                comment=self._link("comment/confirm", note.comment),
                move=self._link("confirm/address", note.move),
                about=note.about,
                longest=LONGEST,
                links=MOST_LINKS,
                reader=self._reader(note, language),
            )
        )
        head, _, text = source.partition("\n")
        if not head.startswith(SUBJECT):
            raise ValueError(f"{name}: its first line must begin with {SUBJECT!r}")
        return Written(head.removeprefix(SUBJECT).strip(), text.strip("\n") + "\n")

    def _link(self, page: str, token: str) -> str:
        return f"{self._pages}/{page}/{token}" if token else ""

    def _reader(self, note: Note, language: str) -> dict[str, object] | None:
        reader = note.reader
        if reader is None:
            return None
        words = web_words(replace(self._editorial, language=language), self._templates)
        return {
            "sections": [self._labels[id] for id in reader.sections if id in self._labels],
            "regions": [words.phrase(f"region_{id.replace('-', '_')}") for id in reader.regions],
            "days": (days := self._offer.days_of(reader)),
            "every_day": len(days) == len(DAYS),
            "hour": f"{reader.hour:02}:00",
            "zone": reader.zone,
            "format": reader.format,
            "breaking": reader.breaking,
            "paused": reader.state == "paused",
            "paused_until": _day(reader.paused_until, reader.zone),
        }


def _day(moment: datetime | None, zone: str) -> str:
    return moment.astimezone(zone_of(zone)).date().isoformat() if moment else ""
