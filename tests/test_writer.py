"""The optional writer from settings to page: asked once, judged, labelled, traced, rebuilt."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chat_server import chat_server
from commands import digest

from digest.cli.trace import editions_in
from digest.errors import SettingsError
from digest.folder import read_bundle
from digest.settings import load_settings

NIGHT = datetime(2026, 4, 14, 6, 0, tzinfo=UTC)
TEXT = (
    "Rescue crews searched the wreck of the ferry hall in Kesten for a third day after the missile "
    "strike that killed nine people, while the families of the dead waited behind the fences of "
    "the port. The army of Marrow denied that its batteries had fired on the harbour of the town "
    "during the night."
)


def settings(folder: Path, address: str, extra: str = "") -> Path:
    file = folder / "feeds.yaml"
    file.write_text(
        f"writer:\n  address: {address}\n  model: small-8b\n{extra}"
        "feeds:\n  - url: https://gazette.example/feed\n    name: Gazette\n",
        "utf-8",
    )
    return file


def build(folder: Path, address: str) -> subprocess.CompletedProcess[str]:
    reports = [("a", "Missile strike on Kesten port kills nine"), ("b", "Nine dead in Kesten port")]
    lines = [
        json.dumps(
            {
                "id": name,
                "url": f"https://{name}.example/report",
                "source": f"{name}.example",
                "title": title,
                "text": TEXT if name == "a" else "",
                "date": (NIGHT - timedelta(hours=4)).isoformat(),
                "first_seen": NIGHT.isoformat(),
                "lang": "en",
            }
        )
        for name, title in reports
    ]
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    settings(folder, address)
    return run(
        folder, "build", "--items", "items.jsonl", "--date", "2026-04-14",
        "--now", NIGHT.isoformat(), "--out", "out", "--db", "sqlite:///d.sqlite3",
    )  # fmt: skip


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return digest(folder, *args, DIGEST_WRITER_KEY="k-2")


def shorten(sentences: list[str]) -> list[str]:
    return [re.sub(r" behind the fences of the port| during the night", "", s) for s in sentences]


def test_a_worded_edition_is_labelled_traced_and_rebuilt_without_asking(tmp_path: Path) -> None:
    with chat_server(shorten) as server:
        made = build(tmp_path, server.address)
        assert server.keys == ["Bearer k-2"]
    assert made.returncode == 0, made.stderr
    (folder,) = editions_in(tmp_path / "out")
    record = json.loads((folder / "edition.json").read_text("utf-8"))
    worded = record["writer"]["worded"]
    assert worded >= 1
    assert record["writer"]["model"] == "small-8b"
    assert "worded" in made.stdout
    assert "small-8b" in made.stdout
    for name in ("index.html", "email.html", "digest.txt"):
        page = " ".join((folder / name).read_text("utf-8").split())
        assert "small-8b" in page
        assert "Every running sentence is a source" not in page
    assert "k-2" not in "".join(
        path.read_text("utf-8", "replace") for path in folder.rglob("*.json*")
    )
    assert run(tmp_path, "verify", "out").returncode == 0
    rebuilt = run(tmp_path, "rebuild", "out", "--out", "again")
    assert rebuilt.returncode == 0, rebuilt.stderr
    again = tmp_path / "again" / folder.name
    for path in folder.rglob("*"):
        if path.is_file():
            assert (again / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_without_its_writer_the_edition_is_made_as_its_sources_have_it(tmp_path: Path) -> None:
    with chat_server(shorten, status=500) as server:
        made = build(tmp_path, server.address)
    assert made.returncode == 0, made.stderr
    assert "answered 500" in made.stdout
    (folder,) = editions_in(tmp_path / "out")
    record = json.loads((folder / "edition.json").read_text("utf-8"))
    assert record["writer"]["worded"] == 0
    assert record["writer"]["refused"] == {"no answer": record["writer"]["asked"]}
    assert "Every running sentence is a source" in (folder / "index.html").read_text("utf-8")
    wording = read_bundle(folder).wording
    assert wording is not None
    assert wording.sentences == {}


def test_doctor_says_whether_it_answers(tmp_path: Path) -> None:
    with chat_server(shorten) as server:
        settings(tmp_path, server.address)
        told = run(tmp_path, "doctor", "--json")
    found = {one["what"]: one for one in json.loads(told.stdout)}
    assert found["writer"]["good"], found["writer"]
    told = run(tmp_path, "doctor", "--json")
    found = {one["what"]: one for one in json.loads(told.stdout)}
    assert not found["writer"]["good"]


@pytest.mark.parametrize(
    ("address", "extra", "key"),
    [
        ("ftp://x.example/v1", "", "writer.address"),
        ("https://user:pass@x.example/v1", "", "writer.address"),
        ("http://127.0.0.1:1/v1", "  seconds: 0\n", "writer.seconds"),
        ("http://127.0.0.1:1/v1", "  key: secret\n", "writer.key"),
    ],
)
def test_a_wrong_setting_is_told_with_its_mend(
    tmp_path: Path, address: str, extra: str, key: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(key)):
        load_settings(settings(tmp_path, address, extra), {})


def test_the_key_comes_from_the_environment(tmp_path: Path) -> None:
    found = load_settings(
        settings(tmp_path, "http://127.0.0.1:1/v1"), {"DIGEST_WRITER_KEY": "abc"}
    ).writer
    assert found is not None
    assert str(found.key) == "abc"
    assert "abc" not in repr(found)


@pytest.mark.parametrize("key", ["sk-ключ", "sk-abc\n", "sk-abc\r\nHost: evil.example"])
def test_a_key_that_no_request_can_carry_is_told_and_not_shown(tmp_path: Path, key: str) -> None:
    file = settings(tmp_path, "http://127.0.0.1:1/v1")
    with pytest.raises(SettingsError, match="DIGEST_WRITER_KEY") as refused:
        load_settings(file, {"DIGEST_WRITER_KEY": key})
    assert "sk-" not in str(refused.value)
