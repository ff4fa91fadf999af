"""Which hosts and clusters there are, by name alone: what costs little however many there are."""

from typing import Any

import redis

from workflows.inventory import CLUSTERS, HOSTS
from workflows.ledger.script import text_of


class InventoryNames:
    """Names of hosts and clusters, and what is counted of them."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._free = client.register_script(text_of("free_hosts.lua"))
        self._troubled = client.register_script(text_of("troubled_clusters.lua"))

    def host_count(self) -> int:
        """Return how many hosts there are."""
        found: Any = self._redis.scard(HOSTS)
        return int(found)

    def free_hosts(self, cluster: str = "") -> list[str]:
        """Return the hosts that are in no cluster, or reserved for or nodes of this one."""
        found: Any = self._free(args=[cluster])
        return sorted(found)

    def clusters(self) -> list[str]:
        """Return the names of all clusters."""
        found: Any = self._redis.smembers(CLUSTERS)
        return sorted(found)

    def troubled_clusters(self) -> list[tuple[int, str]]:
        """Return all clusters, each behind how soon somebody has to look at it.

        That is 0 where it is led by nobody or its newest job went wrong, 1 where something was
        found or nobody has seen it yet, and 2 else.
        """
        found: Any = self._troubled()
        return sorted((int(level), str(name)) for level, name in found)
