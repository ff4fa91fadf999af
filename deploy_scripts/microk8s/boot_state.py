"""Which boot of its kernel a host is in, and for how long it has been up."""

import re
from collections.abc import Sequence
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.fleet.shell import root_script

STATE = """
read -r boot </proc/sys/kernel/random/boot_id && read -r up rest </proc/uptime &&
  echo "boot $boot $up"
"""
_STATE = re.compile(
    r"boot ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ([0-9]{1,10})\.[0-9]{1,9}", re.ASCII
)
_SHOWN = 60


class BootState(FactBase[dict[str, Any]]):
    """The id of the boot, which the kernel makes anew at each, and the seconds since."""

    def command(self) -> str:
        return root_script(STATE, timeout=15, shows="cat /proc/sys/kernel/random/boot_id")

    def process(self, output: Any) -> dict[str, Any]:
        return parse_boot(list(output))


def parse_boot(lines: Sequence[str]) -> dict[str, Any]:
    """Read the id and the whole seconds since. Raises ``ValueError`` for what no kernel says."""
    found = _STATE.fullmatch(lines[0]) if len(lines) == 1 else None
    if found is None:
        raise ValueError(f"{' '.join(lines)[:_SHOWN]!r} is no boot of a kernel")
    return {"boot_id": found[1], "up_seconds": int(found[2])}
