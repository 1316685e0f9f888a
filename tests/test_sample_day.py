"""The sample day is what its README says: every format, every trap, and a truth that fits."""

from __future__ import annotations

import json
import re
import shutil
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from digest import resources
from digest.archive.editions import Archive
from digest.cli.app import app
from digest.demo import SampleDay, serve_sample_day
from digest.edition import Made
from digest.errors import InputError
from digest.folder import check_manifest, read_bundle, read_record
from digest.model import Brief, Sentence
from digest.resources import resource
from digest.services import open_services
from digest.settings import Secret, Settings, load_settings
from digest.write.verify import problems

FOLDER = Path(__file__).parents[1] / "examples" / "sample-day"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
FEED_FILES = sorted(
    path
    for path in FOLDER.iterdir()
    if path.suffix in {".rss", ".rdf", ".atom", ".xml", ".json", ".html"}
    and path.name != "expected.json"
)


@pytest.fixture(scope="module")
def settings(sample: SampleDay) -> Settings:
    return load_settings(sample.feeds_file, env={})


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  (a local server)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def all_text() -> str:
    def decoded(path: Path) -> str:
        data = path.read_bytes()
        declared = re.search(rb'encoding="([^"]+)"', data[:80])
        return data.decode(declared[1].decode() if declared else "utf-8")

    return "\n".join(decoded(path) for path in FEED_FILES)


def urls_of_events() -> list[str]:
    return [url for event in EXPECTED["events"].values() for url in event["urls"]]


# --- The folder ----------------------------------------------------------------------------


def test_the_settings_are_valid_and_every_feed_is_local(
    settings: Settings, sample: SampleDay
) -> None:
    assert len(settings.feeds) >= 25
    assert all(feed.url.startswith(sample.base_url + "/") for feed in settings.feeds)
    assert all(feed.allow_private for feed in settings.feeds)
    assert {feed.language for feed in settings.feeds} >= {"en", "fr", "de", "es", "pl", "ar"}


def test_every_file_is_a_feed_and_every_feed_but_the_dead_is_a_file(settings: Settings) -> None:
    named = {feed.url.rpartition("/")[2] for feed in settings.feeds}
    assert named - {path.name for path in FEED_FILES} == {"quiet-gazette.rss", "former-times.rss"}
    assert {path.name for path in FEED_FILES} <= named


@pytest.mark.parametrize(
    "mark",
    [
        '<rss version="2.0"',
        '<rss version="0.91">',
        '<rss version="0.92">',
        "<rdf:RDF",
        'xmlns="http://www.w3.org/2005/Atom"',
        "https://jsonfeed.org/version/1.1",
        "http://www.google.com/schemas/sitemap-news/0.9",
        '"advisories"',
        '<?xml version="1.0" encoding="windows-1252"?>',
        '<?xml version="1.0" encoding="iso-8859-1"?>',
        "<media:credit",
        "<content:encoded><![CDATA[",
        '<source url="https://continental-press.example',
        " EST</pubDate>",
        " CEST</pubDate>",
        "&#x202E;",
        "javascript:alert",
        "onerror=",
        "&nosuch;",
    ],
)
def test_every_format_and_trap_is_there(mark: str) -> None:
    assert mark in all_text()


def test_the_truth_speaks_of_reports_that_are_printed() -> None:
    text = all_text().replace("&amp;", "&")
    for url in [*urls_of_events(), *EXPECTED["noise"], *EXPECTED["outside_window"]]:
        if "national-cyber-desk" not in url:  # there, the address is made from the number
            assert url in text
    for title in EXPECTED["without_address"]:
        assert title in text


def test_no_report_is_of_two_kinds() -> None:
    urls = [*urls_of_events(), *EXPECTED["noise"], *EXPECTED["outside_window"]]
    assert len(urls) == len(set(urls))
    assert len(urls) >= 190
    assert len(EXPECTED["events"]) >= 18
    assert len(urls_of_events()) >= 110


def test_origins_divide_each_event() -> None:
    for name, event in EXPECTED["events"].items():
        divided = [url for origin in EXPECTED["origins"][name] for url in origin["urls"]]
        assert sorted(divided) == event["urls"], name


def test_quotes_and_figures_stand_in_the_feeds_to_the_letter() -> None:
    text = all_text()
    for quotes in EXPECTED["quotes"].values():
        for quote in quotes:
            assert quote["text"] in text
            assert quote["speaker"].split()[-1] in text
    for figures in EXPECTED["figures"].values():
        for figure in figures.values():
            for value in figure["values"]:
                assert value["printed"] in text


def test_hostile_and_long_titles() -> None:
    titles = re.findall(r"<title>(.*?)</title>", (FOLDER / "open-bulletin.rss").read_text("utf-8"))
    assert max(map(len, titles)) >= 300


# --- The server ----------------------------------------------------------------------------


def test_the_clock_is_the_days(sample: SampleDay) -> None:
    assert sample.date.isoformat() == EXPECTED["date"]
    assert sample.now.isoformat() == EXPECTED["now"].replace("Z", "+00:00")
    assert sample.now.utcoffset() == timedelta(0)


def test_feeds_are_served_as_they_are(sample: SampleDay) -> None:
    for path in FEED_FILES:
        status, headers, body = fetch(f"{sample.base_url}/{path.name}")
        assert (status, body) == (200, path.read_bytes())
        assert headers["Content-Type"]
        assert headers["ETag"]


def test_a_known_etag_costs_no_body(sample: SampleDay) -> None:
    url = f"{sample.base_url}/morgenbote.atom"
    etag = fetch(url)[1]["ETag"]
    assert fetch(url, **{"If-None-Match": etag})[::2] == (304, b"")
    assert fetch(url, **{"If-None-Match": '"another"'})[0] == 200


def test_the_dead_and_the_gone(sample: SampleDay) -> None:
    assert fetch(f"{sample.base_url}/quiet-gazette.rss")[0] == 404
    assert fetch(f"{sample.base_url}/former-times.rss")[0] == 410


@pytest.mark.parametrize("path", ["expected.json", "feeds.yaml", "../../README.md", "", "%2e%2e/x"])
def test_nothing_else_is_served(sample: SampleDay, path: str) -> None:
    assert fetch(f"{sample.base_url}/{path}")[0] == 404


def test_content_types(sample: SampleDay) -> None:
    types = {
        name: fetch(f"{sample.base_url}/{name}")[1]["Content-Type"]
        for name in ("daily-meridian.json", "national-cyber-desk.json", "portal-harbour.html")
    }
    assert types == {
        "daily-meridian.json": "application/feed+json",
        "national-cyber-desk.json": "application/json",
        "portal-harbour.html": "text/html; charset=utf-8",
    }


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (None, "cannot be read"),
        ("date: 2026-03-17\n", "'now'"),
        ("date: 2026-03-17\nnow: '2026-03-17T18:00:00'\n", "no zone"),
        ("date: [\n", "does not state"),
    ],
)
def test_a_folder_that_is_no_sample_day(tmp_path: Path, day: str | None, told: str) -> None:
    if day is not None:
        (tmp_path / "day.yaml").write_text(day, "utf-8")
    with pytest.raises(InputError, match=told), serve_sample_day(tmp_path):
        pass


def test_a_folder_without_feeds(tmp_path: Path) -> None:
    (tmp_path / "day.yaml").write_text("date: 2026-03-17\nnow: '2026-03-17T18:00:00Z'\n", "utf-8")
    with (
        pytest.raises(InputError, match=r"feeds\.yaml: cannot be read"),
        serve_sample_day(tmp_path),
    ):
        pass


# --- The edition made of it ----------------------------------------------------------------


EVENT_OF: dict[str, str] = {
    url: name for name, event in EXPECTED["events"].items() for url in event["urls"]
}


@pytest.fixture(scope="module")
def made(settings: Settings, sample: SampleDay, tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("sample-day")
    with open_services(replace(settings, db=Secret("sqlite://"), out=out)) as services:
        span = services.window(sample.date, sample.now)
        intake = services.from_feeds(span, sample.now)
        return services.make_edition(sample.date, sample.now, intake)


def urls_of(brief: Brief) -> list[str]:
    return [report.item.url for report in brief.story.reports]


def sentences(brief: Brief) -> list[Sentence]:
    return [brief.headline, *brief.running]


def events_of(brief: Brief) -> Counter[str]:
    return Counter(EVENT_OF.get(url, "no event") for url in urls_of(brief))


def lead(made: Made) -> Brief:
    return made.edition.briefs[0]


# What the program does not get right yet, measured on 24 November 2026. A line goes when its cause
# is mended; `pytest -rX` names those that pass already.
FILTERED = "the security filter takes the event for none of its matters"
GAPS = {
    "cable": FILTERED,
}


def gap(what: str) -> list[pytest.MarkDecorator]:
    return (
        [pytest.mark.xfail(raises=AssertionError, reason=GAPS[what], strict=True)]
        if what in GAPS
        else []
    )


def gaps(*whats: str) -> list[Any]:
    return [pytest.param(*what.split("+"), marks=gap(what), id=what) for what in whats]


def test_the_lead_is_the_strike_on_port_senn(made: Made) -> None:
    members = events_of(lead(made))
    assert members["port-senn"] >= 18
    assert members.most_common(1)[0][0] == "port-senn"


@pytest.mark.parametrize("what", gaps("section"))
def test_the_lead_stands_under_conflict(made: Made, what: str) -> None:
    assert lead(made).story.section == "conflict", what


@pytest.mark.parametrize("what", gaps("one event"))
def test_every_brief_is_about_one_event(made: Made, what: str) -> None:
    mixed = {
        brief.headline.text: members
        for brief in made.edition.briefs
        if len(members := events_of(brief)) > 1
    }
    odd = sum(members.total() - members.most_common(1)[0][1] for members in mixed.values())
    assert odd <= 4, (what, mixed)


@pytest.mark.parametrize(
    ("one", "other"), gaps(*("+".join(pair) for pair in EXPECTED["look_alikes"]))
)
def test_look_alikes_stay_apart(made: Made, one: str, other: str) -> None:
    both = [b.headline.text for b in made.edition.briefs if {one, other} <= events_of(b).keys()]
    assert both == []


@pytest.mark.parametrize("event", gaps(*EXPECTED["events"]))
def test_each_event_has_a_brief(made: Made, event: str) -> None:
    assert event in {events_of(brief).most_common(1)[0][0] for brief in made.edition.briefs}


def test_noise_is_left_out(made: Made) -> None:
    printed = {url for brief in made.edition.briefs for url in urls_of(brief)}
    assert not printed & set(EXPECTED["noise"])
    assert not printed & set(EXPECTED["outside_window"])


def test_copies_of_one_agency_are_one_origin(made: Made) -> None:
    story = lead(made).story
    url_of = {report.item.id: report.item.url for report in story.reports}
    held: dict[str, set[str]] = {}
    for origin in story.origins:
        own = {url_of[item] for item in origin.items if EVENT_OF.get(url_of[item]) == "port-senn"}
        if own:
            held[origin.name] = own
    truth = {o["name"]: set(o["urls"]) for o in EXPECTED["origins"]["port-senn"]}
    in_english = {url for url in truth["Continental Press"] if "pregon-del-sur" not in url}
    assert in_english <= held["Continental Press"] <= truth["Continental Press"]
    assert truth["Agence Boréale"] <= held["Agence Boréale"]
    assert len(truth) - 2 <= len(held) <= len(truth) + 1


def test_the_tolls_disagree_and_every_value_is_shown(made: Made) -> None:
    figures = {figure.label: figure for figure in lead(made).figures}
    killed = figures["killed"]
    assert killed.state == "disagree"
    shown = {(value.citation.url, value.low) for value in killed.values}
    truth = EXPECTED["figures"]["port-senn"]["killed"]["values"]
    assert {(value["url"], float(value["low"])) for value in truth} <= shown


def test_the_mayors_words_are_whole_and_their_variant_is_named(made: Made) -> None:
    truth = EXPECTED["quotes"]["port-senn"][0]
    quote = next(q for q in lead(made).quotes if q.text.rstrip(",") == truth["text"])
    assert quote.speaker.endswith(truth["speaker"])
    assert quote.citation.url in truth["urls"]
    assert truth["printed_differently"]["url"] in {variant.url for variant in quote.variants}


def test_one_report_under_two_guids_is_one(made: Made) -> None:
    for url in EXPECTED["edited_guids"]:
        assert urls_of(lead(made)).count(url) == 1


def test_feeds_that_fail_are_named_and_cost_nothing_else(made: Made) -> None:
    health = {feed.url.rpartition("/")[2]: feed for feed in made.edition.feeds}
    for name, outcome in EXPECTED["feeds"].items():
        assert health[name].outcome == outcome
        assert health[name].problem
    others = [feed for name, feed in health.items() if name not in EXPECTED["feeds"]]
    assert all(feed.outcome == "entries" and feed.entries for feed in others)
    assert made.edition.status == "complete"


def test_every_cited_address_is_an_outlets_page(made: Made) -> None:
    cited = {c.url for brief in made.edition.briefs for s in sentences(brief) for c in s.citations}
    assert cited
    assert all(re.match(r"https://[a-z-]+\.example/\S+$", url) for url in cited)


def test_nothing_hostile_reaches_the_page_or_the_letter(made: Made) -> None:
    for name in ("index.html", "email.html"):
        page = (made.folder / name).read_text("utf-8")
        for bad in ("<script>alert", "onerror=", "onclick=", "javascript:", "<iframe", "evil"):
            assert bad not in page
    for name in ("index.html", "email.html", "digest.txt"):
        assert "\u202e" not in (made.folder / name).read_text("utf-8")


def test_every_sentence_is_traced(made: Made) -> None:
    assert check_manifest(made.folder) == []
    assert problems(read_record(made.folder), read_bundle(made.folder).items) == []


def test_a_demo_that_lacks_feeds_ends_as_degraded_and_stays_out_of_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("templates", "docs"):
        (tmp_path / name).symlink_to(resource(name))
    lacking = tmp_path / "examples" / "sample-day"
    shutil.copytree(FOLDER, lacking, ignore=shutil.ignore_patterns("*.atom", "[c-s]*.rss"))
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    monkeypatch.setenv("DIGEST_OUT", str(tmp_path / "output"))
    done = CliRunner().invoke(app, ["demo"])
    assert done.exit_code == 3, done.output
    assert "feeds could not be read" in done.output
    assert (tmp_path / "output" / "demo" / "2026-03-17" / "index.html").is_file()
    assert Archive(tmp_path / "output").dates() == ()
