"""A service letter's words: templates/service/KIND.LANGUAGE.txt, its first line the subject."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime

from digest.archive.design import web_words
from digest.comment import LONGEST, MOST_LINKS
from digest.delivery import EVERY_DAY
from digest.model import Editorial
from digest.readers.service import Note
from digest.readers.wishes import Offer
from digest.render.words import FALLBACK, Words
from digest.resources import templates
from digest.tags import primary
from digest.timetable import zone_of

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
        *,
        pages: str,
        inbox: str,
        offer: Offer,
        consent: str,
    ) -> None:
        """`pages`: where the links lead, without a trailing slash; `inbox`: where readers write to,
        "" for nowhere; `consent`: the words that readers consent to."""
        self._editorial = editorial
        self._pages = pages
        self._inbox = inbox
        self._offer = offer
        self._consent = consent

    def write(self, note: Note) -> Written:
        """The letter's subject and text. Raises jinja2.TemplateError for a template that asks for
        what there is not."""
        from digest.render.environment import environment

        language = primary(note.reader.language if note.reader else self._editorial.language)
        if f"service/{note.kind}.{language}.txt" not in templates():
            language = FALLBACK
        name = f"service/{note.kind}.{language}.txt"
        words = web_words(replace(self._editorial, language=language), templates())
        source = (
            environment(templates())
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
                asked=self._asked(note.about[0], words) if note.kind == "sure" else "",
                comma=words.phrase("comma"),
                longest=LONGEST,
                links=MOST_LINKS,
                reader=self._reader(note, words),
            )
        )
        head, _, text = source.partition("\n")
        if not head.startswith(SUBJECT):
            raise ValueError(f"{name}: its first line must begin with {SUBJECT!r}")
        return Written(head.removeprefix(SUBJECT).strip(), text.strip("\n") + "\n")

    def _link(self, page: str, token: str) -> str:
        return f"{self._pages}/{page}/{token}" if token else ""

    def _asked(self, act: str, words: Words) -> str:
        """What an act of a letter names (readers.acts), as its reader would say it."""
        kind, *named = act.split("_")
        if kind == "pause":
            return words.dated(Date.fromisoformat(named[0]), "date_whole") if named else ""
        told = self._offer.labels(named) if kind == "sections" else map(words.region, named)
        return words.phrase("comma").join(told)

    def _reader(self, note: Note, words: Words) -> dict[str, object] | None:
        reader = note.reader
        if reader is None:
            return None
        return self._offer.shown(reader, words.region) | {
            "every_day": reader.days & self._offer.days == EVERY_DAY,
            "paused": reader.state == "paused",
            "paused_until": _day(reader.paused_until, reader.zone, words),
        }


def _day(moment: datetime | None, zone: str, words: Words) -> str:
    return words.dated(moment.astimezone(zone_of(zone)).date(), "date_whole") if moment else ""
