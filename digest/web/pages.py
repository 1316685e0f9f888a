"""The archive's pages: the front, the years, editions as they are stored, feeds, robots."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from digest.render.safe import link, plain
from digest.web.archive import Archive, Summary, parse_date
from digest.web.look import Look

SHOWN = 14
"""Editions listed on the front page: a fortnight."""
HEADLINES = 12
"""Of the newest edition, on the front page."""
IN_FEED = 30
FRESH = "public, max-age=300"


@dataclass(frozen=True)
class Pages:
    """The archive's endpoints. `base`: the site's address, "" to take it from each request."""

    archive: Archive
    look: Look
    base: str

    def routes(self) -> list[Route]:
        return [
            Route("/", self.front),
            Route("/archive", self.years),
            Route("/archive/{year:int}", self.year),
            Route("/feed.atom", self.atom),
            Route("/feed.json", self.json_feed),
            Route("/robots.txt", self.robots),
            Route("/sitemap.xml", self.sitemap),
            Route("/icon.svg", self.icon),
            Route("/{date}/", self.edition),
            Route("/{date}", self.to_edition),
            Route("/{date}/{name}", self.edition),
        ]

    # --- pages

    def front(self, request: Request) -> Response:
        editions = self.archive.latest(SHOWN + 1)
        if not editions:
            return self.look.page("empty")
        newest = editions[0]
        return self._fresh(
            self.look.page(
                "front",
                newest=_shown(newest),
                stories=[_story(newest, n) for n in range(min(len(newest.stories), HEADLINES))],
                more=max(0, len(newest.stories) - HEADLINES),
                recent=[_shown(edition) for edition in editions[1:]],
            )
        )

    def years(self, request: Request) -> Response:
        years = self.archive.years()
        return self._year(years[0]) if years else self.look.page("empty")

    def year(self, request: Request) -> Response:
        return self._year(request.path_params["year"])

    def _year(self, year: int) -> Response:
        editions = self.archive.of_year(year)
        if not editions:
            return self.look.message("missing", 404)
        months: dict[str, list[dict[str, object]]] = {}
        for edition in editions:
            months.setdefault(self._month(edition), []).append(_shown(edition))
        return self._fresh(
            self.look.page("archive", year=year, years=self.archive.years(), months=months)
        )

    def _month(self, edition: Summary) -> str:
        from babel.dates import format_date

        return format_date(edition.date, "LLLL", locale=self.look.words.locale)

    def edition(self, request: Request) -> Response:
        date = parse_date(request.path_params["date"])
        name = request.path_params.get("name", "index.html")
        file = self.archive.file(date, name) if date else None
        if file is None:
            return self.look.message("missing", 404)
        headers = {"ETag": file.etag, "Cache-Control": FRESH}
        if file.policy:
            headers["Content-Security-Policy"] = (
                f"default-src 'none'; style-src {file.policy}; img-src 'self' data:; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
        if file.etag in request.headers.get("if-none-match", "").split(", "):
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.kind, headers=headers)

    def to_edition(self, request: Request) -> Response:
        date = parse_date(request.path_params["date"])
        if date is None:
            return self.look.message("missing", 404)
        return RedirectResponse(f"/{date.isoformat()}/", 308)

    # --- for programs

    def atom(self, request: Request) -> Response:
        base = self._base(request)
        editions = self.archive.latest(IN_FEED)
        body = self.look.fill(
            "feed.atom",
            base=base,
            updated=_rfc3339(editions[0].generated_at) if editions else "1970-01-01T00:00:00Z",
            editions=[
                _shown(edition)
                | {
                    "updated": _rfc3339(edition.generated_at),
                    "stories": [_story(edition, n) for n in range(len(edition.stories))],
                }
                for edition in editions
            ],
        )
        return self._fresh(Response(body, media_type="application/atom+xml"))

    def json_feed(self, request: Request) -> Response:
        base = self._base(request)
        site = self.look.editorial
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": site.title,
            "description": site.tagline,
            "language": self.look.editorial.language,
            "home_page_url": f"{base}/",
            "feed_url": f"{base}/feed.json",
            "items": [
                {
                    "id": f"{base}/{edition.date}/",
                    "url": f"{base}/{edition.date}/",
                    "title": plain(edition.headline) or site.title,
                    "date_published": _rfc3339(edition.generated_at),
                    "language": edition.language,
                    "content_text": "\n".join(
                        f"{n}. {plain(story.headline)}"
                        for n, story in enumerate(edition.stories, start=1)
                    ),
                }
                for edition in self.archive.latest(IN_FEED)
            ],
        }
        body = json.dumps(feed, ensure_ascii=False, indent=1).encode("utf-8", "replace")
        return self._fresh(Response(body, media_type="application/feed+json"))

    def robots(self, request: Request) -> Response:
        base = self._base(request)
        closed = ("confirm", "unsubscribe", "preferences")
        lines = ["User-agent: *", *(f"Disallow: /{path}/" for path in closed), ""]
        return PlainTextResponse("\n".join([*lines, f"Sitemap: {base}/sitemap.xml", ""]))

    def sitemap(self, request: Request) -> Response:
        base = self._base(request)
        pages = [f"{base}/", *(f"{base}/archive/{year}" for year in self.archive.years())]
        pages += [f"{base}/{date}/" for date in self.archive.dates()]
        body = self.look.fill("sitemap.xml", pages=pages[:50_000])
        return self._fresh(Response(body, media_type="application/xml"))

    def stylesheet(self, request: Request) -> Response:
        return self.look.stylesheet()

    def icon(self, request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(self.look.fill("icon.svg"), media_type="image/svg+xml", headers=headers)

    def _base(self, request: Request) -> str:
        """Absolute links need the site's address; a Host header that is no host makes none."""
        if self.base:
            return self.base
        asked = urlsplit(str(request.base_url))
        return link(f"{asked.scheme}://{asked.netloc}") or "http://localhost"

    def _fresh(self, response: Response) -> Response:
        response.headers["Cache-Control"] = FRESH
        return response


def _shown(edition: Summary) -> dict[str, object]:
    return {
        "date": edition.date,
        "iso": edition.date.isoformat(),
        "number": edition.number,
        "headline": plain(edition.headline),
        "dek": plain(edition.stories[0].dek or "") if edition.stories else "",
        "quiet": edition.status == "quiet",
        "degraded": edition.status == "degraded",
        "count": len(edition.stories),
        "reports": edition.reports,
        "outlets": edition.outlets,
        "language": edition.language,
    }


def _story(edition: Summary, index: int) -> dict[str, object]:
    story = edition.stories[index]
    return {
        "headline": plain(story.headline),
        "dek": plain(story.dek or ""),
        "section": plain(edition.label(story.section)),
    }


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
