"""Small deploys and facts to try a fleet with."""

from collections.abc import Mapping
from typing import Any

from pyinfra.api import FactBase, deploy

from deploy_scripts.fleet.shell import remote_script, root_script


@deploy("Try")
def script(
    text: str,
    limit: int = 20,
    secrets: Mapping[str, str] | None = None,
    stdin: str = "",
    may_be_ended: bool = True,
) -> None:
    """Run one script on every host."""
    remote_script(
        name="Try it",
        script=text,
        timeout=limit,
        secrets=secrets,
        stdin=stdin,
        may_be_ended=may_be_ended,
    )


@deploy("Try two")
def two_scripts(first: str, second: str) -> None:
    """Run one script and then another on every host."""
    remote_script(name="Try the first", script=first, timeout=20)
    remote_script(name="Try the second", script=second, timeout=20)


class HostName(FactBase[str]):
    """The name that a host has for itself."""

    def command(self) -> str:
        return root_script("hostname", timeout=10)

    def process(self, output: Any) -> str:
        return str(next(iter(output)))


class Connection(FactBase[str]):
    """Both ends of the SSH connection that the fact is read over."""

    def command(self) -> str:
        return "echo $SSH_CONNECTION"


class Number(FactBase[int]):
    """A number, out of a command that may print something else."""

    def command(self, prints: str) -> str:
        return f"echo {prints}"

    def process(self, output: Any) -> int:
        return int(next(iter(output)))


class Refused(FactBase[str]):
    """A fact whose command fails."""

    def command(self) -> str:
        return "echo no such thing >&2; exit 3"
