"""The feeds.yaml that ships: enough real feeds, spread over the world, each fully described."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
import yaml
from babel import Locale

from digest.gather.parse import Document, parse
from digest.model import Editorial, Feed, FetchLimits, JsonPaths, Kind, Section
from digest.settings import load_settings

FILE = Path(__file__).parent.parent / "feeds.yaml"
TERRITORIES = frozenset(
    code for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code))
) - {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
LANGUAGES = frozenset(Locale("en").languages)
ASKED_FOR = frozenset(
    ["en", "fr", "de", "es", "ar", "ru", "uk", "pt", "pl", "tr", "fa", "zh", "ja", "it", "ko"]
) | {"id", "hi"}
CONTINENTS = {
    "Africa": {"NG", "KE", "ZA", "ET", "EG", "CD", "ML", "BF", "LY", "MA"},
    "Asia": {"JP", "KR", "CN", "TW", "HK", "SG", "ID", "PH", "MM", "IN", "PK", "BD", "AF"},
    "Middle East": {"IL", "LB", "SA", "AE", "QA", "IR", "TR", "SY", "IQ"},
    "Europe": {"GB", "DE", "FR", "IT", "ES", "PL", "UA", "RU", "PT"},
    "North America": {"US", "CA", "MX"},
    "South America": {"BR", "AR", "CO", "VE"},
    "Oceania": {"AU", "NZ"},
}


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    loaded = yaml.safe_load(FILE.read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def feeds(values: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = values["feeds"]
    return found


def test_the_program_reads_the_whole_file(feeds: list[dict[str, Any]]) -> None:
    settings = load_settings(FILE, {})
    assert [feed.url for feed in settings.feeds] == [feed["url"] for feed in feeds]
    assert [feed.name for feed in settings.feeds] == [feed["name"] for feed in feeds]


def test_the_editorial_settings_are_the_defaults_spelled_out() -> None:
    settings = load_settings(FILE, {})
    assert settings.editorial == Editorial()
    assert settings.fetch == FetchLimits()


def test_there_are_many_feeds_outlets_and_languages(feeds: list[dict[str, Any]]) -> None:
    assert len(feeds) >= 150
    assert len({feed["name"] for feed in feeds}) >= 120
    languages = {feed["language"] for feed in feeds}
    assert languages >= ASKED_FOR
    for language in ("fr", "de", "es", "ar", "ru", "tr"):
        assert len({f["name"] for f in feeds if f["language"] == language}) >= 4, language


def test_every_continent_has_outlets_of_its_own(feeds: list[dict[str, Any]]) -> None:
    countries = {feed.get("country") for feed in feeds}
    for continent, some in CONTINENTS.items():
        assert len(countries & some) >= min(len(some), 2), continent


def test_addresses_are_https_unique_and_whole(feeds: list[dict[str, Any]]) -> None:
    plain = [re.sub(r"^https?://(www\.)?|/$", "", feed["url"]) for feed in feeds]
    assert [url for url, times in Counter(plain).items() if times > 1] == []
    for feed in feeds:
        parts = urlsplit(feed["url"])
        assert parts.scheme == "https", feed["url"]
        assert parts.hostname, feed["url"]
        assert "." in parts.hostname, feed["url"]
        assert not parts.fragment, feed["url"]


def test_each_feed_says_who_publishes_it(feeds: list[dict[str, Any]]) -> None:
    kinds = set(get_args(Kind))
    for feed in feeds:
        assert feed["kind"] in kinds, feed
        assert feed["owner"].strip(), feed
        assert feed["language"] in LANGUAGES, feed
        if feed["kind"] == "international":
            # Organisations of many states stand in no country, agencies with a seat do.
            assert feed.get("country", "") in TERRITORIES | {""}, feed
        else:
            assert feed["country"] in TERRITORIES, feed


def test_all_kinds_but_other_are_there(feeds: list[dict[str, Any]]) -> None:
    assert {feed["kind"] for feed in feeds} >= set(get_args(Kind)) - {"other"}


def test_two_feeds_of_one_outlet_agree_about_it(feeds: list[dict[str, Any]]) -> None:
    about: dict[str, tuple[object, ...]] = {}
    for feed in feeds:
        says = (feed.get("country"), feed["kind"], feed["owner"], tuple(feed.get("domains", ())))
        assert about.setdefault(feed["name"], says) == says, feed["name"]


def test_a_domain_names_one_outlet(feeds: list[dict[str, Any]]) -> None:
    owner_of: dict[str, str] = {}
    for feed in feeds:
        for domain in feed.get("domains", ()):
            assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain), domain
            assert not domain.startswith("www."), domain
            assert owner_of.setdefault(domain, feed["name"]) == feed["name"], domain


def test_newsrooms_can_be_found_by_their_domain(feeds: list[dict[str, Any]]) -> None:
    lacking = [
        feed["name"]
        for feed in feeds
        if feed["kind"] in ("agency", "broadcaster", "newspaper", "magazine")
        and not feed.get("domains")
    ]
    assert lacking == []


def test_every_section_is_fed_by_feeds_that_report_on_it(
    values: dict[str, Any], feeds: list[dict[str, Any]]
) -> None:
    sections = set(get_args(Section))
    assert [section["id"] for section in values["sections"]] == [s.id for s in Editorial().sections]
    hints = Counter(hint for feed in feeds for hint in feed.get("sections", ()))
    assert set(hints) == sections
    assert min(hints.values()) >= 5, hints


def test_aggregators_are_few_and_marked(feeds: list[dict[str, Any]]) -> None:
    wrapped = [feed for feed in feeds if feed.get("aggregator")]
    assert 1 <= len(wrapped) <= 8
    assert all(feed["kind"] == "aggregator" for feed in wrapped)
    for feed in feeds:
        if feed["kind"] == "aggregator" or "news.google.com" in feed["url"]:
            assert feed.get("aggregator") is True, feed["url"]


def test_sitemaps_and_json_sources_are_described(feeds: list[dict[str, Any]]) -> None:
    formats = Counter(feed.get("format", "feed") for feed in feeds)
    assert formats["sitemap"] >= 2
    assert formats["json"] >= 3
    for feed in feeds:
        if feed.get("format") == "json":
            assert {"entries", "title", "url", "date", "id"} <= set(feed["paths"]), feed["url"]


def test_nothing_private_and_no_secret_ships(feeds: list[dict[str, Any]]) -> None:
    for feed in feeds:
        assert not feed.get("allow_private"), feed["url"]
        assert not re.search(r"(?i)api_?key|token|secret|passw", feed["url"]), feed["url"]


# Invented answers in the shape that each source documents.
ANSWERS = {
    "www.cisa.gov": (
        {
            "title": "catalogue",
            "vulnerabilities": [
                {
                    "cveID": "CVE-2026-0001",
                    "vulnerabilityName": "Harbour Gate Command Injection",
                    "dateAdded": "2026-04-13",
                    "shortDescription": "Harbour Gate lets strangers run commands.",
                }
            ],
        },
        ("Harbour Gate Command Injection", "https://nvd.nist.gov/vuln/detail/CVE-2026-0001", 0),
    ),
    "earthquake.usgs.gov": (
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": "xx1",
                    "properties": {
                        "title": "M 6.1 - near Port Selwyn",
                        "time": int(datetime(2026, 4, 13, 5, tzinfo=UTC).timestamp() * 1000),
                        "url": "https://earthquake.usgs.gov/earthquakes/eventpage/xx1",
                    },
                }
            ],
        },
        ("M 6.1 - near Port Selwyn", "https://earthquake.usgs.gov/earthquakes/eventpage/xx1", 5),
    ),
    "www.who.int": (
        {
            "value": [
                {
                    "Title": "Marsh fever - Marrow",
                    "UrlName": "2026-DON001",
                    "Overview": "<p>Nine people fell ill.</p>",
                    "PublicationDateAndTime": "2026-04-13T07:00:00Z",
                }
            ]
        },
        (
            "Marsh fever - Marrow",
            "https://www.who.int/emergencies/disease-outbreak-news/item/2026-DON001",
            7,
        ),
    ),
}


@pytest.mark.parametrize("host", sorted(ANSWERS))
def test_the_json_sources_are_described_rightly(host: str) -> None:
    sources = [feed for feed in load_settings(FILE, {}).feeds if feed.format == "json"]
    assert {urlsplit(feed.url).hostname for feed in sources} == set(ANSWERS)
    (feed,) = (feed for feed in sources if urlsplit(feed.url).hostname == host)
    answer, (title, url, hour) = ANSWERS[host]
    read = parse(
        Document(
            feed=feed,
            url=feed.url,
            content_type="application/json",
            data=json.dumps(answer).encode(),
            now=datetime(2026, 4, 14, 6, tzinfo=UTC),
            max_entries=500,
        )
    )
    assert (read.ok, read.problem) == (True, "")
    (entry,) = read.entries
    assert (entry.title, entry.url) == (title, url)
    assert entry.published == datetime(2026, 4, 13, hour, tzinfo=UTC)
    assert entry.id


EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```$", (FILE.parent / "docs" / "feeds.md").read_text("utf-8"), re.M | re.S
)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_of_the_guide_is_a_valid_file(number: int, tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(EXAMPLES[number], "utf-8")
    settings = load_settings(file, {})
    assert settings.feeds
    assert " " not in settings.feeds[0].url


def test_the_guide_names_every_key_kind_and_section() -> None:
    guide = (FILE.parent / "docs" / "feeds.md").read_text("utf-8")
    keys = [f.name for f in (*fields(Feed), *fields(FetchLimits), *fields(JsonPaths))]
    assert len(EXAMPLES) >= 8
    for word in (*keys, *get_args(Kind), *get_args(Section)):
        assert word in guide, word
