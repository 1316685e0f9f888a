"""What the pages that take forms have in common: whose form it was, and how a link is refused."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.address import Address, parse_address
from digest.errors import AddressError, TokenError
from digest.readers.gate import Gate, network
from digest.schedule.logs import say
from digest.web.forms import BadForm, Form, read_form, same_site
from digest.web.look import Look

HONEYPOT = "website"
"""A field that people do not see and robots fill."""
STATUS = {"forged": 404, "expired": 410, "used": 410}
Act = Callable[[Request, Form], Response]
"""What becomes of a form; called in a thread, as what asks the database is."""
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Answers:
    """`hosts`: hosts of our pages beside the one asked (see forms.same_site)."""

    look: Look
    gate: Gate
    hosts: Collection[str]

    def ours(self, act: Act, prose: Collection[str] = ()) -> Endpoint:
        """The endpoint of a form that has to be one of ours. Raises HTTPException, whose page says
        that it was not."""

        async def endpoint(request: Request) -> Response:
            if not same_site(request, self.hosts):
                say(logging.WARNING, "form-refused", why="from another site")
                raise HTTPException(403)
            return await run_in_threadpool(act, request, await self.form(request, prose))

        return endpoint

    def linked(self, act: Act) -> Endpoint:
        """The endpoint of a form from wherever: for what a link's token opens, which no other site
        knows."""

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(act, request, await self.form(request))

        return endpoint

    async def form(self, request: Request, prose: Collection[str] = ()) -> Form:
        """The form. Raises BadForm where it is none."""
        try:
            return await read_form(request, prose)
        except BadForm as error:
            say(logging.WARNING, "form-refused", why=error.status_code)
            raise

    def asks(
        self, name: str, made: str, address: str, problems: Collection[str], **parts: object
    ) -> Response:
        """The page of a form that has to be one of ours; again, where it has `problems`."""
        status = 422 if problems else 200
        return private(
            self.look.page(
                name,
                status,
                made=made,
                address=address,
                problems=problems,
                honeypot=HONEYPOT,
                **parts,
            )
        )

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


def typed_address(form: Form) -> tuple[Address | None, tuple[str, ...]]:
    """The address that was typed, and what is wrong with it: None where it is none."""
    try:
        return parse_address(first(form, "address")), ()
    except AddressError:
        return None, ("address",)


def first(form: Form, name: str) -> str:
    """The field's first value, "" where there is none."""
    values = form.get(name)
    return values[0] if values else ""


def private(response: Response) -> Response:
    """Not kept by anybody in between, not found by search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
