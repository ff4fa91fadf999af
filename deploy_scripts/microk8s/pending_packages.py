"""Which packages of a host apt-get would upgrade, and which it keeps back; nothing is changed."""

import re
from collections.abc import Sequence
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.fleet.shell import root_script

ASK_SECONDS = 120
PENDING = """
export LC_ALL=C
would() { # HOW: what apt-get would install, one a line
  told=$(apt-get -s -q $1 2>&1) || {
    echo "cannot ask apt-get: $(printf '%s\\n' "$told" | tail -n 1 | cut -c1-300)" >&2; exit 1; }
  printf '%s\\n' "$told" | awk '$1 == "Inst" {print $2}'
}
echo '@@upgrade'; would 'upgrade --with-new-pkgs' || exit 1
echo '@@all'; would dist-upgrade || exit 1
echo '@@end'
"""
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{0,127}(?::[a-z0-9-]{1,20})?", re.ASCII)
_MOST = 20_000
_SHOWN = 60


class PendingPackages(FactBase[dict[str, list[str]]]):
    """The names of packages: ``upgradable``, and ``kept`` back since others would have to go."""

    def command(self) -> str:
        return root_script(PENDING, timeout=ASK_SECONDS, shows="apt-get -s dist-upgrade")

    def process(self, output: Any) -> dict[str, list[str]]:
        return parse_pending(list(output))


def parse_pending(lines: Sequence[str]) -> dict[str, list[str]]:
    """Read both lists. Raises ``ValueError`` for what apt-get does not name."""
    if len(lines) > _MOST or lines[:1] != ["@@upgrade"] or lines[-1:] != ["@@end"]:
        raise ValueError(f"{len(lines)} lines are no list of packages, or not all of one")
    if lines.count("@@all") != 1:
        raise ValueError("the list of packages says not, or in two ways, what is kept back")
    middle = list(lines).index("@@all")
    names = [*lines[1:middle], *lines[middle + 1 : -1]]
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name[:_SHOWN]!r} is no name of a package")
    upgradable = set(lines[1:middle])
    kept = {*lines[middle + 1 : -1]} - upgradable
    return {"upgradable": sorted(upgradable), "kept": sorted(kept)}
