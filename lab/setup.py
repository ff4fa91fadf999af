"""How a lab's hosts are set up: what ordinary hosts have that a plain lab host does without."""

from __future__ import annotations

import dataclasses

from lab.errors import CannotStart

USERS = ("root", "ops")
NETWORKS = ("one", "nat", "management")
SUDO = ("auto", "real", "stand-in")

_NETWORK_TEXTS = {
    "one": "one network",
    "nat": "two networks, the default route by NAT (10.0.2.15 on every host)",
    "management": "two networks, the default route by a management interface",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Setup:
    """How all hosts of a lab are set up; the defaults are the plain lab."""

    #: Whom SSH lets in. ``ops`` is an ordinary user with sudo rights and no password.
    user: str = "root"
    #: ``one``; or two, with the default route elsewhere: by ``nat`` or by ``management``.
    networks: str = "one"
    #: Whether cloud-init renders /etc/hosts at every boot.
    cloud_init: bool = False
    #: Whether /etc/environment names a proxy that reaches no node, and sudo reads it again.
    proxy: bool = False
    #: Debian's sudo, a script in its place, or whichever the rest of the setup wants.
    sudo: str = "auto"
    #: Whether sudoers gives root, too, a right to use sudo.
    root_sudo: bool = True

    def check(self) -> None:
        """Refuse words that no lab knows."""
        for what, word, known in (
            ("user", self.user, USERS),
            ("networks", self.networks, NETWORKS),
            ("sudo", self.sudo, SUDO),
        ):
            if word not in known:
                raise CannotStart(
                    f"cannot start a lab with {what} {word!r}: possible are {', '.join(known)}"
                )

    @property
    def wants_real_sudo(self) -> bool:
        """Whether Debian's sudo shows what a stand-in shows less well."""
        return self.user != "root" or self.proxy or not self.root_sudo

    def describe(self) -> str:
        """One line on what sets these hosts apart from plain ones; empty where nothing does."""
        notes = []
        if self.user != "root":
            notes.append(f"SSH as {self.user}")
        if not self.root_sudo:
            notes.append("root without a sudo right")
        if self.networks != "one":
            notes.append(_NETWORK_TEXTS[self.networks])
        if self.proxy:
            notes.append("a proxy in /etc/environment")
        if self.cloud_init:
            notes.append("/etc/hosts by cloud-init")
        return "; ".join(notes)
