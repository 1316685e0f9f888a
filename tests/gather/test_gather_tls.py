"""Secure connections: a certificate that nobody vouches for is a clear line."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from feedserver import NOW, ask

from digest.model import Feed, Fetched


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "news.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=36500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_certificates_are_checked_and_plain_text_is_no_tls(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def run() -> list[Fetched]:
        secure = await asyncio.start_server(silent, "127.0.0.1", 0, ssl=self_signed(tmp_path))
        bare = await asyncio.start_server(plain, "127.0.0.1", 0)
        async with secure, bare:
            ports = [server.sockets[0].getsockname()[1] for server in (secure, bare)]
            return await ask(
                [Feed(str(p), f"https://127.0.0.1:{p}/", allow_private=True) for p in ports]
            )

    self_made, no_tls = asyncio.run(run())
    assert self_made.outcome == no_tls.outcome == "failed"
    assert self_made.problem.startswith("the certificate of 127.0.0.1:")
    assert "is not valid: " in self_made.problem
    assert "self-signed certificate" in self_made.problem
    assert no_tls.problem.startswith("no secure connection to 127.0.0.1:")
