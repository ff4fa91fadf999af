"""What takes a member out says why it cannot, where nobody leads, and ends soon."""

import shlex
import subprocess

import pytest

from deploy_scripts.fleet.marks import OWN
from deploy_scripts.microk8s.facts import DATA, LEADER_TRIES, MICROK8S
from deploy_scripts.microk8s.leaving import LEAVE, REMOVE_NODE

REMOVE_CP2 = f"node=cp-2\naddress=10.0.0.2\n{REMOVE_NODE}"
NEVER_ENDS = "#!/bin/sh\necho asked >>{asked}\nexit 124\n"
"""Stands for ``timeout`` whose command is still waiting for a leader when its time is over."""
ANSWERS = '#!/bin/sh\nshift 3\ncase "$1" in *dqlite) echo 10.0.0.1:19001;; *) exec "$@";; esac\n'


class Host:
    """A folder that stands for a host's files, and programs that stand for its own."""

    def __init__(self, folder, timeout):
        self.folder, self.asked = folder, folder / "asked"
        self.backend = folder / "data/var/kubernetes/backend"
        self.backend.mkdir(parents=True)
        (folder / "data/var/lock").mkdir(parents=True)
        # Joined by the job that now takes it out: by hand, neither has a name.
        (folder / "own").mkdir()
        (folder / "own/joined").write_text("installation=\ncluster=\njob=\n")
        for name, text in {
            "timeout": timeout.format(asked=shlex.quote(str(self.asked))),
            "sleep": "#!/bin/sh\n",
            "microk8s": f'#!/bin/sh\necho "microk8s $*" >>{shlex.quote(str(self.asked))}\n',
        }.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def run(self, script):
        here = {DATA: "data", OWN: "own", MICROK8S: "microk8s"}
        for there, name in here.items():
            script = script.replace(there, str(self.folder / name))
        environment = {"PATH": f"{self.folder}:/usr/bin:/bin"}
        command = ["/bin/sh", "-c", script]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=250, check=False
        )

    @property
    def calls(self):
        return self.asked.read_text().splitlines() if self.asked.exists() else []


@pytest.mark.parametrize(
    ("script", "what"),
    [(LEAVE, "cannot leave the cluster"), (REMOVE_CP2, "cannot remove node cp-2")],
    ids=["leave", "remove"],
)
def test_a_tool_that_would_wait_for_a_leader_for_ever_is_not_begun(tmp_path, script, what):
    host = Host(tmp_path, NEVER_ENDS)
    (host.backend / "cluster.yaml").touch()

    ended = host.run(script)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{what}: the datastore has no leader")
    assert "start MicroK8s on the control plane nodes" in ended.stderr
    assert host.calls == ["asked"] * LEADER_TRIES


@pytest.mark.parametrize(
    ("script", "verb"), [(LEAVE, "leave"), (REMOVE_CP2, "remove-node")], ids=["leave", "remove"]
)
def test_where_somebody_leads_the_tool_is_begun(tmp_path, script, verb):
    host = Host(tmp_path, ANSWERS)
    (host.backend / "cluster.yaml").touch()

    assert host.run(script).returncode == 0
    assert any(call.startswith(f"microk8s {verb}") for call in host.calls)


@pytest.mark.parametrize("file", ["data/var/lock/clustered.lock", "nothing"])
def test_a_worker_or_a_host_without_a_datastore_leaves_without_asking_for_a_leader(tmp_path, file):
    host = Host(tmp_path, ANSWERS)
    (tmp_path / file).touch()

    assert host.run(LEAVE).returncode == 0
    assert host.calls == ["microk8s leave"]
