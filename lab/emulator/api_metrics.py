"""What the API server counts, as `/metrics` tells it: which deprecated APIs it was asked for."""

from lab.emulator import faults, snapd

METRIC = "apiserver_requested_deprecated_apis"
LATER = 99


def rows() -> list[str]:
    """The metrics' lines; the fault `deprecated-apis-used` stands for who asked."""
    told = ["# TYPE apiserver_request_total counter", 'apiserver_request_total{code="200"} 4711']
    if faults.exists("deprecated-apis-used"):
        minor = int(str((snapd.installed() or {"version": "v1.0.0"})["version"]).split(".")[1])
        told += [
            f"# TYPE {METRIC} gauge",
            _row("flowcontrol.apiserver.k8s.io", "v1beta3", "flowschemas", minor + 1),
            _row("", "v1", "componentstatuses", LATER),
        ]
    return told


def _row(group: str, version: str, resource: str, removed: int) -> str:
    return (
        f'{METRIC}{{group="{group}",removed_release="1.{removed}",resource="{resource}",'
        f'subresource="",version="{version}"}} 1'
    )
