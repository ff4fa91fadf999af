"""What is done with subscriptions, by the API and on the page; each act notes what it changes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.access.acts import note
from api.backend import backend
from workflows.deliveries.receiver_files import Receiver
from workflows.deliveries.subscription import DeliveryState, Subscription
from workflows.deliveries.trial import ListeningPost, Trial, try_out


def told(subscription: Subscription) -> dict[str, Any]:
    """Return what the audit log keeps of a subscription; its address may be a secret."""
    wish = subscription.wish.as_dict()
    found = {"notifier": subscription.notifier, "receiver": subscription.host}
    return found | {name: value for name, value in wish.items() if value not in ("", [], False)}


def add(subscription: Subscription, receiver: Receiver) -> None:
    """Store a subscription, and its address and secret in a file. Raises as the store does."""
    backend().deliveries.add(subscription)
    try:
        backend().receiver_files.write(subscription.name, receiver)
    except OSError:
        backend().deliveries.remove(subscription.name)
        raise
    note(object=f"subscription {subscription.name}", after=told(subscription))


def change(name: str, wish: Mapping[str, Any], settings: Mapping[str, str] | None) -> Subscription:
    """Have a receiver told of other events, or otherwise; what is left out stays."""
    before = backend().deliveries.one(name)

    def changed(found: Subscription) -> Subscription:
        kept = found.settings if settings is None else settings
        return replace(found, wish=replace(found.wish, **wish), settings=kept)

    after = backend().deliveries.change(name, changed)
    note(before=told(before), after=told(after))
    return after


def remove(name: str) -> None:
    """Forget a subscription with its deliveries, its address and its secrets."""
    before = backend().deliveries.one(name)
    backend().deliveries.remove(name)
    backend().receiver_files.remove(name)
    note(before=told(before))


def enable(name: str) -> None:
    """Have a receiver told again that said 410, or whose one event has come."""
    before = backend().deliveries.standing(name)
    backend().deliveries.enable(name)
    after = backend().deliveries.standing(name)
    note(before={"state": before.state}, after={"state": after.state})


def try_receiver(name: str) -> Trial:
    """Send a test event now, and return what was answered."""
    subscription = backend().deliveries.one(name)
    receiver = backend().receiver_files.read(name)
    trial = try_out(subscription, receiver, ListeningPost(backend().settings.receiver_networks))
    note(after={"delivered": trial.is_done})
    return trial


def replay(delivery_id: str) -> None:
    """Send a delivery anew that was given up."""
    backend().deliveries.replay(delivery_id)
    delivery = backend().deliveries.delivery(delivery_id)
    note(object=f"subscription {delivery.subscription}", after={"delivery": delivery_id})


def replay_all(name: str) -> int:
    """Send everything anew that was given up for a receiver, the oldest first; return how many."""
    backend().deliveries.one(name)
    dead = backend().deliveries.deliveries(name, DeliveryState.DEAD)
    for delivery in reversed(dead):
        backend().deliveries.replay(delivery.id)
    note(after={"deliveries": len(dead)})
    return len(dead)
