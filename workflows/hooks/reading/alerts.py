"""Alerts as Alertmanager and Grafana send them: several in one document; pure."""

from typing import Any

from workflows.hooks.reading.documents import (
    each_of_many,
    json_object,
    required_text,
    text_at,
)
from workflows.hooks.received import Event, Received, Unreadable

MOST_ALERTS = 1000
"""In one document."""
FIRING, RESOLVED = "firing", "resolved"


def alert_events(received: Received) -> tuple[Event, ...]:
    """Return one event for each alert, named by its fingerprint, its beginning and its status.

    An alert that fires on is sent again and again, and stays one event. Its data is the alert, with
    the rest of the document in ``group``. Raises ``Unreadable``.
    """
    document = json_object(received.body)
    alerts = document.get("alerts")
    if not isinstance(alerts, list):
        raise Unreadable("cannot read the alerts: alerts is no list; send the document as it is")
    if len(alerts) > MOST_ALERTS:
        raise Unreadable(
            f"cannot read the alerts: there are {len(alerts)}, and {MOST_ALERTS} are allowed; set "
            "max_alerts at the sender"
        )
    group = {name: value for name, value in document.items() if name != "alerts"}

    def event(alert: Any) -> Event:
        return _event(alert, group)

    return tuple(
        each_of_many(event, alert, place, len(alerts)) for place, alert in enumerate(alerts, 1)
    )


def _event(alert: Any, group: dict[str, Any]) -> Event:
    if not isinstance(alert, dict):
        raise Unreadable("cannot read an alert: it is no object; send the sender's own document")
    status = required_text(alert, "status")
    if status not in {FIRING, RESOLVED}:
        raise Unreadable(
            f"cannot read an alert: its status is {status}, and neither {FIRING} nor {RESOLVED}; "
            "send the sender's own document"
        )
    fingerprint, begun = required_text(alert, "fingerprint"), required_text(alert, "startsAt")
    return Event(
        status,
        {**alert, "group": group},
        id=f"{fingerprint}/{begun}/{status}",
        subject=text_at(alert, "labels", "alertname"),
        is_over=status == RESOLVED,
        lasts=status == FIRING,
    )
