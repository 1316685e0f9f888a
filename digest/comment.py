"""What readers say of a story: the types, and what may be printed. Pure.

unconfirmed ─ the address confirms ─→ waiting ─ the operator ─→ published | refused
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from typing import Literal, get_args

CommentState = Literal["unconfirmed", "waiting", "published", "refused"]
"""unconfirmed  typed into the page by whoever; its address has to confirm it
waiting      a reader's own, for the operator to look at
published    printed on the story's page
refused      not printed; deleted after a while
"""
COMMENT_STATES: tuple[CommentState, ...] = get_args(CommentState)
How = Literal["page", "letter"]
Fault = Literal["comment_empty", "comment_long", "comment_links", "comment_name"]

LONGEST = 1500
"""Characters of a comment: as long as a letter to the editor that is printed."""
LONGEST_NAME = 60
MOST_LINKS = 2
"""More are what spam has."""
_LINK = re.compile(r"https?:|www\.", re.I)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_BLANKS = re.compile(r"[^\S\n]+")
_GAPS = re.compile(r"\s*\n\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Subject:
    """The story that is spoken of."""

    thread: str
    date: Date
    """Of the newest edition that told it, or of the edition that was answered."""
    headline: str
    """As it stood there; the thread's next day may have another."""


@dataclass(frozen=True, slots=True)
class Comment:
    """What one reader says of one story."""

    reader: int
    about: Subject
    text: str
    """Plain; paragraphs are parted by an empty line."""
    name: str = ""
    """As it is to be printed; "" for "a reader"."""
    how: How = "page"
    state: CommentState = "unconfirmed"
    came: datetime | None = None
    decided: datetime | None = None
    id: int = 0

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(self.text.split("\n\n"))


def state_named(name: str) -> CommentState | None:
    """The state of that name; None where there is none."""
    return next((state for state in COMMENT_STATES if state == name), None)


def clean_text(typed: str) -> str:
    """`typed` with line ends of one kind, one empty line at most, and nothing that is no text."""
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    text = _BLANKS.sub(" ", _CONTROLS.sub(" ", text))
    return _GAPS.sub("\n\n", text).strip()


def clean_name(typed: str) -> str:
    """`typed` on one line."""
    return " ".join(clean_text(typed).split())


def faults(text: str, name: str = "") -> tuple[Fault, ...]:
    """Why a cleaned text and name cannot be taken; () when they can."""
    found: list[Fault] = []
    if not any(c.isalnum() for c in text):
        found.append("comment_empty")
    if len(text) > LONGEST:
        found.append("comment_long")
    if len(_LINK.findall(text)) > MOST_LINKS:
        found.append("comment_links")
    if len(name) > LONGEST_NAME or _LINK.search(name) or "@" in name:
        found.append("comment_name")
    return tuple(found)
