"""Rule files and events that the tests of rules begin with."""

from copy import deepcopy

KNOWN = ("alertmanager", "jira")
TICKETS = """\
sources:
  tickets:
    kind: jira
    clusters: "test-*"
    environments: [dev, staging]
    kinds: [add-nodes, label-nodes]
    approve_within: 24
rules:
  - name: scale-out
    source: tickets
    match: "webhookEvent == 'jira:issue_updated' && issue.fields.status.name == 'Approved'"
    types: [jira:issue_updated]
    change:
      kind: add-nodes
      cluster: {get: issue.fields.customfield_10010}
      params:
        workers: {words: issue.fields.customfield_10011}
      reason: "Ticket {issue.key}"
      on_failure: stop
      accept: []
    defaults: {cluster: test-lab}
    approve_within: 8
    cool_down: 30m
    during: {days: [mon, tue, wed, thu, fri], from: "08:00", to: "18:00", timezone: Europe/Berlin}
"""
_TICKET = {
    "webhookEvent": "jira:issue_updated",
    "issue": {
        "key": "OPS-7",
        "fields": {
            "status": {"name": "Approved"},
            "customfield_10010": "test-a",
            "customfield_10011": "n4, n5",
        },
    },
}


def ticket(**changed):
    """Return the data of an approved ticket, with other fields; ``None`` leaves one out."""
    data = deepcopy(_TICKET)
    fields = data["issue"]["fields"]
    for name, value in changed.items():
        if value is None:
            fields.pop(name)
        else:
            fields[name] = value
    return data
