"""feeds.yaml → Settings, and every mistake named with line, key and mend."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal

import pytest

from digest import alerts, oneoff
from digest.desk.settings import Listen, load_desk_settings
from digest.errors import SettingsError
from digest.folder import HELD
from digest.model import Theme
from digest.resources import resource
from digest.settings import Secret, Settings, load_settings, secret_from

GOOD = """\
edition:
  title: The Marrow Morning
  zone: Europe/Berlin
  hour: 5
sections:
  - {id: cyber, weight: 2.0}
  - {id: conflict, label: War}
weights: {severity: 2.0}
fetch: {timeout: 9}
feeds:
  - name: Odra Courier
    url: https://odra.example/feed.xml
    country: PL
    language: pl
    kind: newspaper
    sections: [cyber]
"""


def _load(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> Settings:
    file = tmp_path / "feeds.yaml"
    file.write_text(text, "utf-8")
    return load_settings(file, env or {})


def test_reads_what_stands_there(tmp_path: Path) -> None:
    settings = _load(tmp_path, GOOD)
    assert settings.editorial.title == "The Marrow Morning"
    assert settings.editorial.weights.severity == 2.0
    assert [(s.id, s.label, s.weight) for s in settings.editorial.sections] == [
        ("cyber", "Cyber", 2.0),
        ("conflict", "War", 1),
    ]
    assert settings.fetch.timeout == 9
    assert settings.feeds[0].sections == ("cyber",)
    assert settings.out == Path("output")


@pytest.mark.parametrize(
    ("change", "line", "key", "mend"),
    [
        (("hour: 5", "hour: 25"), 4, "edition.hour", "0 to 23"),
        (("hour: 5", "hour: 5.0"), 4, "edition.hour", "0 to 23"),
        (("timeout: 9", "timeout: .nan"), 9, "fetch.timeout", "1 to 600"),
        (("timeout: 9", 'user_agent: "Brief/1.0\\n"'), 9, "fetch.user_agent", "one line"),
        (("timeout: 9", 'user_agent: "Bri\\x7fef/1.0"'), 9, "fetch.user_agent", "one line"),
        (("hour: 5", 'list: "cyber\\n"'), 4, "edition.list", "short name"),
        (("hour: 5", 'logo: "a\\0"'), 4, "edition.logo", "PNG"),
        (("hour: 5", "huor: 5"), 4, "edition.huor", "Did you mean 'hour'?"),
        (("hour: 5", "theme: {light: {accent: red}}"), 4, "edition.theme.light.accent", "#1f4a6b"),
        (("zone: Europe/Berlin", "zone: Europe/Berlim"), 3, "edition.zone", "IANA zone"),
        (("zone: Europe/Berlin", "zone: localtime"), 3, "edition.zone", "IANA zone"),
        (("zone: Europe/Berlin", "zone: right/UTC"), 3, "edition.zone", "IANA zone"),
        (("zone: Europe/Berlin", "zone: Europe"), 3, "edition.zone", "IANA zone"),
        (("zone: Europe/Berlin", f"zone: {'a' * 5000}"), 3, "edition.zone", "IANA zone"),
        (("kind: newspaper", "kind: paper"), 15, "feeds[0].kind", "newspaper"),
        (("url: https:", "url: ftp:"), 12, "feeds[0].url", "https://"),
        (("https://odra", "https://me:secret@odra"), 12, "feeds[0].url", "Secrets"),
        (("    country: PL", "    country: Poland"), 13, "feeds[0].country", "two-letter"),
        (("    country: PL", "    country: UK"), 13, "feeds[0].country", "GB"),
        (("sections: [cyber]", "sections: [cybr]"), 16, "feeds[0].sections[0]", "cyber"),
        (("    kind: newspaper", "    format: json"), 15, "feeds[0].format", "paths"),
        (("id: conflict", "id: cyber"), 7, "sections[1].id", "Keep one"),
        (("  hour: 5", "  zone: UTC"), 4, "edition.zone", "Keep one"),
        (("hour: 5", "hour: [5"), 5, "(file)", "indentation"),
        ((GOOD, ""), 1, "(file)", "feeds:"),
        ((GOOD, "- a\n"), 1, "(file)", "feeds:"),
    ],
)
def test_names_line_key_and_mend(
    tmp_path: Path, change: tuple[str, str], line: int, key: str, mend: str
) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
    assert (caught.value.line, caught.value.key) == (line, key)
    assert mend in caught.value.mend
    assert f"feeds.yaml:{line}: {key}" in str(caught.value)
    assert "secret" not in str(caught.value).lower() or "Secrets" in str(caught.value)


def test_logo_and_colours(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    (tmp_path / "logo.png").write_bytes(png)
    own = '  logo: logo.png\n  theme: {light: {accent: "#7a2e1f"}}\n'
    editorial = _load(tmp_path, GOOD.replace("  hour: 5\n", own)).editorial
    assert base64.b64decode(editorial.logo) == png
    assert editorial.theme == Theme({"accent": "#7a2e1f"})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot read logo.png"),
        (b"<svg/>", "logo.png is no PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 24_000, "logo.png has 24,008 bytes"),
    ],
)
def test_a_logo_that_does_not_fit(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(SettingsError, match=told):
        _load(tmp_path, GOOD.replace("  hour: 5\n", "  logo: logo.png\n"))


@pytest.mark.parametrize(
    "name", [HELD, alerts.FOLDER, oneoff.FOLDER, "demo", "backups", "2026-04-14"]
)
def test_no_list_has_the_name_of_a_folder_of_the_main_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"'{name}' is a folder of the main list") as caught:
        _load(tmp_path, GOOD.replace("hour: 5", f"list: '{name}'"))
    assert (caught.value.line, caught.value.key) == (4, "edition.list")


def test_tells_all_mistakes_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("hour: 5", "hour: 25").replace("kind: newspaper", "kind: paper")
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
    assert "edition.hour" in str(caught.value)
    assert "feeds[0].kind" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://desk:hunter2@marrow.example",
        "https://marrow.example:99999",
        "https://[marrow",
        "https://marrow.example?list=daily",
        "https://marrow.example/brief#top",
    ],
)
def test_where_the_archive_is_published_has_to_be_an_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, GOOD.replace("hour: 5", f"site_url: '{url}'"))
    assert (caught.value.line, caught.value.key) == (4, "edition.site_url")
    assert "hunter2" not in str(caught.value)


def test_tells_each_unknown_and_each_missing_key(tmp_path: Path) -> None:
    text = GOOD.replace("hour: 5", "titel: A\n  tagline: B\n  hours: 5")
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text + "writer: {}\n")
    told = str(caught.value).splitlines()
    assert [line.partition("feeds.yaml:")[2] for line in told] == [
        "4: edition.titel: is no known setting. Did you mean 'title'?",
        "6: edition.hours: is no known setting. Did you mean 'hour'?",
        "19: writer: lacks 'address'. Add 'address: …'.",
        "19: writer: lacks 'model'. Add 'model: …'.",
    ]


def test_texts_are_one_line_each_however_yaml_broke_them(tmp_path: Path) -> None:
    text = (
        GOOD.replace("title: The Marrow Morning", "title: |\n    The Marrow\n    Morning")
        .replace("hour: 5", 'footer: "Desk\\0of\\tnews\\n"')
        .replace("label: War", 'label: "War\\n"')
        .replace("Odra Courier", '"Odra\\nCourier "')
    )
    settings = _load(tmp_path, text)
    assert settings.editorial.title == "The Marrow Morning"
    assert settings.editorial.footer == "Desk of news"
    assert settings.editorial.sections[1].label == "War"
    assert settings.feeds[0].name == "Odra Courier"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (GOOD.replace("The Marrow Morning", "' '"), "edition.title"),
        (GOOD.replace("hour: 5", "compiler: ''"), "edition.compiler"),
        (GOOD.replace("label: War", 'label: "\\n"'), "sections[1].label"),
        (GOOD.replace("Odra Courier", "' '"), "feeds[0].name"),
    ],
)
def test_what_stands_in_running_text_is_not_blank(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
    assert caught.value.key == key


def test_two_feeds_at_one_address(tmp_path: Path) -> None:
    again = "  - {name: Other, url: 'https://odra.example/feed.xml'}\n"
    with pytest.raises(SettingsError, match="line 12 again"):
        _load(tmp_path, GOOD + again)


def test_secrets_come_from_the_environment_and_hide(tmp_path: Path) -> None:
    url = "postgresql://digest:hunter2@db/digest"
    settings = _load(tmp_path, GOOD, {"DIGEST_DB": url})
    assert str(settings.db) == url
    assert "hunter2" not in repr(settings)
    file = tmp_path / "db"
    file.write_text(url + "\n", "utf-8")
    assert _load(tmp_path, GOOD, {"DIGEST_DB_FILE": str(file)}).db == Secret(url)
    with pytest.raises(SettingsError, match="DIGEST_DB_FILE"):
        _load(tmp_path, GOOD, {"DIGEST_DB_FILE": str(tmp_path / "absent")})


def test_what_is_set_to_nothing_is_not_set(tmp_path: Path) -> None:
    nothing = {"DIGEST_DB": "", "DIGEST_DB_FILE": "", "DIGEST_OUT": ""}
    assert _load(tmp_path, GOOD, nothing) == _load(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "an empty file"), (b"\n", "an empty file"), (b"\xff", "not UTF-8")]
)
def test_a_file_for_a_secret_that_holds_none(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=told) as caught:
        secret_from({"DIGEST_SECRET_FILE": str(file)}, "DIGEST_SECRET", "")
    assert caught.value.key == "DIGEST_SECRET_FILE"


@pytest.mark.parametrize(
    "given", ["lmtp://[::1", "lmtp://[::1]", "lmtp://:8024", "smtp://host:port", "http://host:80"]
)
def test_where_letters_are_taken_in_is_told_where_it_cannot_be_used(given: str) -> None:
    with pytest.raises(SettingsError, match="DIGEST_INBOX_LISTEN"):
        load_desk_settings({"DIGEST_INBOX_LISTEN": given})


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
def test_letters_are_taken_in_by_either_protocol(protocol: Literal["lmtp", "smtp"]) -> None:
    given = {"DIGEST_INBOX_LISTEN": f"{protocol}://[::1]:8024"}
    assert load_desk_settings(given).listen == Listen(protocol, "::1", 8024)
    assert load_desk_settings({}).listen is None


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--feeds"):
        load_settings(tmp_path / "absent.yaml", {})


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_bytes(b"feeds:\n  - name: Caf\xe9\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file, {})
    assert caught.value.line == 2


def test_a_file_that_holds_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="in itself"):
        _load(tmp_path, GOOD.replace("edition:\n", "edition: &all\n  theme: *all\n"))


def test_the_programs_own_feeds_yaml_loads() -> None:
    assert len(load_settings(resource("feeds.yaml"), {}).feeds) >= 120
