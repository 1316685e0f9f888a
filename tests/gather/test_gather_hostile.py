"""The hostile set: every bad answer gives its feed a clear line, and harms nothing else."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from feedserver import LIMITS, FeedServer, Route, answering, ask, raw_server, rss

from digest.model import Feed, Fetched, FetchLimits

MEGABYTE = 1_000_000
SMALL = FetchLimits(
    at_once=64,
    per_host=64,
    timeout=1.5,
    max_wire_bytes=2 * MEGABYTE,
    max_body_bytes=4 * MEGABYTE,
    max_redirects=4,
)
ZEROS = b"\0" * 50 * MEGABYTE
SOUND = rss("A sound report", description="All is well.")


def xml(body: bytes, content_type: str = "application/rss+xml", **headers: str) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": content_type, **headers})


def to(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location})


async def endless_item(request: web.Request) -> web.StreamResponse:
    """A 100 MB item, sent in pieces; says how much was taken."""
    response = web.StreamResponse(headers={"Content-Type": "application/rss+xml"})
    await response.prepare(request)
    await response.write(b"<rss><channel><item><title>big</title><description>")
    for sent in range(100):
        try:
            await response.write(b"x" * MEGABYTE)
        except ConnectionError:
            assert sent < 50, "it was read far beyond the cap"
            return response
    raise AssertionError("100 MB were taken")


async def silent(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def dripping(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b"<")
            await asyncio.sleep(0.01)
    except ConnectionError:
        return response


async def further(request: web.Request) -> web.Response:
    return to(f"{request.path}?{int(request.query_string or 0) + 1}")


def bomb(inner: bytes, encoding: str) -> web.Response:
    return xml(inner, **{"Content-Encoding": encoding})


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><rss><channel><title>t</title><item><title>&j;</title>"
    "<link>https://news.example/1</link></item></channel></rss>"
).encode()
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b"<rss><channel><item><title>root: &f;</title><link>https://news.example/1</link>"
    b"</item></channel></rss>"
)
PAGE = (
    b"<!doctype html><html><head><title>Harbour Times</title>"
    b'<link rel="alternate" type="application/rss+xml" href="/news.xml"></head><p>Hello</html>'
)

FAILING: dict[str, tuple[Route, str]] = {
    "0 bytes": (xml(b""), "an empty answer (0 bytes)"),
    "white space": (xml(b" \n "), "an empty answer"),
    "an HTML page": (xml(PAGE, "text/html"), "an HTML page ('Harbour Times'), not a feed; the page "
                     "names this feed: http://127.0.0.1:{port}/news.xml"),
    "a picture": (xml(b"\x89PNG\r\n" + bytes(range(256)) * 40), "not a feed but a PNG picture"),
    "binary": (xml(bytes(range(256)) * 400), "not a feed but binary data"),
    "plain text": (xml(b"It works!", "text/plain"), "not a feed but plain text that begins"),
    "no feed in XML": (xml(b"<catalogue><book/></catalogue>"), "XML, but no feed: <catalogue>"),
    "invalid JSON": (xml(b'{"version": "https://jsonfeed.org/version/1.1", "items": [}',
                         "application/feed+json"), "not valid JSON: Expecting value: line 1"),
    "other JSON": (xml(b'{"status": "ok"}', "application/json"), "JSON, but no JSON Feed"),
    "endless JSON": (xml(b'{"items": [' + b"1," * 100_000 + b"1]}", "application/json"),
                     "more than 100,000 entries"),
    "deep JSON": (xml(b"[" * 200_000, "application/json"), "nested too deeply"),
    "gzip bomb": (bomb(gzip.compress(ZEROS), "gzip"),
                  "larger than 4 MB unpacked: not read to the end; raise max_body_bytes"),
    "deflate bomb": (bomb(zlib.compress(ZEROS), "deflate"),
                     "larger than 4 MB unpacked"),
    "packed twice": (bomb(gzip.compress(gzip.compress(ZEROS)), "gzip, gzip"),
                     "larger than 4 MB unpacked"),
    "a gzip file as a feed": (xml(gzip.compress(ZEROS)), "larger than 4 MB unpacked"),
    "packed thrice": (bomb(b"", "gzip, gzip, gzip"), "its body is packed as 'gzip, gzip, gzip'"),
    "not gzip at all": (bomb(SOUND, "gzip"), "its body is not valid gzip"),
    "unknown packing": (bomb(SOUND, "br"), "its body is packed as 'br', which was not asked for"),
    "100 MB": (endless_item, "larger than 2 MB: not read to the end; raise max_wire_bytes"),
    "a silent server": (silent, "127.0.0.1 was too slow: no whole answer in 1.5 s"),
    "a dripping server": (dripping, "127.0.0.1 was too slow: no whole answer in 1.5 s"),
    "a redirect loop": (to("/a redirect loop?again"), "redirects in a circle, back to http://"),
    "redirects without end": (further, "more than 4 redirects"),
    "a redirect to nowhere": (web.Response(status=301), "does not say where to"),
    "a redirect to a file": (to("file:///etc/passwd"),
                             "only http and https addresses are fetched, not file:///etc/passwd"),
    "a redirect to script": (to("javascript:alert(1)"), "only http and https addresses"),
    "a redirect to no host": (to("http://"), "redirects in a circle"),
    "a redirect to a bad port": (to("http://news.example:99999/"), "only http and https addresses"),
    "a redirect to loopback": (to("http://127.0.0.1:{other}/"),
                               "refused to connect: 127.0.0.1:{other} is a loopback address; set "
                               "allow_private on the feed if it is the operator's own"),
    "a redirect to localhost": (to("http://localhost:{other}/"), "is a loopback address"),
    "a redirect to 127.1": (to("http://127.1:{other}/"), "not a usable address: http://127.1:"),
    "a redirect to a number": (to("http://2130706433:{other}/"), "not a usable address"),
    "a redirect to 0": (to("http://0.0.0.0:{other}/"), "is the unspecified address"),
    "a redirect to IPv6": (to("http://[::1]:{other}/"), "is a loopback address"),
    "a redirect to mapped IPv6": (to("http://[::ffff:127.0.0.1]:{other}/"), "a loopback address"),
    "a redirect to metadata": (to("http://169.254.169.254/latest/"), "is a link-local address"),
    "a redirect to 10/8": (to("http://10.0.0.1/"), "is a private address"),
    "a redirect to a name": (to("http://rebound.example:{other}/"),
                             "rebound.example:{other} is a loopback address"),
    "a server error": (web.Response(status=502), "the server failed (502 Bad Gateway)"),
    "forbidden": (web.Response(status=403), "it refuses automated readers (403 Forbidden)"),
}  # fmt: skip
WORKING: dict[str, tuple[Route, list[str], str]] = {
    "an entity bomb": (xml(LAUGHS), ["&j;"], "its DTD declares entities, which are not expanded"),
    "an outside entity": (xml(OUTSIDE), ["root: &f;"], "its DTD declares entities"),
    "truncated": (xml(rss("One", "Two", "Three")[:-120]), ["One", "Two"],
                  "it breaks off; whole entries used: 2"),
    "malformed": (xml(rss("AT|T wins", "Two").replace(b"|", b"&")), ["AT&T wins", "Two"],
                  "malformed XML, mended (not well-formed"),
    "very malformed": (xml(rss("AT|T wins", "Two", description="|").replace(b"|", b"&<b>")),
                       ["AT&amp;<b>T wins", "Two"], "malformed XML, read as far as possible (not"),
    "the wrong charset": (xml(rss("Überfall in Köln").decode().encode("latin-1"),
                              "application/rss+xml; charset=utf-8"),
                          ["Überfall in Köln"], "its character set is not utf-8; read as"),
    "no entries": (xml(rss()), [], "it holds no entries"),
    "gzip": (bomb(gzip.compress(SOUND), "gzip"), ["A sound report"], ""),
    "x-gzip": (bomb(gzip.compress(SOUND), "x-gzip"), ["A sound report"], ""),
    "deflate": (bomb(zlib.compress(SOUND), "deflate"), ["A sound report"], ""),
    "raw deflate": (bomb(zlib.compress(SOUND)[2:-4], "deflate"), ["A sound report"], ""),
    "gzip members": (bomb(gzip.compress(SOUND[:99]) + gzip.compress(SOUND[99:]), "gzip"),
                     ["A sound report"], ""),
    "a gzip that breaks off": (bomb(gzip.compress(SOUND, 0)[:-18], "gzip"), ["A sound report"],
                               "its packed body breaks off"),
    "hostile markup": (xml(rss("<script>alert(1)</script>\u202eevil", description="<img src=x>")),
                       ["<script>alert(1)</script>\u202eevil"], ""),
}  # fmt: skip
RAW: dict[str, tuple[bytes, str]] = {
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak proper HTTP"),
    "hangs up": (b"", "hung up without an answer"),
    "garbage chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n",
                       "does not speak proper HTTP"),
    "a header of 1 MB": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * MEGABYTE + b"\r\n\r\n",
                         "does not speak proper HTTP"),
    "nothing that was promised": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "broke off"),
}  # fmt: skip


@pytest.fixture
def rebound(monkeypatch: pytest.MonkeyPatch) -> None:
    """rebound.example resolves to loopback, as an attacker's name may from one day to the next."""
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host == "rebound.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        if isinstance(host, str) and host.endswith(".example"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def filled(route: Route, **names: int) -> Route:
    if isinstance(route, web.Response) and "Location" in route.headers:
        return to(route.headers["Location"].replace("{other}", str(names["other"])))
    return route


@pytest.mark.usefixtures("rebound")
def test_every_hostile_feed_has_its_line_and_the_sound_ones_are_read() -> None:
    """One run over all of them at once, sound feeds before, between and after."""
    everything = {name: route for name, (route, _) in FAILING.items()}
    everything |= {name: route for name, (route, _, _) in WORKING.items()}

    async def run() -> tuple[dict[str, Fetched], int, int, FeedServer]:
        async with FeedServer({"/": rss("secret")}) as other, FeedServer({}) as server:
            server.routes = {
                f"/{name}": filled(route, other=other.port) for name, route in everything.items()
            } | {f"/sound {number}": SOUND for number in range(3)}
            raws = {name: await raw_server(answering(data)) for name, (data, _) in RAW.items()}
            feeds = [server.feed(f"/{name}", name=name) for name in everything]
            feeds += [
                Feed(name, f"http://127.0.0.1:{port}/", allow_private=True)
                for name, (_, port) in raws.items()
            ]
            feeds += [
                Feed("unknown name", "http://nobody.example/feed"),
                Feed("not allowed", other.url("/")),
                Feed("not allowed, by name", f"http://rebound.example:{other.port}/"),
                Feed("no address", "gopher://news.example/"),
                Feed("closed port", "http://127.0.0.1:1/", allow_private=True),
            ]
            for number, place in enumerate((0, len(feeds) // 2, len(feeds))):
                feeds.insert(place, server.feed(f"/sound {number}", name=f"sound {number}"))
            results = await ask(feeds, limits=SMALL)
            for listener, _ in raws.values():
                listener.close()
            return (
                {one.feed.name: one for one in results},
                server.port,
                other.port,
                other,
            )

    results, port, other_port, other = asyncio.run(run())
    wanted = {name: line for name, (_, line) in FAILING.items()}
    wanted |= {name: line for name, (_, line) in RAW.items()}
    wanted |= {
        "unknown name": "no address found for the name nobody.example",
        "not allowed": "is a loopback address; set allow_private",
        "not allowed, by name": f"rebound.example:{other_port} is a loopback address",
        "no address": "only http and https addresses are fetched, not gopher://news.example/",
        "closed port": "could not connect to 127.0.0.1:1",
    }
    wrong = {}
    for name, line in wanted.items():
        one = results[name]
        line = line.replace("{port}", str(port)).replace("{other}", str(other_port))
        if one.outcome != "failed" or line not in one.problem:
            wrong[name] = f"{one.outcome}: {one.problem}"
        assert one.entries == ()
        assert one.state is not None
        assert one.state.failures == 1
    for name, (_, titles, line) in WORKING.items():
        one = results[name]
        if one.outcome != "entries" or line not in one.problem or (not line and one.problem):
            wrong[name] = f"{one.outcome}: {one.problem}"
        if (read := [entry.title for entry in one.entries]) != titles:
            wrong[f"{name}, titles"] = repr(read)
    assert wrong == {}
    for number in range(3):
        one = results[f"sound {number}"]
        assert (one.outcome, one.problem) == ("entries", "")
        assert [entry.title for entry in one.entries] == ["A sound report"]
    for one in results.values():
        assert "\n" not in one.problem
        assert len(one.problem) <= 240
        assert one.problem.isprintable()
    assert other.asked == [], "no guarded request reached a private server"


def test_a_wrong_content_length_gives_what_came_and_says_so() -> None:
    head = b'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: %d\r\n\r\n' % (len(SOUND) + 500)

    async def run() -> Fetched:
        server, port = await raw_server(answering(head + SOUND))
        async with server:
            url = f"http://127.0.0.1:{port}/"
            return (await ask([Feed("cut", url, allow_private=True)]))[0]

    one = asyncio.run(run())
    assert [entry.title for entry in one.entries] == ["A sound report"]
    assert "broke off" in one.problem
    assert one.state is not None
    assert one.state.etag is None, "so that the whole is asked for next time"


def test_a_private_feed_lends_its_connection_to_no_other() -> None:
    """A pooled connection would pass the guard by: each private feed has its place, nobody else."""

    async def run() -> tuple[list[Fetched], list[str]]:
        async with FeedServer({"/feed": SOUND, "/secret": SOUND}) as server:
            allowed = server.feed("/feed")
            strangers = [replace(server.feed("/secret"), allow_private=False) for _ in range(3)]
            results = await ask(
                [allowed, *strangers, allowed], limits=replace(LIMITS, at_once=1, per_host=1)
            )
            return results, server.asked

    results, asked = asyncio.run(run())
    assert [one.outcome for one in results] == ["entries", "failed", "failed", "failed", "entries"]
    assert asked == ["/feed", "/feed"]


def test_a_private_feed_may_not_lead_to_another_private_port() -> None:
    async def run() -> tuple[Fetched, list[str]]:
        async with FeedServer({"/admin": SOUND}) as inner, FeedServer({}) as server:
            server.routes = {"/feed": to(inner.url("/admin"))}
            feeds = [server.feed("/feed"), inner.feed("/admin")]
            return (await ask(feeds))[0], inner.asked

    one, asked = asyncio.run(run())
    assert one.outcome == "failed"
    assert "is a loopback address" in one.problem
    assert asked == ["/admin"], "only the feed that is allowed there"


def test_a_name_that_changes_its_address_meets_the_guard_when_it_connects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: what a first look-up said counts for nothing."""
    looked = []

    async def run() -> tuple[Fetched, list[str]]:
        async with FeedServer({"/": SOUND}) as server:

            def resolve(host: Any, port: Any, *_: Any, **__: Any) -> Any:
                looked.append(host)
                ips = ["203.0.113.7", "127.0.0.1"]  # a documentation address, then the trick
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

            monkeypatch.setattr(socket, "getaddrinfo", resolve)
            feed = Feed("trick", f"http://two-faced.example:{server.port}/")
            return (await ask([feed]))[0], server.asked

    one, asked = asyncio.run(run())
    assert looked
    assert one.outcome == "failed"
    assert "refused to connect" in one.problem
    assert asked == []


def test_bugs_in_explaining_are_not_swallowed() -> None:
    from digest.gather.trouble import explain

    with pytest.raises(KeyError):
        explain(KeyError("a bug"), "http://news.example/")


def test_slow_hosts_keep_no_places_that_others_need() -> None:
    """Feeds of a silent host wait for their turn at that host, not in the common queue."""
    announced: list[str] = []

    async def run() -> list[Fetched]:
        async with FeedServer({"/slow": silent}) as slow, FeedServer({"/feed": SOUND}) as quick:
            slow_name = f"http://localhost:{slow.port}/slow"
            feeds = [Feed("slow", slow_name, allow_private=True) for _ in range(6)]
            feeds.append(quick.feed("/feed", name="quick"))
            limits = FetchLimits(at_once=2, per_host=1, timeout=0.2)
            return await ask(
                feeds, limits=limits, on_done=lambda fetched: announced.append(fetched.feed.name)
            )

    results = asyncio.run(run())
    assert [one.outcome for one in results] == ["failed"] * 6 + ["entries"]
    assert "quick" in announced[:5], "it did not wait for all of them"
