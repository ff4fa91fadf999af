"""See that nobody uses APIs which a newer Kubernetes does not have; changes nothing."""

from collections.abc import Collection, Sequence

from cluster.findings import Severity
from deploy_scripts.checks.api_rules import judge_apis
from deploy_scripts.fleet.errors import HostFailure, Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.deprecated_apis import DeprecatedApis
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True


def apply(
    fleet: Fleet,
    *,
    before: Before,
    hosts: Sequence[str],
    minor: int,
    accept: Collection[str] = (),
) -> Result:
    """Ask the API server of each host; raise ``Permanent`` where 1.``minor`` lacks what is used.

    One that tells nothing is a warning: whether the cluster is well is seen by others.
    """
    del before  # nothing is changed
    told, failures = fleet.try_facts(DeprecatedApis, on=hosts)
    silent = sorted(failure.host for failure in failures)
    findings = tuple(judge_apis(told, silent, minor))
    refusals = [
        row for row in findings if row.severity is Severity.REFUSE and row.code not in accept
    ]
    if refusals:
        first = refusals[0]
        raise Permanent(
            f"cannot upgrade to 1.{minor}: {first.message}",
            failures=[HostFailure(hosts[0], first.message, advice=first.advice, code=first.code)],
            advice=f"{first.advice}; or override with accept: {first.code}; nothing was changed",
            findings=findings,
        )
    for host in hosts:
        fleet.mark_done(host, "not told" if host in silent else f"{len(told[host])} deprecated")
    return Result({"findings": [row.as_dict() for row in findings]})
