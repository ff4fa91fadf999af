"""What each kind of sender tells, in words of our own and in its documented form.

``now`` is in seconds since 1970, and stands in what senders name an event by.
"""

import json
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

LABELS = {"alertname": "NodeDown", "cluster": "prod", "node": "n3", "severity": "critical"}


def written(document):
    return json.dumps(document).encode()


def date(now):
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def slack_command(now):
    return urlencode(
        {
            "token": "old-and-ignored",
            "team_id": "T0001",
            "team_domain": "ops",
            "channel_id": "C0001",
            "channel_name": "clusters",
            "user_id": "U0001",
            "user_name": "ada",
            "command": "/cluster",
            "text": "plan remove n2 from prod & wait",
            "response_url": "https://127.0.0.1/commands/T0001/1",
            "trigger_id": f"{int(now)}.1.abc",
            "api_app_id": "A0001",
            "is_enterprise_install": "false",
        }
    ).encode()


def slack_payload(document):
    return b"payload=" + quote(json.dumps(document)).encode()


def slack_press(now):
    return slack_payload(
        {
            "type": "block_actions",
            "token": "old-and-ignored",
            "team": {"id": "T0001"},
            "user": {"id": "U0002", "username": "bob"},
            "channel": {"id": "C0001"},
            "message": {"ts": "1700000000.000100"},
            "trigger_id": f"{int(now)}.2.def",
            "response_url": "https://127.0.0.1/actions/T0001/2",
            "actions": [{"type": "button", "action_id": "approve", "value": "job-1/digest/nonce"}],
        }
    )


def slack_dialogue(now):
    return slack_payload(
        {
            "type": "view_submission",
            "team": {"id": "T0001"},
            "user": {"id": "U0002"},
            "trigger_id": f"{int(now)}.3.ghi",
            "view": {"callback_id": "add-nodes", "state": {"values": {}}},
        }
    )


def slack_event(now):
    return written(
        {
            "type": "event_callback",
            "token": "old-and-ignored",
            "team_id": "T0001",
            "api_app_id": "A0001",
            "event_id": f"Ev{int(now)}",
            "event_time": int(now),
            "event": {"type": "app_mention", "user": "U0001", "channel": "C0001", "text": "status"},
        }
    )


def mattermost_command(now, token):
    return urlencode(
        {
            "channel_id": "c1",
            "channel_name": "clusters",
            "command": "/cluster",
            "response_url": "http://127.0.0.1/hooks/commands/1",
            "team_domain": "ops",
            "team_id": "t1",
            "text": "status prod",
            "token": token,
            "trigger_id": f"mm{int(now)}",
            "user_id": "u1",
            "user_name": "ada",
        }
    ).encode()


def mattermost_press(context):
    return written(
        {
            "user_id": "u2",
            "user_name": "bob",
            "post_id": "p1",
            "channel_id": "c1",
            "team_id": "t1",
            "trigger_id": "mm-press",
            "context": context,
        }
    )


def teams_message(now):
    return written(
        {
            "type": "message",
            "id": f"{int(now)}000",
            "timestamp": date(now),
            "serviceUrl": "https://127.0.0.1/emea/",
            "channelId": "msteams",
            "from": {"id": "29:1", "name": "Ada", "aadObjectId": "0000-1"},
            "conversation": {"id": "19:c@thread;messageid=1"},
            "channelData": {"tenant": {"id": "tenant-1"}, "team": {"id": "team-1"}},
            "text": "<at>Clusters</at>&nbsp;plan remove n2 from prod &amp; wait\n",
        }
    )


def discord_command(now):
    return written(
        {
            "type": 2,
            "id": f"{int(now)}77",
            "application_id": "1",
            "token": "for-answering",
            "guild_id": "5",
            "channel_id": "6",
            "member": {"user": {"id": "9", "username": "ada"}, "roles": []},
            "data": {"name": "cluster", "options": [{"name": "text", "value": "status prod"}]},
        }
    )


def github_push(now):
    return written(
        {
            "ref": "refs/heads/main",
            "after": f"{int(now):040x}",
            "repository": {"id": 1, "full_name": "ops/clusters"},
            "pusher": {"name": "ada"},
            "commits": [{"id": "1", "modified": ["prod.yaml"]}],
        }
    )


def gitlab_push(now):
    return written(
        {
            "object_kind": "push",
            "event_name": "push",
            "ref": "refs/heads/main",
            "checkout_sha": f"{int(now):040x}",
            "user_username": "ada",
            "project": {"id": 7, "path_with_namespace": "ops/clusters"},
        }
    )


def jira_issue(now):
    return written(
        {
            "timestamp": int(now * 1000),
            "webhookEvent": "jira:issue_updated",
            "user": {"accountId": "1", "displayName": "Ada"},
            "issue": {"id": "10", "key": "OPS-42", "fields": {"summary": "Add n4 to prod"}},
            "changelog": {
                "items": [{"field": "status", "fromString": "Open", "toString": "Approved"}]
            },
        }
    )


def jira_automation(now):
    del now
    return written({"issue": {"key": "OPS-43", "summary": "Remove n2"}, "cluster": "prod"})


def servicenow_change(now):
    return written(
        {
            "event": "change_request.approved",
            "number": "CHG0030001",
            "sys_id": f"{int(now):032x}",
            "state": "scheduled",
            "variables": {"cluster": "prod", "host": "n4"},
        }
    )


def glpi_ticket(now):
    return written(
        {
            "event": "update",
            "item": {
                "id": 118,
                "name": "Ajouter n4 à prod",
                "status": {"id": 2, "name": "En cours"},
                "date_mod": date(now),
            },
        }
    )


def zammad_ticket(now):
    return written(
        {
            "ticket": {
                "id": 81,
                "number": "31081",
                "title": "Add n4 to prod",
                "updated_at": date(now),
                "state": {"name": "open"},
            },
            "article": {"id": 204, "body": "please", "internal": False},
        }
    )


def zendesk_event(now):
    return written(
        {
            "type": "zen:event-type:ticket.status_changed",
            "id": f"01{int(now)}",
            "account_id": 1,
            "subject": "zen:ticket:35436",
            "time": date(now),
            "detail": {"id": "35436", "status": "OPEN", "subject": "Add n4 to prod"},
            "event": {"current": "OPEN", "previous": "NEW"},
        }
    )


def pagerduty_incident(now, kind="incident.triggered"):
    return written(
        {
            "event": {
                "id": f"01EV{int(now)}",
                "event_type": kind,
                "resource_type": "incident",
                "occurred_at": date(now),
                "agent": {"id": "PUSER1", "type": "user_reference"},
                "client": None,
                "data": {
                    "id": "PINC01",
                    "type": "incident",
                    "number": 2,
                    "title": "n3 of prod is down",
                    "status": "triggered",
                    "service": {"id": "PSVC01", "summary": "prod"},
                },
            }
        }
    )


def _alert(now, status, fingerprint):
    return {
        "status": status,
        "labels": LABELS,
        "annotations": {"summary": "n3 has been away for 5 minutes"},
        "startsAt": date(now - 300),
        "endsAt": date(now) if status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph",
        "fingerprint": fingerprint,
    }


def alerts(now, *, version="4", statuses=("firing", "resolved")):
    told = [_alert(now, status, f"fp{place}") for place, status in enumerate(statuses)]
    return written(
        {
            "version": version,
            "groupKey": '{}:{alertname="NodeDown"}',
            "truncatedAlerts": 0,
            "status": statuses[0],
            "receiver": "clusterwright",
            "groupLabels": {"alertname": "NodeDown"},
            "commonLabels": LABELS,
            "commonAnnotations": {},
            "externalURL": "http://127.0.0.1:9093",
            "alerts": told,
        }
    )


def standard_event(now):
    return written({"type": "ticket.approved", "timestamp": date(now), "data": {"cluster": "prod"}})


def cloud_event(now, **attributes):
    return {
        "specversion": "1.0",
        "id": f"e{int(now)}",
        "source": "/inventory/racks",
        "type": "example.inventory.host.added",
        "subject": "hosts/n4",
        "time": date(now),
        "datacontenttype": "application/json",
        "data": {"host": "n4", "cluster": "prod"},
    } | attributes


def generic_event(now):
    return written(
        {"type": "backup.finished", "subject": "prod", "finished": int(now), "cluster": "prod"}
    )
