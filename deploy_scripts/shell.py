"""Scripts that run as root on a host: one exec channel each, bounded in time on the host itself."""

import shlex
from collections.abc import Generator, Mapping

from pyinfra.api import StringCommand, operation
from pyinfra.context import host

KILL_AFTER_SECONDS = 5


def root_script(script: str, *, timeout: int) -> str:
    """Return the command that runs a POSIX shell script as root for ``timeout`` seconds at most.

    pyinfra's own time-out ends the local wait only, so the remote process is bounded as well.
    """
    bound = f"timeout -k {KILL_AFTER_SECONDS} {timeout}"
    return f"sudo -n {bound} sh -c {shlex.quote(script)}"


@operation(is_idempotent=False)
def remote_script(
    script: str, *, timeout: int, secrets: Mapping[str, str] | None = None
) -> Generator[StringCommand, None, None]:
    """Run a script as root on each host, with the host's secret, if any, on standard input."""
    command = root_script(script, timeout=timeout)
    secret = (secrets or {}).get(host.name)
    yield StringCommand(command, _stdin=secret) if secret else StringCommand(command)
