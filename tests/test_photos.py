"""The lead's photo: copied where its feed allows, pointed to elsewhere."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from commands import digest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from digest.folder import read_bundle
from digest.render.photo import NARROWEST, PHOTO_LIMIT, TALLEST, WIDEST, reduced

AT = "2026-04-14T06:00:00Z"


def _picture(kind: str, width: int, height: int, mode: str = "RGB", exif: bytes = b"") -> bytes:
    """A picture that compresses badly, as photos do."""
    noise = Image.effect_noise((max(1, width // 4), max(1, height // 4)), 80).resize(
        (width, height)
    )
    written = io.BytesIO()
    quick = {"PNG": {"compress_level": 1}, "WEBP": {"method": 0}}.get(kind, {})
    noise.convert(mode).save(written, kind, **quick, **({"exif": exif} if exif else {}))
    return written.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGB"), ("PNG", "L"), ("WEBP", "RGB")],
)
def test_a_photo_becomes_a_small_jpeg(kind: str, mode: str) -> None:
    copy = reduced(_picture(kind, 3000, 2000, mode))
    assert copy is not None
    jpeg, width, height = copy
    assert len(jpeg) <= PHOTO_LIMIT
    assert (width, height) <= (WIDEST, TALLEST)
    assert abs(width / height - 1.5) < 0.02
    with Image.open(io.BytesIO(jpeg)) as read:
        assert (read.format, read.size, read.mode) == ("JPEG", (width, height), "RGB")


def test_place_and_camera_stay_behind_and_the_photo_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "A secret camera"
    copy = reduced(_picture("JPEG", 800, 600, exif=exif.tobytes()))
    assert copy is not None
    jpeg, width, height = copy
    assert width < height
    assert b"secret" not in jpeg
    with Image.open(io.BytesIO(jpeg)) as read:
        assert not read.getexif()


def test_what_is_transparent_is_paper() -> None:
    picture = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    written = io.BytesIO()
    picture.save(written, "PNG")
    copy = reduced(written.getvalue())
    assert copy is not None
    with Image.open(io.BytesIO(copy[0])) as read:
        assert read.getpixel((200, 150)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + b"\0" * 40,
        _picture("JPEG", NARROWEST - 1, 300),
        _picture("PNG", 1, 1),
        _picture("JPEG", 800, 600)[:900],
        _picture("PNG", 400, 300)[:60] + b"\xff" * 400,
    ],
)
def test_what_is_no_photo_is_none(data: bytes) -> None:
    assert reduced(data) is None


def test_a_picture_too_large_for_memory_is_not_unpacked() -> None:
    written = io.BytesIO()
    Image.new("1", (9000, 9000)).save(written, "PNG")  # a few kB; 81 million pixels
    assert len(written.getvalue()) < 100_000
    assert reduced(written.getvalue()) is None


@given(st.binary(max_size=200), st.integers(0, 3000))
def test_no_bytes_make_it_raise(data: bytes, at: int) -> None:
    whole = _WHOLE[:at] + data + _WHOLE[at + len(data) :]
    copy = reduced(whole)
    assert copy is None or len(copy[0]) <= PHOTO_LIMIT


_WHOLE = _picture("JPEG", 400, 300)

FEED = """<?xml version="1.0"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>{name}</title><link>{place}/</link><description>News</description>
<item><title>{title}</title><link>{place}/{name}</link><guid>{name}</guid>
<pubDate>Tue, 14 Apr 2026 0{hour}:00:00 GMT</pubDate>
<description>{text}</description>
<media:content url="{place}/{photo}" medium="image"/>{credit}
</item></channel></rss>"""
CREDIT = '<media:credit role="photographer">J. Olt &amp; Odra Courier</media:credit>'
TEXT = (
    "A missile strike on the city of Kesten killed nine people on Monday, the interior ministry "
    "said. Rescue crews searched the rubble of an apartment block for survivors."
)


class _News(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        place = f"http://{self.headers['Host']}"
        shared = {"place": place, "text": TEXT, "title": "Missile strike on Kesten kills nine"}
        answers = {
            "/courier": FEED.format(name="one", hour=3, photo="big.jpg", credit=CREDIT, **shared),
            "/post": FEED.format(name="two", hour=4, photo="nobody.jpg", credit="", **shared),
        }
        body = answers[self.path].encode() if self.path in answers else b""
        if self.path.endswith(".jpg"):
            body = _picture("JPEG", 1600, 900)
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served() -> Iterator[tuple[str, list[str]]]:
    """The address of two outlets' feeds, and what was asked there."""
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("News", (_News,), {"asked": asked})) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def _built(folder: Path, photos: str) -> tuple[Path, list[str]]:
    with _served() as (place, asked):
        feeds = [
            {"name": name, "url": f"{place}/{path}", "allow_private": True, "language": "en"}
            | ({"photos": photos} if photos else {})
            for name, path in (("Odra Courier", "courier"), ("Harrow Post", "post"))
        ]
        (folder / "feeds.yaml").write_text(json.dumps({"feeds": feeds}), "utf-8")
        done = digest(folder, "build", "--date", "2026-04-14", "--now", AT)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "output" / "2026-04-14", asked


def test_a_photo_that_may_be_copied_travels_with_the_edition(tmp_path: Path) -> None:
    edition, asked = _built(tmp_path, "copy")
    # Nobody is named for the other one.
    assert [path for path in asked if path.endswith(".jpg")] == ["/big.jpg"]
    jpeg = (edition / "photo.jpg").read_bytes()
    with Image.open(io.BytesIO(jpeg)) as read:
        assert abs(read.width / read.height - 16 / 9) < 0.02
    page = (edition / "index.html").read_text("utf-8")
    letter = (edition / "email.html").read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") == 1
    assert 'src="photo.jpg"' in letter
    for shown in (page, letter):
        assert "Photo: J. Olt &amp; Odra Courier, with a report by Odra Courier:" in shown
        assert "Photo that Odra Courier printed with its report" in shown
    assert "big.jpg" in (edition / "digest.txt").read_text("utf-8")
    photo = read_bundle(edition).photo
    assert photo is not None
    assert photo.jpeg == jpeg
    # It is not asked for again, and nobody answers now.
    again = digest(tmp_path, "rebuild", str(edition), "--out", "again")
    assert again.returncode == 0, again.stdout + again.stderr
    for name in ("index.html", "email.html", "photo.jpg", "edition.json"):
        assert (tmp_path / "again" / edition.name / name).read_bytes() == (
            edition / name
        ).read_bytes()
    letters = digest(tmp_path, "verify", str(edition))
    assert letters.returncode == 0, letters.stdout


@pytest.mark.parametrize("photos", ["", "link"])
def test_any_other_photo_is_pointed_to_and_never_loaded(tmp_path: Path, photos: str) -> None:
    edition, asked = _built(tmp_path, photos)
    assert sorted(set(asked)) == ["/courier", "/post"]
    assert not (edition / "photo.jpg").exists()
    page = (edition / "index.html").read_text("utf-8")
    assert "<img" not in page
    assert "Photo, linked: J. Olt" in page
