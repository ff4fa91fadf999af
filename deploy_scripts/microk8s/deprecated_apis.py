"""Which deprecated APIs an API server was asked for since it started; nothing is changed.

It counts them in its metric ``apiserver_requested_deprecated_apis``, each server its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.fleet.shell import root_script
from deploy_scripts.microk8s.facts import MICROK8S

METRIC = "apiserver_requested_deprecated_apis"
# Of megabytes of metrics these rows alone cross the network; a kubectl that failed has no end.
ASKED = f"""
{{ {MICROK8S} kubectl --request-timeout=20s get --raw /metrics && echo '@@end'; }} |
  grep -e '^{METRIC}{{' -e '^@@end'
true
"""
_ROW = re.compile(METRIC + r"\{([^{}]{1,1000})\} ([0-9.e+]{1,20})", re.ASCII)
_LABEL = re.compile(r'([a-z_]{1,40})="([A-Za-z0-9./*_-]{0,253})"', re.ASCII)
_RELEASE = re.compile(r"1\.([0-9]{1,4})", re.ASCII)
_MOST_ROWS = 1000
_SHOWN = 60


@dataclass(frozen=True, slots=True, order=True)
class DeprecatedApi:
    """A deprecated API that somebody asked for."""

    resource: str
    version: str
    group: str
    """Empty for the core group."""
    removed: int | None
    """The minor of Kubernetes that has it no more; ``None`` where none is named yet."""

    @property
    def name(self) -> str:
        """As kubectl writes it: resource, version and group."""
        return ".".join(filter(None, (self.resource, self.version, self.group)))


class DeprecatedApis(FactBase[list[DeprecatedApi]]):
    """The deprecated APIs that the API server of a node was asked for."""

    def command(self) -> str:
        return root_script(ASKED, timeout=40, shows="microk8s kubectl get --raw /metrics")

    def process(self, output: Any) -> list[DeprecatedApi]:
        return parse_deprecated(list(output))


def parse_deprecated(lines: Sequence[str]) -> list[DeprecatedApi]:
    """Read the metric's rows. Raises ``ValueError`` for others, or where the end is missing."""
    if list(lines[-1:]) != ["@@end"]:
        raise ValueError("the API server did not tell its metrics to their end")
    if len(lines) > _MOST_ROWS:
        raise ValueError(f"{len(lines)} rows of {METRIC} are more than {_MOST_ROWS}")
    return sorted({_api(line) for line in lines[:-1]}, key=lambda api: api.name)


def _api(line: str) -> DeprecatedApi:
    row = _ROW.fullmatch(line)
    labels = dict(_LABEL.findall(row[1])) if row else {}
    if "version" not in labels or not labels.get("resource"):
        raise ValueError(f"{line[:_SHOWN]!r} is no row of {METRIC}")
    removed = _RELEASE.fullmatch(labels.get("removed_release", ""))
    return DeprecatedApi(
        labels["resource"],
        labels["version"],
        labels.get("group", ""),
        int(removed[1]) if removed else None,
    )
