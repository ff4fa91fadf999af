"""A cluster that is there already is taken into the record."""

from collections.abc import Sequence

from workflows.plan import Step
from workflows.retry import Retry
from workflows.steps.words import counted
from workflows.writes import AsFound


def find_cluster(cluster: str, hosts: Sequence[str]) -> Step:
    """Look whether hosts are all the nodes of one cluster, which is to have a name."""
    return Step(
        "find_cluster",
        f"Look whether {counted(hosts)} {'is' if len(hosts) == 1 else 'are'} all of one cluster",
        tuple(hosts),
        _args(cluster, hosts),
        retry=Retry(attempts=3, base_seconds=5),
    )


def adopt_hosts(cluster: str, hosts: Sequence[str]) -> Step:
    """Mark the nodes of a cluster as ours, and record it as it is found."""
    return Step(
        "adopt_hosts",
        f"Mark {counted(hosts)}, and record cluster {cluster} as it is",
        tuple(hosts),
        _args(cluster, hosts),
        retry=Retry(attempts=3, base_seconds=5),
        writes=(AsFound(),),
    )


def _args(cluster: str, hosts: Sequence[str]) -> dict[str, object]:
    # What the job accepts, which may grow with a retry, is added as it runs.
    return {"hosts": list(hosts), "cluster": cluster, "accept": []}
