"""An edition's letters: what they are made of, and each reader's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from digest.address import stored_address
from digest.delivery import Due
from digest.errors import EditionError
from digest.folder import MANIFEST, read_bundle, read_edition, read_record, read_rendered
from digest.mail import preflight
from digest.mail.message import EditionIds, Letter, Masthead, Personal
from digest.mail.outcome import Envelope
from digest.mail.verp import Verp
from digest.mailsettings import MailSettings
from digest.model import Edition, Editorial, Rendered
from digest.readers.tokens import Tokens
from digest.readers.wishes import FORMATS
from digest.render import render
from digest.render.cut import cut
from digest.render.personal import with_holes
from digest.render.preflight import problems
from digest.render.safe import plain
from digest.resources import templates

SUBJECT = 110
"""Characters. Programs show 40 to 70; a longer headline is cut at a word."""
_JOINERS = "\u200c\u200d"
"""ZWNJ and ZWJ are shown by what they do: Persian, Indic scripts and emoji are spelt with them."""
LETTERS_KEPT = 200
"""Letters of different choices kept ready, each of some 150 KB; making one takes a tenth of a
second."""


@dataclass(frozen=True, slots=True)
class Mailable:
    """What an edition's letters are made of, all of one making."""

    folder: Path
    record: dict[str, Any]
    editorial: Editorial
    rendered: Rendered
    edition: Edition | None
    """As it was composed; None in a folder that was written without it."""


def read_mailable(folder: Path) -> Mailable:
    """What letters are made of, read again where the edition was made again meanwhile: its folder
    is replaced as a whole, and its manifest with it. Raises EditionError as `read_bundle` does."""
    while True:
        before = _manifest(folder)
        try:
            found = Mailable(
                folder,
                read_record(folder),
                read_bundle(folder).editorial,
                read_rendered(folder),
                read_edition(folder),
            )
        except EditionError:
            if _manifest(folder) == before:
                raise
        else:
            if _manifest(folder) == before:
                return found


def _manifest(folder: Path) -> bytes:
    """b"" where there is none to read; `read_bundle` says so."""
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError:
        return b""


class EditionMail:
    """One stored edition as letters. Threads may share it."""

    def __init__(
        self,
        mail: MailSettings,
        stored: Mailable,
        now: datetime,
        special: str = "",
    ) -> None:
        """`special`: its ledger's name, where that is not the list's own.

        Raises EditionError where what is `stored` cannot be mailed.
        """
        folder, record, editorial = stored.folder, stored.record, stored.editorial
        self._mail = mail
        self._tokens = Tokens(mail.secret)
        self.now = now
        self.date: Date = Date.fromisoformat(record["date"])
        if wrong := problems(stored.rendered):
            raise EditionError(f"{folder}: not fit to be sent: " + "; ".join(wrong))
        self.masthead = masthead(mail, editorial)
        self._ids = edition_ids(mail)
        self._special = special
        self._bounces = Verp(mail.bounces, mail.secret)
        self._leaving = Verp(mail.unsubscribe, mail.secret)
        self._editorial = editorial
        self._edition = stored.edition
        self._whole = self._letter(stored.rendered, record)
        self._cut = lru_cache(maxsize=LETTERS_KEPT)(self._made_cut)
        for form in FORMATS.values():
            _, letter = self.compose(Due(1, 1, "reader@example.org", form, "nonce", 0))
            if wrong := preflight.problems(letter):
                raise EditionError(f"{folder}: not fit to be sent: " + "; ".join(wrong))

    def _letter(self, rendered: Rendered, record: Mapping[str, Any]) -> Letter:
        taken = self._editorial.comments and self.masthead.reply_to is not None
        answers = taken and bool(record["stories"])
        holed = with_holes(
            rendered,
            self._editorial,
            templates(),
            answers=answers,
            pages=bool(self._mail.pages),
        )
        return Letter(
            self.masthead,
            subject=subject_of(record, self._editorial),
            html=holed.html,
            text=holed.text,
            date=self.now,
            edition=self.date.isoformat(),
            placeholders=holed.placeholders,
            signer=self._mail.signer,
            pictures=rendered.pictures,
        )

    def _made_cut(self, sections: tuple[str, ...], regions: tuple[str, ...]) -> Letter:
        """The letter of what a reader chose; the whole one where that cannot be made."""
        if self._edition is None:
            return self._whole
        chosen = cut(self._edition, sections, regions)
        if chosen is self._edition:
            return self._whole
        made = render(chosen, templates())
        if problems(made):
            return self._whole
        return self._letter(made, json.loads(made.json))

    def compose(self, due: Due) -> tuple[Envelope, bytes]:
        """A reader's own letter."""
        to = stored_address(due.address)
        page = preferences = ""
        if self._mail.pages:
            token = self._tokens.make("unsubscribe", due.reader, due.nonce, self.now)
            page = f"{self._mail.pages}/unsubscribe/{token}"
            token = self._tokens.make("preferences", due.reader, due.nonce, self.now)
            preferences = f"{self._mail.pages}/preferences/{token}"
        leave = self._leaving.address("u", due.reader)
        personal = Personal(
            to=to,
            message_id=self._ids.make(self.date, due.reader, self._special),
            unsubscribe=page,
            unsubscribe_mail=leave.mailto("unsubscribe"),
            preferences=preferences,
        )
        envelope = Envelope(str(self._bounces.address("b", due.id)), to)
        letter = self._whole
        # One outside the series was chosen already: by hand, or as what concerns the reader.
        if (due.sections or due.regions) and not self._special:
            letter = self._cut(due.sections, due.regions)
        return envelope, letter.for_reader(personal, due.format)


def edition_ids(mail: MailSettings) -> EditionIds:
    """The Message-IDs of the list's editions."""
    return EditionIds(mail.list_id, mail.sender.domain, str(mail.secret))


def masthead(mail: MailSettings, editorial: Editorial) -> Masthead:
    """What all letters of the list have in common."""
    return Masthead(
        title=editorial.title,
        list_id=mail.list_id,
        sender=mail.sender,
        sender_name=mail.sender_name,
        reply_to=mail.reply_to,
        archive=editorial.site_url,
        help=(mail.reply_to or mail.sender).mailto("help"),
    )


def edition_folder(out: Path, date: Date) -> Path:
    """Where `date`'s edition lies; EditionError where there is none."""
    folder = out / date.isoformat()
    if not (folder / "edition.json").is_file():
        raise EditionError(
            f"{folder}: there is no edition of that date; make it with: digest build --date {date}"
        )
    return folder


def subject_of(record: Mapping[str, object], editorial: Editorial) -> str:
    """An edition's Subject: the lead's headline, without what cannot be printed."""
    stories = record["stories"]
    if not isinstance(stories, list) or not stories:
        return f"{editorial.title}, {record['date']}"
    return subject_line(str(stories[0]["headline"]))


def subject_line(headline: str) -> str:
    """A headline as a letter's Subject prints it."""
    shown = (c if c.isprintable() or c in _JOINERS else " " for c in plain(headline))
    headline = " ".join("".join(shown).split())
    if len(headline) > SUBJECT:
        headline = headline[:SUBJECT].rsplit(" ", 1)[0].rstrip(",;:–—- ") + " …"
    return headline
