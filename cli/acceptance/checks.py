"""What the jobs of an acceptance must show, judged from their bodies alone. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NO_SUCH_ADDON = "clusterwright-acceptance"
"""An add-on that no MicroK8s knows: the step that enables it fails, and harms nothing."""
FAILING = "enable_addons"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was to be seen, and whether it was."""

    title: str
    passed: bool
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"title": self.title, "passed": self.passed, "detail": self.detail}


def failed_step(job: Mapping[str, Any]) -> Iterator[Check]:
    """A job whose add-on does not exist: all before it works, and the failure says what to do."""
    before = [step for step in job["steps"] if step["name"] != FAILING]
    before = before[: _place(job)]
    yield Check(
        "every step before the one that is made to fail is done at its first attempt",
        bool(before) and all(_at_once(step) for step in before),
        _attempts(before),
    )
    error = job["error"] or {}
    yield Check(
        "the step that cannot succeed stops the job, and the job says what to do next",
        job["status"] == "failed" and error.get("step") == FAILING and bool(job["next_action"]),
        _error(job),
    )


def retried(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Check]:
    """A retry of that job: the failed step again, and no other."""
    place = _place(before)
    again = [
        new["title"]
        for old, new in zip(before["steps"][:place], after["steps"][:place], strict=True)
        if new["attempt"] != old["attempt"]
    ]
    failing = after["steps"][place : place + 1]
    more = bool(failing) and failing[0]["attempt"] > before["steps"][place]["attempt"]
    yield Check(
        "a retry goes on from the failed step and repeats no other",
        not again and more,
        f"repeated: {', '.join(again)}" if again else _attempts(failing),
    )


def undone(job: Mapping[str, Any], hosts: Mapping[str, Mapping[str, Any]]) -> Iterator[Check]:
    """A rollback of that job: every step undone, and the hosts free."""
    kept = [
        f"{host}: {row['detail']}"
        for step in job["steps"]
        for host, row in step["hosts"].items()
        if str(row.get("detail", "")).startswith("kept:")
    ]
    yield Check(
        "a rollback undoes every step, and keeps nothing that the job brought",
        job["status"] == "rolled-back" and not kept,
        "; ".join(kept) or f"{job['status']}: {job['next_action']}",
    )
    taken = [f"{name} is in {row['cluster']}" for name, row in hosts.items() if row["cluster"]]
    yield Check("the hosts are free again", not taken, ", ".join(taken))


def formed(job: Mapping[str, Any]) -> Iterator[Check]:
    """A second run on the same hosts, with nothing made to fail."""
    yield Check(
        "a second run succeeds at the first attempt of every step",
        job["status"] == "succeeded" and all(_at_once(step) for step in job["steps"]),
        _error(job) or _attempts(job["steps"]),
    )
    now, wanted = job["quorum"]["now"] or {}, job["quorum"]["expected"] or {}
    alive, voters = now.get("voters_alive"), wanted.get("voters")
    yield Check(
        "as many voters are alive as were planned",
        alive is not None and alive == voters,
        f"{alive} alive, {voters} planned",
    )


def refused(status: int, title: str) -> Iterator[Check]:
    """The same change posted once more, while its cluster stands."""
    yield Check(
        "the same change posted again is refused", status == 409, f"HTTP status {status}: {title}"
    )


def _place(job: Mapping[str, Any]) -> int:
    names = [step["name"] for step in job["steps"]]
    return names.index(FAILING) if FAILING in names else len(names)


def _at_once(step: Mapping[str, Any]) -> bool:
    return bool(step["status"] == "done" and step["attempt"] == 1)


def _attempts(steps: Any) -> str:
    attempts = [f"{s['title']}: {s['status']}, attempt {s['attempt']}" for s in steps]
    late = [text for text, s in zip(attempts, steps, strict=True) if not _at_once(s)]
    return "; ".join(late) or f"{len(attempts)} steps"


def _error(job: Mapping[str, Any]) -> str:
    return str((job["error"] or {}).get("message", ""))
