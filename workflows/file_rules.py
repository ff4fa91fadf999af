"""What is to be said of a cluster that a file declares, beside what the changes say; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cluster.actions import Action
from cluster.addon_drift import changed_addons, stray_addons
from cluster.addon_names import argument, canonical
from cluster.drift import unmended
from cluster.findings import Finding, Severity, refusal, warning
from cluster.spec import Cluster, Host
from cluster.wanted import Wanted

PRUNE, AT_ONCE = "/params/prune", "/params/max_unavailable"


def declared(wanted: Wanted, cluster: Cluster) -> Iterator[Finding]:
    """Yield what no change does of what a file wants of a cluster, and what it would remove."""
    if wanted.environment is not cluster.environment:
        yield refusal(
            "environment-differs",
            f"the file says environment {wanted.environment}, and cluster {cluster.name} was "
            f"created as {cluster.environment}, which no change alters",
            f"write environment: {cluster.environment}, or create another cluster",
            field="/params/environment",
        )
    for host, role in wanted.roles.items():
        known = cluster.nodes.get(host)
        if known and known.role is not role:
            yield refusal(
                "role-differs",
                f"the file wants {host} as a {role} node, and it is a {known.role} node of cluster "
                f"{cluster.name}: a node keeps its role as long as it is one",
                f"write role: {known.role}; or take {host} out of the file, apply it with prune, "
                "and add it again",
                host=host,
                field="/params/control_plane"
                if host in wanted.control_plane
                else "/params/workers",
            )
    if not wanted.prune:
        yield from _kept(wanted, cluster)


def _kept(wanted: Wanted, cluster: Cluster) -> Iterator[Finding]:
    """Yield what the file does not name, and what stays all the same."""
    for host in wanted.gone(cluster):
        yield warning(
            "would-be-removed",
            f"{host} is a {cluster.nodes[host].role} node of cluster {cluster.name}, and the file "
            "does not name it: it stays",
            "apply the file with prune to remove it, or write it into the file",
            host=host,
            field=PRUNE,
        )
    for addon in wanted.disabled(cluster):
        yield warning(
            "would-be-removed",
            f"addon {addon} is enabled on cluster {cluster.name}, and the file does not name it: "
            "it stays",
            "apply the file with prune to disable it, or write it into the file",
            field=PRUNE,
        )


def seen_otherwise(wanted: Wanted, cluster: Cluster) -> Iterator[Finding]:
    """Yield what was seen that is not as recorded, and that applying the file does not mend."""
    for found in unmended(cluster):
        yield warning(
            "seen-otherwise",
            f"{found.message} ({found.code}), and no step of apply mends that",
            found.advice,
            host=found.host,
        )
    agreed = wanted.agreed(cluster)
    for addon, told in changed_addons(cluster).items():
        if canonical(addon) in agreed:
            yield warning(
                "seen-otherwise",
                f"addon {canonical(addon)} was seen to give away {argument(told)}, and not "
                f"{argument(addon)}; apply does not disable for that what services use",
                f"clusterwright change set-addons {cluster.name} --enable {addon} disables it and "
                f"enables it as recorded; with {told} it records what is given away",
                field="/params/addons",
            )
    if not wanted.prune:
        for addon in unwanted_strays(wanted, cluster):
            yield warning(
                "would-be-removed",
                f"addon {canonical(addon)} was seen enabled on cluster {cluster.name}, and neither "
                "record nor file names it: it stays",
                "apply the file with prune to disable it, or write it into the file",
                field=PRUNE,
            )


def unwanted_strays(wanted: Wanted, cluster: Cluster) -> list[str]:
    """Return the addons that were seen enabled, and that neither record nor file names."""
    names = set(map(canonical, wanted.addons))
    return [addon for addon in stray_addons(cluster) if canonical(addon) not in names]


def other_hosts(wanted: Wanted, hosts: Mapping[str, Host]) -> Iterator[Finding]:
    """Yield the hosts whose address or pinned key is another in the file than in the inventory."""
    for host, what, told, known, field in differing_hosts(wanted, hosts):
        yield Finding(
            "host-differs",
            Severity.REFUSE,
            f"the file has another {what} of {host} than the inventory",
            "find out which is right, then correct the file, or the inventory: hosts are changed "
            "there, and not by a file of a cluster",
            host=host,
            field=field,
            measured=known,
            needed=told,
            actions=(Action.SHOW_HOST.of(host=host), Action.CHANGE_HOST.of(host=host)),
        )


def differing_hosts(
    wanted: Wanted, hosts: Mapping[str, Host]
) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield host, what differs, the file's value, the inventory's, and the field of a request."""
    for host, address in wanted.addresses.items():
        if (known := hosts.get(host)) and known.address != address:
            yield host, "address", address, known.address, f"/params/addresses/{host}"
    for host, key in wanted.host_keys.items():
        if (known := hosts.get(host)) and known.host_key != key:
            yield host, "host key", key, known.host_key, f"/params/host_keys/{host}"


def of_file(finding: Finding, field: str, name: str, channel: str) -> Finding:
    """Return what another kind of change says, as it is said of a file of cluster ``name``."""
    if finding.code == "node-dead":  # a file has no force
        advice = (
            f"start MicroK8s on {finding.host} and look again; if it never comes back: "
            f"clusterwright change remove-node {name} --node {finding.host} --force, then apply "
            "the file again"
        )
        finding = replace(finding, advice=advice)
    if (finding.code, finding.field) == ("no-node-to-drain-to", AT_ONCE):  # nor that
        advice = (
            "add a worker first, accept no-node-to-drain-to, or leave the workloads where they "
            f"are: clusterwright change upgrade {name} --channel {channel} --no-drain, then apply "
            "the file again"
        )
        finding = replace(finding, advice=advice)
    return replace(finding, field=finding.field and field)


def nothing_to_do(name: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield that a cluster is as its file has it, unless something is said against it."""
    if not any(finding.severity is Severity.REFUSE for finding in findings):
        yield Finding(
            "nothing-to-do",
            Severity.INFO,
            f"cluster {name} is recorded as the file has it: there is nothing to do",
            "",
        )
