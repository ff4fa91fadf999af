"""Scripts that run as root on a host: one exec channel each, bounded in time on the host itself."""

import shlex
from collections.abc import Generator, Mapping

from pyinfra.api import StringCommand, operation
from pyinfra.context import host

KILL_AFTER_SECONDS = 5


class Secret(str):
    """Text that is written to a command's standard input and shown nowhere."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "*MASKED*"


def root_script(script: str, *, timeout: int) -> str:
    """Return the command that runs a POSIX shell script as root for ``timeout`` seconds at most.

    The limit holds on the host too: ending the local wait would leave the remote process running.
    """
    bound = f"timeout -k {KILL_AFTER_SECONDS} {timeout}"
    return f"sudo -n {bound} sh -c {shlex.quote(script)}"


def remote_script(
    *,
    name: str,
    script: str,
    timeout: int,
    secrets: Mapping[str, str] | None = None,
    stdin: str = "",
) -> None:
    """Add an operation that runs a script as root on each host of the run.

    A host's entry in ``secrets`` reaches the script on standard input and is masked wherever the
    script prints it; ``stdin`` is for all hosts, and is not masked.
    The operation has to have a name: pyinfra would make one of the arguments, secrets included.
    """
    _root_script(name=name, script=script, timeout=timeout, secrets=secrets or {}, stdin=stdin)


@operation(is_idempotent=False)
def _root_script(
    script: str, timeout: int, secrets: Mapping[str, str], stdin: str
) -> Generator[StringCommand, None, None]:
    """Run a script as root, with the host's secret or the common text on standard input."""
    secret = secrets.get(host.name)
    command, given = root_script(script, timeout=timeout), Secret(secret) if secret else stdin
    yield StringCommand(command, _stdin=given) if given else StringCommand(command)
