"""Editions on disk as the archive reads them: a running story over three days, and others."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DAY = date(2026, 4, 14)
RUNNING = "t-0123456789ab"
HOSTILE = '</title><script>alert(1)</script> & "quoted" \u202egpj.exe'


def citation(outlet: str, number: int, url: str = "") -> dict[str, Any]:
    url = url or f"https://{outlet.lower().replace(' ', '-')}.example/{number}"
    return {
        "item": f"i{number}", "outlet": outlet, "url": url,
        "part": "text", "start": 0, "end": 9, "sha256": "0" * 64,
    }  # fmt: skip


def story(
    rank: int, thread: str, headline: str, outlets: list[str], day: date = DAY, **more: Any
) -> dict[str, Any]:
    cited = [citation(outlet, day.toordinal() * 100 + rank) for outlet in outlets]
    return {
        "id": f"s-{rank}",
        "rank": rank,
        "thread": thread,
        "headline": headline,
        "dek": f"What {headline.lower()} means.",
        "section": "conflict",
        "places": ["Norway", "Côte d'Ivoire"],
        "sentences": [
            {"text": headline, "role": "headline", "paragraph": 0, "citations": cited[:1]},
            {"text": f"What {headline.lower()} means.", "role": "dek", "citations": cited[:1]},
            {"text": f"A sentence of {day}.", "role": "body", "paragraph": 1, "citations": cited},
            {"text": "Another café.", "role": "body", "paragraph": 2, "citations": cited[-1:]},
        ],
        "figures": [
            {"label": "killed", "state": "single",
             "values": [{"outlet": outlets[0], "at": f"{day}T02:00:00+00:00", "low": rank,
                         "high": rank, "printed": str(day.day), "citation": cited[0]}]}
        ],
        "origins": [{"name": outlets[0], "kind": "agency", "items": ["i1", "i2"], "why": ""}],
        "changes": [{"kind": "revised", "text": "killed: 12 → 13", "since": None}],
        "standing": "confirmed by 2 independent origins",
    } | more  # fmt: skip


def write_day(out: Path, day: date, stories: list[dict[str, Any]], **more: Any) -> Path:
    """A folder of `day`'s edition, put in place at once, as the program does it."""
    record = {
        "date": day.isoformat(),
        "number": day.toordinal(),
        "generated_at": f"{day}T04:00:00+00:00",
        "status": "complete",
        "title": "The Daily",
        "language": "en",
        "zone": "UTC",
        "sections": [{"id": "conflict", "label": "Conflict & Defence"}],
        "stories": stories,
        "feeds": [
            {"name": "Harbour Times", "url": "https://harbour.example/rss", "entries": 1, "new": 1,
             "outcome": "failed" if day == DAY else "entries", "problem": ""}
        ],
        "reports": 40,
        "outlets": 12,
    }  # fmt: skip
    folder, new = out / day.isoformat(), out / f".{day}.new"
    (new / "bundle").mkdir(parents=True)
    (new / "edition.json").write_text(json.dumps(record | more), "utf-8")
    (new / "index.html").write_text(f"<!DOCTYPE html><title>{day}</title>", "utf-8")
    (new / "digest.txt").write_text(f"{day}\n", "utf-8")
    (new / "bundle" / "items.jsonl").write_text("{}\n", "utf-8")
    if folder.exists():
        folder.rename(out / f".{day}.{folder.stat().st_mtime_ns}.gone")
    new.rename(folder)
    return folder


def write_days(out: Path, count: int = 3) -> None:
    """`count` days up to DAY: one story runs through all, each has one of its own."""
    for n in range(count):
        day = DAY - timedelta(days=n)
        write_day(out, day, [
            story(1, RUNNING, f"Ceasefire holds, day {count - n}",
                  ["Harbour Times", "Agence Éclair"], day),
            story(2, f"t-{day:%Y%m%d}", f"Port of {day:%d} reopens", ["harbour times"], day,
                  section="disaster", figures=[]),
        ])  # fmt: skip
