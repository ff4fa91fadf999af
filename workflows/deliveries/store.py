"""Subscriptions and deliveries in Redis: the ledger's script changes them, this asks it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import redis

from workflows.deliveries.schedule import ATTEMPTS
from workflows.deliveries.subscription import (
    Delivery,
    DeliveryState,
    Standing,
    Subscription,
    moment,
)
from workflows.ledger.functions import LedgerFunctions
from workflows.ledger.kept import as_json
from workflows.step_records import pairs

LEASE_SECONDS = 45.0
"""How long a delivery is held by whoever sends it: three times the longest request."""
PATIENCE_SECONDS = 60.0
"""How long a deliverer may take to begin before another is wanted in its place."""
MOST_DELIVERERS = 2
"""At one time: a receiver that hangs holds few of the processes that carry out steps."""
MOST_SUBSCRIPTIONS = 200
LOST = "cannot tell the receiver: whoever sent this was lost at its last attempt; replay it"
SUBSCRIPTIONS = "cw:subscriptions"
OUTCOMES = ("done", "failed", "dead", "dropped")
"""What is counted of deliveries: attempts that arrived or failed, and what never will arrive."""


class SubscriptionNotFound(Exception):
    """No subscription has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"cannot find subscription {name[:64]}: clusterwright subscriptions list has all"
        )


class SubscriptionRefused(Exception):
    """A subscription cannot be added."""


class DeliveryNotFound(Exception):
    """No delivery has that id; those that arrived are not kept for ever."""

    def __init__(self, delivery_id: str) -> None:
        super().__init__(
            f"cannot find delivery {delivery_id[:64]}: clusterwright subscriptions deliveries NAME "
            "lists those that are kept"
        )


class NotReplayed(Exception):
    """Only what was given up can be sent anew."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is to be sent now, with the fencing token of whoever sends it."""

    delivery: Delivery
    subscription: Subscription
    kept: Mapping[str, str]
    """What former news of the same job have left."""
    token: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: ``done``, ``retry``, ``dead`` or ``gone``."""

    word: str
    error: str = ""
    after: float = 0.0
    """Seconds until the next attempt."""
    quiet: float | None = None
    """Seconds for which the receiver wants to be left alone."""
    keep: Mapping[str, str] | None = None


class Deliveries:
    """Asks the script for every transition; reads subscriptions and deliveries."""

    def __init__(self, client: redis.Redis, functions: LedgerFunctions) -> None:
        self.redis, self._functions = client, functions

    def _ask(self, op: str, **args: Any) -> Any:
        return self._functions.ask(as_json({"op": op} | args))

    # Subscriptions

    def add(self, subscription: Subscription) -> None:
        """Store one; it is told of what happens from now on. Raises ``SubscriptionRefused``."""
        name, record = subscription.name, subscription.as_json()
        answer = self._ask("add_subscription", name=name, record=record, most=MOST_SUBSCRIPTIONS)
        if answer == "known":
            raise SubscriptionRefused(
                f"cannot add subscription {name}: there is one; choose another name, or remove it "
                f"with clusterwright subscriptions remove {name}"
            )
        if answer == "full":
            raise SubscriptionRefused(
                f"cannot add subscription {name}: there are {MOST_SUBSCRIPTIONS}, and no more are "
                "kept; remove one with clusterwright subscriptions remove NAME"
            )

    def change(self, name: str, to: Callable[[Subscription], Subscription]) -> Subscription:
        """Put what ``to`` makes of a subscription in its place, and return that.

        ``to`` is asked again where somebody has changed it meanwhile. Raises
        ``SubscriptionNotFound``.
        """
        while True:
            text: Any = self.redis.hget(SUBSCRIPTIONS, name)
            if not text:
                raise SubscriptionNotFound(name)
            after = to(Subscription.from_json(name, text))
            args = {"former": text, "record": after.as_json()}
            if self._ask("change_subscription", name=name, **args) == "ok":
                return after

    def remove(self, name: str) -> None:
        """Forget one with its deliveries. Raises ``SubscriptionNotFound``."""
        if self._ask("remove_subscription", name=name) == "unknown":
            raise SubscriptionNotFound(name)

    def enable(self, name: str) -> None:
        """Have one told again that is disabled or spent. Raises ``SubscriptionNotFound``."""
        if self._ask("enable_subscription", name=name) == "unknown":
            raise SubscriptionNotFound(name)

    def one(self, name: str) -> Subscription:
        """Return one. Raises ``SubscriptionNotFound``."""
        text: Any = self.redis.hget(SUBSCRIPTIONS, name)
        if not text:
            raise SubscriptionNotFound(name)
        return Subscription.from_json(name, text)

    def all(self) -> list[Subscription]:
        """Return all, by their names."""
        rows: Any = self.redis.hgetall(SUBSCRIPTIONS)
        return [Subscription.from_json(name, text) for name, text in sorted(rows.items())]

    def standing(self, name: str) -> Standing:
        """Return how one fares."""
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(f"cw:subscription:{name}")
            pipe.scard(f"cw:deliveries:waiting:{name}")
            pipe.llen(f"cw:deliveries:dead:{name}")
            row, waiting, dead = pipe.execute()
        return Standing(
            created=moment(row.get("created")) or 0.0,
            disabled=row.get("disabled", ""),
            is_spent="spent" in row,
            waiting=waiting,
            dead=dead,
            dropped=int(row.get("dropped", 0)),
            last_done=moment(row.get("last_done")),
            last_error=row.get("last_error", ""),
        )

    def deliveries(self, name: str, state: DeliveryState | None = None) -> list[Delivery]:
        """Return those of a subscription that are kept, or those of a state, newest first."""
        found: list[str] = []
        if state in {None, DeliveryState.WAITING}:
            waiting: Any = self.redis.smembers(f"cw:deliveries:waiting:{name}")
            found.extend(waiting)
        for ended in (DeliveryState.DONE, DeliveryState.DEAD):
            if state in {None, ended}:
                ids: Any = self.redis.lrange(f"cw:deliveries:{ended}:{name}", 0, -1)
                found.extend(ids)
        with self.redis.pipeline(transaction=False) as pipe:
            for delivery_id in found:
                pipe.hgetall(f"cw:delivery:{delivery_id}")
            rows = [Delivery.from_row(row) for row in pipe.execute() if row]
        return sorted(rows, key=lambda row: (row.created, row.job, row.seq), reverse=True)

    def delivery(self, delivery_id: str) -> Delivery:
        """Return one. Raises ``DeliveryNotFound``."""
        row: Any = self.redis.hgetall(f"cw:delivery:{delivery_id}")
        if not row:
            raise DeliveryNotFound(delivery_id)
        return Delivery.from_row(row)

    def replay(self, delivery_id: str) -> None:
        """Send a delivery anew that was given up. Raises ``DeliveryNotFound``, ``NotReplayed``."""
        answer = self._ask("replay", delivery=delivery_id)
        if answer == "unknown":
            raise DeliveryNotFound(delivery_id)
        if answer == "disabled":
            name = self.delivery(delivery_id).subscription
            raise NotReplayed(
                f"cannot replay delivery {delivery_id}: subscription {name} is disabled; enable it "
                f"first with clusterwright subscriptions enable {name}"
            )
        if answer != "ok":
            raise NotReplayed(
                f"cannot replay delivery {delivery_id}: it is {answer}, and only a dead one is "
                "sent anew"
            )

    # Sending

    def hand_out(self, queue: str, ticket: str) -> bool:
        """Make deliveries of what has happened; return whether a deliverer is wanted now.

        ``queue`` is the key of the list in which its message would wait.
        """
        args = {"queue": queue, "most": MOST_DELIVERERS, "patience": PATIENCE_SECONDS * 1000}
        return bool(self._ask("hand_out", ticket=ticket, **args))

    def next(self, ticket: str, merging: Collection[str] = ()) -> Claimed | None:
        """Claim the delivery that is due longest, or return ``None``.

        Of the kinds of receivers in ``merging`` only the newest news of a job is told.
        """
        args: dict[str, Any] = {"lease": LEASE_SECONDS * 1000, "most": ATTEMPTS, "lost": LOST}
        args["merging"] = dict.fromkeys(merging, True)
        answer = self._ask("next_delivery", ticket=ticket, **args)
        if not answer:
            return None
        row, record = pairs(answer[0]), answer[1]
        subscription = Subscription.from_json(row["subscription"], record)
        return Claimed(Delivery.from_row(row), subscription, pairs(answer[2]), row["token"])

    def attempted(self, claimed: Claimed, outcome: Outcome) -> bool:
        """Note what became of an attempt; return whether the claim still held."""
        answer = self._ask(
            "attempted",
            delivery=claimed.delivery.id,
            token=claimed.token,
            outcome=outcome.word,
            error=outcome.error,
            after=int(outcome.after * 1000),
            keep=dict(outcome.keep or {}),
            **({} if outcome.quiet is None else {"quiet": int(outcome.quiet * 1000)}),
        )
        return bool(answer == "ok")

    def deliverer_left(self, ticket: str) -> None:
        """Note that a deliverer has ended."""
        self._ask("deliverer_left", ticket=ticket)
