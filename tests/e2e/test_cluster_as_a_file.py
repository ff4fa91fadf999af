"""A cluster is created, grown, left alone and shrunk by its file. Over HTTP, on lab hosts."""

import json

FILE = """\
apiVersion: clusterwright/v1
name: prod
environment: dev
channel: 1.32/stable
hosts:
  n1: {role: control-plane}
"""
GROWN = """\
apiVersion: clusterwright/v1
name: prod
environment: dev
channel: 1.32/stable
addons: [metrics-server]
hosts:
  n1: {role: control-plane, labels: {disk: ssd}}
  n2:
    role: worker
    labels: {disk: hdd}
    taints: ["gpu=yes:NoSchedule"]
"""
KUBECTL = "/snap/bin/microk8s kubectl"


def compared(stack, text):
    answer = stack.client.post("/v1/clusters/prod/file/diff", json={"text": text})
    assert answer.status_code == 200, answer.text
    return answer.json()


def applied(stack, text, **more):
    """Apply the plan of a file and return its job, done."""
    wish = {"params": compared(stack, text)["params"] | more, "accept": ["no-node-to-drain-to"]}
    plan = stack.client.post("/v1/clusters/prod/plans", json={"kind": "apply", **wish}).json()
    answer = stack.post("prod", kind="apply", plan_digest=plan["digest"], **wish)
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=500)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def nodes(lab):
    """Return the label disk of each node that Kubernetes lists."""
    rows = json.loads(lab.exec("n1", f"{KUBECTL} get nodes -o json").stdout)["items"]
    return {row["metadata"]["name"]: row["metadata"]["labels"].get("disk") for row in rows}


def found(stack):
    """Look at the cluster, and return what is found."""
    stack.finish(stack.post("prod", kind="verify", params={}).json()["id"])
    seen = stack.client.get("/v1/clusters/prod").json()["observation"]
    return [f"{row['code']}: {row['message']}" for row in seen["findings"]]


def shown(lab):
    """Return the addons that MicroK8s shows enabled."""
    lines = lab.exec("n1", "/snap/bin/microk8s status --format short").stdout.splitlines()
    return {line.partition(":")[0] for line in lines if line.endswith(": enabled")}


def test_a_cluster_becomes_what_its_file_says_each_time_that_it_is_applied(stack, lab):
    created = applied(stack, FILE)
    alone = nodes(lab)
    grown = applied(stack, GROWN)
    both, again = nodes(lab), applied(stack, GROWN)
    exported = stack.client.get("/v1/clusters/prod/file").text
    rows = [compared(stack, text)["differences"] for text in (GROWN, exported)]  # as seen, too
    lab.exec("n1", f"{KUBECTL} label node n2 disk-")
    for switch in ("disable metrics-server", "enable ingress"):
        assert lab.exec("n1", f"/snap/bin/microk8s {switch}").returncode == 0
    told = found(stack)
    drifted = compared(stack, GROWN)["differences"]
    mended, whole = applied(stack, GROWN), nodes(lab)
    left = found(stack)
    after_it = applied(stack, GROWN)
    kept = applied(stack, FILE)
    still, pruned = nodes(lab), applied(stack, FILE, prune=True)

    assert {job["kind"] for job in (created, grown, pruned)} == {"apply"}
    assert alone == {"n1": None}
    assert both == {"n1": "ssd", "n2": "hdd"}
    assert [step["name"] for step in again["steps"]] == ["observe"]
    assert rows == [[], []]
    assert [(row["what"], row["now"], row["wanted"], row["is_seen"]) for row in drifted] == [
        ("node n2 label disk", "-", "hdd", True),
        ("addon metrics-server", "-", "metrics-server", True),
        ("addon ingress", "ingress", "-", True),
    ]
    assert [row.partition(",")[0] for row in told] == [
        "addon-differs: addon metrics-server is recorded",
        "addon-differs: addon ingress is enabled",
    ]
    assert left == told[1:]
    assert [step["name"] for step in mended["steps"]] == [
        "observe",
        "label_nodes",
        "enable_addons",
    ]
    assert whole == both
    assert [step["name"] for step in after_it["steps"]] == ["observe"]
    assert still == {"n1": None, "n2": "hdd"}
    assert [step["name"] for step in kept["steps"]] == ["observe", "label_nodes"]
    assert list(nodes(lab)) == ["n1"]
    assert compared(stack, FILE)["differences"] == []
    assert stack.client.get("/v1/clusters/prod").json()["addons"] == []
    assert not {"core/metrics-server", "core/ingress"} & shown(lab)
    assert found(stack) == []
    assert stack.client.get("/v1/hosts/n2").json()["cluster"] == ""
