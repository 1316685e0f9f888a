"""Which character encoding a document is really in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.gather.charset import decode

RUSSIAN = "Мост через реку закрыт на ремонт до весны, сообщили в городском управлении."
FRENCH = "L’été dernier, la côte fut fermée — « trop dangereuse », dit le préfet."
GREEK = "Η γέφυρα παραμένει κλειστή μέχρι την άνοιξη, ανακοίνωσε ο δήμος."
JAPANESE = "橋は春まで閉鎖されたままだと市当局が発表した。"


def xml(text: str, encoding: str, declared: str = "") -> bytes:
    line = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{line}<rss><title>{text}</title></rss>".encode(encoding)


@pytest.mark.parametrize(
    ("data", "content_type", "language", "text", "note"),
    [
        # what it is is what is declared, in either place or by its mark
        (xml(FRENCH, "utf-8", "utf-8"), "", "", FRENCH, ""),
        (xml(FRENCH, "utf-8-sig"), "text/xml; charset=iso-8859-1", "", FRENCH, ""),
        (xml(FRENCH, "utf-16"), "", "", FRENCH, ""),
        (xml(FRENCH, "utf-16-le"), "", "", FRENCH, ""),
        (xml(FRENCH, "utf-16-be", "utf-16"), "", "", FRENCH, ""),
        (xml(FRENCH, "utf-32"), "", "", FRENCH, ""),
        (xml(FRENCH, "cp1252", "windows-1252"), "", "", FRENCH, ""),
        (xml(FRENCH, "cp1252", "ISO-8859-1"), "", "", FRENCH, ""),
        (xml(RUSSIAN, "cp1251", "windows-1251"), "", "", RUSSIAN, ""),
        (xml(RUSSIAN, "koi8-r"), "text/xml; charset=KOI8-R", "", RUSSIAN, ""),
        (xml(JAPANESE, "shift_jis", "Shift_JIS"), "", "", JAPANESE, ""),
        (xml(JAPANESE, "euc-jp"), 'text/xml; charset="EUC-JP"', "", JAPANESE, ""),
        (xml(JAPANESE, "iso-2022-jp", "ISO-2022-JP"), "", "", JAPANESE, ""),
        # wrong and missing declarations
        (xml(FRENCH, "utf-8", "iso-8859-1"), "", "", FRENCH,
         "its character set is utf-8, not cp1252 as declared"),
        (xml(RUSSIAN, "cp1251", "windows-1251"), "text/xml; charset=iso-8859-1", "", RUSSIAN, ""),
        (xml(RUSSIAN, "cp1251", "utf-8"), "text/xml; charset=windows-1251", "", RUSSIAN, ""),
        (xml(RUSSIAN, "cp1251"), "", "ru", RUSSIAN, "it declares no character set; read as cp1251"),
        (xml(RUSSIAN, "cp1251", "utf-8"), "", "ru", RUSSIAN,
         "its character set is not utf-8; read as cp1251"),
        (xml(GREEK, "cp1253"), "", "el-GR", GREEK, "it declares no character set; read as cp1253"),
        (xml(FRENCH, "utf-8", "x-unknown"), "", "", FRENCH, ""),
        (xml("plain", "ascii", "iso-8859-1"), "", "", "plain", ""),
        (xml(FRENCH, "utf-8", "utf-7"), "", "", FRENCH, ""),
    ],
)  # fmt: skip
def test_the_bytes_decide(
    data: bytes, content_type: str, language: str, text: str, note: str
) -> None:
    found = decode(data, content_type, language)
    assert text in found.text
    assert found.note == note


@pytest.mark.parametrize(
    "name", ["utf-7", "idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined"]
)
def test_an_encoding_that_is_never_to_be_used_is_passed_over(name: str) -> None:
    printed = rf"{RUSSIAN} \ud800 +ADw-"
    found = decode(xml(printed, "cp1251", name), f"text/xml; charset={name}", "ru")
    assert printed in found.text
    assert found.note == "it declares no character set; read as cp1251"


def test_undeclared_text_of_an_unknown_language_is_guessed() -> None:
    found = decode(xml(RUSSIAN * 5, "cp1251"))
    assert RUSSIAN in found.text
    assert "it declares no character set; read as" in found.note


def test_a_stray_byte_does_not_spoil_a_document() -> None:
    data = xml(RUSSIAN, "utf-8", "utf-8").replace(b"</title>", b" \x96 \xff</title>")
    found = decode(data)
    assert RUSSIAN + " – ÿ" in found.text
    assert found.note == "a few characters are not valid UTF-8"


@given(st.binary(max_size=400), st.sampled_from(["", "utf-16", "hz", "idna", "rot13", "a" * 40]))
def test_no_bytes_are_an_error(data: bytes, declared: str) -> None:
    found = decode(data, f"text/xml; charset={declared}")
    assert found.text.encode("utf-8", "replace") is not None


@given(st.text(min_size=1))
@settings(max_examples=settings().max_examples // 2)
def test_utf8_is_read_as_it_is(text: str) -> None:
    text = "<" + text.replace("\x00", "").replace("\ufeff", "")
    assert decode(text.encode("utf-8", "ignore")).text == text.encode("utf-8", "ignore").decode()
