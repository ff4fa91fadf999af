"""Enable addons, one command each, once every node's cluster agent answers.

An addon that this product enables is noted on the seed before, so that ``undo`` disables what its
own job enabled and nothing else. One whose enabling was interrupted is finished.
"""

from collections.abc import Sequence

from cluster.printable import visible
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import KEPT
from deploy_scripts.microk8s.addon_functions import ADDON_TIMEOUT
from deploy_scripts.microk8s.addons import enable, switch_failed, take_back
from deploy_scripts.microk8s.agents import require_agents
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False
LONGEST_DETAIL = 200
MOST_KEPT = 5
"""Lines of one addon; its script tells two at most."""


def apply(
    fleet: Fleet, *, before: Before, seed: str, addons: Sequence[str], hosts: Sequence[str]
) -> Result:
    """Enable each addon in turn; one that is enabled already, and whole, is left as it is."""
    del before  # it is noted on the seed
    for addon in addons:
        require_agents(fleet, seed=seed, hosts=hosts, purpose=f"enable {addon}")
        _, failures = fleet.try_run(
            enable, on=[seed], timeout=ADDON_TIMEOUT, addon=addon, job=fleet.mark.job
        )
        if failures:
            raise switch_failed("enable", addon, failures[0])
    fleet.mark_done(seed, f"{len(addons)} enabled")
    return Result()


def undo(
    fleet: Fleet, *, before: Before, seed: str, addons: Sequence[str], hosts: Sequence[str]
) -> Result:
    """Disable, last first, what ``apply`` enabled; ``hosts`` matter for enabling only."""
    del hosts, before
    kept: list[str] = []
    for addon in reversed(addons):
        printed = fleet.run(
            take_back, on=[seed], timeout=ADDON_TIMEOUT, addon=addon, job=fleet.mark.job
        )
        left = [line[:LONGEST_DETAIL] for line in printed[seed] if line.startswith(KEPT)]
        kept += left[:MOST_KEPT]
    text = "; ".join(kept) or "disabled what was enabled"
    fleet.mark_done(seed, visible(text))
    return Result()
