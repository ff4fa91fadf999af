"""What is recorded of the error with which a step ends, and what is logged of it."""

import logging
from collections.abc import Mapping
from typing import Any

from deploy_scripts.fleet.errors import NotYet, StepError, Transient
from deploy_scripts.fleet.redaction import redact
from deploy_scripts.microk8s.looking import AGAIN_SECONDS
from workflows.inventory import HostNotFound
from workflows.ledger.claims import Wait
from workflows.ledger.kept import TooLarge

logger = logging.getLogger(__name__)


def too_much(error: TooLarge, title: str) -> StepError:
    """Return the error of a step that saw more than is kept."""
    return StepError(
        f"cannot keep what was seen: {error}",
        advice=f"look at what the hosts of the step {title!r} answer: one of them says far more "
        "than a cluster of its size has to say",
    )


def tell(error_document: Mapping[str, Any], delay: float | None) -> None:
    """Log a recorded error; ``delay`` are the seconds until another attempt, if there is one."""
    host = {"host": error_document["failures"][0]["host"]} if error_document["failures"] else None
    if delay is None:
        logger.error("no further attempt: %s", error_document["message"], extra=host)
    else:
        logger.warning(
            "another attempt in %.1f s: %s", delay, error_document["message"], extra=host
        )


def wait_of(error: StepError) -> Wait:
    """Return what a step waits for that said so: for a moment, or for a person."""
    what, advice = redact(str(error)), redact(error.advice)
    findings = tuple(finding.as_dict() for finding in error.findings)
    if not isinstance(error, NotYet):
        return Wait(what, None, advice, findings=findings)
    return Wait(what, error.after, advice, redact(error.otherwise), findings)


def guard_waits(error: StepError, name: str) -> NotYet:
    """Return what a step waits for whose guard says that members have yet to settle."""
    otherwise = f"cannot go on with {name}"
    return NotYet(str(error), after=AGAIN_SECONDS, otherwise=otherwise, advice=error.advice)


def trace(error: Exception) -> list[str]:
    """Return the traceback of a defect."""
    import traceback  # only when something is wrong

    return traceback.format_exception(error)


def document(error: Exception, title: str) -> dict[str, Any]:
    """Return what is recorded of an error: no secrets, and what to do next."""
    known = isinstance(error, StepError)
    message = redact(str(error) or repr(error))
    return {
        "message": message if known else f"cannot {title[0].lower()}{title[1:]}: {message}",
        "transient": isinstance(error, Transient),
        "defect": not isinstance(error, StepError | HostNotFound),
        "advice": redact(error.advice) if isinstance(error, StepError) else "",
        "failures": [f.as_dict() for f in error.failures] if isinstance(error, StepError) else [],
        "findings": [f.as_dict() for f in error.findings] if isinstance(error, StepError) else [],
    }
