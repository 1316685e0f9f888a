"""Subscribing by page. GET shows, POST does: a scanner that opens every link changes nothing.

A signed link is all the proof there is, so its pages need neither password nor cookie; a page that
somebody else could make a browser send (the sign-up) is held by the form's signed time and by where
it came from.

What does not count is raised: TokenError for a link, HTTPException for a form; web.app shows their
pages.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from digest.address import Address
from digest.delivery import Subscriber
from digest.readers.front import Front
from digest.readers.wishes import Wishes, read_wishes, wishes_of
from digest.schedule.logs import say
from digest.timetable import zone_of
from digest.web.answers import HONEYPOT, Answers, first, private, typed_address, visitor
from digest.web.choices import choices
from digest.web.forms import Form, FormTime, says_one_click
from digest.web.look import Look

KEEP = "keep"
PAUSES = {"1w": timedelta(weeks=1), "2w": timedelta(weeks=2), "4w": timedelta(weeks=4)}


@dataclass(frozen=True)
class Subscribing:
    """The endpoints."""

    front: Front
    look: Look
    times: FormTime
    answers: Answers
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        ours, linked = self.answers.ours, self.answers.linked
        return [
            Route("/subscribe", self.form),
            Route("/subscribe", ours(self.subscribe), methods=["POST"]),
            Route("/subscribe/sent", self.sent),
            Route("/confirm/{token}", self.confirm_page),
            Route("/confirm/{token}", self.confirm, methods=["POST"]),
            Route("/unsubscribe", self.links_page),
            Route("/unsubscribe/{token}", self.leave_page),
            Route("/unsubscribe/{token}", self.leave, methods=["POST"]),
            Route("/return/{token}", self.come_back, methods=["POST"]),
            Route("/preferences", self.links_page),
            Route("/preferences", ours(self.links), methods=["POST"]),
            Route("/preferences/sent", self.links_sent),
            Route("/preferences/{token}", self.preferences_page),
            Route("/preferences/{token}", linked(self.preferences), methods=["POST"]),
            Route("/preferences/{token}/data.json", self.data),
            Route("/preferences/{token}/erase", linked(self.erase), methods=["POST"]),
        ]

    # --- signing up

    def form(self, request: Request) -> Response:
        now = self.clock()
        return self._form(self.front.offer.usual, "", self.times.make(now))

    def _form(
        self, wishes: Wishes, address: str, made: str, problems: Collection[str] = ()
    ) -> Response:
        offered = choices(wishes, self.front.offer, self.look.words)
        asks = self.answers.asks
        return asks("subscribe", made, address, problems, **offered, inbox=self.front.inbox)

    def subscribe(self, request: Request, form: Form) -> Response:
        now = self.clock()
        made, aged = self.times.again(first(form, "made"), now)
        wishes, problems = read_wishes(form, self.front.offer)
        if first(form, HONEYPOT):
            say(logging.INFO, "sign-up", done="honeypot")
            return RedirectResponse("/subscribe/sent", 303)
        address, wrong = self.typed_address(form)
        problems = (*aged, *wrong, *problems)
        if address is None or problems:
            say(logging.INFO, "sign-up", done="asked again", why=",".join(problems))
            return self._form(wishes, first(form, "address"), made, problems)
        gate = self.front.service.gate
        if not (gate.admits("network", visitor(request)) and gate.admits("list")):
            say(logging.WARNING, "sign-up", done="limited")
            return self.answers.limited()
        done = self.front.service.ask(address, wishes, now)
        say(logging.INFO, "sign-up", done=done)
        # The same for known and unknown addresses, and after a reload nothing is sent again.
        return RedirectResponse("/subscribe/sent", 303)

    def typed_address(self, form: Form) -> tuple[Address | None, tuple[str, ...]]:
        """The address that was typed, and what is wrong with it as a reader's."""
        address, wrong = typed_address(form)
        refused = self.front.taken.refuses(address) if address else ""
        return address, ((refused,) if refused else wrong)

    def sent(self, request: Request) -> Response:
        return self.look.page("sent", inbox=self.front.inbox if self.front.believes else "")

    def confirm_page(self, request: Request) -> Response:
        token = request.path_params["token"]
        reader = self.front.service.open("confirm", token, self.clock())
        return private(self.look.page("confirm", reader=self._reader(reader)))

    def confirm(self, request: Request) -> Response:
        now = self.clock()
        reader = self.front.service.confirm(request.path_params["token"], "page", now)
        say(logging.INFO, "confirmed", how="page")
        return self._welcome(reader, now)

    def _welcome(self, reader: Subscriber, now: datetime) -> Response:
        return private(
            self.look.page(
                "welcome",
                reader=self._reader(reader),
                token=self.front.service.preferences_token(reader, now),
            )
        )

    # --- leaving

    def leave_page(self, request: Request) -> Response:
        reader, claim = self.front.service.leaver(request.path_params["token"], self.clock())
        if reader is None or reader.state == "unsubscribed":
            return self._left(reader, "")
        # Who has an old letter is not told where its reader has moved to.
        address = reader.address if reader.nonce == claim.nonce else ""
        return private(self.look.page("unsubscribe", address=address))

    async def leave(self, request: Request) -> Response:
        """The page's button, or the mail program's: RFC 8058 asks for no cookie, no redirect, and
        that it works by this one request."""
        one_click = await says_one_click(request)
        if not one_click:
            form = await self.answers.form(request)
            if first(form, "leave") != "yes":
                return self.look.told("bad_form", 400)
        return await run_in_threadpool(self._leave, request, one_click)

    def _leave(self, request: Request, one_click: bool) -> Response:
        now = self.clock()
        reader = self.front.service.leave(request.path_params["token"], now, farewell=not one_click)
        say(logging.INFO, "left", how="one-click" if one_click else "page")
        if one_click:
            return PlainTextResponse(self.look.words.phrase("left_title") + "\n")
        return self._left(
            reader, self.front.service.preferences_token(reader, now) if reader else ""
        )

    def _left(
        self,
        reader: Subscriber | None,
        token: str,
        problems: Collection[str] = (),
        status: int = 200,
    ) -> Response:
        """The page of whoever gets no editions: the way back, and their data, where the `token` of
        their link is good for it."""
        bounced = reader is not None and reader.state == "bounced"
        return private(
            self.look.page(
                "left",
                status,
                bounced=bounced,
                address=reader.address if reader else "",
                token=token,
                problems=problems,
            )
        )

    def come_back(self, request: Request) -> Response:
        now = self.clock()
        reader = self.front.service.come_back(request.path_params["token"], now)
        if reader is None:
            say(logging.INFO, "sign-up", done="asked")
            return RedirectResponse("/subscribe/sent", 303)
        say(logging.INFO, "confirmed", how="link")
        return self._welcome(reader, now)

    # --- preferences

    def links_page(self, request: Request) -> Response:
        return self._links_page("", self.times.make(self.clock()))

    def _links_page(self, address: str, made: str, problems: Collection[str] = ()) -> Response:
        return self.answers.asks("links", made, address, problems, inbox=self.front.inbox)

    def links(self, request: Request, form: Form) -> Response:
        now = self.clock()
        made, aged = self.times.again(first(form, "made"), now)
        if first(form, HONEYPOT):
            return RedirectResponse("/preferences/sent", 303)
        address, wrong = typed_address(form)
        problems = (*aged, *wrong)
        if address is None or problems:
            return self._links_page(first(form, "address"), made, problems)
        if not self.front.service.gate.admits("network", visitor(request)):
            return self.answers.limited()
        say(logging.INFO, "links-asked", done=self.front.service.mail_links(address, now))
        return RedirectResponse("/preferences/sent", 303)

    def links_sent(self, request: Request) -> Response:
        return self.look.told("links_sent")

    def preferences_page(self, request: Request) -> Response:
        now, token = self.clock(), request.path_params["token"]
        reader = self.front.service.open("preferences", token, now)
        return self.own_page(reader, token, now)

    def own_page(
        self,
        reader: Subscriber,
        token: str,
        now: datetime,
        problems: Collection[str] = (),
        status: int = 200,
        new_address: str = "",
    ) -> Response:
        """What the link to the preferences shows: the choices, or that they are no reader."""
        if not reader.subscribed:
            return self._left(reader, token, problems, status)
        return self.own_preferences(reader, token, now, new_address=new_address, problems=problems)

    def own_preferences(
        self,
        reader: Subscriber,
        token: str,
        now: datetime,
        *,
        wishes: Wishes | None = None,
        pause: str = KEEP,
        new_address: str = "",
        problems: Collection[str] = (),
        saved: bool = False,
    ) -> Response:
        """The page of a reader's choices."""
        leaving = self.front.service.tokens.make("unsubscribe", reader.id, reader.nonce, now)
        paused = reader.paused_at(now)
        return private(
            self.look.page(
                "preferences",
                422 if problems else 200,
                reader=self._reader(reader),
                paused=paused,
                paused_until=_until(reader),
                token=token,
                leaving=leaving,
                new_address=new_address,
                problems=problems,
                saved=saved,
                pauses=(KEEP, *(["end"] if paused else []), *PAUSES, "open"),
                pause_chosen=pause,
                **choices(wishes or wishes_of(reader), self.front.offer, self.look.words),
                inbox=self.front.inbox,
            )
        )

    def preferences(self, request: Request, form: Form) -> Response:
        now, token = self.clock(), request.path_params["token"]
        reader = self.front.service.open("preferences", token, now)
        wishes, problems = read_wishes(form, self.front.offer, wishes_of(reader))
        pause = first(form, "pause")
        if pause not in ("", KEEP, "end", "open", *PAUSES):
            problems = (*problems, "pause")
        if problems:
            return self.own_preferences(
                reader, token, now, wishes=wishes, pause=pause, problems=problems
            )
        kept = self.front.service.choose(reader, wishes, now)
        if pause == "end":
            self.front.service.resume(reader, now)
        elif pause == "open":
            self.front.service.pause(reader, None, now)
        elif pause in PAUSES:
            self.front.service.pause(reader, now + PAUSES[pause], now)
        say(logging.INFO, "preferences", kept=kept)
        changed = self.front.service.open("preferences", token, now)
        if not changed.subscribed:
            return self._left(changed, token, status=410)
        return self.own_preferences(changed, token, now, saved=True)

    # --- the reader's own data

    def data(self, request: Request) -> Response:
        reader = self.front.service.open("preferences", request.path_params["token"], self.clock())
        body = json.dumps(self.front.service.export(reader), ensure_ascii=False, indent=1)
        return private(
            Response(
                body + "\n",
                media_type="application/json",
                headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
            )
        )

    def erase(self, request: Request, form: Form) -> Response:
        now, token = self.clock(), request.path_params["token"]
        reader = self.front.service.open("preferences", token, now)
        if first(form, "sure") != "yes":
            return self.own_page(reader, token, now, ("sure",), 422)
        self.front.service.erase(reader, now)
        say(logging.INFO, "erased")
        return private(self.look.told("erased"))

    # --- together

    def _reader(self, reader: Subscriber) -> dict[str, object]:
        return {"address": reader.address} | self.front.offer.shown(reader, self.look.words.region)


def _until(reader: Subscriber) -> Date | None:
    """The reader's own date on which the pause ends."""
    until = reader.paused_until
    return until.astimezone(zone_of(reader.zone)).date() if until else None
