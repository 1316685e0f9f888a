"""A reader's other address by page: asked for in the preferences, changed by a link sent there."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digest.schedule.logs import say
from digest.web.answers import first, private, visitor
from digest.web.forms import Form
from digest.web.subscribing import Subscribing


@dataclass(frozen=True)
class Moving:
    """The endpoints, beside those of subscribing."""

    pages: Subscribing

    def routes(self) -> list[Route]:
        return [
            Route(
                "/preferences/{token}/address",
                self.pages.answers.linked(self.ask),
                methods=["POST"],
            ),
            Route("/confirm/address/sent", self.sent),
            Route("/confirm/address/{token}", self.page),
            Route("/confirm/address/{token}", self.move, methods=["POST"]),
        ]

    def ask(self, request: Request, form: Form) -> Response:
        pages, service = self.pages, self.pages.front.service
        now, token = pages.clock(), request.path_params["token"]
        reader = service.open("preferences", token, now)
        address, problems = pages.typed_address(form)
        if not reader.subscribed or address is None or problems:
            typed = first(form, "address")
            return pages.own_page(reader, token, now, problems, 422, new_address=typed)
        if not (service.gate.admits("network", visitor(request)) and service.gate.admits("list")):
            return pages.answers.limited()
        say(logging.INFO, "address-asked", done=service.ask_move(reader, address, now))
        # The same whatever address it is, and after a reload nothing is sent again.
        return RedirectResponse("/confirm/address/sent", 303)

    def sent(self, request: Request) -> Response:
        return self.pages.look.told("move_sent")

    def page(self, request: Request) -> Response:
        pages = self.pages
        reader = pages.front.service.open("address", request.path_params["token"], pages.clock())
        return private(pages.look.page("move", address=reader.address))

    def move(self, request: Request) -> Response:
        pages, now = self.pages, self.pages.clock()
        reader = pages.front.service.move(request.path_params["token"], now)
        say(logging.INFO, "address-changed")
        token = pages.front.service.preferences_token(reader, now)
        return pages.own_preferences(reader, token, now, saved=True)
