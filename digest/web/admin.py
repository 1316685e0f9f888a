"""The operator's pages: the state of the service, readers, mail, comments, held editions.

Off unless there is a password (or a proxy that vouches). GET changes nothing; every form carries
the session's signature. What the pages show of readers and strangers is text, escaped.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from digest.archive.pages import comment_view
from digest.comment import Comment
from digest.errors import AddressError, DigestError
from digest.model import LONGEST_HEADLINE, LONGEST_NOTE
from digest.readers.gate import Gate
from digest.schedule.logs import say
from digest.status import Picture
from digest.web.answers import first, private, visitor
from digest.web.forms import READERS, Caps, Form, read_form, same_site
from digest.web.guard import MOST_BYTES
from digest.web.look import Look
from digest.web.session import LONGEST_PASSWORD, Sessions

Shown = Mapping[str, object]
"""Plain values for a template."""
MOST_STORIES = 100
"""Of an edition, by the settings' schema."""
EDITION = Caps(fields=4 + 3 * MOST_STORIES, value=LONGEST_NOTE)
"""A held edition's form: a headline, a note and whether to leave it out, of each story."""
EDITION_BYTES = 12 * MOST_STORIES * (LONGEST_HEADLINE + LONGEST_NOTE + 10)
"""A character has four bytes at most, and each is sent as three; the rest is for names."""


class Office(Protocol):
    """What the operator's pages need of the installation; `digest.office.Office` fits this."""

    def picture(self) -> Picture: ...
    def charts(self, found: Picture) -> Sequence[tuple[str, str]]:
        """(title, SVG ready to be printed)."""

    def reader_counts(self) -> Mapping[str, int]: ...
    def reader(self, address: str) -> Shown | None:
        """Raises AddressError for what is no address."""

    def stop_reader(self, address: str) -> bool: ...
    def erase_reader(self, address: str) -> bool: ...
    def mailings(self) -> Sequence[Shown]: ...
    def mailing(self, date: Date) -> Shown: ...
    def send_again(self, date: Date, states: Sequence[str]) -> int: ...
    def returned(self, *, unmatched: bool) -> Sequence[Shown]: ...
    def comments(self, state: str) -> Sequence[Comment]: ...
    def decide(self, id: int, *, publish: bool) -> bool: ...
    def held(self) -> Sequence[Date]: ...
    def held_edition(self, date: Date) -> Shown:
        """Its stories, and the version that a form made from them names."""

    def edit(self, date: Date, form: Form, seen: str) -> None: ...
    def approve(self, date: Date, seen: str) -> list[str]: ...


Page = Callable[[Request, str], Response]
Act = Callable[[Request, Form], str | Response]
"""The page to go to afterwards, or what is shown in place of one."""


@dataclass(frozen=True)
class Admin:
    office: Office
    look: Look
    sessions: Sessions
    gate: Gate
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        return [
            Route("/admin/login", self.login, methods=["GET"]),
            Route("/admin/login", self.sign_in, methods=["POST"]),
            Route("/admin/logout", self._does(self.sign_out), methods=["POST"]),
            Route("/admin", self._shows(self.status)),
            Route("/admin/readers", self._shows(self.readers)),
            Route("/admin/readers", self._does(self.change_reader), methods=["POST"]),
            Route("/admin/readers/found", self._does(self.find_reader), methods=["POST"]),
            Route("/admin/deliveries", self._shows(self.deliveries)),
            Route("/admin/deliveries/{date}", self._shows(self.delivery)),
            Route("/admin/deliveries/{date}", self._does(self.send_again), methods=["POST"]),
            Route("/admin/returned", self._shows(self.returned)),
            Route("/admin/comments", self._shows(self.comments)),
            Route("/admin/comments", self._does(self.decide), methods=["POST"]),
            Route("/admin/held", self._shows(self.held)),
            Route("/admin/held/{date}", self._shows(self.held_edition)),
            Route("/admin/held/{date}", self._does(self.change_edition, EDITION), methods=["POST"]),
        ]

    def most_bytes(self, scope: Scope) -> int:
        """Of a request's body. A stranger's is small everywhere: bodies are kept in memory."""
        if scope["path"].startswith("/admin/held/") and self._who(Request(scope)):
            return EDITION_BYTES
        return MOST_BYTES

    # --- in and out

    def login(self, request: Request) -> Response:
        if self._who(request):
            return RedirectResponse("/admin", 303)
        return private(self.look.page("admin/login", wrong=False))

    async def sign_in(self, request: Request) -> Response:
        if not self.gate.admits("guesses", visitor(request)):
            say(logging.WARNING, "admin-limited")
            return private(self.look.told("limited", 429))
        form = await self._form(request)
        given = first(form, "password")[:LONGEST_PASSWORD]
        if not self.sessions.is_password(given):
            say(logging.WARNING, "admin-refused")
            return private(self.look.page("admin/login", 403, wrong=True))
        say(logging.INFO, "admin-signed-in")
        response = RedirectResponse("/admin", 303)
        self.sessions.begin(response, self.clock())
        return private(response)

    def sign_out(self, request: Request, form: Form) -> str:
        return "/admin/login"

    # --- pages

    def status(self, request: Request, token: str) -> Response:
        found = self.office.picture()
        return self._page("status", token, found=found, charts=self.office.charts(found))

    def readers(self, request: Request, token: str) -> Response:
        return self._readers(token)

    def _readers(
        self, token: str, address: str = "", reader: Shown | None = None, problem: str = ""
    ) -> Response:
        return self._page(
            "readers",
            token,
            counts=self.office.reader_counts(),
            address=address,
            reader=reader,
            problem=problem,
        )

    def deliveries(self, request: Request, token: str) -> Response:
        return self._page("deliveries", token, mailings=self.office.mailings())

    def delivery(self, request: Request, token: str) -> Response:
        return self._page("delivery", token, mailing=self.office.mailing(_date(request)))

    def returned(self, request: Request, token: str) -> Response:
        unmatched = "unmatched" in request.query_params
        letters = self.office.returned(unmatched=unmatched)
        return self._page("returned", token, letters=letters, unmatched=unmatched)

    def comments(self, request: Request, token: str) -> Response:
        state = request.query_params.get("state", "waiting")
        views = [comment_view(c, self.look.words) for c in self.office.comments(state)]
        return self._page("comments", token, comments=views, state=state)

    def held(self, request: Request, token: str) -> Response:
        return self._page("held", token, dates=self.office.held())

    def held_edition(self, request: Request, token: str) -> Response:
        date = _date(request)
        return self._page(
            "held_edition",
            token,
            date=date,
            edition=self.office.held_edition(date),
            longest_headline=LONGEST_HEADLINE,
            longest_note=LONGEST_NOTE,
        )

    # --- acts

    def find_reader(self, request: Request, form: Form) -> Response:
        """A POST: an address in a link stands in logs and histories."""
        address, token = first(form, "address").strip(), first(form, "token")
        try:
            reader = self.office.reader(address)
        except AddressError as error:
            return self._readers(token, address, problem=str(error))
        problem = "" if reader else "There is no reader of that address."
        return self._readers(token, address, reader, problem)

    def change_reader(self, request: Request, form: Form) -> str:
        address = first(form, "address")
        done = {"stop": self.office.stop_reader, "erase": self.office.erase_reader}
        act = done.get(first(form, "act"))
        if act is None or first(form, "sure") != "yes":
            raise HTTPException(400)
        say(logging.INFO, "admin-reader", act=first(form, "act"), done=act(address))
        return "/admin/readers"

    def decide(self, request: Request, form: Form) -> str:
        act, number = first(form, "act"), first(form, "comment")
        if act not in ("publish", "refuse") or not (number.isascii() and number.isdigit()):
            raise HTTPException(400)
        done = self.office.decide(int(number[:18]), publish=act == "publish")
        say(logging.INFO, "admin-comment", act=act, number=number, done=done)
        return "/admin/comments"

    def send_again(self, request: Request, form: Form) -> str:
        date = _date(request)
        states = [state for state in form.get("state", ()) if state in ("failed", "uncertain")]
        count = self.office.send_again(date, states)
        say(logging.INFO, "admin-send-again", date=date, states=" ".join(states), letters=count)
        return f"/admin/deliveries/{date}"

    def change_edition(self, request: Request, form: Form) -> str:
        date, seen = _date(request), first(form, "seen")
        if first(form, "act") == "approve":
            notes = self.office.approve(date, seen)
            say(logging.INFO, "admin-approved", date=date, notes="; ".join(notes))
            return "/admin/held"
        self.office.edit(date, form, seen)
        say(logging.INFO, "admin-edited", date=date)
        return f"/admin/held/{date}"

    # --- around every page and act

    def _shows(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def shown(request: Request) -> Response:
            who = self._who(request)
            if not who:
                return private(RedirectResponse("/admin/login", 303))
            token = self.sessions.form_token(who)
            try:
                response = await run_in_threadpool(page, request, token)
            except DigestError as error:
                response = self._page("problem", token, problem=str(error), status=400)
            self.sessions.go_on(response, who, self.clock())
            return private(response)

        return shown

    def _does(self, act: Act, caps: Caps = READERS) -> Callable[[Request], Awaitable[Response]]:
        async def done(request: Request) -> Response:
            who = self._who(request)
            form = await self._form(request, caps)
            if not who:
                return private(RedirectResponse("/admin/login", 303))
            if not self.sessions.is_ours(who, first(form, "token")):
                say(logging.WARNING, "admin-forged")
                raise HTTPException(403)
            try:
                answer = await run_in_threadpool(act, request, form)
                response = RedirectResponse(answer, 303) if isinstance(answer, str) else answer
            except DigestError as error:
                token = self.sessions.form_token(who)
                response = self._page("problem", token, problem=str(error), status=400)
            if act == self.sign_out:
                self.sessions.end(response)
            else:
                self.sessions.go_on(response, who, self.clock())
            return private(response)

        return done

    def _who(self, request: Request) -> str:
        return self.sessions.who(request, self.clock())

    async def _form(self, request: Request, caps: Caps = READERS) -> Form:
        if not same_site(request, ()):
            raise HTTPException(403)
        return await read_form(request, caps=caps)

    def _page(self, name: str, token: str, *, status: int = 200, **parts: object) -> Response:
        by_proxy = not self.sessions.access.password
        return self.look.page(
            f"admin/{name}", status, token=token, here=name, by_proxy=by_proxy, **parts
        )


def _date(request: Request) -> Date:
    try:
        return Date.fromisoformat(request.path_params["date"])
    except ValueError:
        raise HTTPException(404) from None
