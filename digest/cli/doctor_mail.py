"""`digest doctor --mail`: keys, the DNS records to publish, the relay, and a letter to see."""

from __future__ import annotations

import ipaddress
import os
import secrets
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from digest.cli import show
from digest.cli.show import Finding
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.address import Address
    from digest.mailsettings import MailSettings
    from digest.settings import Settings

TXT_STRING = 255
"""Bytes of one string of a TXT record (RFC 1035); longer values are several strings."""


def check_mail(
    settings: Settings, now: datetime, smtp: str | None, to: str | None, as_json: bool
) -> None:
    """Make what is missing, say what is to be published, and try the relay. Exit 1 when something
    needs mending."""
    from digest.address import parse_address
    from digest.mailsettings import load_mail_settings

    address = parse_address(to) if to else None
    mail = load_mail_settings(settings.editorial, smtp)
    made = [] if mail.keys else _make_keys(mail, now)
    if made:
        mail = load_mail_settings(settings.editorial, smtp)
    found = [_sender(mail), _keys(mail, made), *_relays(mail)]
    if address and all(finding.good for finding in found):
        found.append(_letter(settings, mail, address, now))
    found.append(_leaving(mail))
    records = dns_records(mail)
    if as_json:
        told = {
            "findings": [asdict(finding) for finding in found],
            "records": [{"name": name, "value": value} for name, value in records],
        }
        show.document(told, indent=2)
    else:
        show.findings("digest doctor --mail", found)
        typer.echo(
            "\nPublish these TXT records (names end with a dot). A name may have one SPF record:\n"
            "where there is one already, add to it what is new here; where a provider's relay\n"
            "sends, its include:.\n"
        )
        for name, value in records:
            typer.echo(f"{name}. TXT {quoted(value)}\n")
    if not all(finding.good for finding in found):
        raise typer.Exit(1)


def dns_records(mail: MailSettings) -> list[tuple[str, str]]:
    """(name, value) of the TXT records for SPF, DKIM and DMARC."""
    from digest.mail.verp import Verp

    domain = mail.sender.domain
    bounce_domain = Verp(mail.bounces, mail.secret).domain
    relays = " ".join(dict.fromkeys(filter(None, (_spf(relay.host) for relay in mail.relays))))
    # SPF is looked up for the envelope sender's domain (RFC 7208 section 2.4). Whatever else sends
    # for the domain is not known here: so ~all and p=none, which condemn none of it.
    records = [(bounce_domain, " ".join(filter(None, ("v=spf1 mx", relays, "~all"))))]
    records += [key.dns_record() for key in mail.keys]
    records.append((f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:{mail.sender}"))
    return records


def _spf(host: str) -> str:
    """The SPF mechanism (RFC 7208 section 5) of a relay that other machines can see."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"a:{host}" if "." in host else ""
    return "" if address.is_loopback else f"ip{address.version}:{address}"


def quoted(value: str) -> str:
    """A TXT value as zone files write it, in strings of at most 255 bytes."""
    parts = [value[at : at + TXT_STRING] for at in range(0, len(value), TXT_STRING)]
    return " ".join(f'"{part}"' for part in parts)


def _make_keys(mail: MailSettings, now: datetime) -> list[str]:
    """DKIM keys in the keys' folder, named by the year, so that next year's can stand beside."""
    from digest.mail.dkim import new_private_keys
    from digest.mailsettings import write_private

    made = []
    mail.keys_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for kind, pem in new_private_keys().items():
        file = mail.keys_folder / f"dkim-d{now.year}-{kind}.pem"
        write_private(file, pem)
        made.append(file.name)
    return made


def _sender(mail: MailSettings) -> Finding:
    domain = mail.sender.domain
    said = f"{mail.sender_name or 'the title'} <{mail.sender}>"
    if "." not in domain:
        mend = "set DIGEST_MAIL_FROM to an address of your own domain"
        return Finding("sender", False, said, mend)
    return Finding("sender", True, said)


def _keys(mail: MailSettings, made: list[str]) -> Finding:
    names = ", ".join(f"{key.selector} ({key.algorithm})" for key in mail.keys)
    loose = [
        file.name
        for file in mail.keys_folder.glob("*")
        if file.is_file() and file.stat().st_mode & 0o077
    ]
    if loose:
        mend = f"say: chmod 600 {mail.keys_folder}/{loose[0]}"
        return Finding("keys", False, f"{loose[0]} can be read by others", mend)
    return Finding("keys", True, f"{'made: ' if made else ''}{names}, in {mail.keys_folder}")


def _relays(mail: MailSettings) -> list[Finding]:
    from digest.mail.smtp import probe

    if not mail.relays:
        return [Finding("relay", False, "none", "set DIGEST_SMTP, or say --smtp URL")]
    found = []
    for relay in mail.relays:
        seen = probe(relay, mail.helo)
        if seen.problem:
            mend = "see that it runs, that the address is right and that it lets this machine in"
            found.append(Finding("relay", False, f"{seen.relay}: {seen.problem}", mend))
            continue
        notes = [seen.tls or "plain"]
        notes += [name for name in ("PIPELINING", "SMTPUTF8") if name in seen.extensions]
        if relay.security == "plain" and "STARTTLS" in seen.extensions:
            notes.append("it offers STARTTLS: smtp+starttls:// would use it")
        found.append(Finding("relay", True, f"{seen.relay}: {', '.join(notes)}"))
    return found


def _leaving(mail: MailSettings) -> Finding:
    """How a reader leaves the list: an address that nobody reads is no way."""
    from digest.desk import load_desk_settings

    desk = load_desk_settings()
    ways = [f"by the pages at {mail.pages}"] if mail.pages else []
    if desk.inbox and (desk.listen or desk.imap):
        ways.append(f"by letters to {desk.inbox}")
    if os.environ.get("DIGEST_MAIL_UNSUBSCRIBE", "").strip():
        ways.append(
            f"by letters to {mail.unsubscribe}, if they reach `digest subscribers returned`"
        )
    if ways:
        return Finding("leaving", True, ", ".join(ways))
    mend = (
        "set DIGEST_MAIL_PAGES, or DIGEST_INBOX with DIGEST_INBOX_LISTEN or DIGEST_INBOX_IMAP; or "
        "give DIGEST_MAIL_UNSUBSCRIBE and pipe its letters to `digest subscribers returned`"
    )
    said = f"nobody reads what comes to {mail.unsubscribe}, and there is no page"
    return Finding("leaving", False, said, mend)


def _letter(settings: Settings, mail: MailSettings, to: Address, now: datetime) -> Finding:
    """A letter of the machine, signed as all are, handed to the relay."""
    from digest.mail.message import service_letter
    from digest.mail.outcome import Envelope
    from digest.mail.smtp import SmtpSender
    from digest.mailroom import masthead

    sender = SmtpSender(mail.relays, helo=mail.helo)
    try:
        letter = service_letter(
            masthead(mail, settings.editorial),
            to=to,
            message_id=f"<test.{secrets.token_hex(8)}@{mail.sender.domain}>",
            subject=f"{settings.editorial.title}: a test letter",
            text="This letter was sent by `digest doctor --mail`. If its headers say dkim=pass and "
            "spf=pass,\nthe records are published and read.\n",
            date=now,
            signer=mail.signer,
        )
        outcome = sender.send(Envelope(str(mail.sender), to), letter)
    except DigestError as error:
        return Finding("test letter", False, str(error), "mend the settings it names")
    finally:
        sender.close()
    said = f"{outcome.verdict}: {outcome.code or ''} {outcome.reply}".strip()
    if outcome.verdict != "accepted":
        return Finding("test letter", False, said, "see what the relay says")
    return Finding("test letter", True, f"to {to}, {said}; look whether it arrives")
