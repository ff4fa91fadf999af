"""``label-nodes``: give nodes labels, taints and zones, or take them off."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from cluster.meanings import by_node
from cluster.names import (
    LABEL_KEY,
    TAINT_PLACE,
    HostName,
    Labels,
    Pattern,
    longest,
    place_of,
    taints_field,
)
from cluster.spec import DEDICATED_TAINT, ZONE_LABEL, Node, Role
from workflows import steps
from workflows.label_rules import contradictions, labelled
from workflows.plan import Draft, Kind, Scope

MOST_TAKEN_OFF = 50


class LabelNodesSchema(Schema):
    """What a ``label-nodes`` request says."""

    labels = by_node(Labels(), "Labels to set, by node")
    unlabel = by_node(
        fields.List(
            Pattern(LABEL_KEY, "a label key looks like zone or example.com/zone"),
            validate=longest(MOST_TAKEN_OFF, "labels"),
        ),
        "Keys of labels to take off, by node",
    )
    taints = by_node(taints_field(), "Taints to set, by node, as `key=value:Effect`")
    untaint = by_node(
        fields.List(
            Pattern(TAINT_PLACE, "a taint is taken off as key:Effect, for example gpu:NoSchedule"),
            validate=longest(MOST_TAKEN_OFF, "taints"),
        ),
        "Taints to take off, by node, as `key:Effect`",
    )
    zones = by_node(HostName(), f"The zone of each node: its label `{ZONE_LABEL}`")
    dedicated = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Whether the control plane nodes keep workloads off; left out, they "
            "stay as they are"
        },
    )

    @validates_schema
    def _asks_for_something(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("dedicated") is None and not any(data.get(name) for name in BY_NODE):
            raise ValidationError(
                f"cannot label nothing: say one of {', '.join(BY_NODE)} or dedicated"
            )

    @validates_schema
    def _says_one_thing(self, data: dict[str, Any], **_: Any) -> None:
        errors: dict[str, dict[str, list[str]]] = {}
        for name, host, text in contradictions(data):
            errors.setdefault(name, {}).setdefault(host, []).append(text)
        if errors:
            raise ValidationError(dict(errors))


BY_NODE = ("labels", "unlabel", "taints", "untaint", "zones")


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Write what differs, and nothing where all is as it is asked for."""
    wanted = [_marked(node, params) for node in scope.there.nodes.values()]
    story = tuple(steps.label_nodes(scope.there, wanted))
    return Draft(story, tuple(labelled(scope.there, wanted)) if story else ())


def _marked(node: Node, params: Mapping[str, Any]) -> Node:
    """Return a node as it is to be."""
    host = node.host
    off = set(params["unlabel"].get(host, ()))
    labels = {key: value for key, value in node.labels.items() if key not in off}
    labels |= params["labels"].get(host, {})
    if host in params["zones"]:
        labels[ZONE_LABEL] = params["zones"][host]
    new = [*params["taints"].get(host, ())]
    dedicated = params["dedicated"] if node.role is Role.CONTROL_PLANE else None
    if dedicated:
        new.append(DEDICATED_TAINT)
    replaced = {*params["untaint"].get(host, ()), *map(place_of, new)}
    if dedicated is False:
        replaced.add(place_of(DEDICATED_TAINT))
    kept = [taint for taint in node.taints if place_of(taint) not in replaced]
    return replace(node, labels=labels, taints=(*kept, *dict.fromkeys(new)))


KIND = Kind(
    name="label-nodes",
    summary="Give nodes labels, taints and zones, or take them off",
    schema=LabelNodesSchema,
    plan=plan,
    example={"labels": {"n1": {"disk": "ssd"}}, "taints": {"n1": ["gpu=yes:NoSchedule"]}},
    given={"prod": {"control_plane": ["n1"]}},
)
