"""Acts on subscriptions and deliveries in tests, at the time that a test says."""

import json
from dataclasses import dataclass
from typing import Any

from ledger_of_jobs import add_job, end_job

from workflows.deliveries.receiver_files import Receiver as File
from workflows.deliveries.receiver_files import Signed
from workflows.deliveries.subscription import Subscription, Wish

TIME = "redis.call('TIME')"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Clock:
    """Redis' own clock, and what a test has added to it."""

    def __init__(self, redis):
        self._redis = redis

    def moved(self, text: str) -> str:
        assert text.count(TIME) == 1
        added = "(redis.call('GET', 'test:added') or 0)"
        own = f"(function() local t = {TIME} return {{t[1] + {added}, t[2]}} end)()"
        return text.replace(TIME, own)

    def on(self, seconds: float) -> None:
        self._redis.incrby("test:added", int(seconds))


@dataclass
class Outgoing:
    ledger: Any
    deliveries: Any
    files: Any
    deliverer: Any
    receiver: Any
    clock: Any

    def subscribe(self, name="board", *, notifier="webhook", url=None, settings=None, **wish):
        self.files.write(name, File(url or self.receiver.url, (Signed(SECRET),)))
        found = Subscription(name, notifier, "127.0.0.1", Wish(**wish), settings or {})
        self.deliveries.add(found)
        return found

    def job(self, job="j1", *, cluster="prod", **more):
        add_job(self.ledger, job, cluster=cluster, **more)
        return job

    def end(self, job="j1"):
        end_job(self.ledger, job)

    def tick(self) -> int:
        """Hand out and deliver what is due now."""
        for _ in range(20):
            if not self.deliveries.hand_out("test:queue", "t"):
                break
        return self.deliverer.run("t")

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(got.body) for got in self.receiver.got]

    @property
    def types(self) -> list[str]:
        return [row["type"].removeprefix("io.clusterwright.") for row in self.told]
