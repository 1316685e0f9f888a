"""What the pages that take forms have in common: whose form it was, and how a link is refused."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.errors import TokenError
from digest.readers.gate import Gate, network
from digest.schedule.logs import say
from digest.web.forms import BadForm, Form, read_form, same_site
from digest.web.look import Look

HONEYPOT = "website"
"""A field that people do not see and robots fill."""
STATUS = {"forged": 404, "expired": 410, "used": 410}


@dataclass(frozen=True)
class Answers:
    """`hosts`: hosts of our pages beside the one asked (see forms.same_site)."""

    look: Look
    gate: Gate
    hosts: Collection[str]

    async def ours(self, request: Request, prose: Collection[str] = ()) -> Form:
        """The form, when it was one of ours. Raises HTTPException, whose page says that it was
        not."""
        if not same_site(request, self.hosts):
            say(logging.WARNING, "form-refused", why="from another site")
            raise HTTPException(403)
        return await self.form(request, prose)

    async def form(self, request: Request, prose: Collection[str] = ()) -> Form:
        """The form, from wherever: for what a link's token opens, which no other site knows.
        Raises HTTPException where it is none."""
        try:
            return await read_form(request, prose)
        except BadForm as error:
            say(logging.WARNING, "form-refused", why=error.status)
            raise HTTPException(error.status) from None

    def refused(self, request: Request, error: Exception) -> Response:
        """The page in place of one that a link does not open, by its TokenError."""
        assert isinstance(error, TokenError)  # noqa: S101
        if error.reason == "forged" and not self.gate.admits("links", visitor(request)):
            return self.limited()
        say(logging.INFO, "link-refused", why=error.reason)
        return private(self.look.told(f"link_{error.reason}", STATUS[error.reason]))

    def limited(self) -> Response:
        """The page for whoever asks too often."""
        response = self.look.told("limited", 429)
        response.headers["Retry-After"] = "3600"
        return private(response)


def visitor(request: Request) -> str:
    """The network that asks."""
    return network(request.client.host) if request.client else "?"


def first(form: Form, name: str) -> str:
    """The field's first value, "" where there is none."""
    values = form.get(name)
    return values[0] if values else ""


def private(response: Response) -> Response:
    """Not kept by anybody in between, not found by search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
