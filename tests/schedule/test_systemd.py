"""The unit, as systemd itself reads it; and run by a real systemd in namespaces of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from news_server import news_server, write_settings

ROOT = Path(__file__).parent.parent.parent
UNIT = ROOT / "packaging" / "digest.service"
SYSTEMD = Path("/lib/systemd/systemd")
EXPOSURE = 20
"""In tenths, of 100: 1.3 on systemd 252 (November 2026), where a unit without hardening has 9.6."""

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="install Debian's package systemd"
)
needs_root = pytest.mark.skipif(
    not SYSTEMD.exists()
    or os.geteuid() != 0
    or not all(map(shutil.which, ("unshare", "nsenter", "systemctl", "dbus-daemon"))),
    reason="needs root, and Debian's packages systemd, dbus-daemon and util-linux",
)
pytestmark = pytest.mark.system


def unit_with(program: str) -> str:
    return re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={program}", UNIT.read_text("utf-8"))


@needs_systemd
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    unit = tmp_path / "digest.service"
    unit.write_text(unit_with(sys.executable), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if "digest.service" in line]
    assert (done.returncode, told) == (0, [])


@needs_systemd
def test_the_service_is_hardened(tmp_path: Path) -> None:
    unit = tmp_path / "digest.service"
    unit.write_text(unit_with(sys.executable), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:]
    assert "Overall exposure level" in done.stdout


IN_ITS_OWN_WORLD = """
set -e
mount --make-rprivate /
for place in /run /opt /var/lib /etc/digest; do
  mkdir -p "$place"; mount -t tmpfs tmpfs "$place"
done
mkdir -p /run/systemd /opt/python /opt/site /opt/source /sys/fs/cgroup
mount --bind {python} /opt/python
mount --bind {site} /opt/site
mount --bind {source} /opt/source
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || true
cp {settings} /etc/digest/feeds.yaml
echo PYTHONPATH=/opt/source:/opt/site >/etc/digest/environment
echo LD_LIBRARY_PATH=/opt/python/lib >>/etc/digest/environment
chmod -R a+rX /etc/digest
export container=other SYSTEMD_UNIT_PATH={units}
exec {systemd} --system --unit=default.target --show-status=0 --log-target=console
"""


@contextmanager
def own_systemd(folder: Path, settings: Path) -> Iterator[list[str]]:
    """A systemd as process 1 of namespaces of its own, which knows our unit alone; the command that
    runs another one in there. What it would change (/run, /var/lib, /etc/digest) is its own."""
    units = folder / "units"
    units.mkdir()
    (units / "default.target").write_text("[Unit]\nDescription=nothing yet\n")
    for target in ("network-online.target", "basic.target", "sysinit.target", "shutdown.target"):
        (units / target).write_text("[Unit]\nDescription=none\nDefaultDependencies=no\n")
    (units / "digest.service.d").mkdir()  # no journal runs in there
    (units / "digest.service.d" / "log.conf").write_text(
        "[Service]\nStandardOutput=append:/run/digest.log\nStandardError=inherit\n"
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = f"/opt/python/bin/{version} -m digest"
    (units / "digest.service").write_text(unit_with(program))
    by_hand = (ROOT / "packaging" / "digest-ctl").read_text("utf-8")
    (folder / "digest-ctl").write_text(by_hand.replace("/opt/digest/.venv/bin/digest", program))
    (units / "dbus.socket").write_text(
        "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/dbus/system_bus_socket\n"
    )
    (units / "dbus.service").write_text(
        "[Unit]\nDefaultDependencies=no\n[Service]\nType=notify\nNotifyAccess=main\n"
        "ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile\n"
    )
    script = folder / "world.sh"
    script.write_text(
        IN_ITS_OWN_WORLD.format(
            python=sys.base_prefix,
            site=sysconfig.get_path("purelib"),
            source=ROOT,
            settings=settings,
            units=units,
            systemd=SYSTEMD,
        )
    )
    with (folder / "log").open("wb") as log:
        world = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--cgroup",
             "--mount-proc", "sh", str(script)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        first = _first_process(world)
        inside = ["nsenter", "-t", first, "-m", "-p"]
        _until_it_answers([*inside, "systemctl", "is-system-running"], folder / "log")
        yield inside
    finally:
        world.kill()
        world.wait(20)


def _first_process(world: subprocess.Popen[bytes]) -> str:
    children = Path(f"/proc/{world.pid}/task/{world.pid}/children")
    pause = threading.Event()
    for _ in range(200):
        if found := children.read_text().split():
            return found[0]
        pause.wait(0.05)
    raise AssertionError("unshare started nothing")


def _until_it_answers(command: list[str], log: Path) -> None:
    pause = threading.Event()
    said = ""
    for _ in range(200):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        said = done.stdout + done.stderr
        if said.strip() in ("running", "degraded", "starting"):
            return
        pause.wait(0.05)
    raise AssertionError(f"systemd does not answer: {said}\n{log.read_text('utf-8', 'replace')}")


def _reloaded(shown: Callable[[], dict[str, str]]) -> str:
    """`systemctl reload` comes back when the signal is sent (Type=notify); the service says
    RELOADING=1 and READY=1 after that."""
    pause = threading.Event()
    for _ in range(600):
        if (state := shown()["ActiveState"]) != "reloading":
            return state
        pause.wait(0.05)
    return "reloading"


@needs_root
def test_a_real_systemd_starts_reloads_and_stops_the_service(tmp_path: Path) -> None:
    with news_server() as (address, asked):
        settings = tmp_path / "feeds.yaml"
        write_settings(settings, address, "edition: {hour: 0}\n")
        tmp_path.chmod(0o755)
        with own_systemd(tmp_path, settings) as inside:

            def log() -> str:
                told = subprocess.run(
                    [*inside, "cat", "/run/digest.log"],
                    capture_output=True, text=True, check=False, timeout=30,
                )  # fmt: skip
                return told.stdout

            def systemctl(*words: str) -> str:
                done = subprocess.run(
                    [*inside, "systemctl", "--no-pager", *words],
                    capture_output=True, text=True, check=False, timeout=180,
                )  # fmt: skip
                assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}\n{log()}"
                return done.stdout.strip()

            def shown() -> dict[str, str]:
                names = "ActiveState,SubState,Result,NRestarts,WatchdogUSec,StatusText,DynamicUser"
                lines = systemctl("show", "digest.service", f"--property={names}").splitlines()
                return dict(line.split("=", 1) for line in lines)

            systemctl("start", "digest.service")  # comes back when the service says READY=1
            begun = shown()
            assert (begun["ActiveState"], begun["SubState"]) == ("active", "running")
            assert begun["WatchdogUSec"] == "1min 30s"
            assert begun["DynamicUser"] == "yes"
            systemctl("reload", "digest.service")
            assert _reloaded(shown) == "active"
            systemctl("start", "dbus.socket", "dbus.service")
            added = subprocess.run(
                [*inside, "sh", str(tmp_path / "digest-ctl"),
                 "subscribers", "add", "ada@inbox.example"],
                capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            assert added.stdout == "ada@inbox.example is active\n", added.stderr
            systemctl("stop", "digest.service")
            ended = shown()
            assert (ended["ActiveState"], ended["Result"]) == ("inactive", "success")
            assert ended["NRestarts"] == "0"
            kept = subprocess.run(
                [*inside, "find", "/var/lib/private/digest", "-printf", "%P %m\\n"],
                capture_output=True, text=True, check=True, timeout=30,
            )  # fmt: skip
    assert "digest.sqlite3 640" in kept.stdout.splitlines()
    assert "keys/secret 600" in kept.stdout.splitlines()
    assert asked
