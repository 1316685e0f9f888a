"""Run by test_folder.py: forks writers of one edition's folder and kills them with SIGKILL.

    python killed_writers.py OUT ROUNDS SEED

A writer writes the edition of 14 April 2026 over and over, under a number that counts up. What
stands in the folder after each kill is printed as JSON, a line each. A process of its own, since
only one without threads may fork.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import traceback
from datetime import UTC, datetime
from datetime import date as Date
from itertools import count
from pathlib import Path

from digest.folder import Bundle, check_manifest, disk, read_bundle, write_edition
from digest.model import Editorial, Item, Rendered

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)


def write(out: Path, number: int) -> Path:
    page = f"No. {number} ".encode() * 5_000
    item = Item("1", "https://a.example/1", "A", "Title", f"No. {number}", NOW, NOW)
    bundle = Bundle(
        date=Date(2026, 4, 14),
        number=number,
        now=NOW,
        program="digest 0.1",
        editorial=Editorial(),
        feeds=(),
        items=(item,),
        outside_window=0,
        dropped=(),
        health=(),
        earlier=(),
        recent=(),
    )
    return write_edition(out, Rendered(page, page, page, b"{}\n"), bundle)


def killed_writer(out: Path, first: int, after: int, seconds: float) -> None:
    """Fork one; kill it so many seconds after it has written so many editions."""
    told, done = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for number in count(first):
                write(out, number)
                os.write(done, b".")
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(done)
    with os.fdopen(told, "rb") as pipe:
        pipe.read(after)
        select.select([], [], [], seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        sys.exit("a writer failed by itself")


def main(out: Path, rounds: int, seed: int, exchange: bool) -> None:
    # What fsync is for, a power cut, is not tried here; without it the kills fall between the
    # other steps, where they may do harm.
    os.fsync = lambda fd: None
    if not exchange:  # as on a system that cannot exchange two folders
        disk._exchange = lambda one, other: False
    draw = random.Random(seed)
    place = write(out, 0)
    for number in range(rounds):
        killed_writer(out, 1_000 * (number + 1), 1, draw.uniform(0, 0.01))
        stands = place.is_dir()
        left = {
            "stands": stands,
            "problems": check_manifest(place) if stands else [],
            "number": read_bundle(place).number if stands else None,
            "beside": sorted(path.name for path in out.iterdir() if path != place),
        }
        sys.stdout.write(json.dumps(left) + "\n")
    write(out, 1)
    sys.stdout.write(json.dumps({"beside": sorted(path.name for path in out.iterdir())}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "exchange")
