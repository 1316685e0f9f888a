"""A Dask cluster gives what a process pool gives, and breaks as one breaks."""

from __future__ import annotations

import concurrent.futures
import json
import os
import pickle
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dask_parts import Parts, dask_parts
from typer.testing import CliRunner

from digest.cli.app import app
from digest.compute import executor
from digest.compute.cluster import IN_HAND, Cluster
from digest.errors import ComputeError, SettingsError, UsageError
from digest.model import Workplace

pytest.importorskip("distributed")
pytestmark = pytest.mark.system


def process_of(_: object) -> int:
    return os.getpid()


def buggy(_: object) -> None:
    raise LookupError("a bug")


def unportable(_: object) -> None:
    raise SettingsError("is wrong", file="feeds.yaml", line=None, key="edition", mend="Mend it.")


def endless(depth: int) -> int:
    return endless(depth + 1)


def dies(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    with dask_parts(tmp_path_factory.mktemp("parts")) as running:
        yield running


@pytest.fixture(scope="module")
def remote(parts: Parts) -> Iterator[Executor]:
    with executor(Workplace(parts.address)) as opened:
        yield opened


def test_tasks_are_done_by_other_processes_each_of_them_once(
    parts: Parts, remote: Executor
) -> None:
    done = list(remote.map(process_of, [0] * 40))
    assert set(done) == {worker.pid for worker in parts.workers}


def test_what_a_task_raises_is_raised_here(remote: Executor) -> None:
    with pytest.raises(LookupError, match="a bug"):
        remote.submit(buggy, 1).result()
    with pytest.raises(RuntimeError, match=r"SettingsError: feeds.yaml: edition: is wrong"):
        remote.submit(unportable, 1).result()  # it cannot be pickled
    with pytest.raises(TypeError, match="cannot pickle"):
        remote.submit(threading.Lock).result()
    with pytest.raises(RuntimeError, match="maximum recursion depth"):
        remote.submit(endless, 1).result()
    assert remote.submit(len, "still there").result() == 11


def test_a_task_that_is_taken_back_is_cancelled(remote: Executor) -> None:
    waiting = [remote.submit(sum, range(3_000_000)) for _ in range(6)]
    assert waiting[-1].cancel()
    assert waiting[-1].cancelled()
    assert {task.result() for task in waiting[:-1]} == {4_499_998_500_000}


def test_the_scheduler_has_few_at_once_and_those_that_wait_can_be_taken_back(
    remote: Executor,
) -> None:
    assert isinstance(remote, Cluster)
    tasks = [remote.submit(sum, range(500_000 + at)) for at in range(60)]
    assert remote._in_hand <= 2 * IN_HAND
    assert tasks[-1].cancel()
    assert concurrent.futures.wait(tasks[-1:], timeout=0).done
    assert [task.result() for task in tasks[:-1]] == [sum(range(500_000 + n)) for n in range(59)]


def test_what_cannot_be_pickled_is_told_by_its_future(remote: Executor) -> None:
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        remote.submit(lambda: 1).result()
    assert remote.submit(len, "still there").result() == 11


def test_results_of_a_megabyte_come_whole(remote: Executor) -> None:
    assert [len(made) for made in remote.map(bytes, [1_000_000] * 12)] == [1_000_000] * 12


def test_a_document_of_24_mb_warns_nobody(remote: Executor) -> None:
    assert remote.submit(len, bytes(24_000_000)).result() == 24_000_000


def test_a_cluster_of_this_machine_mends_itself(capfd: pytest.CaptureFixture[str]) -> None:
    with executor(Workplace("dask")) as own:
        before = set(own.map(process_of, range(20)))
        os.kill(min(before), signal.SIGKILL)
        after = set(own.map(process_of, range(20)))
    assert os.getpid() not in before | after
    assert min(before) not in after


def test_a_task_that_kills_its_workers_breaks_like_a_pool(tmp_path: Path) -> None:
    with dask_parts(tmp_path, workers=5) as parts, executor(Workplace(parts.address)) as remote:
        with pytest.raises(BrokenProcessPool, match="died while running it"):
            remote.submit(dies, 1).result()
        assert remote.submit(len, "one is left").result() == 11


def test_a_scheduler_whose_workers_are_gone_is_broken_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.compute.cluster.WITHOUT_WORKERS", 1.0)
    with dask_parts(tmp_path, workers=1) as parts, executor(Workplace(parts.address)) as remote:
        with pytest.raises(BrokenExecutor, match="its workers are gone"):
            remote.submit(dies, 1).result()
        with pytest.raises(BrokenExecutor, match="its workers are gone"):
            remote.submit(len, "nobody is left")


def test_a_lost_scheduler_is_broken(tmp_path: Path) -> None:
    with dask_parts(tmp_path) as parts, executor(Workplace(parts.address)) as remote:
        waiting = [remote.submit(sum, range(30_000_000)) for _ in range(6)]
        parts.scheduler.kill()
        kinds = {type(task.exception()) for task in waiting}
        assert BrokenExecutor in kinds <= {BrokenExecutor, type(None)}
        with pytest.raises(BrokenExecutor, match="its scheduler is lost"):
            remote.submit(len, "nobody is left")


def test_where_no_scheduler_answers_this_machine_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("digest.compute.cluster.TO_CONNECT", 0.5)
    with executor(Workplace("tcp://127.0.0.1:9")) as pool:
        assert pool.submit(process_of, 1).result() != os.getpid()
    assert "no scheduler answers at tcp://127.0.0.1:9" in caplog.text
    monkeypatch.setattr("digest.compute.cluster.TO_CONNECT", 3.0)
    with dask_parts(tmp_path, workers=0) as parts, executor(Workplace(parts.address)) as pool:
        assert pool.submit(process_of, 1).result() not in (os.getpid(), parts.scheduler.pid)
    assert "has no worker: start one; the work is done on this machine" in caplog.text


def test_doctor_looks_at_a_scheduler_that_runs_elsewhere(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    feeds = "feeds: [{name: Odra Courier, url: 'https://odra.example/feed.xml'}]"
    (tmp_path / "feeds.yaml").write_text(feeds, "utf-8")

    def workers(address: str) -> dict[str, Any]:
        told = CliRunner().invoke(app, ["doctor", "--json"], env={"DIGEST_COMPUTE": address})
        found: dict[str, Any] = {one["what"]: one for one in json.loads(told.stdout)}["workers"]
        return found

    running = workers(parts.address)
    assert running["good"]
    assert running["said"] == f"2 at {parts.address}, each like this machine"
    monkeypatch.setattr("digest.compute.cluster.TO_CONNECT", 0.5)
    missing = workers("tcp://127.0.0.1:9")
    assert not missing["good"]
    assert "no scheduler answers at tcp://127.0.0.1:9" in missing["said"]
    assert "docs/scale.md" in missing["mend"]


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'daily-security-digest\[dask\]'"),
        executor(Workplace("dask")),
    ):
        pass


# --- Workers that are not like this machine ---------------------------------------------------


@pytest.mark.parametrize("package", ["feedparser", "python-dateutil", "babel"])
def test_a_worker_of_another_version_is_refused(tmp_path: Path, package: str) -> None:
    older = tmp_path / "older" / f"{package.replace('-', '_')}-0.2.1.dist-info"
    older.mkdir(parents=True)
    (older / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.2.1\n")
    with (
        dask_parts(tmp_path, workers=1, env={"PYTHONPATH": str(older.parent)}) as parts,
        pytest.raises(
            ComputeError,
            match=r"the worker at tcp://127.0.0.1:\d+ is not like this machine: "
            rf"{package} 0.2.1 there, [\d.]+ here. Install the same",
        ),
        executor(Workplace(parts.address)),
    ):
        pass


def test_a_worker_that_joins_later_works_only_if_it_is_alike(remote: Executor) -> None:
    cluster: Any = remote
    ours = cluster._ours
    cluster._ours = (*ours[:-1], ("arithmetic", "another processor's"))
    try:
        with pytest.raises(BrokenExecutor, match="is not like this machine: arithmetic"):
            remote.submit(len, "x").result()
    finally:
        cluster._ours = ours


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names kinds of x86 processors")
def test_a_processor_that_adds_in_another_order_is_refused(tmp_path: Path) -> None:
    with (
        dask_parts(tmp_path, workers=1, env={"OPENBLAS_CORETYPE": "Prescott"}) as parts,
        pytest.raises(ComputeError, match=r"arithmetic .* set OPENBLAS_CORETYPE=Haswell on all"),
        executor(Workplace(parts.address)),
    ):
        pass


def test_a_worker_without_the_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "digest.py").write_text("raise ImportError('not the digest')\n")
    with (
        dask_parts(tmp_path, workers=1, env={"PYTHONPATH": str(tmp_path)}) as parts,
        pytest.raises(ComputeError, match="cannot work for this program"),
        executor(Workplace(parts.address)),
    ):
        pass


# --- TLS --------------------------------------------------------------------------------------


def certificates(folder: Path, name: str) -> tuple[str, str, str]:
    """An authority of its own, and a certificate and key by it, as files in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    began = datetime.now(UTC) - timedelta(hours=1)

    def named(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

    def signed(subject: str, key: Any, authority: Any, *, ca: bool) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named(f"{name} authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after(began + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(authority, hashes.SHA256())
        )

    authority = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    written = {
        "ca": signed(f"{name} authority", authority, authority, ca=True).public_bytes(pem),
        "cert": signed(name, key, authority, ca=False).public_bytes(pem),
        "key": key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    }
    files = {what: folder / f"{name}-{what}.pem" for what in written}
    for what, file in files.items():
        file.write_bytes(written[what])
    return str(files["ca"]), str(files["cert"]), str(files["key"])


def test_tls_lets_in_who_shows_a_certificate_of_the_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("digest.compute.cluster.TO_CONNECT", 5.0)
    ca, cert, key = certificates(tmp_path, "house")
    options = ["--protocol", "tls", "--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key]
    with dask_parts(tmp_path, options=options, workers=1) as parts:
        place = Workplace(parts.address, ca, cert, key)
        with executor(place) as remote:
            assert remote.submit(process_of, 1).result() == parts.workers[0].pid
        assert not caplog.text
        _, strange_cert, strange_key = certificates(tmp_path, "stranger")
        stranger = replace(place, certificate=strange_cert, key=strange_key)
        with executor(stranger) as pool:
            assert pool.submit(process_of, 1).result() != parts.workers[0].pid
        assert "no scheduler answers at tls://" in caplog.text


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_the_cluster_of_the_docs_works(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """docs/scale.md: certificates by its lines, scheduler and workers with its options."""
    told = (Path(__file__).parents[2] / "docs" / "scale.md").read_text("utf-8")
    lines = [line[2:] for line in told.splitlines() if line.startswith("$ ")]
    made = [shlex.split(line) for line in lines if line.startswith("openssl ")]
    for line in made:
        subprocess.run(line, cwd=tmp_path, check=True, capture_output=True)
    scheduler, worker = (shlex.split(line) for line in lines if "/dask " in line)
    options = scheduler[scheduler.index("--protocol") : scheduler.index("--no-dashboard")]
    assert worker[-len(options) - 3 : -3] == options
    with dask_parts(tmp_path, options=options, workers=1) as parts:
        assert parts.address.startswith("tls://")
        files = (str(tmp_path / name) for name in ("ca.pem", "node.pem", "node.key"))
        with executor(Workplace(parts.address, *files)) as remote:
            assert remote.submit(process_of, 1).result() == parts.workers[0].pid
    assert len(made) == 3
    assert "no scheduler answers" not in caplog.text
