"""What is answered of a credential that a job issued, as OpenAPI describes it."""

from marshmallow import Schema, fields

from api.description.members import number_field, text_field, yes_or_no_field


class ApiServerSchema(Schema):
    """One address of a cluster's API."""

    node = text_field("The control plane node")
    url = text_field("Where its API server is reached, also after another node is lost")


class CredentialSchema(Schema):
    """What the authority of a cluster signed for a key that it never saw."""

    job = text_field("The job that had it signed")
    cluster = text_field()
    user = text_field("The name that the certificate is for, which Kubernetes' audit log tells")
    role = text_field("The role that was asked for")
    is_bounded = yes_or_no_field("Whether the API server heeds roles; where not, it opens all")
    ends = number_field("When it ends; Unix time in seconds")
    certificate = text_field("What was signed, as PEM")
    authority = text_field("The certificate of the cluster's authority, as PEM")
    servers = fields.List(fields.Nested(ApiServerSchema), required=True)
