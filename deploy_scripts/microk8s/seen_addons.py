"""Which addons a cluster has enabled, as a look sees them: one command on one control plane node.

``microk8s status`` tells it. It takes a minute where the datastore has no leader, and hangs where
the API is gone, so nobody is asked then, and never for long. While MicroK8s is not ready, as when
every node is cordoned, it tells no addon: nothing is known of them then.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyinfra.api import FactBase

from cluster.observation import Observation
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.shell import root_script
from deploy_scripts.microk8s.addon_functions import FUNCTIONS
from deploy_scripts.microk8s.addons import MOST_SHOWN, SHOWN, ShownAddons, parse_shown
from deploy_scripts.microk8s.facts import MICROK8S

STATUS_SECONDS = 20
LOOK_TIMEOUT = STATUS_SECONDS + 30
LOOK = (
    "name=metallb asked= place=core addon=\n"
    + FUNCTIONS
    + f"""
echo '@@addons'
shown=$(timeout -k 1 {STATUS_SECONDS} {MICROK8S} status --format short </dev/null 2>/dev/null) ||
  shown=
shown=$(printf '%s\\n' "$shown" | grep -E '^[a-z0-9-]+/[a-z0-9-]+: (enabled|disabled)$')
[ -z "$shown" ] || printf '%s\\n' "$shown"
if is enabled && pools && [ -n "$lent" ]; then echo "lent $(echo "$lent" | tr ' ' ',')"; fi
echo '@@end'
"""
)


class SeenAddons(FactBase[ShownAddons]):
    """The addons that a control plane node shows at once; none enabled where it is not ready."""

    def command(self) -> str:
        return root_script(LOOK, timeout=LOOK_TIMEOUT, shows="microk8s status --format short")

    def process(self, output: Any) -> ShownAddons:
        return parse_seen(list(output))


def parse_seen(lines: Sequence[str]) -> ShownAddons:
    """Read what stands between the headings of a look: addons, then what MetalLB gives away.

    Raises ``ValueError`` for anything else, since it proves nothing of any addon.
    """
    if lines[:1] != ["@@addons"] or lines[-1:] != ["@@end"]:
        raise ValueError("the list of the addons has no beginning or no end")
    rows = list(lines[1:-1])
    if rows and rows[-1].startswith("lent "):
        rows.pop()
    if len(rows) > MOST_SHOWN:
        raise ValueError(f"{len(rows)} addons are too many, {MOST_SHOWN} at most are right")
    strange = next((row for row in rows if not SHOWN.fullmatch(row)), None)
    if strange is not None:
        raise ValueError(f"{strange[:60]!r} is no row of an addon")
    return parse_shown(lines[1:-1])


def with_addons(fleet: Fleet, seen: Observation) -> Observation:
    """Return what was seen with the addons that are enabled, as the first who told it shows them.

    ``None`` stands for them where that node cannot tell, or is not ready to.
    """
    if not seen.has_leader or seen.nodes is None:
        return seen
    teller = seen.seen_by[0]
    shown, _ = fleet.try_facts(SeenAddons, on=[teller], timeout=LOOK_TIMEOUT)
    told = shown[teller].as_seen() if teller in shown else ()
    return replace(seen, addons=told or None)
