"""What requests and answers about a cluster's file look like, and the file's own JSON Schema."""

import functools
import json
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, validate

from api.description.members import about, text_field, yes_or_no_field
from api.description.openapi import tell_keys
from cluster.yaml_places import LARGEST_BYTES
from workflows.cluster_file.schema import ClusterFileSchema


class ClusterFileRequestSchema(Schema):
    """A cluster's file that is to be compared."""

    text = fields.String(
        required=True,
        validate=validate.Length(
            max=LARGEST_BYTES, error=f"cannot take so long a file: {LARGEST_BYTES} bytes at most"
        ),
        metadata=about("The whole file, YAML"),
    )


class DifferenceSchema(Schema):
    """One thing that is not everywhere as the file has it."""

    what = text_field("What it is about, for example `node n1 label disk`")
    now = text_field("As it is recorded, or was seen; `-` is nothing")
    wanted = text_field("As the file has it; `-` is nothing")
    by = text_field("The kind of change that brings it there; empty where none does")
    is_seen = yes_or_no_field("Whether only the last observation differs, and the record does not")
    needs_prune = yes_or_no_field("Whether it is brought there only with `prune`")


class ClusterDiffSchema(Schema):
    """How a file differs from what there is, and what to ask for."""

    cluster = text_field("The cluster that the file is of")
    exists = yes_or_no_field("Whether there is a cluster of that name")
    differences = fields.List(fields.Nested(DifferenceSchema), required=True)
    params = fields.Dict(
        required=True, metadata=about("The params with which a change of kind `apply` is asked for")
    )


@functools.cache
def file_schema() -> dict[str, Any]:
    """Return the JSON Schema of a cluster's file, for editors and for checks before a commit."""
    plugin = MarshmallowPlugin()
    spec = APISpec("Clusterwright", "v1", "3.1.0", plugins=[plugin])
    spec.components.schema("ClusterFile", schema=ClusterFileSchema)
    found = spec.to_dict()["components"]["schemas"]
    for schema in found.values():
        tell_keys(schema)
    text = json.dumps(found).replace("#/components/schemas/", "#/$defs/")
    schemas = json.loads(text)
    whole = schemas.pop("ClusterFile")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A cluster of Clusterwright as a file",
        **whole,
        "$defs": schemas,
    }
