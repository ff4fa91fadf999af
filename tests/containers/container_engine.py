"""A container engine of our own, beside no other: ``container_engine.py start|stop DIRECTORY``.

Everything of it lies in the directory, which ``stop`` removes: images, sockets, logs, and the
record of the network as it was. ``stop`` also ends what an interrupted run has left.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

BRIDGE = "cw-e2e0"
BRIDGE_ADDRESS = "172.30.77.1/24"
POOL = "base=172.30.80.0/20,size=24"
CGROUP = "/clusterwright-e2e"
TRUST_KEY = Path("/etc/docker/key.json")
NETWORK = Path(__file__).with_name("network_state.py")
START_SECONDS = 60
STOP_SECONDS = 40
LOG_LINES = 8


def start(folder: Path) -> None:
    """Start dockerd and wait until it answers on ``folder/docker.sock``."""
    folder.mkdir(mode=0o700)
    (folder / "none.json").write_text("{}")  # the machine's own settings are not for this engine
    (folder / "had-trust-key").write_text("yes" if TRUST_KEY.exists() else "")
    _network("record", folder)
    _run("ip", "link", "add", BRIDGE, "type", "bridge")
    _run("ip", "address", "add", BRIDGE_ADDRESS, "dev", BRIDGE)
    _run("ip", "link", "set", BRIDGE, "mtu", _packet_size(), "up")
    with (folder / "dockerd.log").open("ab") as log:
        engine = subprocess.Popen(
            _command(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    socket = folder / "docker.sock"
    _wait(lambda: engine.poll() is not None or _answers(socket), START_SECONDS)
    if engine.poll() is None and _answers(socket):
        return
    log_end = (folder / "dockerd.log").read_text(errors="replace").splitlines()[-LOG_LINES:]
    sys.exit(
        "cannot start a container engine on this machine; its log ends with:\n  "
        + "\n  ".join(log_end)
    )


def _command(folder: Path) -> list[str]:
    return [
        "dockerd",
        *("--config-file", str(folder / "none.json")),
        *("--host", f"unix://{folder / 'docker.sock'}"),
        *("--data-root", str(folder / "data")),
        *("--exec-root", str(folder / "exec")),
        *("--pidfile", str(folder / "dockerd.pid")),
        *("--bridge", BRIDGE),
        *("--mtu", _packet_size()),
        *("--default-address-pool", POOL),
        *("--cgroup-parent", CGROUP),
        *("--log-level", "warn"),
    ]


def _packet_size() -> str:
    """Return the largest packet that every interface takes, or long answers may never arrive."""
    sizes = (int(path.read_text()) for path in Path("/sys/class/net").glob("e*/mtu"))
    return str(min(sizes, default=1500))


def _answers(socket: Path) -> bool:
    command = ["docker", "--host", f"unix://{socket}", "info", "--format", "{{.ID}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and bool(done.stdout.strip())


def stop(folder: Path) -> None:
    """End every container and the engine, and put the machine back as it was."""
    _end_containers(folder)
    _end_engine(folder)
    for mount in _mounts_below(folder):
        _run("umount", "--lazy", mount)
    _remove_cgroups()
    if (folder / "network.json").exists():
        _network("put-back", folder)
    if (folder / "had-trust-key").exists() and not (folder / "had-trust-key").read_text():
        TRUST_KEY.unlink(missing_ok=True)
        with suppress(OSError):
            TRUST_KEY.parent.rmdir()
    shutil.rmtree(folder, ignore_errors=not folder.exists())


def _end_containers(folder: Path) -> None:
    """Remove what still runs; the engine alone would leave containers to themselves."""
    docker = ["docker", "--host", f"unix://{folder / 'docker.sock'}"]
    if _answers(folder / "docker.sock"):
        listed = subprocess.run([*docker, "ps", "-aq"], capture_output=True, text=True, check=False)
        if ids := listed.stdout.split():
            subprocess.run([*docker, "rm", "-fv", *ids], capture_output=True, check=False)
        subprocess.run([*docker, "network", "prune", "-f"], capture_output=True, check=False)


def _end_engine(folder: Path) -> None:
    """Ask the engine to end, then end what it leaves: its own helpers, and orphaned containers."""
    _signal(signal.SIGTERM, _engine(folder))
    _signal(signal.SIGKILL, _all(folder))
    _signal(signal.SIGKILL, _contained())


def _signal(number: signal.Signals, pids: list[int]) -> None:
    """Signal processes and wait until they are gone."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    _wait(lambda: not any(map(_lives, pids)), STOP_SECONDS)


def _contained() -> list[int]:
    """Return the processes in the engine's control groups: containers whose engine was killed."""
    files = [file for top in _cgroups() for file in top.rglob("cgroup.procs")]
    return sorted({int(pid) for file in files for pid in file.read_text().split()})


def _cgroups() -> list[Path]:
    """Return the engine's control group in every hierarchy; there is one only on new systems."""
    root = Path("/sys/fs/cgroup")
    return [*root.glob(CGROUP[1:]), *root.glob(f"*{CGROUP}")]


def _engine(folder: Path) -> list[int]:
    return [pid for pid in _all(folder) if _words(pid)[0].endswith("dockerd")]


def _all(folder: Path) -> list[int]:
    """Return the processes whose command line names a path in the folder: engine and shims."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    ours = f"{folder}/"
    named = ("dockerd", "containerd", "containerd-shim-runc-v2", "docker-proxy")
    return [
        pid
        for pid in pids
        if (words := _words(pid)) and Path(words[0]).name in named and ours in " ".join(words)
    ]


def _words(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return []
    return [word for word in text.split("\0") if word]


def _lives(pid: int) -> bool:
    return bool(_words(pid))


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    found = [line.split()[1] for line in lines]
    return sorted((path for path in found if path.startswith(f"{folder}/")), reverse=True)


def _remove_cgroups() -> None:
    """Remove the groups that the engine leaves, as soon as the last process has gone from them."""

    def removed() -> bool:
        for top in _cgroups():
            for group in sorted((top, *top.rglob("*/")), reverse=True):
                with suppress(OSError):
                    group.rmdir()
        return not _cgroups()

    _wait(removed, STOP_SECONDS)


def _network(action: str, folder: Path) -> None:
    done = subprocess.run([sys.executable, NETWORK, action, folder / "network.json"], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"cannot run {' '.join(command)}: {done.stderr.strip()}")


def _wait(look: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]](Path(sys.argv[2]))
