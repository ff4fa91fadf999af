"""A lab with parts of a snap: each part is the snap's own where it can be, else emulated."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console
from snap_tree import write_tree

from cli.lab.commands import lab as lab_command
from cli.lab.status_view import status_view, what_is_emulated
from lab import Lab
from lab.snap_dir import bases

Output = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("unpacked") / "snap"
    root.mkdir(mode=0o755)
    return write_tree(root)


@pytest.fixture(scope="module")
def shown(tree: Path) -> Iterator[Lab]:
    base = tree.parent / "mounted" / "core99" / "current"
    base.mkdir(parents=True)
    (base / "release").write_text("the base\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bases, "MOUNTED", tree.parent / "mounted")
        lab = Lab.up(1, name=f"snap-{os.getpid()}", snap=str(tree))
    with lab:
        yield lab


@pytest.fixture(scope="module")
def lab(shown: Lab) -> Lab:
    """The lab with MicroK8s installed, for tests that leave it as it is."""
    install(shown)
    return shown


@pytest.fixture
def changed(lab: Lab) -> Iterator[Lab]:
    """The same lab for a test that changes it; it is as new afterwards."""
    yield lab
    lab.reset()
    install(lab)


def install(lab: Lab) -> None:
    done = run(lab, "snap install microk8s --classic --channel=1.32/stable")
    assert done.returncode == 0, done


def run(lab: Lab, command: str) -> Output:
    return lab.exec("n1", f"PATH=$PATH:/snap/bin; {command}")


def test_a_command_with_wrapper_and_script_is_the_snaps_own(lab: Lab) -> None:
    status = run(lab, "microk8s status --format yaml")
    as_app = run(lab, "microk8s.status")

    line = "own status to microk8s /var/snap/microk8s/7890"
    assert (status.returncode, status.stdout) == (7, f"{line} --format yaml\n")
    assert (as_app.returncode, as_app.stdout) == (7, f"{line}\n")


def test_a_command_without_wrapper_or_modules_is_emulated(lab: Lab) -> None:
    leave = run(lab, "microk8s leave")
    token = run(lab, "microk8s add-node --format token")

    assert leave.returncode == 1
    assert "not acting as a node in a cluster" in leave.stdout
    assert (token.returncode, len(token.stdout.strip())) == (0, 32)


def test_an_unknown_command_is_answered_by_the_snaps_dispatcher(lab: Lab) -> None:
    answer = run(lab, "microk8s nonsense")

    assert (answer.returncode, answer.stdout) == (9, "own dispatcher knows no nonsense\n")


def test_scripts_reach_services_through_snapctl_and_borrow_programs_of_the_host(
    changed: Lab,
) -> None:
    stop = run(changed, "microk8s stop")

    services = run(changed, "snap services microk8s").stdout.splitlines()[1:]
    assert stop.stdout == "own stop\n1\n"
    assert {line.split()[2] for line in services} == {"inactive"}
    assert {line.split()[1] for line in services} == {"disabled"}


def test_the_cluster_agent_is_the_snaps_own_and_ends_with_its_service(changed: Lab) -> None:
    ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:25000').read().decode())"
    answer = run(changed, f'{changed.spec.python} -c "{ask}"')

    run(changed, "snap stop microk8s.daemon-cluster-agent")
    refused = run(changed, f'{changed.spec.python} -c "{ask}"')

    assert answer.stdout == "own agent\n", answer.stderr
    assert "Connection refused" in refused.stderr
    assert "cluster-agent" not in run(changed, "ps -ef").stdout


def test_the_dqlite_shell_is_the_snaps_own_without_the_tls_that_the_lab_lacks(lab: Lab) -> None:
    if lab.spec.dqlite != "real":
        pytest.skip("a shell for real dqlite is not used beside an emulated one")
    shell = "/snap/microk8s/current/bin/dqlite"

    answer = run(lab, f"{shell} -s a,b -c own.crt --key=own.key -f json k8s .cluster")

    assert answer.stdout == "own dqlite shell: -s a,b -f json k8s .cluster\n"


def test_a_fault_hits_the_snaps_own_command_too(changed: Lab) -> None:
    changed.add_fault("n1", {"match": "microk8s status", "action": "fail-before", "times": 1})

    failed, again = run(changed, "microk8s status"), run(changed, "microk8s status")

    assert (failed.returncode, failed.stderr.strip()) == (1, "error: injected failure")
    assert again.returncode == 7


def test_a_fault_that_only_the_emulator_knows_brings_the_emulated_command(changed: Lab) -> None:
    changed.add_fault("n1", {"match": "microk8s status", "action": "node-stays-ready"})

    emulated = run(changed, "microk8s status --wait-ready --timeout 30")

    assert emulated.stdout.startswith("microk8s is running")


def test_removing_the_snap_takes_its_parts_away_and_a_new_install_brings_them(changed: Lab) -> None:
    removed = run(changed, "snap remove microk8s --purge; ls /snap/microk8s /snap/bin/microk8s")
    run(changed, "snap install microk8s --classic --channel=1.32/stable")

    assert removed.returncode != 0
    assert run(changed, "microk8s status").returncode == 7


def test_hosts_see_the_base_that_this_machine_has(lab: Lab) -> None:
    assert run(lab, "cat /snap/core99/current/release").stdout == "the base\n"
    assert run(lab, "touch /snap/core99/current/x").returncode != 0


def test_hosts_cannot_change_the_directory(lab: Lab, tree: Path) -> None:
    before = (tree / "microk8s.wrapper").read_text()

    write = run(lab, "echo x >> /snap/microk8s/current/microk8s.wrapper")

    assert write.returncode != 0
    assert (tree / "microk8s.wrapper").read_text() == before


def test_every_view_of_the_lab_says_what_is_real(lab: Lab, tree: Path) -> None:
    console = Console(width=4000, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(status_view(lab))
    status = console.export_text()
    console.file.close()

    own = f"of {tree} (v1.32.3): microk8s status, stop; dispatcher; cluster agent"
    assert own in status
    assert own in what_is_emulated(lab)
    assert "microk8s leave (python3 has no a_module_that_nobody_has)" in status
    assert lab.capabilities["microk8s"] == "parts of a snap"
    assert lab.capabilities["snap_commands"]["status"] == ""
    assert lab.capabilities["snap_parts"]["kubectl"] == "there is no API server behind it"


def test_a_directory_that_is_no_snap_starts_no_lab(tmp_path: Path) -> None:
    name = f"no-snap-{os.getpid()}"

    answer = CliRunner().invoke(
        lab_command, ["up", "1", "--name", name, "--snap", str(tmp_path)], catch_exceptions=False
    )

    assert answer.exit_code == 1
    assert f"cannot use {tmp_path} as a snap: meta/snap.yaml is missing" in answer.output
    assert name not in Lab.names()


def test_a_directory_that_hosts_may_not_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    write_tree(tmp_path)
    tmp_path.chmod(0o700)
    name = f"closed-{os.getpid()}"

    answer = CliRunner().invoke(
        lab_command, ["up", "1", "--name", name, "--snap", str(tmp_path)], catch_exceptions=False
    )

    if answer.exit_code == 0:  # the lab's root is this user itself
        Lab.open(name).down()
        assert os.geteuid() != 0
    else:
        assert f"chmod -R go+rX {tmp_path}" in answer.output
