"""The whole life of a cluster, as a year brings it: one change after the other, over HTTP.

After each change the record, the datastore and Kubernetes say the same.
"""

import json
import os

import pytest
from dead_hosts import die, look_until_led
from stack import poll

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

    def members(self):
        return self.cluster()["observation"]["members"]

    def nodes(self):
        """Return the nodes that Kubernetes lists, of a member that is there."""
        asked = sorted(self.cluster()["nodes"])[0]
        table = self.lab.exec(asked, f"{KUBECTL} get nodes --no-headers").stdout
        return sorted(row.split()[0] for row in table.splitlines())

    def has_object(self, host):
        return "kept" in self.lab.exec(host, f"{KUBECTL} get configmap kept").stdout


@pytest.fixture
def year(stack, lab):
    return Year(stack, lab)


def test_a_cluster_lives_through_a_year(year, stack, lab):
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
    lab.boot(lost)
    poll(lambda: lab.exec(lost, "true").returncode == 0, seconds=60, what=f"{lost} to be back")
