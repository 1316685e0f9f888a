"""A real mail system on loopback: Debian's Postfix and Dovecot, in folders and ports of their own.

    digest ─smtp→ Postfix ─lmtp→ Dovecot: mailboxes of inbox.example and strand.example
                     ├─────lmtp→ the desk of harbour.example
                     └─────smtp→ away.example, where nobody listens

Nothing of the machine's own mail is read or changed. Postfix tries each letter once and then
returns it, so an empty queue says that all has come to its end, returned mail included.
"""

from __future__ import annotations

import imaplib
import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

PACKAGES = "postfix dovecot-imapd dovecot-lmtpd dovecot-sieve"
PASSWORD = "secret"
QUEUES = ("maildrop", "incoming", "active", "deferred", "hold")
SECONDS = 30.0
"""How long anything may take; it takes a tenth of a second."""

_MAIN = """\
compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/data
maillog_file = {base}/postfix.log
maillog_file_prefixes = {base}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.harbour.example
mydestination =
alias_maps =
alias_database =
fast_flush_domains =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
in_flow_delay = 0
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
virtual_mailbox_domains = inbox.example, strand.example
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{dovecot}
relay_domains = harbour.example, away.example
transport_maps = inline:{{
  {{ harbour.example = lmtp:inet:127.0.0.1:{desk} }}
  {{ away.example = smtp:[127.0.0.1]:{nobody} }} }}
"""
_MASTER = """\
{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_DOVECOT = """\
base_dir = {base}/run
state_dir = {base}/state
instance_name = digest-test
log_path = {base}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
recipient_delimiter = +
first_valid_uid = 1
mail_location = maildir:~/mail
mail_fsync = never
submission_host = 127.0.0.1:{smtp}
mail_plugins = quota
passdb {{
  driver = passwd-file
  args = scheme=plain {base}/users
}}
userdb {{
  driver = passwd-file
  args = {base}/users
  default_fields = uid=mail gid=mail home={base}/mail/%u
}}
plugin {{
  quota = maildir
  sieve = file:~/sieve;active=~/.dovecot.sieve
}}
protocol lmtp {{
  mail_plugins = quota sieve
  postmaster_address = postmaster@inbox.example
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {dovecot}
  }}
}}
"""
ON_HOLIDAY = 'require ["vacation"];\nvacation :subject "I am away" "Back in May.";\n'
TOO_SMALL = "userdb_quota_rule=*:bytes=200"


def missing() -> str:
    """Why there can be no post office here; "" when there can."""
    if os.geteuid() != 0:
        return "Postfix can be started by root alone"
    sbin = [Path("/usr/sbin/postfix"), Path("/usr/sbin/dovecot"), Path("/usr/bin/sievec")]
    if not all(program.exists() for program in sbin):
        return f"no real mail system here: apt-get install {PACKAGES}"
    return ""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, from below those that the system gives to outgoing connections:
    the servers take seconds to open theirs, while other tests connect."""
    found: list[int] = []
    while len(found) < count:
        port = SystemRandom().randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found += [port] if port not in found else []
    return found


@dataclass(frozen=True)
class PostOffice:
    base: Path
    smtp: int
    imap: int
    dovecot: int
    desk: int
    """Where letters to harbour.example are handed over, by LMTP."""

    @property
    def relay(self) -> str:
        return f"smtp://127.0.0.1:{self.smtp}"

    def mailbox(self, address: str) -> str:
        """Its address as DIGEST_INBOX_IMAP writes it."""
        return f"imap://{address.replace('@', '%40')}:{PASSWORD}@127.0.0.1:{self.imap}/INBOX"

    def post(self, sender: str, to: str, letter: bytes) -> None:
        """Somebody's letter, by their own mail server as it were."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=SECONDS) as smtp:
            smtp.sendmail(sender, [to], letter)

    def settle(self) -> None:
        """Wait until every letter has come to its end."""
        spool = self.base / "spool"

        def empty() -> bool:
            try:
                return not any(p.is_file() for q in QUEUES for p in (spool / q).rglob("*"))
            except FileNotFoundError:  # moved on while we looked
                return False

        # Twice, since a returned letter enters just before the one that it is about leaves.
        until(lambda: empty() and empty(), self.log)

    def fetch(self, address: str) -> list[bytes]:
        """All letters in a mailbox, oldest first, as a mail program reads them."""
        with imaplib.IMAP4("127.0.0.1", self.imap, timeout=SECONDS) as imap:
            imap.login(address, PASSWORD)
            imap.select("INBOX", readonly=True)
            _, (found,) = imap.search(None, "ALL")
            letters = []
            for number in found.split():
                _, answer = imap.fetch(number.decode(), "(BODY.PEEK[])")
                letters += [part[1] for part in answer if isinstance(part, tuple)]
        return letters

    def log(self, most: int = 6000) -> str:
        """What the servers said, the last `most` characters of each: for a failure's message."""
        files = sorted(self.base.glob("*.log"))
        return "\n".join(file.read_text("utf-8", "replace")[-most:] for file in files)


def until(true: Callable[[], bool], why: Callable[[], str]) -> None:
    """Wait for other processes; they tell nobody when they are ready."""
    end, pause = time.monotonic() + SECONDS, threading.Event()
    while not true():
        assert time.monotonic() < end, why()
        pause.wait(0.02)


@contextmanager
def open_post_office(mailboxes: Sequence[str]) -> Iterator[PostOffice]:
    """Postfix and Dovecot at work, with these mailboxes; `full@…` holds 200 bytes, and `rest@…` has
    a vacation message."""
    base = Path(tempfile.mkdtemp(prefix="digest-post-"))
    base.chmod(0o755)  # the servers' own users go through it
    smtp, imap, dovecot, desk, nobody = free_ports(5)
    office = PostOffice(base, smtp, imap, dovecot, desk)
    values = {**vars(office), "nobody": nobody}
    users = ""
    for address in mailboxes:
        home = base / "mail" / address
        home.mkdir(parents=True)
        if address.startswith("rest@"):
            (home / ".dovecot.sieve").write_text(ON_HOLIDAY)
        extra = TOO_SMALL if address.startswith("full@") else ""
        users += f"{address}:{PASSWORD}::::::{extra}\n"
    subprocess.run(["chown", "-R", "mail:mail", base / "mail"], check=True)
    for folder in ("spool", "data", "postfix"):
        (base / folder).mkdir()
    shutil.chown(base / "data", "postfix")
    for name, text in (
        ("postfix/main.cf", _MAIN),
        ("postfix/master.cf", _MASTER),
        ("dovecot.conf", _DOVECOT),
        ("users", users),
    ):
        (base / name).write_text(text.format(**values) if text != users else text)
    said = (base / "start.log").open("w")
    running = [
        subprocess.Popen(command, stdout=said, stderr=said, cwd="/")
        for command in (
            ["/usr/sbin/postfix", "-c", f"{base}/postfix", "start-fg"],
            ["/usr/sbin/dovecot", "-F", "-c", f"{base}/dovecot.conf"],
        )
    ]
    try:
        for port in (smtp, imap, dovecot):
            until(lambda port=port: _answers(port), office.log)  # type: ignore[misc]
        yield office
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(SECONDS)
        said.close()
        shutil.rmtree(base)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
            return bool(opened.recv(1))
    except OSError:
        return False
