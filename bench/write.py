"""`python -m bench write BUNDLE`: seconds of one core for twenty stories of thirty reports each.

BUNDLE is the folder of an edition made of real reports. Its twenty leading stories are filled up to
thirty reports with those of the others, so that sentences are as many and as varied as they come.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import replace
from itertools import chain
from pathlib import Path

from digest.analyse.day import analyse_day
from digest.analyse.embed import UsemEmbedder
from digest.analyse.outlets import Outlets
from digest.folder import read_bundle
from digest.model import Report, Story
from digest.write.brief import write_brief

STORIES, REPORTS, RUNS = 20, 30, 3


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench write")
    parser.add_argument("bundle", type=Path)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    bundle = read_bundle(parser.parse_args(argv).bundle)
    embedder = UsemEmbedder()
    day = analyse_day(
        bundle.items,
        outlets=Outlets.of(bundle.feeds),
        embedder=embedder,
        editorial=bundle.editorial,
        now=bundle.now,
    )
    everything = [report for story in day.stories for report in story.reports]
    stories = [_filled(story, everything) for story in day.stories[:STORIES]]
    took = []
    for _ in range(RUNS):
        started = time.process_time()
        for rank, story in enumerate(stories):
            write_brief(story, lead=rank == 0, editorial=bundle.editorial, embedder=embedder)
        took.append(time.process_time() - started)
    seconds = statistics.median(took)
    print(f"{len(stories)} stories of {REPORTS} reports written in {seconds:.2f} s of one core")
    return {"stories": len(stories), "reports": REPORTS, "cpu_seconds": round(seconds, 3)}


def _filled(story: Story, everything: list[Report]) -> Story:
    own = {report.item.id for report in story.reports}
    others = (report for report in everything if report.item.id not in own)
    return replace(story, reports=tuple(chain(story.reports, others))[:REPORTS], lead=0)
