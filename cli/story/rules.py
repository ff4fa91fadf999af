"""What a person sets up before the story: rules, secrets, and who is told of jobs."""

from typing import Any

from cli.client import Client
from cli.demo_wish import CLUSTER
from cli.story import chat, ticket_system
from cli.story.scene import Scene
from cli.story.senders import Hook

TICKETS, CHAT = "tickets", "chat"
ENVIRONMENT = "staging"
RULES = f"""\
sources:
  {TICKETS}:
    kind: jira
    clusters: {CLUSTER}
    environments: [{ENVIRONMENT}]
    kinds: [add-nodes]
  {CHAT}:
    kind: slack
    clusters: {CLUSTER}
    environments: [{ENVIRONMENT}]
    kinds: [add-nodes]
    people:
      "{chat.TEAM}:{chat.PEOPLE["jane"]}": {{name: jane, roles: [operator]}}
      "{chat.TEAM}:{chat.PEOPLE["bob"]}": {{name: bob, roles: [approver]}}
rules:
  - name: approved-tickets
    source: {TICKETS}
    types: ["jira:issue_updated"]
    match: "changelog.items[?field == 'status' && toString == 'Approved'] | length(@) > `0`"
    approve_within: 8
    change:
      kind: add-nodes
      cluster: {{get: issue.fields.cluster}}
      params: {{workers: {{words: issue.fields.hosts}}}}
      reason: "Ticket {{issue.key}}: {{issue.fields.summary}}"
"""


def set_up(client: Client, scene: Scene) -> tuple[Hook, Hook]:
    """Put the rules in force and have both sides told; return how each sends its events."""
    client.put("/v1/rules", {"text": RULES})
    hooks = _hook(client, TICKETS), _hook(client, CHAT)
    _told(
        client,
        {
            "name": "ticket-back",
            "notifier": "jira",
            "url": scene.ticket.server.url,
            "secret": ticket_system.TOKEN,
            "source": TICKETS,
            "settings": {
                "user": ticket_system.USER,
                "transition_on_start": "In Progress",
                "transition_on_success": "Done",
            },
        },
    )
    _told(
        client,
        {
            "name": "chat-back",
            "notifier": "slack",
            "url": f"{scene.chat.server.url}/api",
            "secret": chat.TOKEN,
            "settings": {"channel": chat.CHANNEL, "source": CHAT},
        },
    )
    return hooks


def _hook(client: Client, source: str) -> Hook:
    made = client.post(f"/v1/hooks/{source}/secrets", {})
    return Hook(f"{client.url}{made['links']['hook']}", made["secret"])


def _told(client: Client, subscription: dict[str, Any]) -> None:
    client.post("/v1/subscriptions", subscription)
