"""The commands of docs/how-to/adopt.md, pasted where a cluster is that nobody manages."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from pasting import blocks_of, paste

PATH = "PATH=$PATH:/snap/bin"
INSTALL = f"{PATH}; snap install microk8s --classic --channel=1.32/stable"
TOKEN = f"{PATH}; microk8s add-node --format token-check"
ROLES = {"n1": "control-plane", "n2": "control-plane", "n3": "control-plane", "n4": "worker"}


def formed_by_hand(lab):
    """Form a cluster with MicroK8s' own commands."""
    with ThreadPoolExecutor() as together:
        done = list(together.map(lambda host: lab.exec(host, INSTALL), ROLES))
    assert [output.returncode for output in done] == [0] * len(ROLES), done
    seed, *joiners = ROLES
    address = {row["name"]: row["node_address"] or row["address"] for row in lab.inventory()}[seed]
    for host in joiners:
        url = f"{address}:25000/{lab.exec(seed, TOKEN).stdout.strip()}"
        as_worker = "--worker" if ROLES[host] == "worker" else ""
        joined = lab.exec(host, f"{PATH}; microk8s join {url} {as_worker}")
        assert joined.returncode == 0, joined.stdout + joined.stderr


def at_hosts_of(lab, block):
    """Return a block with the lab's addresses in place of the page's."""
    for row in lab.inventory():
        place = (
            f"add {row['name']} --address {row['address']} --port {row['port']} "
            f"--node-address {row['node_address']} --user {row['user']}"
        )
        block = re.sub(rf"add {row['name']} --address \S+ --user \S+", place, block)
    return block


def roles(stack):
    rows = stack.client.get("/v1/clusters/prod").json()["nodes"].items()
    return {name: row["role"] for name, row in rows}


@pytest.mark.slow
def test_each_block_of_the_page_runs_where_a_cluster_is_that_nobody_manages(stack, lab):
    stack.forget()  # the page's own commands add the hosts
    key = stack.folder / "keys" / "default"
    key.write_bytes((stack.folder / "keys" / "lab").read_bytes())
    key.chmod(0o600)
    formed_by_hand(lab)
    adopts, forgets, takes_over = blocks_of("adopt.md")

    adopted = paste(stack, at_hosts_of(lab, adopts))
    found = stack.client.get("/v1/clusters/prod").json()["environment"], roles(stack)
    [job] = re.findall(r"^job ([0-9a-f]{32}): ", paste(stack, forgets), re.MULTILINE)
    forgotten = stack.finish(job)["status"]
    gone = stack.client.get("/v1/clusters/prod").status_code
    stack.forget()  # from here on it is another installation, whose marks are others
    stack.register(lab)
    taken = paste(stack, takes_over)

    assert "adopt-cluster prod succeeded" in adopted
    assert found == ("prod", ROLES)
    assert (forgotten, gone) == ("succeeded", 404)
    assert "adopt-cluster prod succeeded" in taken
    assert roles(stack) == ROLES
