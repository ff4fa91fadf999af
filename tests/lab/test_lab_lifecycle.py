"""Starting and ending labs: several at once, by anybody, and without a trace."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import paramiko
import pytest
from click.testing import CliRunner

import lab as lab_package
from cli.lab.commands import lab as command_line
from lab import CannotStart, Lab, LabNotFound, control, teardown
from lab.lab import LabHost

NOBODY = 65534
KINDS = ("user", "net", "mnt", "pid", "uts", "ipc")
AS_ORDINARY_USER = """
import subprocess
from lab import Lab
with Lab.up(2, name="ordinary") as lab:
    print(lab.capabilities["uid_map"], lab.capabilities["ssh"])
    for host in lab.hosts:
        words = ["ssh", "-F", str(lab.directory / "ssh_config"), host.name, "hostname; id -u"]
        print(*subprocess.run(words, capture_output=True, text=True).stdout.split())
    print(lab.exec("n1", "ping -c1 -W2 10.79.0.12").returncode)
    print(lab.exec("n1", "echo 1 >/proc/sys/vm/swappiness").returncode)
    print(lab.exec("n1", "snap install microk8s --classic >/dev/null").returncode)
    lab.kill("n2")
    lab.boot("n2")
    lab.reset()
with Lab.up(1, name="ordinary", networks="nat", proxy=True, cloud_init=True) as lab:
    lab.add_condition("n1", "greeting")
    lab.add_condition("n1", "sysctl-fixed")
    print(lab.capabilities["sudo"], *lab.exec("n1", "hostname -I").stdout.split())
    words = ["ssh", "-F", str(lab.directory / "ssh_config"), "n1"]
    words.append("unset https_proxy; sudo -n -E sh -c 'echo $https_proxy'")
    print(*subprocess.run(words, capture_output=True, text=True).stdout.splitlines()[0::3])
print(Lab.names())
"""


HELD: list[int] = []


def namespaces_of(lab: Lab) -> set[str]:
    pids = [lab.pid, *(host["machine_pid"] for host in lab.status()["hosts"].values())]
    paths = [f"/proc/{pid}/ns/{kind}" for pid in pids for kind in KINDS]
    # Kept open: another lab's would get the numbers of those that are gone.
    HELD.extend(os.open(path, os.O_RDONLY) for path in paths)
    return set(map(os.readlink, paths))


@pytest.fixture(autouse=True)
def let_go_of_namespaces() -> Iterator[None]:
    yield
    while HELD:
        os.close(HELD.pop())


def processes_in(namespaces: set[str]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                inside = {os.readlink(entry / "ns" / kind) for kind in KINDS} & namespaces
            except OSError:
                continue
            found += [int(entry.name)] * bool(inside)
    return found


def wait_until_empty(namespaces: set[str]) -> list[int]:
    deadline = time.monotonic() + 10
    while (left := processes_in(namespaces)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


@pytest.fixture
def labs_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    yield tmp_path
    for name in Lab.names():
        Lab.open(name).down()


def test_down_leaves_no_process_mount_listener_or_file(labs_elsewhere: Path) -> None:
    own = {os.readlink(f"/proc/self/ns/{kind}") for kind in KINDS}
    mounts = Path("/proc/self/mountinfo").read_text()
    lab = Lab.up(2, name="brief")
    namespaces = namespaces_of(lab) - own
    host = lab.hosts[0]
    assert answers(host)

    lab.down()

    assert wait_until_empty(namespaces) == []
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert list((labs_elsewhere / "clusterwright-lab").iterdir()) == []
    assert not answers(host)


def answers(host: LabHost) -> bool:
    """Whether this very host does: another lab may have its address a moment later."""
    try:
        with (
            socket.create_connection((host.address, host.port), timeout=5) as connection,
            closing(paramiko.Transport(connection)) as transport,
        ):
            transport.start_client(timeout=5)
            return transport.get_remote_server_key().get_base64() in host.host_key
    except (OSError, EOFError, paramiko.SSHException):
        return False


def test_a_killed_supervisor_takes_the_whole_lab_with_it(labs_elsewhere: Path) -> None:
    own = {os.readlink(f"/proc/self/ns/{kind}") for kind in KINDS}
    mounts = Path("/proc/self/mountinfo").read_text()
    lab = Lab.up(2, name="victim")
    namespaces = namespaces_of(lab) - own
    lab.freeze("n1")

    os.kill(lab.pid, signal.SIGKILL)

    assert wait_until_empty(namespaces) == []
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert Lab.names() == ()
    with pytest.raises(LabNotFound, match="cannot reach lab victim"):
        lab.status()
    with Lab.up(1, name="victim") as again:
        assert again.exec("n1", "hostname").stdout == "n1\n"


@pytest.mark.usefixtures("labs_elsewhere")
def test_a_lab_whose_supervisor_hears_nothing_is_ended_after_the_whole_wait_for_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control, "_SECONDS", 6.0)
    monkeypatch.setattr(teardown, "_SECONDS", 5.0)
    lab = Lab.up(1, name="deaf")
    os.kill(lab.pid, signal.SIGSTOP)

    lab.down()

    assert Lab.names() == ()


def test_two_labs_run_side_by_side_with_the_same_addresses_inside(labs_elsewhere: Path) -> None:
    with Lab.up(1, name="one") as one, Lab.up(1, name="two") as two:
        one.exec("n1", "touch /root/here")

        assert Lab.names() == ("one", "two")
        assert one.hosts[0].address != two.hosts[0].address
        assert one.hosts[0].node_address == two.hosts[0].node_address
        assert two.exec("n1", "ls /root").stdout == ""


def test_a_name_that_is_taken_is_refused_and_the_lab_lives_on(labs_elsewhere: Path) -> None:
    with Lab.up(1, name="taken") as lab:
        with pytest.raises(CannotStart, match="cannot start lab taken: it is already running"):
            Lab.up(1, name="taken")

        assert lab.exec("n1", "hostname").stdout == "n1\n"


def test_real_dqlite_that_is_missing_is_refused_with_the_package_to_install(
    labs_elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(labs_elsewhere))

    with pytest.raises(CannotStart, match="apt-get install go-dqlite"):
        Lab.up(1, dqlite="real")

    assert Lab.names() == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs all tests this way anyway")
def test_an_ordinary_user_without_subordinate_ids_has_a_lab_too() -> None:
    asyncssh = pytest.importorskip("asyncssh")
    packages = Path(asyncssh.__file__).parent.parent
    source = Path(lab_package.__file__).parent.parent
    home = tempfile.mkdtemp()
    os.chown(home, NOBODY, NOBODY)
    environment = {
        "HOME": home,
        "XDG_RUNTIME_DIR": home,
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{source}:{packages}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ids = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    python = "/usr/bin/python3"
    usable = ["setpriv", *ids, python, "-c", "import asyncssh, lab"]
    try:
        if subprocess.run(usable, env=environment, check=False).returncode != 0:
            pytest.skip("the system's python3 cannot import asyncssh and lab as another user")
        words = ["setpriv", *ids, python, "-c", AS_ORDINARY_USER]
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=250, check=False
        )
    finally:
        shutil.rmtree(home)

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        *("single asyncssh", "n1 0", "n2 0", "0", "2", "0"),
        "stand-in 10.0.2.15 10.79.0.11",
        "Welcome to n1, root. http://10.79.0.1:3128",
        "()",
    ]


def test_the_command_line_starts_shows_and_ends_a_lab(labs_elsewhere: Path) -> None:
    run = CliRunner(env={"COLUMNS": "120"}).invoke
    try:
        started = run(command_line, ["up", "2", "--lab", "shown"])
        cut = run(command_line, ["partition", "n1", "n2", "--one-way", "--lab", "shown"])
        status = run(command_line, ["status", "--lab", "shown"])
        refused = run(command_line, ["boot", "n1", "--lab", "shown"])
    finally:
        ended = run(command_line, ["down", "--all"])

    assert started.exit_code == 0, started.output
    assert "snap, microk8s, systemctl: emulated" in started.output
    assert cut.output == "n1 no longer reaches n2\n"
    assert "cannot reach n2" in status.output
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: cannot boot n1: it is already up\n",
    )
    assert ended.output == "lab shown is gone\n"


@pytest.mark.parametrize("command", sorted(command_line.commands))
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    help_text = CliRunner().invoke(command_line, [command, "--help"]).output

    assert "Example" in help_text
    assert f"lab {command}" in help_text


@pytest.fixture
def hangups_ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("labs_elsewhere", "hangups_ignored")
def test_a_lab_that_is_started_with_nohup_has_hosts_that_hear_a_hangup() -> None:
    with Lab.up(1, name="nohup") as lab:
        deaf = lab.exec("n1", "sed -n 's/^SigIgn:[[:space:]]*//p' /proc/1/status").stdout

    assert not int(deaf, 16) & 1 << signal.SIGHUP - 1
