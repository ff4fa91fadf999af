"""How often an address has failed to sign in."""

import redis

from api.http.problems import Problem

MOST = 10
WITHIN_SECONDS = 60


class Attempts:
    """Counts the failures of one address; a token's 256 bits need no more than this."""

    def __init__(self, client: redis.Redis, address: str) -> None:
        self.redis, self.key = client, f"cw:sign-in:{address}"

    def failed(self) -> None:
        """Count one failure; refuse it as one too many where it is.

        Counting and looking are one step, so that attempts at the same moment are all counted.
        A valid token is never counted, so nobody can lock others out.
        """
        with self.redis.pipeline() as pipe:
            pipe.set(self.key, 0, nx=True, ex=WITHIN_SECONDS)
            pipe.incr(self.key)
            pipe.ttl(self.key)
            _, failures, left = pipe.execute()
        if failures <= MOST:
            return
        wait = str(max(left, 1))
        raise Problem(
            "too-many-attempts",
            f"cannot sign in: the token is not known, and {failures} attempts from this address "
            f"have failed; a valid token is still taken, another wrong one not before {wait} s",
            headers={"Retry-After": wait},
        )
