"""What a contender counts in a look is what the product reads out of it."""

import json
import subprocess

import pytest

from bench.contenders.work import COUNT
from deploy_scripts.microk8s.facts import parse_view

ROWS = [{"ID": n, "Address": f"10.0.0.{n}:19001", "Role": 0} for n in (1, 2, 3)]


def node(number, *, ready, kind="controlplane"):
    return (
        f'node name="n{number}" version="v1" address="10.0.0.{number}" ready="{ready}" '
        f'heard="2026-01-02T03:04:00Z" label="node.kubernetes.io/microk8s-{kind}"="x"'
    )


def lines(last_ready):
    nodes = [node(1, ready="True"), node(2, ready="True"), node(3, ready="True")]
    nodes.append(node(4, ready=last_ready, kind="worker"))
    return [
        "@@cluster",
        *json.dumps(ROWS, indent="\t").splitlines(),
        *("@@leader", "10.0.0.1:19001"),
        *[f"@@alive 10.0.0.{n}:19001" for n in (1, 2, 3)],
        *("@@nodes", f"items={len(nodes)}", *nodes, "@@end 0 1767323045"),
    ]


@pytest.mark.parametrize("ready", ["True", "False"])
def test_a_contender_and_the_product_agree_whether_a_cluster_is_whole(ready):
    look = lines(ready)
    given = ["-v", "M=3", "-v", "V=3", "-v", "N=4"]

    counted = subprocess.run(["awk", *given, COUNT], input="\n".join(look), text=True, check=False)

    seen = parse_view(look)
    assert (counted.returncode == 0) is all(row["ready"] for row in seen["nodes"])
