"""Errors that end a step, or a job before a step does, as documents; pure."""

from typing import Any


def ended(message: str, advice: str) -> dict[str, Any]:
    """Return an error that no host and no finding is behind."""
    return {
        "message": message,
        "transient": False,
        "defect": False,
        "advice": advice,
        "failures": [],
        "findings": [],
    }


LOST = ended(
    "cannot finish the step: the Celery worker that ran it was lost 5 times",
    "look at the Celery workers' memory and logs, then retry",
)


def killed_twice(why: str) -> dict[str, Any]:
    """Return the error of a step that had its process killed twice."""
    return ended(
        f"cannot finish the step: {why}, for the second time",
        "look at what the hosts that are shown as running answer, and at the Celery worker's log; "
        "then retry",
    )


def rejected(by: str, reason: str) -> dict[str, Any]:
    """Return what stands in a job that somebody did not approve."""
    whom = f"token {by}" if by else "somebody"
    why = f": {reason}" if reason else ", and gave no reason"
    return ended(
        f"cannot begin: {whom} rejected the change{why}",
        "talk to whoever rejected it, then plan a change that both agree to",
    )
