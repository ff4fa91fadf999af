"""Subscriptions: who is told of what happens, what was delivered, and what was not."""

from typing import Any

from flask import Response, url_for
from marshmallow import ValidationError

from api import subscription_acts
from api.access.acts import note
from api.access.principal import principal
from api.backend import backend
from api.description.subscription_answers import (
    MadeSubscriptionSchema,
    RotatedSecretSchema,
    SubscriptionListSchema,
    SubscriptionSchema,
    TrialSchema,
)
from api.description.subscription_requests import (
    RotateSecretSchema,
    SubscriptionChangeSchema,
    SubscriptionRequestSchema,
    check_settings,
)
from api.http.blueprint import Blueprint, invalid
from api.http.documents import document
from api.http.pointers import pointers
from workflows.access import Permission
from workflows.deliveries.receiver_files import Receiver, Signed, new_secret
from workflows.deliveries.subscription import Subscription
from workflows.moments import rfc3339
from workflows.notifiers.apprise_services import BadReceiver
from workflows.notifiers.urls import host_of
from workflows.notifiers.webhook import LONGEST_KEY, SHORTEST_KEY, is_key

SIGNING = "webhook"
"""The kind of receiver whose secret is made here."""
HOUR_SECONDS = 3600
EXAMPLE = {
    "name": "board",
    "url": "https://board.example.org/hooks/clusterwright",
    "clusters": "prod*",
    "events": ["job.succeeded", "job.failed", "job.stuck"],
}

bp = Blueprint("subscriptions", __name__, url_prefix="/v1", description="Who is told of events")


def subscription_body(subscription: Subscription) -> dict[str, Any]:
    """Return a subscription as it is told, with how it fares."""
    standing = backend().deliveries.standing(subscription.name)
    here = url_for("subscriptions.show_subscription", name=subscription.name)
    return {
        "name": subscription.name,
        "notifier": subscription.notifier,
        "receiver": subscription.host,
        "state": standing.state,
        "because": standing.disabled,
        **subscription.wish.as_dict(),
        "settings": dict(subscription.settings),
        "created": standing.created,
        "created_time": rfc3339(standing.created),
        "created_by": subscription.by,
        "waiting": standing.waiting,
        "dead": standing.dead,
        "dropped": standing.dropped,
        "last_delivered": standing.last_done,
        "last_delivered_time": rfc3339(standing.last_done),
        "last_error": standing.last_error,
        "links": {"self": here, "deliveries": f"{here}/deliveries"},
    }


@bp.get("/subscriptions", needs=Permission.ADMIN)
@bp.response(200, SubscriptionListSchema, description="Every subscription")
def list_subscriptions() -> Response:
    """List the subscriptions by their names, and how each fares."""
    return document(
        {"subscriptions": [subscription_body(each) for each in backend().deliveries.all()]}
    )


@bp.post("/subscriptions", needs=Permission.ADMIN)
@bp.arguments(SubscriptionRequestSchema, example=EXAMPLE)
@bp.response(201, MadeSubscriptionSchema, description="It is told of what happens from now on")
def add_subscription(body: dict[str, Any]) -> Response:
    """Have a receiver told of what happens from now on.

    Deliveries to a webhook are signed as Standard Webhooks have it; the secret is told this once.
    Its address and its secrets stand in a file of the data directory, and nowhere else.
    """
    subscription = Subscription(
        name=body["name"],
        notifier=body["notifier"],
        host=_host(body["notifier"], body["url"]),
        wish=body["wish"],
        settings=body["settings"],
        by=principal().id,
    )
    _check_secret(subscription.notifier, body.get("secret"))
    made = "" if body.get("secret") or subscription.notifier != SIGNING else new_secret()
    secret = made or body.get("secret")
    receiver = Receiver(body["url"], (Signed(secret),) if secret else ())
    subscription_acts.add(subscription, receiver)
    response = document(subscription_body(subscription) | {"secret": made or None}, status=201)
    response.headers["Location"] = url_for(
        "subscriptions.show_subscription", name=subscription.name
    )
    return response


def _host(notifier: str, url: str) -> str:
    """Return what may be shown of an address. Raises the problem of one that is none."""
    try:
        return host_of(notifier, url)
    except BadReceiver as error:
        raise invalid([{"pointer": "/url", "detail": str(error)}]) from None


def _check_secret(notifier: str, secret: str | None) -> None:
    """Raise the problem of a secret that nothing can be signed with."""
    if secret and notifier == SIGNING and not is_key(secret):
        detail = (
            f"cannot sign with this secret: it is whsec_ and the base64 of {SHORTEST_KEY} to "
            f"{LONGEST_KEY} bytes; leave it out, and one is made here"
        )
        raise invalid([{"pointer": "/secret", "detail": detail}])


@bp.get("/subscriptions/<name>", needs=Permission.ADMIN)
@bp.response(200, SubscriptionSchema, description="The subscription")
def show_subscription(name: str) -> Response:
    """Show one subscription, and how it fares."""
    return document(subscription_body(backend().deliveries.one(name)))


@bp.patch("/subscriptions/<name>", needs=Permission.ADMIN)
@bp.arguments(SubscriptionChangeSchema(partial=True), example={"events": ["job.*", "cluster.free"]})
@bp.response(200, SubscriptionSchema, description="It is told of that from now on")
def change_subscription(values: dict[str, Any], name: str) -> Response:
    """Have a receiver told of other events; what is left out stays.

    What waits for it is sent all the same. Its address is another receiver: that is added anew.
    """
    settings = values.pop("settings", None)
    try:
        if settings is not None:
            check_settings(backend().deliveries.one(name).notifier, settings)
    except ValidationError as error:
        raise invalid(pointers(error.messages, SubscriptionChangeSchema())) from None
    return document(subscription_body(subscription_acts.change(name, values, settings)))


@bp.delete("/subscriptions/<name>", needs=Permission.ADMIN)
@bp.response(204, description="The receiver is told nothing any more")
def remove_subscription(name: str) -> Response:
    """Remove a subscription with its deliveries, its address and its secrets."""
    subscription_acts.remove(name)
    return Response(status=204)


@bp.post("/subscriptions/<name>/test", needs=Permission.ADMIN)
@bp.response(200, TrialSchema, description="What the receiver answered")
def try_subscription(name: str) -> Response:
    """Send a test event now, signed as any other, and tell what was answered.

    It is sent once; nothing of it is kept.
    """
    trial = subscription_acts.try_receiver(name)
    return document(
        {
            "delivered": trial.is_done,
            "status": trial.status,
            "because": trial.because,
            "seconds": trial.seconds,
        }
    )


@bp.post("/subscriptions/<name>/rotate", needs=Permission.ADMIN)
@bp.arguments(RotateSecretSchema, required=False, example={"overlap_hours": 24})
@bp.response(200, RotatedSecretSchema, description="The new secret; it is told this once")
def rotate_secret(body: dict[str, Any], name: str) -> Response:
    """Put a new secret in the place of a receiver's.

    For some hours deliveries are signed with both, so that the receiver may change over.
    """
    given, hours = body.get("secret"), body["overlap_hours"]
    notifier = backend().deliveries.one(name).notifier
    _check_secret(notifier, given)
    if notifier != SIGNING and not given:
        detail = f"cannot make a secret for {notifier}: it is made there; say which one is new"
        raise invalid([{"pointer": "/secret", "detail": detail}])
    secret = backend().receiver_files.rotate(name, hours * HOUR_SECONDS, given)
    note(after={"overlap_hours": hours})
    return document({"secret": None if given else secret, "overlap_hours": hours})


@bp.post("/subscriptions/<name>/enable", needs=Permission.ADMIN)
@bp.response(200, SubscriptionSchema, description="It is told of what happens from now on")
def enable_subscription(name: str) -> Response:
    """Have a receiver told again that said 410, or whose one event has come."""
    subscription_acts.enable(name)
    return document(subscription_body(backend().deliveries.one(name)))
