"""Says why one host failed, and what to do about it."""

from paramiko import AuthenticationException, BadHostKeyException, PKey

from deploy_scripts.connections import CHANNEL_SECONDS, Cut, Target, UnreadableKey, public_key
from deploy_scripts.connector import MOST_BYTES, Outcome
from deploy_scripts.error_text import headline
from deploy_scripts.errors import HostFailure
from deploy_scripts.redaction import redact

LAST_LINES = 10
LONGEST_CAUSE = 300
TIMED_OUT = frozenset({124, 137})
"""What ``timeout`` ends with: by its TERM, or by the KILL after it."""
SUDO_REFUSALS = ("sudo: a password is required", "sudo: a terminal is required")


def connect_failure(target: Target, error: Exception | None) -> HostFailure:
    """Say why a host could not be reached: its key, its user, or the network."""
    if isinstance(error, BadHostKeyException):
        return _other_key(target, error)
    if isinstance(error, UnreadableKey):
        return HostFailure(
            target.name,
            f"cannot log in to {target.name}: {error}",
            code="authentication-failed",
            advice="put the private key there, unencrypted, with mode 0600, or correct the key "
            "that is stored for the host",
        )
    if isinstance(error, AuthenticationException):
        return HostFailure(
            target.name,
            f"cannot log in to {target.name} at {target.endpoint}: authentication failed for user "
            f"{target.user} with key {target.key_file}",
            code="authentication-failed",
            advice=f"add the public key to ~{target.user}/.ssh/authorized_keys on the host, or "
            "correct the host's user",
        )
    return HostFailure(
        target.name,
        f"cannot reach {target.name} at {target.endpoint}: {_network_cause(error)}",
        code="unreachable",
        advice="check that the host is up, its address and SSH port, and the firewall between",
    )


def command_failure(target: Target, what: str, outcome: Outcome) -> HostFailure:
    """Say how the command behind ``what``, such as "Install MicroK8s", went wrong."""
    if isinstance(outcome.error, AuthenticationException | BadHostKeyException | UnreadableKey):
        return connect_failure(target, outcome.error)  # on the way back after a broken connection
    lines = tuple(redact(line.line) for line in outcome.lines if line.line.strip())[-LAST_LINES:]
    what = redact(what)
    begin = f"cannot {what[0].lower()}{what[1:]} on {target.name}: "
    if outcome.error is not None and not isinstance(outcome.error, TimeoutError):
        return HostFailure(
            target.name,
            f"{begin}the SSH connection to {target.endpoint} broke ({_network_cause(outcome.error)}"
            "); the command may still run on the host",
            command=what,
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
            command=what,
            lines=lines,
            code="timeout",
            advice="look at the load of the host and at its network, then retry",
        )
    if outcome.is_cut:
        return HostFailure(
            target.name,
            f"{begin}it printed more than {MOST_BYTES // 1024**2} MiB",
            command=what,
            lines=lines,
            advice=f"run it by hand on {target.name} and look for what babbles",
            code="no-answer",
        )
    if not outcome.frame.is_complete and (outcome.exit_code == 0 or not outcome.frame.has_begun):
        return _no_answer(target, begin, what, outcome)
    said = headline(lines) or f"exit code {outcome.exit_code}, without a word"
    return HostFailure(
        target.name,
        f"{begin}{said.removeprefix(begin)}",
        command=what,
        lines=lines,
        advice=_advice(target, lines),
        code="command-failed",
    )


def _no_answer(target: Target, begin: str, what: str, outcome: Outcome) -> HostFailure:
    """Say that a host's login shell did not run the command, or not to its end."""
    noise = tuple(redact(line) for line in outcome.frame.noise)[-LAST_LINES:]
    said = f"; it said: {noise[-1]}" if noise else ", without a word"
    done = "ended before the command's end" if outcome.frame.has_begun else "did not run it"
    return HostFailure(
        target.name,
        f"{begin}the login shell of {target.user} {done} (exit code {outcome.exit_code}){said}",
        command=what,
        lines=noise,
        advice="see what its start files (.bashrc, .profile) do for shells without a terminal, and "
        "whether authorized_keys forces a command: "
        f"ssh -p {target.port} {target.user}@{target.address} 'echo reached'",
        code="no-answer",
    )


def fact_failure(target: Target, fact: str, error: Exception, outcome: Outcome) -> HostFailure:
    """Say that a host answered a question with something that cannot be read."""
    lines = tuple(redact(line.line) for line in outcome.lines)[-LAST_LINES:]
    cause = redact(str(error))[:LONGEST_CAUSE]
    said = f"its answer is not what it should be ({type(error).__name__}: {cause})"
    message = f"cannot read {fact} of {target.name}: {said}"
    advice = (
        f"look at what {target.name} answers, in the lines below; nothing was concluded from it"
    )
    return HostFailure(
        target.name, message, command=fact, lines=lines, advice=advice, code="no-answer"
    )


def _other_key(target: Target, error: BadHostKeyException) -> HostFailure:
    return HostFailure(
        target.name,
        f"cannot trust {target.name} at {target.endpoint}: host key changed: expected "
        f"{_fingerprint(public_key(target.host_key))}, got {_fingerprint(error.key)}",
        code="host-key-changed",
        advice="if the host was reinstalled, compare the fingerprint with 'ssh-keygen -lf "
        "/etc/ssh/ssh_host_ed25519_key.pub' on its console and store the new key with "
        f"PUT /v1/hosts/{target.name}; otherwise somebody may be in between",
    )


def _fingerprint(key: PKey) -> str:
    return f"{key.fingerprint} ({key.get_name()})"


def _network_cause(error: Exception | None) -> str:
    if isinstance(error, TimeoutError):
        return "no answer (timed out)"
    if isinstance(error, Cut):
        return str(error)
    said = redact(str(error)) if error and str(error) else type(error).__name__
    if "protocol banner" in said or isinstance(error, EOFError):
        return "something listens there, but no SSH server answers"
    if "opening channel" in said:
        return f"its SSH server is silent for {CHANNEL_SECONDS} s"
    return said


def _advice(target: Target, lines: tuple[str, ...]) -> str:
    if any(line.strip().startswith(SUDO_REFUSALS) for line in lines):
        return (
            f"allow sudo without a password: put '{target.user} ALL=(ALL) NOPASSWD: ALL' into "
            "/etc/sudoers.d/clusterwright on the host"
        )
    return ""
