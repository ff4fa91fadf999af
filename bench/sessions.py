"""When commands began on a lab's hosts, written down by the shell that each SSH session starts."""

from lab.lab import Lab

STAMP = "/root/.bashrc"
LOG = "sessions"

# Bash reads the file whenever sshd starts it. Nothing is forked: it costs a write of a few bytes.
SCRIPT = f"printf '%s\\n' \"$EPOCHREALTIME\" >>/lab/log/{LOG}"


def stamp(lab: Lab, host: str) -> None:
    """Have a host write down from now on when each session's shell begins."""
    lab.exec(host, f"cat >{STAMP} <<'END'\n{SCRIPT}\nEND").check_returncode()


def began(lab: Lab, host: str) -> list[float]:
    """Return when each session's shell began since ``stamp``, in seconds of the machine's clock."""
    file = lab.log_directory(host) / LOG
    if not file.exists():
        return []
    return [float(line) for line in file.read_text().split()]
