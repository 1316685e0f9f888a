"""The operator's office: what the admin pages show and do, over the installation's own parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from email import message_from_bytes
from email.policy import default
from typing import Any

from digest.address import parse_address
from digest.archive.open import site_refreshed_apart
from digest.comment import Comment, CommentState, state_named
from digest.compute import in_a_child
from digest.delivery import DELIVERY_STATES, DeliveryState
from digest.errors import UsageError
from digest.folder import held_dates, read_record
from digest.held import held_folder, version
from digest.mailroom import TROUBLE
from digest.readers.tokens import Tokens
from digest.readers.wishes import day_names
from digest.render import charts
from digest.render.svg import Caption
from digest.settings import Settings
from digest.status import Picture, TellsDone, picture
from digest.store import Readers, Store, open_ledger
from digest.store.comments import Comments
from digest.store.returned import ReturnedMail
from digest.timetable import SEND_WITHIN

AT_MOST = timedelta(minutes=10)
"""For composing a held edition anew."""
SHOWN_DAYS = 30
SHOWN_ROWS = 200
EDITIONS_DRAWN = 14
HOURS = "Reports per hour, first seen (UTC)"
HEALTH = "Feeds by health"
LETTERS = "Letters by edition"
STAGES = "Seconds of an edition by stage"
LETTER_SHOWN = 4_000
"""Characters of a returned letter."""


@dataclass(frozen=True)
class Office:
    """`web.admin.Office`."""

    settings: Settings
    store: Store
    work: TellsDone
    tokens: Tokens

    # --- how it stands

    def picture(self) -> Picture:
        return picture(self.settings, self.store, self.work, datetime.now(UTC))

    def charts(self, found: Picture) -> list[tuple[str, str]]:
        """(title, SVG): reports per hour, feed health, deliveries, stages of the last editions."""
        return [
            (HOURS, self._reports_per_hour(found.now)),
            (HEALTH, _feeds(found)),
            (LETTERS, self._letters()),
            (STAGES, self._stages(found.now)),
        ]

    def _reports_per_hour(self, now: datetime) -> str:
        begin = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=47)
        hours = [begin + timedelta(hours=n) for n in range(48)]
        came: Counter[datetime] = Counter()
        for moment, count in self.store.items_first_seen(begin).items():
            came[moment.replace(minute=0, second=0, microsecond=0)] += count
        values = [came[hour] for hour in hours]
        labels = [f"{hour:%H}" if hour.hour % 6 == 0 else "" for hour in hours]
        most = max(values)
        seen = f"{sum(values)} reports in 48 hours, at most {most} in one."
        return charts.bars(Caption("reports", HOURS, seen), values, labels)

    def _letters(self) -> str:
        mailed = [mailing for mailing in self.mailings() if any(mailing["counts"].values())]
        made = mailed[:EDITIONS_DRAWN][::-1]
        groups: dict[str, tuple[DeliveryState, ...]] = {
            "sent": ("sent",),
            "waiting": ("queued", "sending", "deferred"),
            "trouble": ("bounced", "failed", "uncertain"),
        }
        layers = [
            charts.Layer(name, tuple(sum(m["counts"][s] for s in states) for m in made))
            for name, states in groups.items()
        ]
        labels = [f"{m['date']:%m-%d}" for m in made]
        told = ", ".join(f"{sum(layer.values):g} {layer.name}" for layer in layers)
        seen = f"The last {len(made)} editions: {told}." if made else "No edition was mailed yet."
        caption = Caption("letters", LETTERS, seen)
        return charts.stacked(caption, layers, labels) + charts.legend(list(groups))

    def _stages(self, now: datetime) -> str:
        tasks = self.store.tasks_since(now - timedelta(days=SHOWN_DAYS))
        builds = [task for task in tasks if task.kind == "build" and task.seconds][-EDITIONS_DRAWN:]
        names = list(dict.fromkeys(name for task in builds for name in task.seconds))
        layers = [
            charts.Layer(name, tuple(task.seconds.get(name, 0.0) for task in builds))
            for name in names
        ]
        labels = [f"{task.date:%m-%d}" for task in builds]
        total = [sum(task.seconds.values()) for task in builds]
        seen = (
            f"The last {len(builds)} editions took {min(total):.0f} to {max(total):.0f} seconds."
            if builds
            else "No edition was timed yet."
        )
        caption = Caption("stages", STAGES, seen)
        return charts.stacked(caption, layers, labels) + charts.legend(names)

    # --- readers

    def reader_counts(self) -> Mapping[str, int]:
        return {str(state): count for state, count in Readers(self.store).counts().items()}

    def reader(self, address: str) -> dict[str, Any] | None:
        """All that is kept of a reader; None where there is none. Raises AddressError."""
        record = Readers(self.store).record(parse_address(address).key)
        if record is None:
            return None
        return {
            **{name: value for name, value in record.items() if name != "deliveries"},
            "days": day_names(record["days"]),
            "asked": [f"{name} {value}" for name, value in record["asked"].items()],
        }

    def stop_reader(self, address: str) -> bool:
        """As if the reader had unsubscribed."""
        key = parse_address(address).key
        readers = Readers(self.store)
        found = readers.find(key)
        if found is None:
            return False
        digest = self.tokens.address_hash(key)
        return readers.leave(found.id, digest, datetime.now(UTC), "stopped by the operator")

    def erase_reader(self, address: str) -> bool:
        """Forget a reader; the static files follow where something of theirs was printed."""
        key = parse_address(address).key
        digest = self.tokens.address_hash(key)
        erased = Readers(self.store).erase(key, digest, datetime.now(UTC))
        if erased and erased.printed:
            site_refreshed_apart(self.settings)
        return erased is not None

    # --- deliveries

    def mailings(self) -> list[dict[str, Any]]:
        """The last editions' letters by state, newest first."""
        first = datetime.now(UTC).date() - timedelta(days=SHOWN_DAYS)
        dates = sorted(self.store.editions_since(first), reverse=True)
        return [{"date": date, "counts": self._counts(date)} for date in dates]

    def mailing(self, date: Date) -> dict[str, Any]:
        with open_ledger(self.store, date, to_send=False) as ledger:
            trouble = [asdict(row) for row in ledger.rows(TROUBLE, SHOWN_ROWS)]
        young = self._may_leave(date)
        return {"date": date, "counts": self._counts(date), "trouble": trouble, "young": young}

    def send_again(self, date: Date, states: Sequence[str]) -> int:
        """Queue the letters of these states anew; the service sends them. UsageError for an
        edition that it takes up no more: they would wait for ever."""
        if not self._may_leave(date):
            raise UsageError(
                f"the edition of {date} is too old for the service to send; by hand there is "
                f"`digest send --date {date} --however-old`, with --retry-failed or --uncertain "
                "resend"
            )
        wanted = [state for state in DELIVERY_STATES if state in states]
        with open_ledger(self.store, date, to_send=False) as ledger:
            return ledger.requeue(wanted, datetime.now(UTC)) if wanted else 0

    def _may_leave(self, date: Date) -> bool:
        hour = self.settings.timetable.hour_of(date)
        return hour is not None and datetime.now(UTC) - hour <= SEND_WITHIN

    def _counts(self, date: Date) -> dict[str, int]:
        counts = self.store.letters(date)
        return {state: counts.get(state, 0) for state in DELIVERY_STATES}

    def returned(self, *, unmatched: bool) -> list[dict[str, Any]]:
        return [
            {
                "received_at": kept.received_at,
                "kind": kept.kind,
                "matched": kept.matched,
                "summary": kept.summary,
                "text": _as_text(kept.raw),
            }
            for kept in ReturnedMail(self.store).recent(SHOWN_ROWS, unmatched=unmatched)
        ]

    # --- comments

    def comments(self, state: str) -> list[Comment]:
        """Those of this state; "" for the waiting ones."""
        return Comments(self.store).of_state(state_named(state) or "waiting", SHOWN_ROWS)

    def decide(self, id: int, *, publish: bool) -> bool:
        """Print a comment on its story's page, or not; the static files follow."""
        state: CommentState = "published" if publish else "refused"
        if not Comments(self.store).decide(id, state, datetime.now(UTC)):
            return False
        site_refreshed_apart(self.settings)
        return True

    # --- held editions

    def held(self) -> tuple[Date, ...]:
        return held_dates(self.settings.out)

    def held_edition(self, date: Date) -> dict[str, Any]:
        """A held edition's stories, and the version that its forms are made from."""
        record = read_record(held_folder(self.settings.out, date))
        stories = [
            {
                "rank": story["rank"],
                "headline": story["headline"],
                "editor_headline": story["editor"]["headline"],
                "editor_note": story["editor"]["note"],
            }
            for story in record["stories"]
        ]
        return {"stories": stories, "version": version(record)}

    def edit(self, date: Date, form: Mapping[str, Sequence[str]], seen: str) -> None:
        """Change a held edition as the form says; see `digest.held.edited`. UsageError where it is
        no longer the version that was `seen`."""
        before = {str(story["rank"]): story for story in self.held_edition(date)["stories"]}
        told: dict[str, list[str]] = {
            "lead": list(form.get("lead", ())),
            "drop": list(form.get("drop", ())),
            "headline": [],
            "note": [],
        }
        for option in ("headline", "note"):
            for rank, story in before.items():
                given = form.get(f"{option}-{rank}", ("",))[0]
                if given.strip() != story[f"editor_{option}"]:
                    told[option].append(f"{rank}: {given}")
        in_a_child(AT_MOST, _change, self.settings, date, told, seen)

    def approve(self, date: Date, seen: str) -> list[str]:
        """Publish a held edition; what became of the static files. UsageError where it is no longer
        the version that was `seen`."""
        return in_a_child(AT_MOST, _approve, self.settings, date, seen)


def _change(settings: Settings, date: Date, told: Mapping[str, Sequence[str]], seen: str) -> None:
    """In a fresh process: what composing loads goes with it."""
    from digest.held import change
    from digest.services import open_services

    with open_services(settings) as services:
        alone = services.alone_with(date)
        change(settings.out, date, told, services.embedder, alone, seen=seen)


def _approve(settings: Settings, date: Date, seen: str) -> list[str]:
    from digest.held import approve
    from digest.services import open_services

    with open_services(settings) as services, services.alone_with(date):
        _, notes = approve(settings, date, services.store, services.embedder, seen=seen)
    return notes


def _feeds(found: Picture) -> str:
    counts = {"dead": len(found.dead), "silent": len(found.silent)}
    counts = {"well": found.feeds - sum(counts.values()), **counts}
    seen = ", ".join(f"{count} {state}" for state, count in counts.items()) + "."
    caption = Caption("feeds", HEALTH, seen)
    return charts.bars(caption, list(counts.values()), list(counts))


def _as_text(raw: bytes | None) -> str:
    """A letter as plain text, cut; it is shown escaped, and nothing in it is followed."""
    if raw is None:
        return ""
    try:
        message = message_from_bytes(raw, policy=default)
        body = message.get_body(("plain", "html"))
        text = str(body.get_content()) if body else ""
        head = f"From: {message['From']}\nTo: {message['To']}\nSubject: {message['Subject']}\n\n"
    except Exception:  # a stranger's letter can break any parser; then its bytes are shown
        head, text = "", raw.decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in head + text)[:LETTER_SHOWN]
