"""Says why one host failed, and what to do about it."""

from itertools import islice

from deploy_scripts.fleet.connector import MOST_BYTES, MOST_LINES, CommandOutcome
from deploy_scripts.fleet.error_text import PERMANENT, headline, is_store_trouble
from deploy_scripts.fleet.errors import LAST_LINES, STORE_CODE, HostFailure
from deploy_scripts.fleet.marks import SILENT
from deploy_scripts.fleet.redaction import redact
from deploy_scripts.fleet.shown_command import failed_line, without_command
from deploy_scripts.ssh.connect_failures import cause_of, connect_failure
from deploy_scripts.ssh.errors import NotConnected
from deploy_scripts.ssh.targets import Target

__all__ = ["command_failure", "connect_failure", "fact_failure"]
LONGEST_CAUSE = 300
TIMED_OUT = frozenset({124, 137})
"""What ``timeout`` ends with: by its TERM, or by the KILL after it."""
SUDO_REFUSALS = ("sudo: a password is required", "sudo: a terminal is required")


def command_failure(target: Target, what: str, outcome: CommandOutcome) -> HostFailure:
    """Say how the command behind ``what``, such as "Install MicroK8s", went wrong."""
    if isinstance(outcome.error, NotConnected):
        return connect_failure(target, outcome.error)  # so the command was never sent
    printed = _last_lines(outcome)
    command = redact(failed_line(outcome.sent, printed))
    lines = without_command(printed)
    what = redact(what)
    begin = f"cannot {what[0].lower()}{what[1:]} on {target.name}: "
    if outcome.is_cut:
        return HostFailure(
            target.name,
            f"{begin}it printed more than {MOST_BYTES // 1024**2} MiB, or than {MOST_LINES} lines",
            operation=what,
            command=command,
            exit_code=outcome.exit_code,
            lines=lines,
            advice=f"run it by hand on {target.name} and look for what babbles",
            code="no-answer",
        )
    if outcome.error is not None and not isinstance(outcome.error, TimeoutError):
        return HostFailure(
            target.name,
            f"{begin}the SSH connection to {target.endpoint} broke ({cause_of(outcome.error)}"
            "); the command may still run on the host",
            operation=what,
            command=command,
            lines=lines,
            code="unreachable",
            advice="check that the host is up and reachable; then retry, which looks first at what "
            "was done",
        )
    if outcome.error is not None or outcome.exit_code in TIMED_OUT:
        last = f"; it said last: {lines[-1]}" if lines else ""
        return HostFailure(
            target.name,
            f"{begin}it did not end within {outcome.limit:.0f} s{last}",
            operation=what,
            command=command,
            exit_code=outcome.exit_code,
            lines=lines,
            code="timeout",
            advice="look at the load of the host and at its network, then retry",
        )
    if not outcome.frame.is_complete and (outcome.exit_code == 0 or not outcome.frame.has_begun):
        return _no_answer(target, begin, what, command, outcome)
    reason = headline(lines) or f"exit code {outcome.exit_code}, without a word"
    return HostFailure(
        target.name,
        f"{begin}{reason.removeprefix(begin)}",
        operation=what,
        command=command,
        exit_code=outcome.exit_code,
        lines=lines,
        advice=_advice(target, lines),
        code=STORE_CODE if is_store_trouble(lines) else "command-failed",
    )


def _no_answer(
    target: Target, begin: str, what: str, command: str, outcome: CommandOutcome
) -> HostFailure:
    """Say that a host's login shell did not run the command, or not to its end."""
    noise = tuple(redact(line) for line in outcome.frame.noise[-LAST_LINES:])
    quoted = f"; it said: {noise[-1]}" if noise else ", without a word"
    done = "ended before the command's end" if outcome.frame.has_begun else "did not run it"
    return HostFailure(
        target.name,
        f"{begin}the login shell of {target.user} {done} (exit code {outcome.exit_code}){quoted}",
        operation=what,
        command=command,
        exit_code=outcome.exit_code,
        lines=noise,
        advice="see what its start files (.bashrc, .profile) do for shells without a terminal, and "
        "whether authorized_keys forces a command: "
        f"ssh -p {target.port} {target.typed_user}@{target.address} 'echo reached'",
        code="no-answer",
    )


def fact_failure(
    target: Target, fact: str, error: Exception, outcome: CommandOutcome
) -> HostFailure:
    """Say that a host answered a question with something that cannot be read."""
    lines = _last_lines(outcome)
    cause = redact(str(error))[:LONGEST_CAUSE]
    fault = f"its answer is not what it should be ({type(error).__name__}: {cause})"
    message = f"cannot read {fact} of {target.name}: {fault}"
    advice = (
        f"look at what {target.name} answers, in the lines below; nothing was concluded from it"
    )
    return HostFailure(
        target.name,
        message,
        operation=f"Read {fact}",
        command=redact(failed_line(outcome.sent, lines)),
        exit_code=outcome.exit_code,
        lines=lines,
        advice=advice,
        code="no-answer",
    )


def _last_lines(outcome: CommandOutcome) -> tuple[str, ...]:
    """Return the last lines that say something; only these are worth the time of redaction.

    One of them may name the command.
    """
    texts = (line.line for line in reversed(outcome.lines) if line.line.strip())
    return tuple(redact(line) for line in reversed(list(islice(texts, LAST_LINES + 1))))


def _advice(target: Target, lines: tuple[str, ...]) -> str:
    if is_store_trouble(lines):
        return (
            "wait: the snap store serves again within minutes as a rule; if it does not, look at "
            f"its status page, and whether {target.name} gets out: snap info microk8s"
        )
    if any(PERMANENT in line and SILENT in line for line in lines):
        return (
            "if the cluster's hosts have always been in it, forget its record, which asks no host "
            "(clusterwright change destroy-cluster CLUSTER --confirm CLUSTER --forget), take its "
            "nodes over (clusterwright change adopt-cluster CLUSTER --hosts HOST,HOST), then ask "
            "again"
        )
    if any(line.strip().startswith(SUDO_REFUSALS) for line in lines):
        user = target.user.replace("\\", "\\\\")  # sudoers has a backslash doubled
        return (
            f"allow sudo without a password: put '{user} ALL=(ALL) NOPASSWD: ALL' into "
            "/etc/sudoers.d/clusterwright on the host"
        )
    return ""
