"""The events by which a ticket of each kind of ticket system asks for a change."""

import json
import time

from signed_requests import SECRETS, SIGNED, Request

REPOSITORY = {"full_name": "ops/clusters", "html_url": "https://code.test/ops/clusters"}
ISSUE = {"number": 12, "html_url": "https://code.test/ops/clusters/issues/12"}
OF_REPOSITORY = {"repository": REPOSITORY, "issue": ISSUE}
OF_PROJECT = {
    "object_kind": "issue",
    "project": {"path_with_namespace": "ops/teams/clusters"},
    "object_attributes": {"iid": 5, "url": "https://lab.test/ops/teams/clusters/-/issues/5"},
}
BODIES = {"github": OF_REPOSITORY, "gitea": OF_REPOSITORY, "gitlab": OF_PROJECT}


def asked_by_ticket(kind: str) -> Request:
    """Return the signed request of a ticket that the receiver of that kind has."""
    body = [json.dumps(BODIES[kind]).encode()] if kind in BODIES else []
    return SIGNED[kind](SECRETS[kind][0], time.time(), *body)
