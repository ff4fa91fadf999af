"""``issue-kubeconfig``: have the authority of a cluster sign for hours who somebody is."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from cluster.credentials import (
    LEAST_MINUTES,
    LONGEST,
    MOST_MINUTES,
    ROLES,
    USUAL_MINUTES,
    WHOLE,
)
from cluster.findings import Finding, refusal
from cluster.spec import Cluster
from workflows import steps
from workflows.access import Permission
from workflows.plan import Draft, Kind, Lock, Milder, Scope

LOOKS = "view"
"""The role that looks at most objects, at no secret, and changes nothing."""
EXAMPLE = (
    "MIIBAjCBqAIBADBGMSQwIgYDVQQKDBtjbHVzdGVyd3JpZ2h0OmNsdXN0ZXItYWRtaW4xHjAcBgNVBAMMFWNsdXN0"
    "ZXJ3cmlnaHQ6ZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBbNfJD6Naoqx2EmIauhaRN8ndDGTlR8"
    "FPabUXcbcZIODLgw5JJFT1ElFSS3SMTHV20CyMkMZ75VwZiOX+f1hi+gADAKBggqhkjOPQQDAgNJADBGAiEAntJ6"
    "28V3pIBAzlqZlQnnwnB/hUHB8ytloQ4uxUCQOmMCIQDJ7LZtAI24QevdC9leJQZ2A1lKIXmZLqrUHkfTRPVepQ=="
)
"""A request whose key nobody has."""


class IssueKubeconfigSchema(Schema):
    """What an ``issue-kubeconfig`` request says."""

    request = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST),
        metadata={
            "description": "The request for a certificate (PKCS #10, DER in Base64), whose key "
            "stays where it was made: clusterwright clusters kubeconfig makes both"
        },
    )
    role = fields.String(
        load_default=LOOKS,
        validate=validate.OneOf(ROLES),
        metadata={"description": "What it may be used for: a role that every Kubernetes brings"},
    )
    minutes = fields.Integer(
        strict=True,
        load_default=USUAL_MINUTES,
        validate=validate.Range(LEAST_MINUTES, MOST_MINUTES),
        metadata={"description": "For how many minutes; it cannot be taken back before"},
    )

    @validates_schema
    def _asks_for_the_role(self, data: dict[str, Any], **_: Any) -> None:
        # Every process knows every kind, and what reads certificates takes 8 MiB.
        from cluster.signing_requests import read_request

        try:
            wanted = read_request(data["request"])
        except ValueError as error:
            message = f"cannot use the request: {error}"
            raise ValidationError(message, "request") from error
        if wanted.role != data["role"]:
            raise ValidationError(
                f"cannot use the request: it is for the role {wanted.role}, and {data['role']} is "
                "asked for",
                "request",
            )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Ask through a control plane node that was seen to answer, where there is one."""
    cluster = scope.there
    seen = cluster.observation
    dead = {row.host for row in seen.dead()} if seen else set()
    host = min(cluster.control_plane, key=lambda name: name in dead)
    step = steps.issue_credential(
        cluster,
        host,
        role=params["role"],
        request=params["request"],
        minutes=params["minutes"],
    )
    return Draft((step,), tuple(_roles(cluster, params["role"])))


def _roles(cluster: Cluster, role: str) -> Iterator[Finding]:
    if role != WHOLE and "rbac" not in cluster.addons:
        yield refusal(
            "roles-unknown",
            f"cluster {cluster.name} has no addon rbac that Clusterwright knows of: its API server "
            f"asks for no roles, so that whoever is to {role} could do everything",
            f"enable it: clusterwright change set-addons {cluster.name} --enable rbac; or ask for "
            f"the role {WHOLE}, which says what it is; if rbac was enabled by hand, accept "
            "roles-unknown",
            field="/params/role",
            acceptable=True,
        )


KIND = Kind(
    name="issue-kubeconfig",
    summary="Sign a short-lived credential for a key that stays where it was made",
    schema=IssueKubeconfigSchema,
    plan=plan,
    lock=Lock.SHARED,
    permission=Permission.DESTROY,
    # Who may only look reads no secret and changes nothing: whoever changes the cluster may that.
    milder=Milder("role", (LOOKS,), Permission.CHANGE),
    example={"request": EXAMPLE, "role": "cluster-admin"},
    given={"prod": {"control_plane": ["n1"]}},
)
