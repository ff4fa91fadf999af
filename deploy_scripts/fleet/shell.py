"""Scripts that run as root on a host: one exec channel each, bounded in time on the host itself."""

import shlex
from collections.abc import Generator, Mapping

from pyinfra.api import StringCommand, operation
from pyinfra.context import host

from deploy_scripts.fleet.marks import Mark
from deploy_scripts.fleet.shown_command import showing
from deploy_scripts.fleet.turns import KILL_AFTER_SECONDS, turn

SENT_BY = "clusterwright_sent_by"
"""The key of a run's ``Sender`` in pyinfra's data of each host."""


class Secret(str):
    """Text that is written to a command's standard input and shown nowhere."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "*MASKED*"


class Sender:
    """On whose behalf a run's scripts change hosts."""

    def __init__(self, mark: Mark | None = None, *, is_undo: bool = False) -> None:
        self.mark, self.is_undo = mark or Mark(), is_undo


def root_script(script: str, *, timeout: int, shows: str = "") -> str:
    """Return the command that runs a POSIX shell script as root for ``timeout`` seconds at most.

    For scripts that only look. The limit holds on the host too: ending the local wait would leave
    the remote process running. ``shows`` is the line of it that a person is shown if it fails.
    """
    bound = f"timeout -k {KILL_AFTER_SECONDS} {timeout}"
    return f"sudo -n {bound} sh -c {shlex.quote(showing(shows, script))}"


def remote_script(
    *,
    name: str,
    script: str,
    timeout: int,
    secrets: Mapping[str, str] | None = None,
    stdin: str = "",
    may_be_ended: bool = True,
    shows: str = "",
) -> None:
    """Add an operation that changes each host of the run with a script, as root, in its turn.

    A host's entry in ``secrets`` reaches the script on standard input and is masked wherever the
    script prints it; ``stdin`` is for all hosts, and is not masked. What comes after a script that
    may not be ended waits for it. ``shows`` is the line that a person is shown if it fails.
    The operation has to have a name: pyinfra would make one of the arguments, secrets included.
    """
    _root_script(
        name=name,
        script=script,
        timeout=timeout,
        secrets=secrets or {},
        stdin=stdin,
        may_be_ended=may_be_ended,
        what=name,
        # A script of one line is that line.
        shows=shows or ("" if "\n" in script.strip() else script),
    )


@operation(is_idempotent=False)
def _root_script(
    script: str,
    timeout: int,
    secrets: Mapping[str, str],
    stdin: str,
    may_be_ended: bool,
    what: str,
    shows: str,
) -> Generator[StringCommand, None, None]:
    """Run a script as root, with the host's secret or the common text on standard input."""
    sender: Sender = host.data.get(SENT_BY) or Sender()
    whole = turn(
        script,
        what=what,
        limit=timeout,
        mark=sender.mark,
        is_undo=sender.is_undo,
        may_be_ended=may_be_ended,
    )
    secret = secrets.get(host.name)
    command, given = (
        f"sudo -n sh -c {shlex.quote(showing(shows, whole))}",
        Secret(secret) if secret else stdin,
    )
    yield StringCommand(command, _stdin=given) if given else StringCommand(command)
