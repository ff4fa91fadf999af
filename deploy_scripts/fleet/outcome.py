"""What a step makes of the hosts that failed: worth another attempt, or a false assumption."""

from collections.abc import Sequence

from deploy_scripts.fleet.error_text import headline, is_hopeless
from deploy_scripts.fleet.errors import STORE_CODE, HostFailure, Permanent, Transient


def raise_for(failures: Sequence[HostFailure], what: str) -> None:
    """Raise for the hosts that failed, if there are any; each is named with what it said."""
    if not failures:
        return
    reasons = "; ".join(f"{failure.host}: {headline_of(failure)}" for failure in failures[:4])
    more = f"; and {len(failures) - 4} more" if len(failures) > 4 else ""
    advice = next((failure.advice for failure in failures if failure.advice), "")
    kind = Permanent if any(is_hopeless(failure.lines) for failure in failures) else Transient
    raise kind(f"{what}: {reasons}{more}", failures=tuple(failures), advice=advice)


def headline_of(failure: HostFailure) -> str:
    """Return the sentence that says most about a failure."""
    if failure.code not in {"command-failed", STORE_CODE}:
        return failure.message
    return headline(failure.lines) or failure.message
