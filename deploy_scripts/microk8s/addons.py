"""Addons as the seed shows them, and the deploys that switch one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra.api import FactBase, deploy

from cluster.addon_names import argument, canonical, means
from cluster.address_ranges import BadRange, read_ranges
from deploy_scripts.fleet.error_text import PERMANENT
from deploy_scripts.fleet.errors import HostFailure, Permanent, Transient
from deploy_scripts.fleet.outcome import headline_of
from deploy_scripts.fleet.shell import remote_script, root_script
from deploy_scripts.microk8s.addon_functions import ADDON_TIMEOUT, SETTLE_SECONDS
from deploy_scripts.microk8s.addon_scripts import (
    SHOW,
    disable_script,
    enable_script,
    take_back_script,
)

SHOW_TIMEOUT = SETTLE_SECONDS + 60
MOST_SHOWN = 500
"""Lines that are read: of all repositories together there are some 60 addons."""
SHOWN = re.compile(r"([a-z0-9-]{1,63}/[a-z0-9-]{1,63}): (enabled|disabled)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ShownAddons:
    """What a seed shows of its addons."""

    enabled: frozenset[str]
    """As ``repository/name``."""
    lent: str = ""
    """The ranges that MetalLB gives away, as its argument would name them."""

    def has(self, addon: str) -> bool:
        """Say whether an addon is shown enabled, by its name or, on old versions, by its alias."""
        return any(means(addon, shown) for shown in self.enabled)

    def as_seen(self) -> tuple[str, ...]:
        """Return them as an observation has them, MetalLB with the addresses that it gives away."""
        return tuple(self.as_enabled(shown) for shown in sorted(self.enabled))

    def as_enabled(self, addon: str) -> str:
        """Return an addon with what would enable it as it is."""
        is_bare = not argument(addon) and canonical(addon) == "metallb"
        return f"{addon}:{self.lent}" if is_bare and self.lent else addon


class ShownAddonsFact(FactBase[ShownAddons]):
    """The addons of a seed, once MicroK8s is ready."""

    def command(self) -> str:
        return root_script(SHOW, timeout=SHOW_TIMEOUT, shows="microk8s status --format short")

    def process(self, output: Any) -> ShownAddons:
        return parse_shown(list(output))


def parse_shown(lines: Sequence[str]) -> ShownAddons:
    """Read ``repository/name: state`` and ``lent RANGES``; anything else is passed over."""
    found = [SHOWN.fullmatch(line.strip()) for line in lines[:MOST_SHOWN]]
    on = frozenset(match[1] for match in found if match and match[2] == "enabled")
    lent = next((line[len("lent ") :] for line in lines if line.startswith("lent ")), "")
    try:
        read_ranges(lent)
    except BadRange:  # such as IPv6: what cannot be asked for cannot be put back
        lent = ""
    return ShownAddons(on, lent)


@deploy("Enable an addon")
def enable(addon: str, job: str = "", is_noted: bool = True) -> None:
    """Enable one addon from one node."""
    script = enable_script(addon, job, is_noted=is_noted)
    shows = f"microk8s enable {addon}"
    remote_script(name=f"Enable {addon}", script=script, timeout=ADDON_TIMEOUT, shows=shows)


@deploy("Take an addon back")
def take_back(addon: str, job: str = "") -> None:
    """Disable an addon that ``enable`` enabled for the same job."""
    script = take_back_script(addon, job)
    shows = f"microk8s disable {addon}"
    remote_script(name=f"Disable {addon}", script=script, timeout=ADDON_TIMEOUT, shows=shows)


@deploy("Disable an addon")
def disable(addon: str) -> None:
    """Disable an addon, whoever enabled it."""
    script = disable_script(addon)
    shows = f"microk8s disable {addon.split(':')[0]}"
    remote_script(name=f"Disable {addon}", script=script, timeout=ADDON_TIMEOUT, shows=shows)


def switch_failed(verb: str, addon: str, failure: HostFailure) -> Transient | Permanent:
    """Return what is raised for an addon that was not switched; ``verb`` is enable or disable."""
    sentence = headline_of(failure)
    text = sentence if sentence.startswith("cannot ") else f"cannot {verb} {addon}: {sentence}"
    if any(line.startswith(PERMANENT) for line in failure.lines):
        advice = "correct the addon's name, or enable the repository that has it first"
        if "with other addresses" in sentence:
            advice = (
                "post set-addons that disables metallb, then one that enables it with the range"
            )
        return Permanent(text, failures=[failure], advice=advice)
    advice = f"bring every node up, then retry: to {verb} again is safe"
    return Transient(text, failures=[failure], advice=advice)
