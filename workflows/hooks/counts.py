"""How many events came in, by sender and by what became of them."""

import redis

from workflows.ledger.tallies import TALLIES

WORD = "hook"
"""What the fields of these counts begin with."""
OUTCOMES = ("job", "ignored", "refused", "unreadable", "unsigned", "unknown")
"""What may become of an event, or of a request that claims to tell of one."""


def count(client: redis.Redis, sender: str, outcome: str, number: int = 1) -> None:
    """Count some alike; the sender is one of the rules, so that the counts are bounded."""
    client.hincrby(TALLIES, f"{WORD}|{sender}|{outcome}", number)
