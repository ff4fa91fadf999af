"""Whether a newer Kubernetes lacks APIs that are in use, by what the API servers tell. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from cluster.findings import Finding, Severity, warning
from deploy_scripts.microk8s.deprecated_apis import DeprecatedApi

NAMED = 10
"""So many APIs are told."""


def judge_apis(
    told: Mapping[str, Sequence[DeprecatedApi]], silent: Sequence[str], minor: int
) -> Iterator[Finding]:
    """Judge what each host's API server told, before an upgrade to Kubernetes 1.``minor``.

    ``silent`` are the hosts whose API server told nothing.
    """
    used = {api for apis in told.values() for api in apis}
    gone = sorted(
        (api for api in used if api.removed is not None and api.removed <= minor),
        key=lambda api: api.name,
    )
    if gone:
        named = [f"{api.name} (removed in 1.{api.removed})" for api in gone[:NAMED]]
        more = f" and {len(gone) - NAMED} more" if len(gone) > NAMED else ""
        yield Finding(
            "deprecated-apis-in-use",
            Severity.REFUSE,
            f"{len(gone)} {'API that was' if len(gone) == 1 else 'APIs that were'} asked for since "
            f"the API servers started {'is' if len(gone) == 1 else 'are'} gone in 1.{minor}: "
            f"{', '.join(named)}{more}",
            "have whoever uses them use their newer versions first: microk8s kubectl get --raw "
            "/metrics | grep apiserver_requested_deprecated_apis (on a control plane node) shows "
            "them; an API server counts until it is restarted",
            acceptable=True,
        )
    if silent:
        yield warning(
            "deprecated-apis-unknown",
            f"the API server of {', '.join(silent)} did not tell which deprecated APIs it was "
            f"asked for, so those that 1.{minor} removes may be in use",
            "look there by hand: microk8s kubectl get --raw /metrics | grep "
            "apiserver_requested_deprecated_apis",
        )
