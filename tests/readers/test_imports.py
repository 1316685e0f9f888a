"""Readers from elsewhere: state is kept, and nobody becomes active without a sign of consent."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery import EVERY_DAY, Consent
from digest.errors import InputError
from digest.readers.imports import ImportFile, checked_days, checked_sections, read_import

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)


def read(text: str, name: str = "readers.csv", consent: str = "") -> ImportFile:
    return read_import(name, text.encode(), NOW, consent)


def states(found: ImportFile) -> dict[str, str]:
    return {reader.address.partition("@")[0]: reader.state for reader in found.readers}


def test_any_table_with_addresses() -> None:
    text = "\ufeffName;E-Mail;Note\nAda;ada@inbox.example;x\n;;\nBob;Bob@Inbox.Example;\n"
    found = read(text)
    assert found.kind == "csv"
    assert states(found) == {"ada": "pending", "Bob": "pending"}
    declared = read(text, consent="paper form")
    assert states(declared) == {"ada": "active", "Bob": "active"}
    assert declared.readers[0].consent == Consent(NOW, "paper form")


def test_every_field_of_our_own_export() -> None:
    text = (
        "address,state,paused_until,zone,hour,days,sections,format,language,consent_at,consent_how,"
        "consent_text\n"
        'a@b.example,paused,2026-05-01T00:00:00Z,Asia/Tokyo,7,31,"[""cyber"", ""conflict""]",text,'
        "ja,2026-01-02T03:04:05+00:00,page,v2\n"
        "gone@b.example,unsubscribed,,,,,,,,,,\n"
    )
    first, gone = read(text).readers
    assert first.state == "paused"
    assert first.paused_until == datetime(2026, 5, 1, tzinfo=UTC)
    assert (first.zone, first.hour, first.days, first.format) == ("Asia/Tokyo", 7, 31, "text")
    assert first.sections == ("conflict", "cyber")
    assert first.consent == Consent(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "page", "v2")
    assert (gone.state, gone.zone, gone.days) == ("unsubscribed", "UTC", EVERY_DAY)


LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at{extra}
1,on@b.example,On,{{}},enabled,2025-01-02T03:04:05Z,2025-01-02T03:04:05Z{c}
2,new@b.example,New,{{}},enabled,2025-01-02T03:04:05Z,2025-01-02T03:04:05Z{u}
3,off@b.example,Off,{{}},disabled,2025-01-02T03:04:05Z,2025-01-02T03:04:05Z{c}
4,bad@b.example,Bad,"{{""a"": 1}}",blocklisted,2025-01-02T03:04:05Z,2025-01-02T03:04:05Z{c}
5,left@b.example,Left,{{}},enabled,2025-01-02T03:04:05Z,2025-01-02T03:04:05Z{l}
6,odd@b.example,Odd,{{}},strange,2025-01-02T03:04:05Z,2025-01-02T03:04:05Z{c}
"""


def test_listmonk_with_subscription_status() -> None:
    found = read(
        LISTMONK.format(
            extra=",subscription_status", c=",confirmed", u=",unconfirmed", l=",unsubscribed"
        )
    )
    assert found.kind == "listmonk"
    assert states(found) == {
        "on": "active",
        "new": "pending",
        "off": "paused",
        "bad": "unsubscribed",
        "left": "unsubscribed",
    }
    assert found.readers[0].consent == Consent(
        datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), "listmonk"
    )
    assert found.refused == (("readers.csv:7", "status 'strange' is none of listmonk's"),)


def test_listmonk_without_it_tells_of_no_consent() -> None:
    text = LISTMONK.format(extra="", c="", u="", l="")
    assert states(read(text))["on"] == "pending"
    assert states(read(text, consent="double opt-in at listmonk"))["on"] == "active"
    assert states(read(text, consent="double opt-in at listmonk"))["bad"] == "unsubscribed"


MAILCHIMP = "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID"


def mailchimp_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "subscribed_members.csv",
            f"{MAILCHIMP}\nin@b.example,I,2,2024-01-01 10:00:00,2024-01-01 11:00:00,1,a\n"
            "both@b.example,B,2,2024-01-01 10:00:00,,2,b\n",
        )
        archive.writestr(
            "unsubscribed_members.csv",
            f"{MAILCHIMP},UNSUB_TIME\nout@b.example,O,2,2024-01-01 10:00:00,,3,c,2024-02-01\n"
            "both@b.example,B,2,2024-01-01 10:00:00,,2,b,2024-02-01\n",
        )
        archive.writestr(
            "cleaned_members.csv",
            f"{MAILCHIMP},CLEAN_TIME\ndead@b.example,D,2,2024-01-01 10:00:00,,4,d,2024-02-01\n",
        )
        archive.writestr(
            "nonsubscribed_members.csv",
            f"{MAILCHIMP}\nbuyer@b.example,N,2,2024-01-01 10:00:00,,5,e\n",
        )
    return packed.getvalue()


def test_mailchimps_archive() -> None:
    found = read_import("export.zip", mailchimp_zip(), NOW)
    assert found.kind == "mailchimp"
    assert states(found) == {
        "in": "active",
        "both": "unsubscribed",
        "out": "unsubscribed",
        "dead": "bounced",
        "buyer": "pending",
    }
    reader = next(r for r in found.readers if r.address == "in@b.example")
    assert reader.consent == Consent(datetime(2024, 1, 1, 11, tzinfo=UTC), "Mailchimp")


def test_bad_rows_are_named_and_the_rest_is_used() -> None:
    found = read(
        "address,zone,hour\nok@b.example,,\nnonsense,,\nz@b.example,Mars/Base,\nh@b.example,,25\n"
        "OK@b.example,,\n"
    )
    assert states(found) == {"ok": "pending"}
    assert [where for where, _ in found.refused] == [f"readers.csv:{n}" for n in (3, 4, 5, 6)]


def test_a_list_of_sections_nested_too_deeply_is_refused_alone() -> None:
    found = read("address,sections\nada@b.example," + "[" * 100_000 + "\nbo@b.example,cyber\n")
    assert list(states(found)) == ["bo"]
    ((where, why),) = found.refused
    assert where == "readers.csv:2"
    assert why.endswith("is no list of sections")
    assert len(why) < 200


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("readers.csv", "email,state\n,active\nok@b.example,"),
        ("listmonk.csv", "email,uuid,status\n,1,enabled\nok@b.example,2,enabled"),
        ("subscribed.csv", "Email Address,LEID\n,1\nok@b.example,2"),
    ],
)
def test_a_row_without_an_address_is_named(name: str, text: str) -> None:
    found = read_import(name, text.encode(), NOW)
    assert states(found) == {"ok": "pending"}
    ((where, told),) = found.refused
    assert where == f"{name}:2"
    assert "is no mail address" in told


def test_a_row_without_its_status_is_named() -> None:
    found = read_import("listmonk.csv", b"email,uuid,status\na@b.example,1,\n", NOW)
    assert found.refused == (("listmonk.csv:2", "status '' is none of listmonk's"),)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no column for the address"),
        (b"name,age\nAda,3\n", "no column for the address"),
        (b"email\nA\xff\n", "UTF-8"),
        (b"PK\x03\x04rubbish", "archive"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_import("file", data, NOW)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = read_import("file", b"email,state\n" + data, NOW)
    except InputError:
        return
    assert all(reader.state not in ("active", "paused") for reader in found.readers)


def test_days_and_sections() -> None:
    assert checked_days("mon-fri") == 0b11111
    assert checked_days("Sat, Sunday") == 0b1100000
    assert checked_days("fri-mon") == 0b1110001
    assert checked_days("") == EVERY_DAY
    assert checked_sections("cyber conflict") == ("conflict", "cyber")
    for wrong in ("payday", "0", "200", "mon-payday"):
        with pytest.raises(ValueError, match="day"):
            checked_days(wrong)
    with pytest.raises(ValueError, match="section"):
        checked_sections("sport")
