"""Proposes what would mend a cluster that a schedule has seen changed; a person decides."""

import logging

from workflows.inventory import ClusterNotFound, Inventory
from workflows.ledger.ledger import Ledger
from workflows.schedules.firing import NOT_DONE, principal_of
from workflows.schedules.mending import mending
from workflows.submit import submit

CHANGED = "cw:changed-clusters"
"""Each member is a cluster and, after a space, the schedule that saw it changed."""
logger = logging.getLogger(__name__)


def propose(ledger: Ledger, inventory: Inventory, member: str) -> list[str]:
    """Have jobs wait for a person's approval that would mend a cluster; return their ids.

    What is proposed already, and waits still, is not proposed a second time.
    """
    name, _, by = member.partition(" ")
    made = []
    try:
        cluster = inventory.cluster(name)
    except ClusterNotFound:
        cluster = None
    if cluster and cluster.observation:
        schedule = by.removeprefix("schedule:")
        for change in mending(cluster, cluster.observation, f"schedule {schedule}"):
            asks = principal_of(schedule, name, change.kind)
            try:
                made.append(submit(ledger, inventory, change, by=asks).job.id)
            except NOT_DONE as error:
                logger.info("nothing is proposed for cluster %s: %s", name, error)
    ledger.redis.zrem(CHANGED, member)
    return made
