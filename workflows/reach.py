"""What an installation lets its jobs connect to, and which of its keys they may use for it.

Asked when a host is put into the inventory, and again before a job connects: the setting, the
binding of a key and what Redis holds may all have changed in between.
"""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cluster.allowed_networks import EVERY_USUAL, SETTING, AllowedNetworks
from cluster.host_faults import HostFault
from cluster.spec import Host
from deploy_scripts.fleet.errors import HostFailure
from ssh_keys.key_sites import SUFFIX, UnusableBinding, sites_of
from workflows.process.settings import Settings


class OutOfReach(HostFault):
    """Jobs may not connect to the address, or not with that key."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """One field of a host that no job may connect with, and what to do about it."""

    field: str
    what: str
    why: str
    advice: str


@dataclass(frozen=True, slots=True)
class Reach:
    """The bounds of one installation."""

    networks: AllowedNetworks = EVERY_USUAL
    keys_dir: Path | None = None
    """The folder of SSH keys, where this process has it."""

    @classmethod
    def of(cls, settings: Settings) -> "Reach":
        return cls(settings.allowed_networks, settings.keys_dir)

    def check(self, host: Host) -> None:
        """Raise ``OutOfReach`` if no job may connect to ``host`` as it is."""
        for fault in self._faults(host):
            raise OutOfReach(
                f"cannot use {fault.what}: {fault.why}; {fault.advice}", f"/{fault.field}"
            )

    def failures(self, hosts: Iterable[Host]) -> tuple[HostFailure, ...]:
        """Return what keeps a job from connecting to these hosts."""
        return tuple(
            HostFailure(
                host.name,
                f"cannot connect to {host.name} with {fault.what}: {fault.why}",
                code=f"{fault.field.replace('_', '-')}-not-allowed",
                advice=fault.advice,
            )
            for host in hosts
            for fault in self._faults(host)
        )

    def _faults(self, host: Host) -> Iterator[_Fault]:
        refusal = self.networks.refusal(host.address)
        if refusal:
            advice = (
                "give the address at which the host is reached, or start API and Celery workers "
                f"with {SETTING}={self.networks},{host.address}/32"
            )
            yield _Fault("address", f"address {host.address}", refusal, advice)
        if self.keys_dir is not None:
            yield from _key_faults(host, self.keys_dir / host.ssh_key)


def _key_faults(host: Host, key: Path) -> Iterator[_Fault]:
    binding = key.with_name(key.name + SUFFIX)
    what, file = f"SSH key {host.ssh_key}", shlex.quote(str(binding))
    try:
        sites = sites_of(key)
    except UnusableBinding as error:
        why = f"the sites that it is bound to cannot be read from {binding}: {error}"
        advice = f"make the file readable for API and Celery workers, with mode 600: ls -l {file}"
        yield _Fault("ssh_key", what, why, advice)
        return
    if sites is not None and host.site not in sites:
        bound = f"site {', '.join(sorted(sites))}" if sites else "no site"
        yield _Fault(
            "ssh_key",
            f"{what} for site {host.site}",
            f"it is bound to {bound}",
            f"name another key, or bind it to this site too: echo {host.site} >> {file}",
        )
