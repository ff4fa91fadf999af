"""Many changes of two clusters, asked for by several at the same moment: all are done, once."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from api.access.tokens import new_token, register

ROOT = Path(__file__).parents[2]
LABELS, ORIGINS = 30, 3
FORMED = {"prod": "n1", "lab": "n2"}
JOINING = {"n3": "prod", "n4": "lab", "n5": "prod"}
KUBECTL = "/snap/bin/microk8s kubectl"


def labels(number):
    """Return the cluster of a change, and its params."""
    cluster = ("prod", "lab")[number % 2]
    return cluster, "label-nodes", {"labels": {FORMED[cluster]: {f"row-{number}": "here"}}}


CHANGES = [
    *map(labels, range(LABELS)),
    *((cluster, "add-nodes", {"workers": [host]}) for host, cluster in JOINING.items()),
]


@pytest.fixture
def tokens(stack):
    """The tokens of two people."""
    other = new_token()
    with redis.Redis.from_url(stack.redis_url, decode_responses=True) as client:
        register(client, other, "another person")
    return [stack.client.headers["Authorization"], f"Bearer {other}"]


def by_api(stack, token):
    def ask(cluster, kind, params):
        answer = stack.client.post(
            f"/v1/clusters/{cluster}/changes",
            json={"kind": kind, "params": params},
            headers={"Authorization": token},
            timeout=400,
        )
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    return ask


def by_command(stack):
    def ask(cluster, kind, params):
        url = str(stack.client.base_url).rstrip("/")
        words = ["--url", url, "change", kind, cluster, "--params-file", "-", "--json"]
        done = subprocess.run(
            [sys.executable, "-c", "from cli.main import main; main()", *words],
            env=os.environ | stack.environment | {"PYTHONPATH": str(ROOT)},
            input=json.dumps(params),
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["id"]

    return ask


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_changes_that_come_at_once_from_three_origins_are_all_done_and_none_twice(
    stack, lab, tokens
):
    for name, host in FORMED.items():
        formed = stack.finish(stack.post(name, {"control_plane": [host]}).json()["id"])
        assert formed["status"] == "succeeded", json.dumps(formed["error"], indent=1)
    origins = [by_api(stack, tokens[0]), by_api(stack, tokens[1]), by_command(stack)]

    with ThreadPoolExecutor(len(CHANGES)) as pool:
        asked = [
            pool.submit(origins[number % ORIGINS], *change) for number, change in enumerate(CHANGES)
        ]
        jobs = [future.result() for future in asked]

    assert len(set(jobs)) == len(CHANGES), "two changes led to one job"
    ended = [stack.finish(job, seconds=500) for job in jobs]
    wrong = [(job["kind"], job["status"], job["error"]) for job in ended]
    assert {row[1] for row in wrong} == {"succeeded"}, json.dumps(wrong, indent=1)
    for cluster, host in FORMED.items():
        record = stack.client.get(f"/v1/clusters/{cluster}").json()["nodes"]
        mine = {f"row-{number}" for number in range(LABELS) if labels(number)[0] == cluster}
        joined = {name for name, of in JOINING.items() if of == cluster}
        assert set(record) == {host, *joined}
        assert mine <= set(record[host]["labels"]), "the record lacks labels"
        document = lab.exec(host, f"{KUBECTL} get nodes -o json").stdout
        nodes = {row["metadata"]["name"]: row["metadata"] for row in json.loads(document)["items"]}
        assert set(nodes) == {host, *joined}
        assert mine <= set(nodes[host]["labels"]), "the host lacks labels"
    once = Counter(effect for job in ended for effect in began(job))
    assert set(once.values()) == {1}


def began(job):
    """Yield each step of a job that began, as often as it did."""
    for step in job["steps"]:
        yield from [(job["id"], step["index"])] * step["attempt"]
