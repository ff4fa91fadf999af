"""``refresh-certs``: renew the certificates of the control plane, one node after the other."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from cluster.actions import Action
from cluster.certificates import AUTHORITY, RENEWABLE, SOON_DAYS, ending, ends_in_words
from cluster.findings import Finding, Severity
from cluster.observation import Observation
from cluster.spec import Cluster
from workflows import steps
from workflows.cluster_rules import all_alive
from workflows.plan import Draft, Kind, Scope

MOST_DAYS = 3650
NEVER = Observation(0, (), False, (), None)
"""What is known of a cluster that was never looked at."""


class RefreshCertsSchema(Schema):
    """What a ``refresh-certs`` request says."""

    within_days = fields.Integer(
        strict=True,
        load_default=SOON_DAYS,
        validate=validate.Range(0, MOST_DAYS),
        metadata={
            "description": "Renew on the nodes of which a certificate ends within so many days; "
            "0 means those that have ended"
        },
    )
    all = fields.Boolean(
        load_default=False,
        metadata={"description": "Renew on every control plane node, whenever they end"},
    )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Renew one after the other, so that another API answers all the time, then look at it all.

    Which nodes need it is what was seen last. The job begins with a look, after which it is planned
    anew: so there is always something to do after that look.
    """
    cluster, days = scope.there, params["within_days"]
    seen = cluster.observation or NEVER
    soon = ending(seen.certificates, seen.at, days)
    needy = {each.host for each in soon if each.name in RENEWABLE}
    hosts = [host for host in cluster.control_plane if params["all"] or host in needy]
    findings = [*all_alive(cluster), *_authority(cluster.name, seen, days)]
    if not params["all"]:
        findings += _unseen(cluster, seen)
    if not hosts and not findings:
        findings += _nothing(cluster.name, seen, days)
    return Draft(
        (
            *steps.refresh_certs_one_by_one(cluster, hosts),
            steps.verify_quorum(cluster, "Verify quorum and nodes", workers=cluster.workers),
        ),
        tuple(findings),
    )


def _authority(name: str, seen: Observation, days: int) -> Iterator[Finding]:
    """Refuse to renew what would end with the authority: that is the rebuild of a cluster."""
    soon = ending(seen.certificates, seen.at, days)
    for first in [each for each in soon if each.name == AUTHORITY][:1]:
        yield Finding(
            "authority-ends-soon",
            Severity.REFUSE,
            f"the certificate of the authority of cluster {name} ({AUTHORITY}) "
            f"{ends_in_words(first, seen.at)}; what it signs is good for no longer, and to renew "
            "it every other node has to leave and to join again, which this change does not do",
            "plan a new cluster; to renew the rest until then, accept authority-ends-soon",
            acceptable=True,
            host=first.host,
            field="/params/within_days",
        )


def _unseen(cluster: Cluster, seen: Observation) -> Iterator[Finding]:
    """Say of which control plane nodes nobody knows when their certificates end."""
    known = {each.host for each in seen.certificates}
    if unknown := [host for host in cluster.control_plane if host not in known]:
        yield Finding(
            "certificates-not-seen",
            Severity.REFUSE,
            f"nobody knows when the certificates of {', '.join(unknown)} end: they were not told "
            f"when cluster {cluster.name} was last looked at, or it never was",
            "look at the cluster (verify), then ask again; or ask for all",
            field="/params/within_days",
            actions=(Action.PLAN_CHANGE.of(kind="verify", cluster=cluster.name),),
        )


def _nothing(name: str, seen: Observation, days: int) -> Iterator[Finding]:
    first = min(seen.certificates, key=lambda each: (each.ends, each.host, each.name))
    yield Finding(
        "nothing-to-renew",
        Severity.INFO,
        f"no certificate of cluster {name} ended or ends within {days} days, as it was last seen: "
        f"the first, {first.name} of {first.host}, {ends_in_words(first, seen.at)}",
        "",
    )


KIND = Kind(
    name="refresh-certs",
    summary="Renew the certificates of the control plane, one node after the other",
    schema=RefreshCertsSchema,
    plan=plan,
    example={"all": True},
    given={"prod": {"control_plane": ["n1", "n2", "n3"]}},
)
