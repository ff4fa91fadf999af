"""What tests of jobs that go on look at: the story of a job, who owns hosts, a cluster as seen."""

import json

KEY = "ssh-ed25519 " + "A" * 68


def story(ledger, job):
    """What a job's steps are, where, and how they stand."""
    rows = ledger.job(job).plan["steps"]
    return [
        (row["name"], " ".join(row["hosts"]), str(step.status))
        for row, step in zip(rows, ledger.job(job).steps, strict=True)
    ]


def owners(inventory):
    return {
        host.name: (host.cluster, host.reserved_by) for host in inventory.hosts() if host.cluster
    }


def seen(host, silent):
    """What a look tells of a cluster with a member that answers, and one that does not."""
    rows = [(host, "10.0.0.1", "voter"), (None, silent, "spare")]
    members = [
        {"host": name, "address": f"{address}:19001", "role": role, "alive": name is not None}
        for name, address, role in rows
    ]
    observation = {"at": 1.0, "seen_by": [host], "has_leader": True, "findings": []}
    return {**observation, "members": members, "nodes": None}


def seen_leading(leader, *others):
    """What a look tells of a cluster whose members all answer, of which one leads."""
    told = {"at": 1.0, "seen_by": [leader], "has_leader": True, "findings": []}
    return {**told, "members": _members((leader, *others), leader), "nodes": None}


def _members(names, leader, dead=()):
    return [
        {
            "host": name,
            "address": f"10.0.0.{name[1:]}:19001",
            "role": "voter",
            "alive": name not in dead,
            "leader": name == leader,
        }
        for name in names
    ]


def looked(ledger, cluster, observation):
    """Let a cluster's record say what was seen of it."""
    ledger.redis.hset(f"cw:cluster:{cluster}", "observation", json.dumps(observation))


def seen_whole(cluster, dead=()):
    """What a look tells of a cluster that is as its record says, led by its first node.

    ``dead`` are hosts that died, which it lists as long as they are nodes of it; where they are
    most of three control plane nodes nobody leads.
    """
    members = _members(cluster.control_plane, cluster.seed, dead)
    nodes = [
        {
            "host": name,
            "name": name,
            "address": f"10.0.0.{name[1:]}",
            "role": str(node.role),
            "condition": "Unknown" if name in dead else "True",
            "ready": name not in dead,
            "heard_ago": 600 if name in dead else 1,
        }
        for name, node in cluster.nodes.items()
    ]
    gone = set(cluster.control_plane) & set(dead)
    is_led = 2 * len(gone) < max(len(cluster.control_plane), 3)
    told = {"at": 1.0, "seen_by": [cluster.seed], "has_leader": is_led, "findings": []}
    return {**told, "members": members, "nodes": nodes}
