"""A datastore that has lost its quorum is recovered from those that are left.

None of these steps has a guard: it would refuse each, since there is no quorum to lose any more.
The kind says so in its plan.
"""

from collections.abc import Sequence
from dataclasses import replace

from cluster.quorum import expected
from cluster.spec import Cluster
from workflows.plan import Step
from workflows.retry import Retry
from workflows.steps.departures import remove_dead_node
from workflows.steps.words import counted

LEADER_SECONDS = 300.0
"""How long a recovered datastore and its API may take; slow hosts take minutes."""


def confirm_loss(cluster: Cluster, lost: Sequence[str], survivors: Sequence[str]) -> Step:
    """See that no leader is known, and that the lost ones are silent."""
    return Step(
        "confirm_loss",
        f"See that cluster {cluster.name} has lost its quorum, and that {', '.join(lost)} "
        f"{'is' if len(lost) == 1 else 'are'} silent",
        (*survivors, *lost),
        {"lost": list(lost), "survivors": list(survivors)},
    )


def stop_members(hosts: Sequence[str]) -> Step:
    """Stop MicroK8s on the survivors; closed by ``start_members``."""
    title = f"Stop MicroK8s on {', '.join(hosts)}"
    return Step("stop_members", title, tuple(hosts), {"hosts": list(hosts)}, retry=_THRICE)


def keep_backends(hosts: Sequence[str]) -> Step:
    """Keep a copy of each survivor's backend folder on itself."""
    title = f"Keep a copy of the datastore's folder on {', '.join(hosts)}"
    return Step("keep_backends", title, tuple(hosts), {"hosts": list(hosts)}, retry=_THRICE)


def choose_log(hosts: Sequence[str]) -> Step:
    """Choose the survivor whose log goes furthest."""
    title = f"Choose the freshest log of {counted(hosts)}"
    return Step("choose_log", title, tuple(hosts), {"hosts": list(hosts)}, retry=_THRICE)


def reconfigure_datastore(hosts: Sequence[str]) -> Step:
    """Make the survivors the membership; from here on there is no way back."""
    return Step(
        "reconfigure_datastore",
        f"Make {', '.join(hosts)} the whole membership of the datastore, from the freshest log",
        tuple(hosts),
        {"hosts": list(hosts)},
        retry=_THRICE,
        needs=("choose_log",),
    )


def start_members(hosts: Sequence[str]) -> Step:
    """Start MicroK8s on the survivors, recovered or not."""
    title = f"Start MicroK8s on {', '.join(hosts)}"
    return Step("start_members", title, tuple(hosts), {"hosts": list(hosts)}, retry=_THRICE)


def await_leader(cluster: Cluster, seed: str) -> Step:
    """Wait for a leader and the API."""
    return Step(
        "await_leader",
        f"See that cluster {cluster.name} has a leader again",
        (seed,),
        {"seed": seed},
        patience=LEADER_SECONDS,
    )


def strike_off(cluster: Cluster, host: str, *, seed: str) -> Step:
    """Take a lost node out of Kubernetes and of the record; the datastore has it no more."""
    left = expected(len(cluster.without(host).control_plane))
    return replace(remove_dead_node(cluster, host, seed=seed), guard=None, quorum=left)


_THRICE = Retry(attempts=3, base_seconds=5)
