"""What the inventory and the request tell when a change is planned, a topic a file.

The page of the findings has them in this order.
"""

from cluster.catalogue.planned.hosts import HOSTS
from cluster.catalogue.planned.leaving import LEAVING
from cluster.catalogue.planned.quorum import QUORUM
from cluster.catalogue.planned.records import RECORDS
from cluster.catalogue.planned.renewing import RENEWING
from cluster.catalogue.planned.shape import SHAPE
from cluster.catalogue.planned.upgrades import UPGRADES
from cluster.catalogue.planned.waiting import WAITING

PLANNED = (
    *RECORDS,
    *QUORUM,
    *LEAVING,
    *UPGRADES,
    *WAITING,
    *RENEWING,
    *HOSTS,
    *SHAPE,
)
