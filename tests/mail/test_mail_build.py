"""`digest build --to`, and a build that waits for another, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from commands import digest
from raw_sink import RawSink

from digest.lease import Lease

AT = ("--now", "2026-04-14T06:00:00Z")
TO = ("--to", "me@inbox.example")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIGEST_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("DIGEST_MAIL_FROM", "desk@digest.example")
    monkeypatch.delenv("DIGEST_SMTP", raising=False)
    lines = [
        {
            "id": name,
            "url": f"https://{name}.example/report",
            "source": name.title(),
            "title": "Army shells border town, twelve people killed",
            "text": f"Soldiers shelled the border town of Kesten on Monday, {name} said. Twelve "
            "people were killed and thirty wounded, the hospital said.",
            "date": "2026-04-14T03:00:00Z",
            "lang": "en",
        }
        for name in ("courier", "herald", "ledger")
    ]
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return tmp_path


def _build(desk: Path, *words: str, **env: str) -> CompletedProcess[str]:
    return digest(desk, "build", "--items", "items.jsonl", *AT, *words, **env)


def _another_is_quicker(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the lease next finds it taken, and the edition made when it is free."""
    take = Lease.take

    def taken(lease: Lease) -> bool:
        monkeypatch.setattr(Lease, "take", take)
        assert _build(desk).returncode in (0, 3)
        return False

    monkeypatch.setattr(Lease, "take", taken)


def test_json_is_one_document_with_the_mail_in_it(desk: Path, sink: RawSink) -> None:
    done = _build(desk, "--json", *TO, DIGEST_SMTP=sink.url)
    told = json.loads(done.stdout)
    assert told["folder"].endswith("2026-04-14")
    assert (told["mail"]["sent"], told["mail"]["states"]) == (1, {"sent": 1})
    assert [taken.recipient for taken in sink.taken] == ["me@inbox.example"]


def test_json_is_printed_also_where_the_mail_goes_wrong(desk: Path) -> None:
    done = _build(desk, "--json", *TO, DIGEST_SMTP="smtp://127.0.0.1:9")
    assert done.returncode == 1
    assert json.loads(done.stdout)["reports"] == 3


@pytest.mark.parametrize(
    ("words", "told"), [(TO, "no relay is named"), (("--to", "nonsense"), "nonsense")]
)
def test_mail_that_cannot_leave_is_told_before_anything_is_made(
    desk: Path, words: tuple[str, ...], told: str
) -> None:
    done = _build(desk, *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (desk / "output").exists()


def test_what_another_made_is_told_and_mailed(
    desk: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    _another_is_quicker(desk, monkeypatch)
    done = _build(desk, "--json", *TO, DIGEST_SMTP=sink.url)
    told = json.loads(done.stdout)
    assert told["folder"].endswith("2026-04-14")
    assert (told["reports"], told["new"], told["mail"]["sent"]) == (3, 0, 1)
    assert done.returncode == (3 if told["status"] == "degraded" else 0)


def test_what_another_published_cannot_be_held(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _another_is_quicker(desk, monkeypatch)
    done = _build(desk, "--hold")
    assert done.returncode == 2
    assert "nothing is held" in done.stderr
