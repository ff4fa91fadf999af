"""How a host is reached: address, user, keys, and the hosts to go through."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """How to reach one host, and the address that other nodes use for it."""

    name: str
    address: str
    """What SSH connects to: from here, or from the jump host where there is one."""
    port: int
    user: str
    key_file: str
    host_key: str
    """The only host key that is accepted, as ``ssh-ed25519 AAAA...``."""
    node_address: str
    zone: str = ""
    jump: "Target | None" = None
    """The host whose SSH server connects onward to this one; ``None``: it is reached directly."""

    @property
    def typed_user(self) -> str:
        """The user as it is typed in a shell, where a directory's names have signs of their own."""
        return self.user.replace("\\", "\\\\").replace("$", "\\$")

    @property
    def endpoint(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def depth(self) -> int:
        """How many jump hosts stand between."""
        return self.jump.depth + 1 if self.jump else 0
