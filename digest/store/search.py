"""Searching the stories of all editions: words of headlines, deks and sentences.

Words are folded here, not by the database, so that both databases find the same: accents and
capitals make no difference, in any script, and no language's endings are cut off. Chinese and
Japanese print no spaces; each of their characters counts as a word.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select

from digest.store import dialect
from digest.store.schema import story_texts, story_threads

if TYPE_CHECKING:
    from digest.store.facade import Store

MOST_WORDS = 16
"""Of a query; what is beyond is left out, as a query's characters beyond MOST_CHARACTERS."""
MOST_CHARACTERS = 200
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A story that has all the words."""

    date: Date
    rank: int
    thread: str
    headline: str
    dek: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the stories that were found, newest first, and how many there are in all."""

    total: int
    hits: tuple[Hit, ...]
    words: tuple[str, ...]
    """What was looked for, folded."""


def fold(text: str) -> str:
    """`text` without accents and capitals: "Éclair" and "ECLAIR" are one."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()


def words_of(text: str) -> list[str]:
    """The folded words of `text`, in order."""
    return [word[:100] for word in WORD.findall(fold(text))]


def query_words(query: str) -> tuple[str, ...]:
    """The words to look for, each once. Quotes, operators and controls are no words."""
    return tuple(dict.fromkeys(words_of(query[:MOST_CHARACTERS])))[:MOST_WORDS]


def search(store: Store, query: str, *, offset: int = 0, limit: int = 20) -> Found:
    """The stories that have all the query's words, newest first."""
    words = query_words(query)
    if not words:
        return Found(0, (), ())
    texts = story_texts.c
    count = select(func.count()).select_from(story_texts)
    with store._reading() as connection:
        has_words = dialect.has_words(connection, texts.id, words)
        chosen = (texts.list_name == store.list_name) & has_words
        total = connection.execute(count.where(chosen)).scalar()
        rows = connection.execute(
            select(texts.date, texts.rank, texts.thread, texts.headline, texts.dek, texts.sentences)
            .where(chosen)
            .order_by(texts.date.desc(), texts.rank)
            .offset(offset)
            .limit(limit)
        )
        hits = tuple(
            Hit(date, rank, thread, headline, dek, tuple(sentences))
            for date, rank, thread, headline, dek, sentences in rows
        )
    return Found(int(total or 0), hits, words)


def keep(connection: Connection, record: bytes, date: Date, list_name: str) -> None:
    """Make the stories of an edition findable; those of one of the same date are gone already."""
    key = {"list_name": list_name, "date": date}
    rows = [key | row for row in _rows(record)]
    if rows:
        connection.execute(insert(story_texts), rows)
        dialect.index_words(connection, list_name, date)
    for thread in dict.fromkeys(row["thread"] for row in rows if row["thread"]):
        connection.execute(
            dialect.upsert(connection, story_threads)
            .values(list_name=list_name, thread=thread, date=date)
            .on_conflict_do_nothing()
        )


def was_told(store: Store, thread: str) -> bool:
    """Whether an edition ever told a story under this thread, one made again since included."""
    t = story_threads.c
    query = select(t.date).where(t.list_name == store.list_name, t.thread == thread)
    with store._reading() as connection:
        return connection.execute(query).first() is not None


def newest_told(store: Store, thread: str) -> tuple[Date, str] | None:
    """(date, headline) of the newest edition that tells this thread; None where none does."""
    if not was_told(store, thread):  # by its key, where the next look reads all
        return None
    texts = story_texts.c
    query = (
        select(texts.date, texts.headline)
        .where(texts.list_name == store.list_name, texts.thread == thread)
        .order_by(texts.date.desc(), texts.rank)
        .limit(1)
    )
    with store._reading() as connection:
        row = connection.execute(query).first()
        return (row[0], row[1]) if row else None


def told_on(store: Store, date: Date) -> list[tuple[str, str]]:
    """(thread, headline) of the stories of `date`'s edition, in their order."""
    texts = story_texts.c
    query = (
        select(texts.thread, texts.headline)
        .where(texts.list_name == store.list_name, texts.date == date)
        .order_by(texts.rank)
    )
    with store._reading() as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def _rows(record: bytes) -> Iterator[dict[str, Any]]:
    try:
        stories = json.loads(record).get("stories", ())
    except ValueError:
        return  # a record that nobody can read has no words either
    for rank, story in enumerate(stories, start=1):
        headline, dek = _clean(story.get("headline")), _clean(story.get("dek"))
        sentences = [
            _clean(sentence.get("text"))
            for sentence in story.get("sentences", ())
            if sentence.get("role") not in ("headline", "dek")
        ]
        yield {
            "rank": rank,
            "thread": _clean(story.get("thread")),
            "headline": headline,
            "dek": dek,
            "sentences": sentences,
            "words": " ".join(words_of("\n".join([headline, dek, *sentences]))),
        }


def _clean(text: str | None) -> str:
    """Without what PostgreSQL cannot store; it parts words, as in a query."""
    return (text or "").replace("\0", " ").encode("utf-8", "replace").decode()


def marked(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """`text` in pieces: (piece, whether it is one of the folded `words`)."""
    pieces: list[tuple[str, bool]] = []
    wanted, end = set(words), 0
    for match in WORD.finditer(text):
        if fold(match.group()) in wanted:
            pieces += [(text[end : match.start()], False), (match.group(), True)]
            end = match.end()
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]
