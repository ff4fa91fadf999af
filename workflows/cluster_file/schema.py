"""The fields of a cluster's file; pure."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from cluster.addon_names import each_once
from cluster.names import (
    DNS_LABEL,
    HOST_KEY,
    KEYS,
    Addon,
    Address,
    Channel,
    HostName,
    Labels,
    Pattern,
    at_most,
    longest,
    taints_field,
)
from cluster.spec import Environment, Role
from workflows.kinds.create_cluster import MOST_ADDONS, MOST_NODES

VERSION = "clusterwright/v1"
"""What a file of this form says as its ``apiVersion``."""


class NodeSchema(Schema):
    """What a file says of one host."""

    class Meta:
        """Said aloud for the schema that editors read."""

        unknown = RAISE

    role = fields.Enum(
        Role, by_value=True, required=True, metadata={"description": "What it does in the cluster"}
    )
    address = Address(metadata={"description": "The SSH address that the inventory has to have"})
    host_key = Pattern(
        HOST_KEY,
        "a host key is type and base64, as ssh-keyscan prints it, without the address",
        metadata={"description": "The pinned SSH host key that the inventory has to have"},
    )
    labels = Labels(load_default=dict)
    taints = taints_field(load_default=list)


class ClusterFileSchema(Schema):
    """A cluster as it is to be."""

    class Meta:
        """Said aloud for the schema that editors read."""

        unknown = RAISE

    api_version = fields.String(
        data_key="apiVersion",
        required=True,
        validate=validate.Equal(
            VERSION, error=f"cannot read a file of another form: write apiVersion: {VERSION}"
        ),
        metadata={"description": "The form of the file"},
    )
    name = HostName(required=True, metadata={"description": "The cluster's name"})
    environment = fields.Enum(
        Environment,
        by_value=True,
        required=True,
        metadata={"description": "What the cluster is for; sets how strict the findings are"},
    )
    channel = Channel(
        required=True, metadata={"description": "The snap channel that every node follows"}
    )
    addons = fields.List(
        Addon(),
        load_default=list,
        validate=[longest(MOST_ADDONS, "addons"), each_once],
        metadata={"description": "The addons that are enabled, as `name` or `name:argument`"},
    )
    hosts = fields.Dict(
        keys=HostName(),
        values=fields.Nested(NodeSchema),
        required=True,
        validate=at_most(MOST_NODES, "hosts"),
        metadata={
            "description": "The nodes by the names of their hosts; the first control plane node "
            "forms the cluster",
            "maxProperties": MOST_NODES,
            KEYS: {"pattern": f"^{DNS_LABEL.pattern}$"},
        },
    )

    @validates_schema
    def _has_a_control_plane(self, data: dict[str, Any], **_: Any) -> None:
        roles = [row.get("role") for row in data.get("hosts", {}).values()]
        if roles is not None and Role.CONTROL_PLANE not in roles:
            raise ValidationError(
                f"cannot do without a control plane node: give a host role: {Role.CONTROL_PLANE}",
                "hosts",
            )
