"""A cluster is backed up, destroyed, formed anew, and has its objects again. Over HTTP."""

import json

import pytest

KUBECTL = "/snap/bin/microk8s kubectl"
MEMBERS = ["n1", "n2", "n3"]
MADE = (
    "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: kept\\n' >/tmp/kept.yaml; "
    f"{KUBECTL} apply -f /tmp/kept.yaml"
)


def done(stack, kind, **params):
    answer = stack.post("prod", params, kind=kind)
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=500)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def nodes(lab):
    rows = lab.exec("n1", f"{KUBECTL} get nodes --no-headers").stdout.splitlines()
    return [row.split()[0] for row in rows]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_destroyed_cluster_has_its_objects_again_and_gets_its_nodes_back(stack, lab):
    done(stack, "create-cluster", control_plane=MEMBERS)
    assert lab.exec("n1", MADE).returncode == 0
    taken = done(stack, "backup")
    cluster = stack.client.get("/v1/clusters/prod").json()
    observed, backed_up_at = cluster["observation"], cluster["backed_up_at"]
    leader = next(row["host"] for row in observed["members"] if row["leader"])
    done(stack, "verify-backup")
    done(stack, "destroy-cluster", confirm="prod")
    [backup] = stack.client.get("/v1/clusters/prod/backups").json()["backups"]

    done(stack, "create-cluster", control_plane=["n1"])
    was_gone = "kept" not in lab.exec("n1", f"{KUBECTL} get configmap kept").stdout
    done(stack, "restore", confirm="prod")
    alone = nodes(lab)
    done(stack, "add-nodes", control_plane=["n2", "n3"])
    done(stack, "verify")

    assert backup["job"] == taken["id"]
    assert backed_up_at == pytest.approx(backup["at"], abs=0.01)
    assert backup["nodes"] == MEMBERS
    assert backup["host"] != leader
    assert was_gone
    assert "kept" in lab.exec("n2", f"{KUBECTL} get configmap kept").stdout
    assert alone == ["n1"]
    assert sorted(nodes(lab)) == MEMBERS
    assert stack.client.get("/v1/clusters/prod").json()["health"] == "good"
    log = stack.log("worker")
    assert "@@piece" not in log.replace("@@piece *MASKED*", "").replace("s/^/@@piece /", "")
