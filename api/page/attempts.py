"""How often an address has failed to sign in."""

from typing import Any

import redis

from api.problems import Problem

MOST = 10
WITHIN_SECONDS = 60


class Attempts:
    """Counts the failures of one address; a token's 256 bits need no more than this."""

    def __init__(self, client: redis.Redis, address: str) -> None:
        self.redis, self.key = client, f"cw:sign-in:{address}"

    def check(self) -> None:
        """Refuse another attempt after too many failures."""
        failures: Any = self.redis.get(self.key)
        if int(failures or 0) < MOST:
            return
        left: Any = self.redis.ttl(self.key)
        wait = str(max(left, 1))
        raise Problem(
            "too-many-attempts",
            f"cannot sign in: {failures} attempts from this address have failed; "
            f"try again in {wait} s",
            headers={"Retry-After": wait},
        )

    def failed(self) -> None:
        """Count one failure; the first one begins the time that is looked at."""
        with self.redis.pipeline() as pipe:
            pipe.set(self.key, 0, nx=True, ex=WITHIN_SECONDS)
            pipe.incr(self.key)
            pipe.execute()
