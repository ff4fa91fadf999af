"""What is answered of the backups of a cluster, as OpenAPI describes it."""

from marshmallow import Schema, fields

from api.description.members import about, moment_field, number_field, text_field, time_field


class BackupSchema(Schema):
    """What stands beside a backup, unsealed: nothing of what is in it."""

    name = text_field("By which it is named; names sort by the time at which they were taken")
    cluster = text_field()
    at = moment_field("When it was taken")
    time = time_field("The same")
    host = text_field("The control plane node that wrote it")
    job = text_field("The job that took it")
    nodes = fields.List(fields.String(), required=True, metadata=about("The nodes that there were"))
    versions = fields.List(
        fields.String(), required=True, metadata=about("What they ran, each version once")
    )
    entries = number_field("How many stored objects it holds")
    objects = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata=about("How many of each sort, by the name that Kubernetes stores them under"),
    )
    archive_bytes = number_field("Size of the archive as MicroK8s wrote it")
    archive_sha256 = text_field("Its SHA-256")
    sealed_bytes = number_field("Size of the sealed file")
    sealed_sha256 = text_field("Its SHA-256, which needs no key")
    key = text_field("Tells which key sealed it, and nothing of the key")
    here = fields.Boolean(
        required=True,
        metadata=about("Whether its sealed file is in the data directory of this API"),
    )
    copy = text_field("Where a copy of it is, such as `s3://backups/prod/NAME.sealed`; else empty")


class BackupListSchema(Schema):
    """The backups of a cluster, the newest first."""

    backups = fields.List(fields.Nested(BackupSchema), required=True)
