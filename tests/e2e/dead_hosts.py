"""Hosts that die for good, and the cluster learns of it at once."""

from stack import poll

SILENT = "touch -d '5 minutes ago' /lab/world/clusters/*/leases/{}"
"""Makes the lease of a node whose host is down as old as waiting would make it."""


def die(lab, host, *, seen_by):
    """Cut a host's power; for ``seen_by``, its kubelet has been silent for long."""
    lab.kill(host)
    lab.exec(seen_by, SILENT.format(host))


def look_until_led(stack):
    """Have the cluster ``prod`` looked at until the others have elected a leader, if need be."""

    def is_led():
        stack.finish(stack.post("prod", {}, kind="verify").json()["id"], seconds=60)
        return stack.client.get("/v1/clusters/prod").json()["observation"]["has_leader"]

    poll(is_led, seconds=60, what="a leader among those that live")


def running(lab):
    """Return the names of the hosts that are on."""
    return [name for name, row in lab.status()["hosts"].items() if row["machine_pid"] is not None]
