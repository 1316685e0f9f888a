"""The archive's design as answers to requests."""

from __future__ import annotations

from starlette.responses import HTMLResponse

from digest.archive.design import Design

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Of our own pages: their one style sheet, no script, no frame."""


class Look(Design):
    """How this list's pages look, and answers that look so."""

    def page(self, name: str, status: int = 200, **parts: object) -> HTMLResponse:
        """The page web/NAME.html."""
        body = self.fill(f"{name}.html", **parts)
        return HTMLResponse(body, status, {"Content-Security-Policy": POLICY})

    def told(self, key: str, status: int = 200, **parts: object) -> HTMLResponse:
        """The page `message` as an answer."""
        body = self.message(key, **parts)
        return HTMLResponse(body, status, {"Content-Security-Policy": POLICY})
