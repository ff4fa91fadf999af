"""The whole life of a cluster, as a year brings it: one change after the other, over HTTP.

After each change the record, the datastore and Kubernetes say the same.
"""

import json
import os

import pytest
from dead_hosts import await_voters_listed, die, look_until_led
from running_redis import running_redis
from stack import Stack, poll

from lab import Lab

HOSTS = 7
KUBECTL = "/snap/bin/microk8s kubectl"
KEPT = (
    "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: kept\\n' >/tmp/kept.yaml; "
    f"{KUBECTL} apply -f /tmp/kept.yaml"
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module")
def year_lab():
    with Lab.up(HOSTS, name=f"year-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def lab(year_lab):
    """The hosts of a year; ``stack`` registers them in place of the usual ones."""
    return year_lab


class Year:
    """Asks for changes of the cluster ``prod``, and looks at what has become of them."""

    def __init__(self, stack, lab):
        self.stack, self.lab = stack, lab

    def change(self, kind, accept=(), **params):
        """Carry out a change; then everybody says the same of the cluster."""
        self.carry_out(kind, accept, **params)
        self.look()

    def carry_out(self, kind, accept=(), **params):
        answer = self.stack.post("prod", params, kind=kind, accept=sorted(accept))
        assert answer.status_code == 202, f"{kind}: {answer.text}"
        job = self.stack.finish(answer.json()["id"], seconds=900)
        assert job["status"] == "succeeded", f"{kind}: {json.dumps(job['error'], indent=1)}"
        return job

    def apply(self, text):
        """Bring the cluster to a file, and see that the same file again is nothing to do."""
        compared = self.stack.client.post("/v1/clusters/prod/file/diff", json={"text": text})
        self.change("apply", **compared.json()["params"])
        assert self.differences(text) == []

    def look(self):
        job = self.carry_out("verify")
        assert [row["code"] for step in job["steps"] for row in step["findings"]] == []
        found = self.cluster()
        assert found["health"] == "good", json.dumps(found, indent=1)
        assert self.differences(self.file()) == []
        assert self.nodes() == sorted(found["nodes"])

    def cluster(self):
        return self.stack.client.get("/v1/clusters/prod").json()

    def file(self):
        return self.stack.client.get("/v1/clusters/prod/file").text

    def differences(self, text):
        answer = self.stack.client.post("/v1/clusters/prod/file/diff", json={"text": text})
        assert answer.status_code == 200, answer.text
        return answer.json()["differences"]

    def has_leader(self):
        """Look whether the datastore has a leader."""
        self.carry_out("verify")
        return self.cluster()["observation"]["has_leader"]

    def members(self):
        return self.cluster()["observation"]["members"]

    def nodes(self):
        """Return the nodes that Kubernetes lists, of a member that is there."""
        rows = self.cluster()["nodes"].items()
        asked = min(name for name, row in rows if row["role"] == "control-plane")
        table = self.lab.exec(asked, f"{KUBECTL} get nodes --no-headers").stdout
        return sorted(row.split()[0] for row in table.splitlines())

    def has_object(self, host):
        return "kept" in self.lab.exec(host, f"{KUBECTL} get configmap kept").stdout


@pytest.fixture
def year(stack, lab):
    return Year(stack, lab)


@pytest.fixture
def another(tmp_path_factory, lab):
    """A second installation, which knows the same hosts and nothing of what was done to them."""
    with running_redis() as server:
        stack = Stack(tmp_path_factory.mktemp("another"), server.url, server.socket.parent)
        stack.start()
        stack.register(lab)
        yield stack
        stack.stop()


def test_a_cluster_lives_through_a_year(year, stack, lab, another):
    year.change("create-cluster", control_plane=["n1", "n2", "n3"], channel="1.31/stable")
    year.change("add-nodes", workers=["n4", "n5"])
    year.change(
        "label-nodes",
        labels={"n4": {"disk": "ssd"}},
        taints={"n5": ["gpu=yes:NoSchedule"]},
        zones={"n1": "a", "n2": "b", "n3": "c"},
    )
    year.change("set-addons", enable=["metrics-server"])
    assert lab.exec("n1", KEPT).returncode == 0
    year.change("backup")
    year.change("upgrade", channel="1.33/stable")
    assert {row["channel"] for row in year.cluster()["nodes"].values()} == {"1.33/stable"}

    lost = next(row["host"] for row in year.members() if not row["leader"])
    asked = next(name for name in ("n1", "n2", "n3") if name != lost)
    die(lab, lost, seen_by=asked)
    look_until_led(stack)
    year.change("replace-node", node=lost, by="n6")

    drilled = year.carry_out("drill", target="leader", seconds=10)
    assert [row["status"] for row in drilled["steps"]] == ["done"] * len(drilled["steps"])
    year.look()

    year.change("refresh-certs", all=True)
    year.change("maintain")
    year.change("backup")
    year.change("remove-node", node="n5")
    year.change("set-addons", disable=["metrics-server"])

    year.carry_out("destroy-cluster", confirm="prod")
    assert {row["cluster"] for row in stack.client.get("/v1/hosts").json()["hosts"]} == {""}
    year.carry_out("create-cluster", control_plane=["n7"], channel="1.33/stable")
    year.change("restore", confirm="prod")
    assert year.has_object("n7")

    year.change("add-nodes", control_plane=["n4", "n5"])
    await_voters_listed(lab, "n7")
    for gone in ("n4", "n5"):
        die(lab, gone, seen_by="n7")
    poll(lambda: not year.has_leader(), seconds=120, what="a look that finds no leader")
    year.change("recover-quorum", lost=["n4", "n5"], confirm="prod", dead_are_off=True)
    assert year.has_object("n7")

    there = year.cluster()
    second = Year(another, lab)
    second.change("adopt-cluster", accept=["marked-by-another"], hosts=["n7"])
    assert second.cluster()["nodes"]["n7"]["labels"] == there["nodes"]["n7"]["labels"]
    second.apply(second.file() + "  n6: {role: worker, labels: {disk: hdd}}\n")
    assert sorted(second.cluster()["nodes"]) == ["n6", "n7"]
    second.carry_out("destroy-cluster", confirm="prod")
    assert {row["cluster"] for row in another.client.get("/v1/hosts").json()["hosts"]} == {""}
