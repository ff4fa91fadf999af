"""What a credential of a cluster may be: for which role, and for how many minutes. Pure."""

ROLES = ("view", "edit", "admin", "cluster-admin")
"""Cluster roles that every Kubernetes brings, the least first."""
WHOLE = "cluster-admin"
"""The role that may do everything, as anybody may where an API server does not know roles."""
LEAST_MINUTES, USUAL_MINUTES, MOST_MINUTES = 10, 480, 1440
LONGEST = 4096
"""Signs of a request in Base64."""


def group_of(role: str) -> str:
    """Return the group that a role is bound to."""
    return f"clusterwright:{role}"
