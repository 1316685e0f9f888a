"""The page on paper: its own print style, set by WeasyPrint (extra `pdf`), with no browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from digest.errors import EditionError
from digest.render.theme import tokens

_PROPERTY = re.compile(r'="var\(--([a-z-]+)\)"')
_EPOCH = "SOURCE_DATE_EPOCH"
_HALO = re.compile(r' stroke="[^"]*" stroke-width="3" paint-order="stroke"')


def page_pdf(html: bytes) -> bytes:
    """The page `html` of an edition as a PDF. Nothing is fetched, whatever the page asks for.

    Raises EditionError where WeasyPrint or the Pango library that it needs is not installed.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise EditionError(
            "a PDF needs WeasyPrint and Pango: pip install 'daily-security-digest[pdf]' and, on "
            f"Debian, apt-get install libpango-1.0-0 libpangoft2-1.0-0 ({error})"
        ) from error
    page = html.decode("utf-8")
    light, _ = tokens(page)
    # In drawings WeasyPrint knows neither custom properties nor paint-order: a label's halo would
    # be painted over the label.
    page = _PROPERTY.sub(
        lambda found: '="' + light[found[1].replace("-", "_")].replace('"', "'") + '"', page
    )
    page = _HALO.sub("", page)
    whole = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"data"}))
    with _no_clock():
        pdf: bytes = whole.write_pdf(pdf_variant="pdf/ua-1")
    return pdf


@contextmanager
def _no_clock() -> Iterator[None]:
    """Fonts cut down to the page's letters hold the time of that, where fontTools cuts them; of
    this variable (reproducible-builds.org) it takes it."""
    before = os.environ.get(_EPOCH)
    os.environ[_EPOCH] = before or "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_EPOCH]
