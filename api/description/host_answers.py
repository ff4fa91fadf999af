"""What is answered of hosts, as OpenAPI describes it."""

from marshmallow import Schema, fields

from api.description.members import LinksField, about, number_field, text_field, yes_or_no_field


class HostSchema(Schema):
    """A host of the inventory."""

    name = text_field("One lower-case DNS label")
    address = text_field("The address that SSH connects to")
    host_key = text_field("The pinned SSH host key")
    port = number_field("Of the SSH server")
    user = text_field()
    ssh_key = text_field("The name of a private key in the keys folder")
    node_address = text_field("What other nodes use")
    jump = text_field("The host whose SSH server connects onward to it; empty when there is none")
    site = text_field("Which Celery workers reach it")
    zone = text_field("The failure zone that it stands in; empty when it is not told")
    labels = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    cluster = text_field("The cluster that it belongs to; empty when it is free")
    reserved_by = text_field("The job that has reserved it for that cluster; empty otherwise")
    links = LinksField()


class HostListSchema(Schema):
    """A page of the inventory, by name."""

    hosts = fields.List(fields.Nested(HostSchema), required=True)


class ChangedHostSchema(Schema):
    """A host that a list of hosts has changed, or would change."""

    name = text_field()
    changes = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata=about("Each field that differs with what it `was` and `is`; keys by fingerprint"),
    )
    etag = text_field("Names the state before; the row's `if_match` replaces this state only")


class PutHostsSchema(Schema):
    """What became of a list of hosts; each host stands in one of the lists, by its place."""

    dry_run = yes_or_no_field("Whether this is only what would be")
    created = fields.List(fields.String(), required=True)
    changed = fields.List(fields.Nested(ChangedHostSchema), required=True)
    unchanged = fields.List(fields.String(), required=True)
