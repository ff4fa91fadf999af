"""Which channels of MicroK8s the snap store has, as a host is told; nothing is changed."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.fleet.shell import root_script

STORE_SECONDS = 8
"""How long the store is waited for: one that no host reaches answers nothing."""
_MOST_CHANNELS = 1000
_CHANNEL = re.compile(r"([a-z0-9.-]{1,60}/)?(stable|candidate|beta|edge):", re.ASCII)


class StoreChannels(FactBase[dict[str, bool]]):
    """The channels that the store offers, and whether each is open; none if it did not answer."""

    def command(self) -> str:
        asked = f"LC_ALL=C timeout -k 1 {STORE_SECONDS} snap info microk8s 2>/dev/null </dev/null"
        return root_script(
            f"echo @@store\n{asked}\ntrue", timeout=STORE_SECONDS + 10, shows="snap info microk8s"
        )

    def process(self, output: Any) -> dict[str, bool]:
        return parse_channels(list(output))


def parse_channels(lines: Sequence[str]) -> dict[str, bool]:
    """Read ``snap info``: a closed channel is shown as two dashes, one that follows as an arrow."""
    found: dict[str, bool] = {}
    rows = iter(lines)
    if "channels:" not in rows:  # which leaves the rows behind it
        return found
    for words in (line.split(None, 2) for line in islice(rows, _MOST_CHANNELS)):
        match = _CHANNEL.fullmatch(words[0]) if len(words) > 1 else None
        if match:
            found[f"{match[1] or 'latest/'}{match[2]}"] = words[1] != "--"
    return found
