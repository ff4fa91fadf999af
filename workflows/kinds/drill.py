"""``drill``: stop a node on purpose, see that the cluster lives without it, and start it again."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from cluster.drills import LEAST_SECONDS, MOST_SECONDS, STOP, WAYS
from cluster.meanings import NodeName
from workflows import steps
from workflows.backup_rules import recent_backup
from workflows.closing import between
from workflows.drill_rules import NODE, TARGETS, chosen, drill_findings
from workflows.plan import Draft, Kind, Scope
from workflows.turn_rules import seed_for, verified

USUAL_SECONDS = 120


class DrillSchema(Schema):
    """What a ``drill`` request says."""

    target = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(TARGETS),
        metadata={
            "description": "What is lost: a worker, the leader of the datastore, or a voter that "
            "does not lead; left out where a node is named"
        },
    )
    node = NodeName(
        load_default=None,
        allow_none=True,
        metadata={"description": "The node that is stopped, whatever it is; instead of a target"},
    )
    how = fields.String(
        load_default=STOP,
        validate=validate.OneOf(WAYS),
        metadata={
            "description": "stop ends MicroK8s in order, so that a leader hands over; kill ends "
            "kubelite and the datastore at once, as a crash does"
        },
    )
    seconds = fields.Integer(
        strict=True,
        load_default=USUAL_SECONDS,
        validate=validate.Range(LEAST_SECONDS, MOST_SECONDS),
        metadata={
            "description": "How long the node is away; pods leave it only after some 340 s where "
            "they say nothing of it themselves"
        },
    )

    @validates_schema
    def _names_one(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("target") is None) == (data.get("node") is None):
            raise ValidationError(
                "cannot tell what to stop: say a target or name a node, and not both", "target"
            )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Stop it, watch from the others, start it again whatever happens, and judge.

    Who leads is what was seen last. The job looks first and plans anew then, and the step that
    stops the leader looks once more.
    """
    cluster, target, node = scope.there, params["target"], params["node"]
    host = chosen(cluster, target, node)
    findings = (
        *drill_findings(cluster, target, node, host),
        *recent_backup(scope, "a drill"),
    )
    observers = [name for name in cluster.control_plane if name != host]
    if host is None or not observers:
        return Draft(findings=findings)
    seed, seconds = seed_for(cluster, [host]), params["seconds"]
    return Draft(
        (
            verified(cluster, "Verify quorum and nodes"),
            *between(
                steps.stop_for_drill(
                    cluster,
                    host,
                    seed=seed,
                    target=target or NODE,
                    how=params["how"],
                    seconds=seconds,
                ),
                [steps.watch_drill(cluster, host, observers, seconds=seconds)],
                steps.start_after_drill(cluster, host, seed=seed),
            ),
            verified(cluster, f"Verify quorum and nodes with {host} back"),
            steps.judge_drill(cluster),
        ),
        findings,
    )


KIND = Kind(
    name="drill",
    summary="Stop a node on purpose, and see that the cluster lives without it",
    schema=DrillSchema,
    plan=plan,
    example={"target": "worker", "seconds": 10},
    given={"prod": {"control_plane": ["n1"], "workers": ["n2"]}},
)
