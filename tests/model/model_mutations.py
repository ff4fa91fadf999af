"""Rules of the script broken on purpose, each with the property that has to notice it."""

from approval_mutations import APPROVAL_MUTATIONS
from closing_mutations import CLOSING_MUTATIONS
from host_mutations import HOST_MUTATIONS
from step_mutations import STEP_MUTATIONS
from turn_mutations import TURN_MUTATIONS
from waiting_mutations import WAITING_MUTATIONS

MUTATIONS = (
    *CLOSING_MUTATIONS,
    *APPROVAL_MUTATIONS,
    *WAITING_MUTATIONS,
    *TURN_MUTATIONS,
    *STEP_MUTATIONS,
    *HOST_MUTATIONS,
)
