"""robots.txt, before article pages are read."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from feedserver import FeedServer, Route, ask
from test_gather_more import linked, page

from digest.gather.robots import allowed
from digest.model import Fetched

RULES = """# for everybody
User-agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.pdf$
Disallow: /search*page=
Disallow: /*/print
Disallow:

User-agent: OtherBot
User-Agent: dailysecuritydigest   # us, too
Disallow: /news
Allow: /news/world
Crawl-delay: 10
"""


@pytest.mark.parametrize(
    ("agent", "path", "may"),
    [
        ("AnyBot", "/", True),
        ("AnyBot", "/private/x", False),
        ("AnyBot", "/private/open/x", True),
        ("AnyBot", "/paper.pdf", False),
        ("AnyBot", "/paper.pdf?x=1", True),
        ("AnyBot", "/search?q=a&page=2", False),
        ("AnyBot", "/search?q=a", True),
        ("AnyBot", "/a/b/print", False),
        ("AnyBot", "/news/local", True),
        ("AnyBot", "/pri%76ate/x", False),
        ("DailySecurityDigest", "/private/x", True),
        ("DailySecurityDigest", "/news/local", False),
        ("DailySecurityDigest", "/news/world/1", True),
        ("OtherBot", "/news", False),
    ],
)
def test_the_longest_rule_of_the_own_group_decides(agent: str, path: str, may: bool) -> None:
    assert allowed(RULES, agent, path) is may


@pytest.mark.parametrize("group", ["HarbourBrief", "harbourbrief/2.0", "HarbourBrief (ours)"])
@pytest.mark.parametrize(
    "agent", ["HarbourBrief/1.0 (+https://b.example)", "HarbourBrief (+https://b.example)"]
)
def test_a_group_is_found_by_the_name_that_the_agent_begins_with(agent: str, group: str) -> None:
    rules = f"User-agent: {group}\nDisallow: /\n\nUser-agent: *\nDisallow:\n"
    assert not allowed(rules, agent, "/story")
    assert allowed(rules, "HarbourBriefs/1.0", "/story")


@pytest.mark.parametrize(
    ("rules", "may"),
    [
        ("", True),
        ("<html>not found</html>", True),
        ("User-agent: *\nDisallow: /", False),
        ("user-agent:*\r\ndisallow:/\r\nallow:/", True),
        ("Disallow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Bot\nDisallow:", True),
        ("User-agent: *\nDisallow: /" + "*a" * 50_000, True),
    ],
)
def test_odd_files(rules: str, may: bool) -> None:
    assert allowed(rules, "Bot", "/" + "a" * 2000) is may


@pytest.mark.parametrize(
    ("robots", "asked"),
    [
        (web.Response(text="User-agent: *\nDisallow: /1\n"), ["/2", "/feed", "/robots.txt"]),
        (web.Response(status=404), ["/1", "/2", "/feed", "/robots.txt"]),
        (web.Response(status=503), ["/feed", "/robots.txt"]),
    ],
)
def test_pages_are_read_where_robots_txt_lets_them_be(robots: Route, asked: list[str]) -> None:
    async def run() -> tuple[Fetched, list[str]]:
        async with FeedServer({}) as server:
            server.routes = {
                "/feed": linked(server, "/1", "/2"),
                "/1": page(1),
                "/2": page(2),
                "/robots.txt": robots,
            }
            return (await ask([server.feed("/feed", full_text=True)]))[0], server.asked

    one, seen = asyncio.run(run())
    assert sorted(seen) == asked
    assert [bool(entry.full_text) for entry in one.entries] == ["/1" in asked, "/2" in asked]
