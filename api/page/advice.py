"""Advice as links of the page: where a person does what is advised, and what the link says."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from cluster.actions import Action

PLACES: Mapping[str, tuple[str, str]] = {
    Action.ADD_HOST: ("Add host {host}", "/new-host"),
    Action.CHANGE_HOST: ("Host {host}", "/hosts/{host}"),
    Action.REPIN_HOST: ("Host {host}", "/hosts/{host}"),
    Action.SHOW_HOST: ("Host {host}", "/hosts/{host}"),
    Action.LIST_HOSTS: ("All hosts", "/hosts"),
    Action.LIST_CLUSTERS: ("All clusters", "/clusters"),
    Action.SHOW_CLUSTER: ("Cluster {cluster}", "/clusters/{cluster}"),
    Action.LIST_JOBS: ("All jobs", "/jobs"),
    Action.SHOW_JOB: ("Job {job:.8}", "/jobs/{job}"),
    Action.FOLLOW_JOB: ("Job {job:.8}", "/jobs/{job}"),
    Action.CANCEL_JOB: ("Cancel job {job:.8}", "/jobs/{job}#job-banner"),
    Action.APPROVE_JOB: ("Approve job {job:.8}", "/jobs/{job}#job-banner"),
    Action.REJECT_JOB: ("Reject job {job:.8}", "/jobs/{job}#job-banner"),
    Action.RETRY_JOB: ("Retry job {job:.8}", "/jobs/{job}#job-banner"),
    Action.RETRY_ACCEPTING: ("Retry job {job:.8} with findings accepted", "/jobs/{job}#job-banner"),
    Action.ROLLBACK_JOB: ("Roll back job {job:.8}", "/jobs/{job}#job-banner"),
    Action.ROLLBACK_WITHOUT: (
        "Roll back job {job:.8} without {without}",
        "/jobs/{job}#job-banner",
    ),
    Action.PLAN_CHANGE: ("Plan a change", "/changes/new"),
    Action.LIST_KINDS: ("Plan a change", "/changes/new"),
    Action.LIST_SCHEDULES: ("Schedules of each cluster", "/clusters"),
    Action.LIST_WINDOWS: ("Maintenance windows of each cluster", "/clusters"),
    Action.LIST_FREEZES: ("Freezes of each cluster", "/clusters"),
    Action.CHECK_STACK: ("Readiness", "/readyz"),
}
"""What a link says, and where it leads; the buttons for a job stand in its page's banner."""


def links(actions: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield words and address of each advised action that this page knows."""
    for row in actions:
        if row["action"] in PLACES:
            words, path = PLACES[row["action"]]
            quoted = {name: quote(text, safe="") for name, text in row["arguments"].items()}
            yield words.format_map(row["arguments"]), path.format_map(quoted)
