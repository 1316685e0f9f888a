"""The operator's pages, over real HTTP: who gets in, what is shown, what is done."""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

import pytest

from digest.comment import Comment, Subject
from digest.delivery import Subscriber
from digest.held import version
from digest.mailsettings import load_mail_settings
from digest.model import LONGEST_HEADLINE, LONGEST_NOTE, Edition, Editorial, Item, LeftOut
from digest.office import Office
from digest.readers.tokens import Tokens
from digest.resources import resource
from digest.settings import load_settings
from digest.store import Readers, Store, open_ledger, open_store
from digest.store.comments import Comments
from digest.store.returned import ReturnedMail
from digest.store.signups import SignUps
from digest.timetable import FinishedTask
from digest.web.admin import EDITION_BYTES, MOST_STORIES
from digest.web.app import BackOffice, Site, make_app
from digest.web.guard import MOST_BYTES
from digest.web.session import Access
from digest.work import HouseWork

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "correct horse battery"
SETTINGS = """\
edition: {title: The Marrow Morning}
feeds:
  - {name: 'Odra <b>Courier</b>', url: 'https://odra.example/feed.xml'}
"""


@dataclass
class Desk:
    site: Site
    store: Store
    tokens: Tokens
    cookie: str = ""
    network: str = "10.9.8.7"
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        path: str,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        **headers: str,
    ) -> tuple[int, Mapping[str, str], str]:
        connection = http.client.HTTPConnection(self.site.address[7:], timeout=20)
        sent = {"X-Forwarded-For": self.network, **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if fields is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        method = "GET" if fields is None else "POST"
        connection.request(method, path, urlencode(fields or {}, doseq=True), sent)
        response = connection.getresponse()
        kept = {name.lower(): value for name, value in response.getheaders()}
        body = response.read().decode()
        connection.close()
        if "set-cookie" in kept:
            self.cookie = kept["set-cookie"].partition(";")[0]
        return response.status, kept, body

    def sign_in(self) -> None:
        status, headers, _ = self.ask("/admin/login", {"password": PASSWORD})
        assert (status, headers["location"]) == (303, "/admin")
        flags = headers["set-cookie"].lower()
        assert all(flag in flags for flag in ("httponly", "samesite=strict", "path=/admin"))

    def token(self, path: str = "/admin") -> str:
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.ask(path)[2])
        assert found
        return found[1]

    def act(self, path: str, **fields: str) -> tuple[int, Mapping[str, str], str]:
        return self.ask(path, {"token": self.token(), **fields})


def _open(folder: Path, access: Access, settings_text: str = SETTINGS) -> Iterator[Desk]:
    (folder / "feeds.yaml").write_text(settings_text, "utf-8")
    env = {
        "DIGEST_DB": f"sqlite:///{folder}/digest.sqlite3",
        "DIGEST_OUT": str(folder / "output"),
        "DIGEST_KEYS": str(folder / "keys"),
    }
    settings = load_settings(folder / "feeds.yaml", env)
    mail = load_mail_settings(settings.editorial, env=env)
    with open_store(env["DIGEST_DB"]) as store:
        work = HouseWork(settings, store)
        office = Office(settings, store, work, Tokens(mail.secret))
        app = make_app(
            out=settings.out,
            editorial=settings.editorial,
            secret=str(mail.secret),
            back_office=BackOffice(office, access),
        )
        site = Site(app, "127.0.0.1", 0)
        site.bind()
        site.start()
        try:
            yield Desk(site, store, office.tokens)
        finally:
            site.stop()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from _open(tmp_path, Access(PASSWORD))


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Desk]:
    yield from _open(tmp_path, Access(header="X-Remote-User"))


PAGES = ("", "/readers", "/deliveries", "/deliveries/2026-04-14", "/returned", "/comments", "/held")


def test_nothing_is_shown_to_who_has_not_signed_in(desk: Desk) -> None:
    for page in PAGES:
        status, headers, body = desk.ask(f"/admin{page}")
        assert (status, headers["location"], body) == (303, "/admin/login", "")
    for page in ("/readers", "/deliveries/2026-04-14", "/comments", "/held/2026-04-14", "/logout"):
        assert desk.ask(f"/admin{page}", {"act": "erase"})[0] == 303
    desk.cookie = "digest_admin=abc.zzzzzz.c2lnbmVk"
    assert desk.ask("/admin")[0] == 303


def test_a_guessed_password_is_refused_and_guessing_is_slow(desk: Desk) -> None:
    answers = [desk.ask("/admin/login", {"password": f"guess {n}"})[0] for n in range(8)]
    assert answers == [403] * 5 + [429] * 3
    assert desk.ask("/admin/login", {"password": PASSWORD})[0] == 429
    desk.network = "10.1.1.1"
    desk.sign_in()
    assert desk.ask("/admin")[0] == 200


def test_every_page_opens_and_holds_no_markup_of_others(desk: Desk) -> None:
    now = datetime.now(UTC)
    desk.store.record_task(
        FinishedTask("gather", "gather", now.date(), now, now, "done", "<script>x</script>")
    )
    ReturnedMail(desk.store).keep(
        "unmatched",
        "from <img src=x>",
        now,
        matched=False,
        raw=b"Subject: <script>alert(1)</script>\r\n\r\n<svg onload=x>\r\n",
    )
    desk.sign_in()
    for page in PAGES:
        status, headers, body = desk.ask(f"/admin{page}")
        assert status == 200, page
        assert headers["cache-control"] == "no-store"
        assert "script" not in headers["content-security-policy"]
        for hostile in ("<script>x", "<img src=x>", "<svg onload", "<b>Courier", "<script>al"):
            assert hostile not in body
    status_page = desk.ask("/admin")[2]
    assert status_page.count('class="chart"') == 4
    assert "Odra &lt;b&gt;Courier" in status_page or "Reports per hour" in status_page


def test_reports_are_counted_without_being_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    for hours, count in ((0, 2), (1, 3), (60, 5)):
        seen = now - timedelta(hours=hours)
        came = [Item(f"{hours}-{n}", "", "A", "Title", "Text", seen, seen) for n in range(count)]
        desk.store.save_fetched([], came, seen)
    monkeypatch.delattr(Store, "items_between")
    desk.sign_in()
    assert "5 reports in 48 hours, at most 3 in one." in desk.ask("/admin")[2]


def test_a_forged_form_changes_nothing(desk: Desk) -> None:
    _reader(desk, "anna")
    desk.sign_in()
    form = {"address": "anna@inbox.example", "act": "erase", "sure": "yes"}
    assert desk.ask("/admin/readers", form)[0] == 403
    assert desk.ask("/admin/readers", {**form, "token": "0" * 64})[0] == 403
    other = {"token": desk.token(), **form}
    assert desk.ask("/admin/readers", other, Origin="https://evil.example")[0] == 403
    assert desk.ask("/admin/readers", other, Sec_Fetch_Site="cross-site")[0] == 403
    assert Readers(desk.store).find("anna@inbox.example") is not None
    assert desk.act("/admin/readers", address="anna@inbox.example", act="erase")[0] == 400


def _reader(desk: Desk, name: str) -> None:
    address = f"{name}@inbox.example"
    Readers(desk.store).subscribe(
        Subscriber(address, address, "active"), datetime(2026, 4, 1, tzinfo=UTC)
    )


def test_a_reader_is_found_stopped_and_erased(desk: Desk) -> None:
    _reader(desk, "anna")
    desk.sign_in()
    looked_up = "/admin/readers/found"
    body = desk.act(looked_up, address="Anna@Inbox.example")[2]
    assert "anna@inbox.example" in body
    assert "There is no reader" in desk.act(looked_up, address="bo@inbox.example")[2]
    assert desk.act(looked_up, address="no address")[0] == 200
    for path in (
        looked_up,
        "/admin/readers",
    ):  # an address in a link would stand in the proxy's log
        assert "anna@" not in desk.ask(f"{path}?address=anna%40inbox.example")[2]
    assert desk.ask(looked_up, {"address": "anna@inbox.example"})[0] == 403
    done = desk.act("/admin/readers", address="anna@inbox.example", act="stop", sure="yes")
    assert done[0] == 303
    found = Readers(desk.store).find("anna@inbox.example")
    assert found is not None
    assert found.state == "unsubscribed"
    desk.act("/admin/readers", address="anna@inbox.example", act="erase", sure="yes")
    assert Readers(desk.store).find("anna@inbox.example") is None


def test_readers_who_chose_no_day_with_an_edition_are_counted(desk: Desk) -> None:
    desk.sign_in()
    assert "No day left" not in desk.ask("/admin")[2]
    bo = Subscriber("bo@inbox.example", "bo@inbox.example", "active", days=0)
    Readers(desk.store).subscribe(bo, datetime(2026, 4, 1, tzinfo=UTC))
    assert "No day left</dt><dd>1 readers" in desk.ask("/admin")[2]


def test_what_a_stranger_asks_of_a_former_reader_is_shown_beside(desk: Desk) -> None:
    roll, now = SignUps(desk.store), datetime(2026, 4, 1, tzinfo=UTC)
    anna = roll.subscribe(Subscriber("anna@inbox.example", "anna@inbox.example", "bounced"), now)
    desk.sign_in()
    assert "<dt>asked" not in desk.act("/admin/readers/found", address=anna.address)[2]
    roll.ask(replace(anna, hour=9), now)
    page = desk.act("/admin/readers/found", address=anna.address)[2]
    assert "<dt>asked</dt><dd>address anna@inbox.example, zone UTC, hour 9, " in page
    assert "<dd>bounced</dd>" in page
    assert "nonce" not in page.partition("<dt>asked</dt>")[2].partition("</div>")[0]


def test_a_readers_days_and_comments_are_shown_in_words(desk: Desk) -> None:
    _comment(desk, "Nine, <script>not</script> ten.")
    desk.sign_in()
    page = desk.act("/admin/readers/found", address="anna@inbox.example")[2]
    assert "<dd>mon, tue, wed, thu, fri, sat, sun</dd>" in page
    assert '<p dir="auto">Nine, &lt;script&gt;not&lt;/script&gt; ten.</p>' in page
    assert re.search(r"Comment of 20[-0-9T:.+]+, waiting", page)
    assert "&#39;story&#39;" not in page


def test_no_import_brings_back_whom_the_operator_erased(desk: Desk) -> None:
    _reader(desk, "anna")
    desk.sign_in()
    desk.act("/admin/readers", address="anna@inbox.example", act="erase", sure="yes")
    digest = desk.tokens.address_hash("anna@inbox.example")
    anna = Subscriber("anna@inbox.example", "anna@inbox.example", "active")
    readers = Readers(desk.store)
    assert readers.take_in([(anna, digest)], datetime.now(UTC)).suppressed == 1
    assert readers.find(anna.key) is None


def test_what_failed_is_queued_again(desk: Desk) -> None:
    now = datetime.now(UTC)
    _reader(desk, "anna")
    edition = Edition(
        now.date(), 1, now, "x", "complete", (), Editorial(), (), LeftOut(), (), (), 1, 1, 1
    )
    desk.store.save_edition(edition, b"{}")
    with open_ledger(desk.store, now.date(), to_send=False) as ledger:
        ledger.queue_subscribers(now)
        (due,) = ledger.due(now, 9)
        ledger.turn([], [due.id], now)
        ledger.recover(now)
    desk.sign_in()
    assert "uncertain" in desk.ask(f"/admin/deliveries/{now.date()}")[2]
    assert desk.act(f"/admin/deliveries/{now.date()}", state="uncertain")[0] == 303
    with open_ledger(desk.store, now.date(), to_send=False) as ledger:
        assert ledger.counts() == {"queued": 1}
    assert desk.ask("/admin/deliveries/no-date")[0] == 404


def test_an_edition_that_the_service_sends_no_more_is_not_queued_again(desk: Desk) -> None:
    now = datetime.now(UTC)
    day = (now - timedelta(days=3)).date()
    _reader(desk, "anna")
    with open_ledger(desk.store, day, to_send=False) as ledger:
        ledger.queue_subscribers(now)
        (due,) = ledger.due(now, 9)
        ledger.turn([], [due.id], now)
        ledger.recover(now)
    desk.sign_in()
    shown = desk.ask(f"/admin/deliveries/{day}")[2]
    assert "Send again" not in shown
    assert f"digest send --date {day} --however-old" in shown
    status, _, told = desk.act(f"/admin/deliveries/{day}", state="uncertain")
    assert status == 400
    assert "too old for the service to send" in told
    with open_ledger(desk.store, day, to_send=False) as ledger:
        assert ledger.counts() == {"uncertain": 1}


def _comment(desk: Desk, text: str) -> int:
    _reader(desk, "anna")
    reader = Readers(desk.store).find("anna@inbox.example")
    assert reader
    about = Subject("t-1", date(2026, 4, 14), "Ceasefire <i>holds</i>")
    said = Comment(reader.id, about, text, "A. <b>Reader</b>", "page", "waiting")
    kept = Comments(desk.store).add(said, datetime.now(UTC))
    assert kept
    return kept.id


def test_comments_are_published_refused_and_taken_back(desk: Desk) -> None:
    number = str(_comment(desk, "Nine, <script>not</script> ten."))
    desk.sign_in()
    page = desk.ask("/admin/comments")[2]
    assert "Nine, &lt;script&gt;not&lt;/script&gt; ten." in page
    assert not re.search("<script|<i>holds|<b>Reader", page)
    state = Comments(desk.store).of_state
    for act, then in (("publish", "published"), ("refuse", "refused"), ("publish", "published")):
        assert desk.act("/admin/comments", comment=number, act=act)[0] == 303
        assert [str(one.id) for one in state(then)] == [number]  # type: ignore[arg-type]
        assert "Nine, " in desk.ask(f"/admin/comments?state={then}")[2]
        assert "Nine, " not in desk.ask("/admin/comments")[2]
    assert desk.ask("/admin/comments", {"comment": number, "act": "refuse"})[0] == 403
    for wrong in ({"comment": "x"}, {"comment": ""}, {"comment": number, "act": "burn"}):
        assert desk.act("/admin/comments", **{"act": "refuse", **wrong})[0] == 400
    assert desk.act("/admin/comments", comment="9" * 30, act="refuse")[0] == 303
    assert [str(one.id) for one in state("published")] == [number]


@pytest.mark.parametrize("letter", ["a", "ع", "中", "😀"])
def test_all_that_an_editor_may_write_is_saved(
    desk: Desk, tmp_path: Path, letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = {"headline": letter * LONGEST_HEADLINE, "note": letter * LONGEST_NOTE}
    ranks = range(1, MOST_STORIES + 1)
    held = tmp_path / "output" / "held" / "2026-04-14"
    held.mkdir(parents=True)
    stories = [{"rank": rank, "headline": f"Story {rank}", "editor": editor} for rank in ranks]
    (held / "edition.json").write_text(json.dumps({"stories": stories}), "utf-8")
    told: dict[str, Sequence[str]] = {}
    monkeypatch.setattr(Office, "edit", lambda self, date, form, seen: told.update(form, of=[seen]))
    desk.sign_in()
    path = "/admin/held/2026-04-14"
    shown = desk.ask(path)[2]
    fields: dict[str, str | Sequence[str]] = dict(re.findall(r'name="(.+?)" value="(.*?)"', shown))
    fields |= {"act": "edit", "lead": "1", "drop": [str(rank) for rank in ranks[1:]]}
    assert desk.ask(path, fields)[0] == 303
    assert [told[f"note-{rank}"] for rank in ranks] == [[editor["note"]]] * len(ranks)
    assert [told[f"headline-{rank}"] for rank in ranks] == [[editor["headline"]]] * len(ranks)
    assert told["drop"] == fields["drop"]
    assert told["of"] == [version({"stories": stories})]
    assert set(re.findall(r'maxlength="(\d+)"', shown)) == {"200", "2000"}


def test_a_stranger_sends_no_more_than_a_reader(desk: Desk) -> None:
    held = "/admin/held/2026-04-14"
    assert _declared(desk, held, MOST_BYTES + 1) == 413
    desk.sign_in()
    assert _declared(desk, held, EDITION_BYTES + 1) == 413
    assert _declared(desk, "/admin/readers", MOST_BYTES + 1) == 413


def _declared(desk: Desk, path: str, length: int) -> int:
    """How a POST is answered of which only the head has come."""
    connection = http.client.HTTPConnection(desk.site.address[7:], timeout=20)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(length))
    connection.putheader("Cookie", desk.cookie)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_no_edition_has_more_stories_than_its_form() -> None:
    schema = json.loads(resource("docs/feeds.schema.json").read_text("utf-8"))
    edition = schema["properties"]["edition"]["properties"]
    assert edition["max_stories"]["maximum"] == MOST_STORIES


def test_a_composing_that_takes_too_long_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digest import office

    monkeypatch.setattr(office, "AT_MOST", timedelta(0))
    desk.sign_in()
    status, _, body = desk.act("/admin/held/2026-04-14", act="approve")
    assert status == 400
    assert "it took longer than 0:00:00 and was ended" in body


def test_signing_out_ends_it(desk: Desk) -> None:
    desk.sign_in()
    assert desk.act("/admin/logout")[0] == 303
    assert desk.ask("/admin")[0] == 303


def test_a_session_ends_after_half_an_hour_without_a_request(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digest.web import session

    desk.sign_in()
    assert desk.ask("/admin")[0] == 200
    monkeypatch.setattr(session, "IDLE", timedelta(seconds=-1))
    assert desk.ask("/admin")[0] == 303


def test_a_proxy_vouches_by_its_header_and_there_is_no_password(proxied: Desk) -> None:
    assert proxied.ask("/admin")[0] == 303
    assert proxied.ask("/admin/login", {"password": ""})[0] == 403
    proxied.headers = {"X-Remote-User": "editor"}
    assert proxied.ask("/admin")[0] == 200
    assert "Sign out" not in proxied.ask("/admin")[2]


def test_without_access_there_are_no_such_pages(tmp_path: Path) -> None:
    desks = _open(tmp_path, Access())
    desk = next(desks)
    assert desk.ask("/admin")[0] == 404
    assert desk.ask("/admin/login")[0] == 404
    with pytest.raises(StopIteration):
        next(desks)


@pytest.mark.system
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_pages_in_a_browser(
    desk: Desk, browser: Browser, width: int, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    kept = Path(os.environ.get("DIGEST_PICTURES", tmp_path))
    now = datetime.now(UTC)
    for n in range(9):
        at = now - timedelta(days=n)
        seconds = {"gather": 40.0 + n, "analyse": 4.5, "write": 1.2, "render": 0.3}
        desk.store.record_task(
            FinishedTask(f"build:{at.date()}", "build", at.date(), at, at, "done", "", seconds)
        )
    ReturnedMail(desk.store).keep("unmatched", "a letter", now, matched=False, raw=b"Hello\r\n")
    _comment(desk, "The ministry says ten.\n\nWho counts them?")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"{desk.site.address}/admin/login")
    assert axe.run(page).violations_count == 0
    page.fill("#password", PASSWORD)
    page.click("button")
    for path in (*PAGES, "/readers/found"):
        if path == "/readers/found":
            page.goto(f"{desk.site.address}/admin/readers")
            page.fill("#address", "anna@inbox.example")
            page.click("form[role=search] button")
        else:
            page.goto(f"{desk.site.address}/admin{path}")
        found = axe.run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways: {wide}"
        name = path.strip("/").replace("/", "-") or "status"
        page.screenshot(path=kept / f"admin-{name}-{width}-{scheme}.png", full_page=True)
    page.close()
