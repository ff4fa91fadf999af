"""Hosts that die for good, and the cluster learns of it at once."""

from stack import poll

SILENT = "touch -d '5 minutes ago' /lab/world/clusters/*/leases/{}"
"""Makes the lease of a node whose host is down as old as waiting would make it."""


BACKEND = "/var/snap/microk8s/current/var/kubernetes/backend"
VOTERS = f"grep -c 'Role: 0' {BACKEND}/cluster.yaml"


def await_voters_listed(lab, *hosts):
    """Wait until the list of members on each host's disk has three voters.

    It is rewritten at times only, and all that is known once there is no leader.
    """
    for host in hosts:
        poll(
            lambda host=host: lab.exec(host, VOTERS).stdout.strip() == "3",
            seconds=60,
            what=f"three voters on the list of {host}",
        )


def die(lab, host, *, seen_by):
    """Cut a host's power; for ``seen_by``, its kubelet has been silent for long."""
    lab.kill(host)
    lab.exec(seen_by, SILENT.format(host))


def loses_quorum(kind):
    """Return whether those that are dead as a kind's example begins were most of the voters."""
    members = kind.given["prod"]["control_plane"]
    return len(members) >= 3 and 2 * len(set(kind.dead) & set(members)) > len(members)


def look_until_led(stack, *, led=True):
    """Have the cluster ``prod`` looked at until the others have elected a leader, or know none."""

    def is_so():
        stack.finish(stack.post("prod", {}, kind="verify").json()["id"], seconds=60)
        seen = stack.client.get("/v1/clusters/prod").json()["observation"]
        return seen["has_leader"] is led

    poll(is_so, seconds=60, what="what those that live know of a leader")


def running(lab):
    """Return the names of the hosts that are on."""
    return [name for name, row in lab.status()["hosts"].items() if row["machine_pid"] is not None]
