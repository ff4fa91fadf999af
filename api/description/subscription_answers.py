"""What is answered of subscriptions and deliveries; no address, and a secret once."""

from marshmallow import Schema, fields, validate

from api.description.members import (
    LinksField,
    about,
    moment_field,
    number_field,
    seconds_field,
    text_field,
    time_field,
    yes_or_no_field,
)
from workflows.deliveries.subscription import DeliveryState

STATES = ("on", "disabled", "spent")


class SubscriptionSchema(Schema):
    """A receiver, and what it is told of."""

    name = text_field()
    notifier = text_field("The kind of receiver")
    receiver = text_field("The host of its address, or the service; the address itself is secret")
    state = text_field(
        "`disabled`: it said that it wants nothing any more; `spent`: its one event has come",
        validate=validate.OneOf(STATES),
    )
    because = text_field("Why it is disabled; empty while it is not")
    clusters = text_field("A pattern of names")
    kinds = fields.List(fields.String(), required=True)
    events = fields.List(fields.String(), required=True)
    statuses = fields.List(fields.String(), required=True)
    environments = fields.List(fields.String(), required=True)
    source = text_field()
    job = text_field()
    once = yes_or_no_field("Whether its first event is the last one")
    settings = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    created = moment_field("When it was added")
    created_time = time_field("When it was added")
    created_by = text_field("The id of the token that asked for it")
    waiting = number_field("Deliveries that are still to arrive")
    dead = number_field("Deliveries that were given up")
    dropped = number_field("Events that were not kept for it, since 10000 waited")
    last_delivered = moment_field("When something arrived last")
    last_delivered_time = time_field("When something arrived last")
    last_error = text_field("What the last attempt failed with; empty where it did not")
    links = LinksField()


class SubscriptionListSchema(Schema):
    """All subscriptions, by their names."""

    subscriptions = fields.List(fields.Nested(SubscriptionSchema), required=True)


class MadeSubscriptionSchema(SubscriptionSchema):
    """A subscription that was added now."""

    secret = fields.String(
        required=True,
        allow_none=True,
        metadata=about("What deliveries are signed with, if it was made here; told this once"),
    )


class RotatedSecretSchema(Schema):
    """The new secret of a receiver."""

    secret = fields.String(
        required=True, allow_none=True, metadata=about("If it was made here; told this once")
    )
    overlap_hours = number_field("How long deliveries are signed with the former one as well")


class TrialSchema(Schema):
    """What became of a test event."""

    delivered = yes_or_no_field("Whether the receiver took it")
    status = fields.Integer(
        required=True, allow_none=True, metadata=about("What it answered, where that is known")
    )
    because = text_field("Why it did not arrive; empty where it did")
    seconds = seconds_field("How long it took")


class DeliverySchema(Schema):
    """One event for one receiver."""

    id = text_field("The `webhook-id`: the same over all attempts")
    subscription = text_field()
    type = text_field("What happened")
    job = text_field("The id of the job that it happened to")
    seq = number_field("The event's number within the job")
    state = text_field(validate=validate.OneOf(list(DeliveryState)))
    attempts = number_field("How often it was tried")
    happened = moment_field("When it happened")
    happened_time = time_field("When it happened")
    due = moment_field("When it is tried next; null behind another of its job, and at its end")
    due_time = time_field("The same")
    ended = moment_field("When it arrived, or was given up")
    ended_time = time_field("The same")
    error = text_field("What the last attempt failed with; empty where it did not")
    links = LinksField()


class DeliveryListSchema(Schema):
    """Deliveries of a subscription, newest first."""

    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)
