"""Subscriptions on the page: how each fares; test, enable and remove them, send anew what is dead.

They are added on the command line or by the API: an address may be a secret, and so may stand in
no form that a browser remembers.
"""

from flask import Response

from api import subscription_acts
from api.backend import backend
from api.deliveries import delivery_body
from api.page.blueprint import bp
from api.page.places import see_other
from api.page.rendering import page
from api.subscriptions import subscription_body
from workflows.access import Permission
from workflows.deliveries.subscription import DeliveryState
from workflows.deliveries.trial import Trial

SHOWN = 5
"""Dead deliveries of a subscription, the newest."""
PLACE = "/subscriptions"


@bp.get("/subscriptions", needs=Permission.ADMIN)
def list_subscriptions() -> Response:
    """List the subscriptions, with what each has not been told."""
    return _list()


@bp.post("/subscriptions/<name>/test", needs=Permission.ADMIN)
def try_subscription(name: str) -> Response:
    """Send a test event now, and show what the receiver answered."""
    return _list(name, subscription_acts.try_receiver(name))


@bp.post("/subscriptions/<name>/replay", needs=Permission.ADMIN)
def replay_subscription(name: str) -> Response:
    """Send everything anew that was given up."""
    subscription_acts.replay_all(name)
    return see_other(PLACE)


@bp.post("/subscriptions/<name>/enable", needs=Permission.ADMIN)
def enable_subscription(name: str) -> Response:
    """Have a receiver told again."""
    subscription_acts.enable(name)
    return see_other(PLACE)


@bp.post("/subscriptions/<name>/remove", needs=Permission.ADMIN)
def remove_subscription(name: str) -> Response:
    """Tell a receiver nothing any more."""
    subscription_acts.remove(name)
    return see_other(PLACE)


def _list(tried: str = "", trial: Trial | None = None) -> Response:
    rows = [subscription_body(each) for each in backend().deliveries.all()]
    dead = {
        row["name"]: list(
            map(delivery_body, backend().deliveries.deliveries(row["name"], DeliveryState.DEAD))
        )[:SHOWN]
        for row in rows
        if row["dead"]
    }
    return page("subscriptions.html", rows=rows, dead=dead, tried=tried, trial=trial)
