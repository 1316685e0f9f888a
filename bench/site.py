"""`python -m bench site --editions N`: the archive as static files, whole and grown by one.

The editions are invented in the shape of the real days of 2025-26: 20 stories of some 15 cited
reports, a page of 97 KB, a record of 165 KB with 300 feeds; a quarter of the stories run on from
the day before. Beside it stands the floor: the same bytes written as one file each, and no more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.machine import peak_mb
from digest.archive.design import Design
from digest.archive.editions import Archive
from digest.archive.paper import Paper
from digest.archive.static import Built, build
from digest.model import Editorial
from digest.resources import templates

BASE = "https://digest.bench.example"
START = date(2023, 1, 1)
OUTLETS = [f"Outlet {n}" for n in range(260)]
SECTIONS = ("conflict", "terrorism", "diplomacy", "cyber", "crime", "unrest", "disaster", "health")
PAGE_BYTES, RUNNING, STORIES, FEEDS = 97_000, 0.25, 20, 300
_WORDS = [
    "strike",
    "talks",
    "port",
    "border",
    "troops",
    "ministry",
    "said",
    "court",
    "fleet",
    "envoy",
    "seized",
    "on",
    "after",
    "in",
]


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench site")
    parser.add_argument("--editions", type=int, default=1000)
    count = parser.parse_args(argv).editions
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
        out, site, floor = (Path(folder) / name for name in ("out", "site", "floor"))
        write = EditionWriter(out)
        for _ in range(count):
            write()
        first, whole_s, peak = _apart(out, site)
        bytes_ = [path.read_bytes() for path in site.rglob("*") if path.is_file()]
        _, floor_s = _timed(lambda: _write_all(floor, bytes_))
        idle, idle_s, _ = _apart(out, site)
        write()
        grown, grown_s, _ = _apart(out, site)
    assert idle.written == 0
    figures: dict[str, object] = {
        "editions": count,
        "files": first.written,
        "megabytes": round(first.bytes / 1e6, 1),
        "whole_s": round(whole_s, 2),
        "floor_s": round(floor_s, 2),
        "ratio": round(whole_s / floor_s, 1),
        "idle_s": round(idle_s, 2),
        "one_more_s": round(grown_s, 2),
        "one_more_files": grown.written,
        "peak_mb": peak,
    }
    print(
        f"{count} editions, {first.written} files, {figures['megabytes']} MB: {whole_s:.1f} s; the "
        f"bytes alone {floor_s:.1f} s; one edition more {grown_s:.2f} s ({grown.written} files)"
    )
    return figures


def _apart(out: Path, site: Path) -> tuple[Built, float, int]:
    """What became of the files, seconds, and peak MB, in a fresh process as the service has one for
    each edition; it has just made the edition, so loading the program is not counted, nor is the
    disk's work on what was written before."""
    os.sync()
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_build, out, site).result()


def _build(out: Path, site: Path) -> tuple[Built, float, int]:
    def whole() -> Built:
        design = Design(Editorial(), templates())
        return build(lambda known: Paper(Archive(out, known), design), site, BASE)

    made, seconds = _timed(whole)
    return made, seconds, round(peak_mb())


def _write_all(folder: Path, contents: list[bytes]) -> None:
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    made = act()
    return made, time.perf_counter() - started


class EditionWriter:
    """Writes one edition after the other."""

    def __init__(self, out: Path) -> None:
        self.out, self.draw, self.day, self.threads = out, random.Random(7), START, ["t-0"]
        self.made = 0

    def __call__(self) -> None:
        folder = self.out / self.day.isoformat()
        folder.mkdir(parents=True)
        stories = [self._story(rank) for rank in range(1, STORIES + 1)]
        feeds = [
            {"name": f"Outlet {n}", "url": f"https://outlet{n}.bench.example/feed", "new": 3,
             "entries": 25, "outcome": "failed" if n % 9 == 0 else "entries", "problem": ""}
            for n in range(FEEDS)
        ]  # fmt: skip
        record = {
            "date": self.day.isoformat(), "number": self.made, "status": "complete",
            "generated_at": f"{self.day}T06:00:00+00:00", "title": "Bench", "language": "en",
            "sections": [{"id": s, "label": s.title()} for s in SECTIONS],
            "stories": stories, "feeds": feeds, "reports": 900, "outlets": 120,
        }  # fmt: skip
        (folder / "edition.json").write_text(json.dumps(record, indent=1), "utf-8")
        page = "".join(f"<p>{self._words(12)}</p>" for _ in range(PAGE_BYTES // 80))
        (folder / "index.html").write_text(page, "utf-8")
        (folder / "digest.txt").write_text(self._words(4500), "utf-8")
        self.day += timedelta(days=1)
        self.made += 1
        self.threads = [story["thread"] for story in stories]

    def _story(self, rank: int) -> dict[str, Any]:
        draw = self.draw
        runs = draw.random() < RUNNING and rank <= len(self.threads)
        reports = [self._citation() for _ in range(draw.randint(5, 25))]
        texts = [self._words(22) for _ in range(12)]
        return {
            "id": f"s-{self.made}-{rank}", "rank": rank, "headline": self._words(10),
            "thread": self.threads[rank - 1] if runs else f"t-{self.made:06d}{rank:06d}",
            "dek": self._words(20), "section": draw.choice(SECTIONS),
            "places": [f"Country {draw.randint(1, 150)}"], "standing": "single source: Kesten Post",
            "sentences": [
                {"text": text, "role": "headline" if n == 0 else "body", "paragraph": n // 3,
                 "edits": [], "citations": draw.sample(reports, min(len(reports), 2))}
                for n, text in enumerate(texts)
            ],
            "figures": [{"label": "killed", "state": "single", "values": [
                {"outlet": one["outlet"], "at": f"{self.day}T02:00:00+00:00", "low": 3, "high": 3,
                 "printed": "three", "citation": one} for one in reports[:2]]}],
            "origins": [{"name": one["outlet"], "kind": "outlet", "why": "", "items": [one["item"]]}
                        for one in reports[:5]],
            "changes": [], "quotes": [],
        }  # fmt: skip

    def _citation(self) -> dict[str, Any]:
        number = self.draw.randrange(10**9)
        outlet = self.draw.choice(OUTLETS)
        return {"item": f"i-{number:09d}", "outlet": outlet, "part": "text", "start": 0, "end": 120,
                "sha256": f"{number:064d}",
                "url": f"https://bench.example/{outlet.replace(' ', '-')}/{number}"}  # fmt: skip

    def _words(self, count: int) -> str:
        return " ".join(self.draw.choices(_WORDS, k=count))
