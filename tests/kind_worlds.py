"""The world that a kind's example starts from, planned without any host."""

from cluster.spec import Cluster, Environment, Host
from workflows.kinds import KINDS
from workflows.plan import Change, Kind, Plan, Scope
from workflows.planner import planned
from workflows.writes import after, founded

HOST_KEY = "ssh-ed25519 " + "A" * 68
HOSTS = ("n1", "n2", "n3", "n4", "n5")


def hosts(owned: dict[str, str]) -> dict[str, Host]:
    """Return hosts n1 to n5; ``owned`` says to which clusters some of them belong."""
    return {
        name: Host(name, f"10.0.0.{place}", HOST_KEY, zone="a", cluster=owned.get(name, ""))
        for place, name in enumerate(HOSTS, start=1)
    }


def formed(name: str, params: dict[str, object]) -> Cluster | None:
    """Return the record that ``create-cluster`` leaves behind."""
    story = plan_of(KINDS["create-cluster"], name, dict(params), None)
    writes = (write for step in story.steps for write in step.writes)
    return after(founded(name, Environment.DEV), writes)


def plan_of(kind: Kind, name: str, params: dict[str, object], cluster: Cluster | None) -> Plan:
    """Plan a change of a cluster whose record is ``cluster``."""
    owned = dict.fromkeys(cluster.nodes, name) if cluster else {}
    scope = Scope(name, cluster, hosts(owned), record=cluster)
    return planned(kind, Change(name, kind.name, params), scope)


def example(kind: Kind) -> Plan:
    """Plan a kind's example on the cluster that it is given."""
    given = {name: formed(name, dict(params)) for name, params in kind.given.items()}
    there = None if kind.is_forgotten else given.get("prod")
    return plan_of(kind, "prod", dict(kind.example), there)
