"""Comments by page: a form for each story, and the page where their writer confirms them.

As with subscribing, GET shows and POST does. Whoever types an address is told the same whether it
is a reader's or not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digest.archive.pages import comment_view
from digest.comment import LONGEST, LONGEST_NAME, Subject
from digest.readers.comments import CommentDesk, typed
from digest.render.safe import plain
from digest.schedule.logs import say
from digest.web.answers import HONEYPOT, Answers, first, private, typed_address, visitor
from digest.web.forms import Form, FormTime
from digest.web.look import Look

LONGEST_THREAD = 100


@dataclass(frozen=True)
class Commenting:
    """The endpoints."""

    desk: CommentDesk
    look: Look
    times: FormTime
    answers: Answers
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        return [
            Route("/comment/sent", self.sent),
            Route("/comment/confirm/{token}", self.confirm_page),
            Route("/comment/confirm/{token}", self.confirm, methods=["POST"]),
            Route("/comment/{thread}", self.form),
            Route(
                "/comment/{thread}", self.answers.ours(self.say, prose=("text",)), methods=["POST"]
            ),
        ]

    def form(self, request: Request) -> Response:
        about = self._about(request)
        if about is None:
            return self.look.told("missing", 404)
        return self._form(about, "", "", "", self.times.make(self.clock()))

    def _about(self, request: Request) -> Subject | None:
        thread = request.path_params["thread"]
        return self.desk.story_named(thread) if len(thread) <= LONGEST_THREAD else None

    def _form(
        self,
        about: Subject,
        text: str,
        name: str,
        address: str,
        made: str,
        problems: Collection[str] = (),
    ) -> Response:
        return self.answers.asks(
            "comment",
            made,
            address,
            problems,
            thread=about.thread,
            headline=plain(about.headline),
            text=text,
            signed=name,
            longest=LONGEST,
            longest_name=LONGEST_NAME,
        )

    def say(self, request: Request, form: Form) -> Response:
        now, about = self.clock(), self._about(request)
        if about is None:
            return self.look.told("missing", 404)
        if first(form, HONEYPOT):
            say(logging.INFO, "comment", done="honeypot")
            return RedirectResponse("/comment/sent", 303)
        text, name, problems = typed(first(form, "text"), first(form, "name"))
        address, wrong = typed_address(form)
        made, aged = self.times.again(first(form, "made"), now)
        problems = (*aged, *problems, *wrong)
        if address is None or problems:
            say(logging.INFO, "comment", done="asked again", why=",".join(problems))
            return self._form(about, text, name, first(form, "address"), made, problems)
        if not self.desk.service.gate.admits("remarks", visitor(request)):
            say(logging.WARNING, "comment", done="limited")
            return self.answers.limited()
        say(logging.INFO, "comment", done=self.desk.by_page(address, about, text, name, now))
        return RedirectResponse("/comment/sent", 303)

    def sent(self, request: Request) -> Response:
        return private(self.look.told("comment_sent"))

    # --- confirming

    def confirm_page(self, request: Request) -> Response:
        token = request.path_params["token"]
        comment = self.desk.opened(token, self.clock())
        shown = comment_view(comment, self.look.words)
        return private(self.look.page("comment_confirm", comment=shown, token=token))

    def confirm(self, request: Request) -> Response:
        comment = self.desk.confirm(request.path_params["token"], self.clock())
        say(logging.INFO, "comment", done="confirmed")
        return private(self.look.told("comment_thanks", headline=plain(comment.about.headline)))
