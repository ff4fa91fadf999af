"""Every finding that there is: its codes, how grave it is, and what it says. Pure.

``docs/findings.md`` is written from it, and what a request may ``accept`` is checked against it.

``planned``: what the inventory and the request tell.
``looked_at``: what hosts and the network between them tell.
``there_already``: what a host has of MicroK8s before a job.
``adopted``: what is found of hosts that are thought to be all the nodes of a cluster.
``left``: what a job leaves behind where it rests before its end.
"""

from cluster.catalogue.adopted import ADOPTED
from cluster.catalogue.left import LEFT
from cluster.catalogue.looked_at import LOOKED_AT
from cluster.catalogue.planned import PLANNED
from cluster.catalogue.there_already import THERE_ALREADY
from cluster.findings import Severity

CATALOGUE = (*PLANNED, *LOOKED_AT, *THERE_ALREADY, *ADOPTED, *LEFT)
OVERRIDABLE = frozenset(code for entry in CATALOGUE if entry.acceptable for code in entry.codes)
"""Codes of refusals that a request may override by naming them in ``accept``."""
ACCEPTABLE = OVERRIDABLE | {
    code for entry in CATALOGUE if entry.severity is not Severity.REFUSE for code in entry.codes
}
"""What ``accept`` may name: warnings and notes too, which need it not, to say they were seen."""
