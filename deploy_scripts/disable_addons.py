"""Disable addons, one command each, once every node's cluster agent answers.

What was enabled is noted before the first is disabled, with what it was enabled with, so that
``undo`` enables that again and nothing else.
"""

from collections.abc import Sequence

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.addon_functions import ADDON_TIMEOUT
from deploy_scripts.microk8s.addons import (
    SHOW_TIMEOUT,
    ShownAddonsFact,
    disable,
    enable,
    switch_failed,
)
from deploy_scripts.microk8s.agents import require_agents
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False


def apply(
    fleet: Fleet, *, before: Before, seed: str, addons: Sequence[str], hosts: Sequence[str]
) -> Result:
    """Disable each addon in turn; one that is not enabled is left as it is.

    ``addons`` name the arguments that they are recorded with; MetalLB without one is asked for it.
    """
    if "enabled" not in before.noted:
        shown = fleet.facts(ShownAddonsFact, on=[seed], timeout=SHOW_TIMEOUT)[seed]
        before.note({"enabled": [shown.as_enabled(addon) for addon in addons if shown.has(addon)]})
    for addon in addons:
        require_agents(fleet, seed=seed, hosts=hosts, purpose=f"disable {addon}")
        _, failures = fleet.try_run(disable, on=[seed], timeout=ADDON_TIMEOUT, addon=addon)
        if failures:
            raise switch_failed("disable", addon, failures[0])
    fleet.mark_done(seed, f"{len(before.noted['enabled'])} disabled")
    return Result()


def undo(
    fleet: Fleet, *, before: Before, seed: str, addons: Sequence[str], hosts: Sequence[str]
) -> Result:
    """Enable again, last first, what ``apply`` found enabled, as it was."""
    del addons
    enabled = before.noted.get("enabled", ())
    for addon in reversed(enabled):
        require_agents(fleet, seed=seed, hosts=hosts, purpose=f"enable {addon} again")
        _, failures = fleet.try_run(
            enable, on=[seed], timeout=ADDON_TIMEOUT, addon=addon, is_noted=False
        )
        if failures:
            raise switch_failed("enable", addon, failures[0])
    fleet.mark_done(seed, f"{len(enabled)} enabled again")
    return Result()
