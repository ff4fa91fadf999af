"""What answers about clusters look like."""

from marshmallow import Schema, fields

from api.description.answers import QuorumSchema
from api.description.members import (
    LinksField,
    about,
    moment_field,
    seconds_field,
    text_field,
    time_field,
    yes_or_no_field,
)
from cluster.drawing.quorum_words import Health
from cluster.spec import Environment, Phase, Topology


class SightSchema(Schema):
    """When a cluster was last seen, and its health as far as it is known now."""

    health = fields.Enum(
        Health,
        by_value=True,
        required=True,
        metadata=about(
            "By quorum and findings; unknown once the sight is stale, but bad stays bad"
        ),
    )
    stale = yes_or_no_field("Whether it was seen longer ago than CLUSTERWRIGHT_OBSERVATION_SECONDS")
    observed_at = moment_field("When it was last seen")
    observed_time = time_field("When it was last seen")
    age_seconds = seconds_field("How long ago that was; by growing it changes no entity tag")


class ClusterSchema(SightSchema):
    """What a cluster is meant to be, and how it was last seen."""

    name = text_field()
    environment = fields.Enum(Environment, by_value=True, required=True)
    topology = fields.Enum(Topology, by_value=True, required=True)
    channel = text_field("The snap channel of MicroK8s")
    control_plane = fields.List(fields.String(), required=True)
    workers = fields.List(fields.String(), required=True)
    nodes = fields.Dict(
        required=True, metadata=about("Each node's role, channel, labels and taints, by host")
    )
    coming = fields.Dict(
        required=True, metadata=about("What hosts that a job has reserved are to become")
    )
    addons = fields.List(fields.String(), required=True)
    phase = fields.Enum(Phase, by_value=True, required=True)
    revision = fields.Integer(
        required=True, metadata=about("Counts the writes of the cluster's record")
    )
    formed = yes_or_no_field("Whether a job has formed it to the end, and none takes it apart")
    backed_up_at = moment_field("When the newest backup was taken that was read to its end")
    quorum = fields.Nested(
        QuorumSchema, required=True, allow_none=True, metadata=about("As last observed")
    )
    observation = fields.Dict(
        required=True, allow_none=True, metadata=about("Nodes, members and addons as last seen")
    )
    links = LinksField()


class ClusterListSchema(Schema):
    """A page of clusters, by name."""

    clusters = fields.List(fields.Nested(ClusterSchema), required=True)
