"""What a rule file says: sources, rules, changes and hours, each read into its value; pure."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import (
    EXCLUDE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from cluster.catalogue import ACCEPTABLE
from cluster.field_faults import unknown_names
from cluster.names import HostName, Pattern, at_most
from cluster.spec import Environment
from workflows.chat.people import CHATS, Person
from workflows.hooks.rules.fields import (
    Raised,
    Word,
    approval_field,
    clock,
    cluster_template,
    duration,
    expression,
    params_template,
    reason_template,
    some_field,
    time_zone,
)
from workflows.hooks.rules.rule_set import Rule, Wanted
from workflows.hooks.rules.templates import Text
from workflows.hours import DAYS, Hours
from workflows.kinds import KINDS
from workflows.roles import Role

CLUSTERS = re.compile(r"[a-z0-9*?\[\]!-]{1,63}", re.ASCII)
PATTERN_OF_CLUSTERS = (
    "write a name, or a pattern such as test-* or *, of a-z, 0-9, '-', '*', '?' and '[]'"
)
# It stands in the record of jobs, behind the source's name and a colon.
PERSON = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?", re.ASCII)
# What chats call people by; never a name that they give themselves.
IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,80}:[A-Za-z0-9_:.-]{1,80}", re.ASCII)
MOST_PEOPLE = 500
LONGEST_TYPE = 200
MOST_TYPES = 50


class Strict(Schema):
    """Refuses what it does not know, and says what may have been meant."""

    class Meta:
        """What marshmallow is told."""

        unknown = EXCLUDE  # said below, in better words

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _knows_all(self, _: Any, original: Any, **__: Any) -> None:
        if isinstance(original, Mapping) and (found := unknown_names(self, original)):
            raise ValidationError(found)


def _environments(**kwargs: Any) -> fields.List[Any]:
    return some_field(Word([str(one) for one in Environment]), "environments", 3, **kwargs)


class PersonSchema(Strict):
    """One entry of ``people``."""

    name = Pattern(
        PERSON, "a person's name has 1 to 63 of a-z, 0-9, '.', '_' and '-'", required=True
    )
    roles = some_field(Word([str(role) for role in Role]), "roles", 4, required=True)
    clusters = Pattern(CLUSTERS, PATTERN_OF_CLUSTERS, load_default="*")
    environments = _environments(load_default=lambda: [str(one) for one in Environment])

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Person:
        where = frozenset(map(Environment, data["environments"]))
        roles = frozenset(map(Role, data["roles"]))
        return Person(data["name"], roles, data["clusters"], where)


class SenderSchema(Strict):
    """One entry of ``sources``."""

    kind = fields.String(required=True)
    clusters = Pattern(CLUSTERS, PATTERN_OF_CLUSTERS, required=True)
    environments = _environments(required=True)
    kinds = some_field(Word(sorted(KINDS)), "kinds", 50, required=True)
    approve_within = approval_field()
    people = fields.Dict(
        keys=Pattern(IDENTITY, "somebody of a chat is TEAM:USER, such as T0001:U0001"),
        values=fields.Nested(PersonSchema),
        load_default=None,
        allow_none=True,
        validate=at_most(MOST_PEOPLE, "people"),
    )

    @validates_schema
    def _is_a_chat(self, data: dict[str, Any], **_: Any) -> None:
        kind = data.get("kind")
        if data.get("people") is not None and kind not in CHATS:
            chats = ", ".join(sorted(CHATS))
            raise ValidationError(
                f"cannot name people of {kind}: people write in {chats}; leave people out", "people"
            )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {
            "environments": frozenset(map(Environment, data["environments"])),
            "kinds": frozenset(data["kinds"]),
        }


class WantedSchema(Strict):
    """The ``change`` of a rule."""

    kind = Word(sorted(KINDS), required=True)
    cluster = Raised(cluster_template, required=True)
    params = Raised(params_template, load_default=dict)
    reason = Raised(reason_template, load_default=Text)
    on_failure = Word(["stop", "rollback"], load_default="stop")
    accept = fields.List(Word(sorted(ACCEPTABLE)), load_default=list)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Wanted:
        return Wanted(**data | {"accept": frozenset(data["accept"])})


class DefaultsSchema(Strict):
    """What is taken where an event says nothing."""

    cluster = HostName(load_default="")
    params = fields.Dict(keys=fields.String(), load_default=dict)


class HoursSchema(Strict):
    """When a rule is awake."""

    days = some_field(Word(list(DAYS)), "days", 7, load_default=lambda: list(DAYS))
    begin = Raised(clock, data_key="from", required=True)
    end = Raised(clock, data_key="to", required=True)
    zone = Raised(time_zone, data_key="timezone", required=True)

    @validates_schema
    def _lasts(self, data: dict[str, Any], **_: Any) -> None:
        if data["begin"] == data["end"]:
            raise ValidationError("cannot use hours that end as they begin: leave during out")

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Hours:
        return Hours(**data | {"days": frozenset(data["days"])})


class RuleSchema(Strict):
    """One entry of ``rules``."""

    name = HostName(required=True)
    source = HostName(required=True)
    match = Raised(expression, load_default=None)
    types = some_field(
        fields.String(validate=validate.Length(1, LONGEST_TYPE)),
        "types",
        MOST_TYPES,
        load_default=(),
    )
    change = fields.Nested(WantedSchema, required=True)
    defaults = fields.Nested(DefaultsSchema, load_default=lambda: {"cluster": "", "params": {}})
    approve_within = approval_field()
    cool_down = Raised(duration, load_default=0)
    during = fields.Nested(HoursSchema, load_default=None)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _is_of_some_events(self, _: Any, original: Any, **__: Any) -> None:
        if not original.get("match") and not original.get("types"):
            raise ValidationError(
                "cannot use a rule for whatever comes: say with match or types which events it fits"
            )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Rule:
        defaults = data.pop("defaults")
        return Rule(
            **data | {"types": tuple(data["types"])},
            default_cluster=defaults["cluster"],
            default_params=defaults["params"],
        )
