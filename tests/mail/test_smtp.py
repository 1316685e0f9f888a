"""The SMTP adapter against a raw sink that breaks at every moment, and against aiosmtpd."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from raw_sink import Fault, Moment, RawSink

from digest.address import parse_address
from digest.errors import UsageError
from digest.mail.limits import Limit
from digest.mail.outcome import Envelope, Outcome, Verdict
from digest.mail.relay import Relay, parse_relays
from digest.mail.smtp import SmtpSender

ENVELOPE = Envelope("bounces+x1@harbour.example", parse_address("reader@inbox.example"))
LETTER = b"From: a@harbour.example\r\n\r\n" + b"a line of the letter\r\n" * 40


def sender(*urls: str, seconds: float = 5.0) -> SmtpSender:
    return SmtpSender(
        parse_relays(" ".join(urls)),
        helo="harbour.example",
        command_seconds=seconds,
        end_seconds=seconds,
    )


def once(when: Moment, fault: Fault) -> tuple[list[Moment], RawSink]:
    """A sink that breaks the first time it comes to `when`."""
    seen: list[Moment] = []

    def plan(moment: Moment, recipient: str) -> Fault:
        seen.append(moment)
        return fault if moment == when and seen.count(when) == 1 else "go on"

    return seen, RawSink(plan)


def test_a_letter_goes_over_as_it_is_and_the_connection_is_kept() -> None:
    with RawSink() as sink:
        mail = sender(sink.url)
        for _ in range(5):
            outcome = mail.send(ENVELOPE, LETTER)
            assert outcome == Outcome("accepted", "end", 250, "taken", f"127.0.0.1:{sink.port}")
        mail.close()
    assert sink.connections == 1
    assert [t.letter for t in sink.taken] == [LETTER] * 5
    assert (sink.taken[0].sender, sink.taken[0].recipient) == (
        "bounces+x1@harbour.example",
        "reader@inbox.example",
    )


@pytest.mark.parametrize("letter", [b".\r\n", b"a\r\n.\r\nb\r\n", b"..a\r\n.", b"no line end"])
def test_dots_arrive_as_they_were(letter: bytes) -> None:
    with RawSink() as sink:
        mail = sender(sink.url)
        assert mail.send(ENVELOPE, letter).verdict == "accepted"
        mail.close()
    assert sink.taken[0].letter.rstrip(b"\r\n") == letter.rstrip(b"\r\n")


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("moment", "fault", "verdict", "stage"),
    [
        ("mail", b"451 later", "deferred", "mail"),
        ("mail", b"550 not you", "refused", "mail"),
        ("rcpt", b"450 4.2.0 greylisted", "deferred", "rcpt"),
        ("rcpt", b"550 5.1.1 no such user", "refused", "rcpt"),
        ("rcpt", b"421 closing", "deferred", "rcpt"),
        ("data", b"451 later", "deferred", "data"),
        ("data", b"554 no", "refused", "data"),
        ("end", b"452 4.3.1 disk full", "deferred", "end"),
        ("end", b"554 spam", "refused", "end"),
        ("mail", "drop", "unreachable", "mail"),
        ("rcpt", "drop", "unreachable", "rcpt"),
        ("data", "drop", "unreachable", "data"),
        ("body", "drop", "unreachable", "data"),
        ("end", "drop", "uncertain", "end"),
        ("end", "hang", "uncertain", "end"),
        ("rcpt", "hang", "unreachable", "rcpt"),
        ("end", b"nonsense", "uncertain", "end"),
        ("rcpt", b"nonsense", "unreachable", "rcpt"),
        ("connect", "drop", "unreachable", "connect"),
        ("connect", "hang", "unreachable", "connect"),
        ("connect", b"554 go away", "unreachable", "connect"),
        ("ehlo", "drop", "unreachable", "connect"),
    ],
)
def test_every_fault_is_a_value_and_the_next_letter_goes(
    moment: Moment, fault: Fault, verdict: Verdict, stage: str, pipelining: bool
) -> None:
    _, sink = once(moment, fault)
    if not pipelining:
        sink.extensions = ()
    # A body that fits no socket buffer, so that a break in its middle is seen there.
    letter = LETTER * 20_000 if moment == "body" else LETTER
    with sink:
        mail = sender(sink.url, seconds=0.3 if fault == "hang" else 5.0)
        outcome = mail.send(ENVELOPE, letter)
        assert outcome.verdict == verdict
        assert outcome.stage == stage
        assert mail.send(ENVELOPE, LETTER).verdict == "accepted"
        mail.close()
    assert len(sink.taken) == 1


def test_a_kept_connection_that_the_relay_closed_is_opened_anew() -> None:
    _, sink = once("answered", "drop")
    with sink:
        mail = sender(sink.url)
        assert [mail.send(ENVELOPE, LETTER).verdict for _ in range(3)] == ["accepted"] * 3
        mail.close()
    assert sink.connections == 2


@pytest.mark.parametrize("refusal", [b"550 5.1.1 no such user", b"450 4.2.0 greylisted"])
def test_a_refusal_counts_though_the_relay_hangs_up_after_it(refusal: bytes) -> None:
    def serve() -> None:
        with server.accept()[0] as connection:
            connection.sendall(b"220 x\r\n")
            connection.recv(999)
            connection.sendall(b"250-x\r\n250 PIPELINING\r\n")
            connection.recv(999)
            connection.sendall(b"250 ok\r\n" + refusal + b"\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        outcome = sender(f"smtp://127.0.0.1:{server.getsockname()[1]}").send(ENVELOPE, LETTER)
        thread.join(5)
    verdict = "refused" if refusal.startswith(b"5") else "deferred"
    assert (outcome.verdict, outcome.stage) == (verdict, "rcpt")
    assert f"{outcome.code} {outcome.reply}".encode() == refusal


def test_a_kept_connection_that_says_421_and_hangs_up_is_opened_anew() -> None:
    said: list[Moment] = []

    def plan(moment: Moment, recipient: str) -> Fault:
        if moment in ("mail", "rcpt"):
            said.append(moment)
        if moment == "mail" and said.count("mail") == 2:
            return b"421 idle for too long"
        return "drop" if moment == "rcpt" and said.count("mail") == 2 else "go on"

    with RawSink(plan) as sink:
        mail = sender(sink.url)
        assert [mail.send(ENVELOPE, LETTER).verdict for _ in range(2)] == ["accepted"] * 2
        mail.close()
    assert sink.connections == 2


def test_connections_are_renewed_after_a_number_of_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.mail.smtp.LETTERS_PER_CONNECTION", 3)
    with RawSink() as sink:
        mail = sender(sink.url)
        for _ in range(7):
            mail.send(ENVELOPE, LETTER)
        mail.close()
    assert sink.connections == 3


def test_no_letter_to_nobody_is_sent_where_a_relay_goes_on_after_refusing() -> None:
    """RFC 2920 section 3.1: 354 can follow a refused recipient."""
    server = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"220 x\r\n")
            connection.recv(999)
            connection.sendall(b"250-x\r\n250 PIPELINING\r\n")
            connection.recv(999)
            connection.sendall(b"250 ok\r\n550 no\r\n354 go\r\n")
            while data := connection.recv(999):
                got.append(data)

    thread = threading.Thread(target=serve)
    thread.start()
    outcome = sender(f"smtp://127.0.0.1:{server.getsockname()[1]}").send(ENVELOPE, LETTER)
    thread.join(5)
    server.close()
    assert (outcome.verdict, outcome.stage, outcome.code) == ("refused", "rcpt", 550)
    assert got == []


def test_the_next_relay_takes_over_and_the_first_is_tried_again_later() -> None:
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with RawSink() as second:
        relays = parse_relays(f"smtp://127.0.0.1:{port}, {second.url}")
        mail = SmtpSender(relays, helo="h.example", monotonic=lambda: now[0])
        assert mail.send(ENVELOPE, LETTER).relay == f"127.0.0.1:{second.port}"
        mail.close()
        assert mail._connected() is not None
        assert list(mail._away_until) == [relays[0]]
        mail.close()
        now[0] = 61.0
        assert mail.send(ENVELOPE, LETTER).verdict == "accepted"
        assert mail._away_until[relays[0]] == 121.0
        mail.close()


@pytest.mark.parametrize(
    ("at", "fault"),
    [("mail", b"421 4.3.2 going down"), ("ehlo", "drop"), ("data", "drop"), ("end", "drop")],
)
def test_a_relay_that_breaks_off_is_passed_over(at: Moment, fault: Fault) -> None:
    with (
        RawSink(lambda moment, to: fault if moment == at else "go on") as first,
        RawSink() as next_,
    ):
        mail = sender(first.url, next_.url)
        mail.send(ENVELOPE, LETTER)
        for _ in range(3):
            outcome = mail.send(ENVELOPE, LETTER)
            assert (outcome.verdict, outcome.relay) == ("accepted", f"127.0.0.1:{next_.port}")
        mail.close()
        assert first.connections == 1


def test_all_relays_away_is_a_value() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    outcome = sender(f"smtp://127.0.0.1:{port}").send(ENVELOPE, LETTER)
    assert (outcome.verdict, outcome.stage) == ("unreachable", "connect")
    assert "refused" in outcome.reply.lower()
    outcome = sender("smtp://no-such-host.invalid:25").send(ENVELOPE, LETTER)
    assert (outcome.verdict, outcome.stage) == ("unreachable", "connect")


def test_utf8_readers_need_a_relay_that_takes_them() -> None:
    envelope = Envelope("b@harbour.example", parse_address("jörg@inbox.example"))
    with RawSink() as sink:
        mail = sender(sink.url)
        assert mail.send(envelope, LETTER).verdict == "accepted"
        mail.close()
    assert any(b"SMTPUTF8" in command for command in sink.commands if command[:4] == b"MAIL")
    assert sink.taken[0].recipient == "jörg@inbox.example"
    with RawSink(extensions=()) as sink:
        mail = sender(sink.url)
        outcome = mail.send(envelope, LETTER)
        mail.close()
    assert (outcome.verdict, outcome.stage) == ("refused", "rcpt")
    assert "SMTPUTF8" in outcome.reply


def test_every_error_of_smtplib_is_translated() -> None:
    known = {
        kind
        for kind in vars(smtplib).values()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == "smtplib"
    }
    assert known
    from digest.mail.smtp import FOREIGN

    for kind in (*known, ssl.SSLError, TimeoutError, socket.gaierror, ConnectionResetError):
        assert issubclass(kind, FOREIGN)


# --- TLS and log-in, against a server that is not ours -------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost: (certificate, key)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


class Keeper:
    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.letters.append(envelope.original_content)  # type: ignore[attr-defined]
        return "250 kept"


ASIDE = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture(params=["smtp+starttls", "smtps"])
def tls_server(
    request: pytest.FixtureRequest, certificate: tuple[Path, Path]
) -> Iterator[tuple[str, int, Keeper]]:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult, LoginPassword

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    keeper = Keeper()

    def authenticator(*args: object) -> AuthResult:
        given = args[-1]
        assert isinstance(given, LoginPassword)
        right = (given.login, given.password) == (b"user", b"p@ss/w:rd")
        return AuthResult(success=right, handled=right)

    options: dict[str, object] = {
        "authenticator": authenticator,
        "auth_required": True,
        "hostname": "127.0.0.1",
        "port": 0,
    }
    if request.param == "smtps":
        # aiosmtpd does not see that the whole connection is in TLS already.
        options |= {"ssl_context": context, "auth_require_tls": False}
    else:
        options |= {"tls_context": context, "require_starttls": True}
    with socket.create_server(("127.0.0.1", 0)) as free:
        options["port"] = free.getsockname()[1]
    controller = Controller(keeper, **options)  # type: ignore[arg-type]
    controller.start()
    try:
        yield request.param, int(controller.port), keeper
    finally:
        controller.stop()


@ASIDE
def test_tls_and_log_in(
    tls_server: tuple[str, int, Keeper], certificate: tuple[Path, Path]
) -> None:
    scheme, port, keeper = tls_server
    mail = sender(f"{scheme}://user:p%40ss%2Fw%3Ard@localhost:{port}?ca={certificate[0]}")
    outcome = mail.send(ENVELOPE, LETTER)
    mail.close()
    assert outcome.verdict == "accepted", outcome
    assert keeper.letters == [LETTER]


@ASIDE
def test_an_unknown_certificate_and_a_wrong_password_are_refused(
    tls_server: tuple[str, int, Keeper], certificate: tuple[Path, Path]
) -> None:
    scheme, port, keeper = tls_server
    outcome = sender(f"{scheme}://user:p%40ss@localhost:{port}").send(ENVELOPE, LETTER)
    assert (outcome.verdict, outcome.stage) == ("unreachable", "connect")
    assert "certificate" in outcome.reply.lower()
    wrong = sender(f"{scheme}://user:hunter2@localhost:{port}?ca={certificate[0]}")
    outcome = wrong.send(ENVELOPE, LETTER)
    assert (outcome.verdict, outcome.stage, outcome.code) == ("unreachable", "connect", 535)
    assert "hunter2" not in outcome.reply
    assert keeper.letters == []


def test_starttls_is_never_left_out() -> None:
    with RawSink() as sink:
        outcome = sender(f"smtp+starttls://127.0.0.1:{sink.port}").send(ENVELOPE, LETTER)
    assert (outcome.verdict, outcome.stage) == ("unreachable", "connect")
    assert not any(command.startswith(b"MAIL") for command in sink.commands)


# --- The relay's address -------------------------------------------------------------------


def test_relays_as_the_operator_writes_them() -> None:
    assert parse_relays("smtp://localhost") == (Relay("localhost", 25),)
    assert parse_relays("smtps://u:p%40s@m.example?connections=9, smtp+starttls://m2.example") == (
        Relay("m.example", 465, "tls", "u", "p@s", connections=9),
        Relay("m2.example", 587, "starttls"),
    )
    assert parse_relays("smtp://m.example?limit=500/hour&connections=2") == (
        Relay("m.example", 25, connections=2, limit=Limit(500, timedelta(hours=1))),
    )
    assert "secret" not in repr(parse_relays("smtps://u:secret@m.example"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://h:port",
        "smtp://h:99999",
        "smtp://h/path",
        "smtp://h?connections=0",
        "smtp://h?connections=many",
        "smtp://h?retries=3",
        "smtp://user:hunter2@mail.example.org",
        "smtp+starttls://user:hunter2@h:port",
        "smtp+starttls://user:hunter2/hunter2@h:587",
        "smtp+starttls://user:hunter2@hunter2/x@h:587",
        "smtp+starttls://user:hunter2 hunter2@h:587",
        "smtp+starttls://user:12,hunter2@h:587",
        "smtps://user:hunter2://@h:465",
        "user:hunter2@h:587",
        "user:hunter2://@h:587",
    ],
)
def test_wrong_relays_are_told_without_the_password(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_relays(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("smtp://h:port/", "'smtp://h:…'"),
        ("smtp://[::1]:25/path", "'smtp://[::1]:25/path'"),
        ("smtps://user:a/b@h:465", "'smtps://…@h:465'"),
        ("http://mail.example.org:80/x", "'http://mail.example.org:80/x'"),
    ],
)
def test_a_wrong_relay_is_shown_but_for_what_may_be_a_password(text: str, shown: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"{shown} is no relay")):
        parse_relays(text)
