"""One stranger's document that takes for ever costs a minute, and no other feed its entries."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
from typing import NoReturn

import pytest
from feedserver import rss

from digest.gather import feedxml, fulltext, parse, patience
from digest.gather.fulltext import Page
from digest.gather.parse import Document
from digest.model import Feed

SOON = 0.1


def endless(*_: object, **__: object) -> NoReturn:
    while True:
        pass


def document(body: bytes) -> Document:
    return Document(
        feed=Feed("Feed", "https://feed.example/rss"),
        url="https://feed.example/rss",
        content_type="application/rss+xml",
        data=body,
        now=datetime(2026, 11, 24, tzinfo=UTC),
        max_entries=500,
    )


def test_a_document_that_takes_for_ever_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read_feed = feedxml.read_feed

    def reader(asked: Document, text: str, root: str) -> parse.Read:
        return endless() if "for ever" in text else read_feed(asked, text, root)

    parse.parse(document(rss("What it needs is loaded")))
    monkeypatch.setattr(parse, "LONGEST", SOON)
    monkeypatch.setattr(feedxml, "read_feed", reader)
    slow, sound = map(
        parse.unpacked, parse.parse_batch([document(rss("for ever")), document(rss("An entry"))])
    )
    assert (slow.ok, slow.entries) == (False, ())
    assert slow.problem == "reading it took longer than 0 seconds and was given up"
    assert [entry.title for entry in sound.entries] == ["An entry"]


def test_a_page_that_takes_for_ever_gives_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "LONGEST", SOON)
    monkeypatch.setattr("trafilatura.extract", endless)
    assert fulltext.extract(Page(b"<p>A page.</p>", "text/html", "en")) == ""


def test_who_swallows_one_reminder_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_AGAIN", SOON)

    def swallows_one() -> NoReturn:
        with patience.patience(SOON):
            try:
                endless()
            except BaseException:
                endless()

    with pytest.raises(patience.OutOfPatience):
        swallows_one()


def test_afterwards_nobody_is_reminded() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with patience.patience(SOON):
        pass
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) == before


def test_a_thread_that_cannot_be_reminded_reads_without_a_limit() -> None:
    read = []

    def reads() -> None:
        with patience.patience(SOON):
            read.append(signal.getitimer(signal.ITIMER_PROF))

    thread = threading.Thread(target=reads)
    thread.start()
    thread.join()
    assert read == [(0.0, 0.0)]
