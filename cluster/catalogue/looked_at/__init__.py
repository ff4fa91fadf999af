"""What hosts and the network between them tell when they are looked at, a topic a file.

The page of the findings has them in this order.
"""

from cluster.catalogue.looked_at.clusters import CLUSTERS
from cluster.catalogue.looked_at.machines import MACHINES
from cluster.catalogue.looked_at.network import NETWORK

LOOKED_AT = (*MACHINES, *NETWORK, *CLUSTERS)
