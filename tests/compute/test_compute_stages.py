"""Gathering, vectors and a whole edition: the same bytes wherever the work is done, and whatever is
killed meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dask_parts import dask_parts, deadly
from feedserver import FeedServer, ask, rss

from digest.analyse import embed
from digest.analyse.embed import SpreadEmbedder, UsemEmbedder
from digest.compute import executor
from digest.compute.cluster import Cluster
from digest.demo import SampleDay
from digest.model import Fetched, Workplace
from digest.services import NetworkGatherer, Services
from digest.settings import Secret, load_settings
from digest.store import open_store

pytest.importorskip("distributed")
pytestmark = pytest.mark.system

FEEDS = 60
LONG = "Officials said that talks with border forces went on. " * 2_000
"""100 kB: some feeds make a batch, so that several are on their way."""
TEXTS = [f"Troops took hill {n} near Kesten on day {n % 7}" for n in range(300)]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Which functions went to a cluster, and how often."""
    counted: Counter[str] = Counter()
    as_it_is = Cluster.submit

    def submit(self: Cluster, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        counted[fn.__name__] += 1
        return as_it_is(self, fn, *args, **kwargs)

    monkeypatch.setattr(Cluster, "submit", submit)
    return counted


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "_CHUNK", 20)


def gathered(workers: Executor | None) -> tuple[list[Fetched], list[str]]:
    """What a server's feeds brought, but for how long each took and its port; what it was asked."""

    async def run() -> tuple[list[Fetched], list[str]]:
        routes = {f"/{n}": rss(f"title {n}", "another", description=LONG) for n in range(FEEDS)}
        async with FeedServer({**routes, "/broken": b"nonsense"}) as server:
            feeds = [server.feed(path) for path in [*routes, "/broken"]]
            found = await ask(feeds, executor=workers)
            return found, sorted(server.asked)

    found, asked = asyncio.run(run())
    bare = [replace(one, seconds=0.0, feed=replace(one.feed, url=""), state=None) for one in found]
    return bare, asked


def test_a_cluster_gathers_and_embeds_the_same(sent: Counter[str], small_chunks: None) -> None:
    with executor(Workplace("dask")) as cluster:
        assert gathered(cluster) == gathered(None)
        there = UsemEmbedder(executor=cluster).vectors(TEXTS)
    assert there.tobytes() == UsemEmbedder().vectors(TEXTS).tobytes()
    assert sent["parse_batch"] > 5
    assert sent["_encode"] == len(TEXTS) / 20


@pytest.mark.parametrize("victim", ["worker", "scheduler"])
def test_killed_while_gathering(victim: str, tmp_path: Path, sent: Counter[str]) -> None:
    env = deadly(tmp_path, "digest.gather.parse:parse_batch", victim)
    with dask_parts(tmp_path, env=env) as parts, executor(Workplace(parts.address)) as cluster:
        found, asked = gathered(cluster)
        _one_is_dead(parts, victim)
    assert (found, asked) == gathered(None)
    assert len(asked) == FEEDS + 1, "no feed is asked twice"
    assert sent["parse_batch"] > 1


@pytest.mark.parametrize("victim", ["worker", "scheduler"])
def test_killed_while_embedding(
    victim: str, tmp_path: Path, sent: Counter[str], small_chunks: None
) -> None:
    env = deadly(tmp_path, "digest.analyse.embed:_encode", victim)
    with dask_parts(tmp_path, env=env) as parts, executor(Workplace(parts.address)) as cluster:
        embedder = UsemEmbedder(executor=cluster)
        found = embedder.vectors(TEXTS)
        _one_is_dead(parts, victim)
        again = embedder.vectors(TEXTS)
    assert found.tobytes() == again.tobytes() == UsemEmbedder().vectors(TEXTS).tobytes()
    assert sent["_encode"] >= len(TEXTS) / 20


def _one_is_dead(parts: Any, victim: str) -> None:
    dead = [parts.scheduler] if victim == "scheduler" else parts.workers
    for process in dead:
        with contextlib.suppress(Exception):
            process.wait(0)
    assert sum(process.poll() is not None for process in dead) == 1


# --- A whole edition --------------------------------------------------------------------------


def edition(sample: SampleDay, db: str, out: Path, place: Workplace) -> dict[str, bytes]:
    """The sample day's edition with all work that can be spread done at `place`; its files."""
    settings = load_settings(sample.feeds_file, {})
    settings = replace(settings, db=Secret(db), out=out, compute=place)
    embedder = SpreadEmbedder(partial(executor, place), worth_spreading=1)
    with open_store(db) as store:
        services = Services(
            settings, store, embedder, NetworkGatherer(settings.fetch, place, spread_from=1)
        )
        try:
            intake = services.from_feeds(services.window(sample.date, sample.now), sample.now)
            made = services.make_edition(sample.date, sample.now, intake)
        finally:
            embedder.close()
    return {
        name: (made.folder / name).read_bytes()
        for name in ("edition.json", "index.html", "email.html", "digest.txt")
    }


@pytest.fixture(scope="module")
def as_ever(sample: SampleDay, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The edition over SQLite, all of it done in this process."""
    folder = tmp_path_factory.mktemp("as-ever")
    settings = load_settings(sample.feeds_file, {})
    settings = replace(settings, db=Secret(f"sqlite:///{folder}/db.sqlite3"), out=folder)
    with open_store(str(settings.db)) as store:
        services = Services(settings, store, UsemEmbedder(), NetworkGatherer(settings.fetch))
        intake = services.from_feeds(services.window(sample.date, sample.now), sample.now)
        made = services.make_edition(sample.date, sample.now, intake)
    return {
        name: (made.folder / name).read_bytes()
        for name in ("edition.json", "index.html", "email.html", "digest.txt")
    }


@pytest.mark.parametrize("where", ["local", "dask"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_an_edition_is_the_same_over_either_database_and_at_either_place(
    database: str,
    where: str,
    sample: SampleDay,
    as_ever: dict[str, bytes],
    tmp_path: Path,
    sent: Counter[str],
    request: pytest.FixtureRequest,
) -> None:
    db = f"sqlite:///{tmp_path}/db.sqlite3"
    if database == "postgresql":
        db = request.getfixturevalue("postgresql_database")
    found = edition(sample, db, tmp_path, Workplace(where))
    assert [name for name in found if found[name] != as_ever[name]] == []
    went = {name for name, times in sent.items() if times}
    assert went == ({"parse_batch", "_encode"} if where == "dask" else set())
