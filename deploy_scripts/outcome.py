"""What a step makes of the hosts that failed: worth another attempt, or a false assumption."""

from collections.abc import Sequence

from deploy_scripts.errors import HostFailure, Permanent, Transient

MARK = "permanent: "
"""A remote script begins its last word with this where another attempt cannot help."""


def raise_for(failures: Sequence[HostFailure], what: str) -> None:
    """Raise for the hosts that failed, if there are any; each is named with its last line."""
    if not failures:
        return
    said = "; ".join(f"{failure.host}: {last_line(failure)}" for failure in failures[:4])
    more = f"; and {len(failures) - 4} more" if len(failures) > 4 else ""
    advice = next((failure.advice for failure in failures if failure.advice), "")
    hopeless = any(line.startswith(MARK) for failure in failures for line in failure.lines)
    kind = Permanent if hopeless else Transient
    raise kind(f"{what}: {said}{more}", failures=tuple(failures), advice=advice)


def last_line(failure: HostFailure) -> str:
    """Return the line that says most about a failure."""
    marked = [line for line in failure.lines if line.startswith((MARK, "cannot "))]
    chosen = (marked or list(failure.lines) or [failure.message])[-1]
    return chosen.removeprefix(MARK)
