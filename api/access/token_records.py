"""What is stored of a token: of its secret a hash only; pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cluster.spec import Environment
from workflows.access import EVERYTHING, Grant, Permission, Principal, allowed
from workflows.roles import EVERYWHERE, Role, spelled_out

DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One token; moments are Unix time in seconds."""

    id: str
    name: str
    digest: str = field(repr=False)
    grants: tuple[Grant, ...]
    created: float
    roles: tuple[Role, ...] = ()
    """None where its grants were written by hand."""
    clusters: str = "*"
    environments: frozenset[Environment] = EVERYWHERE
    created_by: str = ""
    """The id of the token that asked for it; empty for the first one."""
    expires: float | None = None
    replaced_by: str = ""
    """The id of the token that took its place."""
    owner: str = ""
    """The person whom it was made for; empty for whoever it is called after."""
    maker: str = ""
    """The person who has made it, where they have not said for whom."""

    @property
    def whose(self) -> str:
        """The name of the person who has it."""
        return self.owner or self.name or self.id

    def has_ended(self, now: float) -> bool:
        return self.expires is not None and self.expires <= now

    def administers(self, now: float) -> bool:
        """Whether it is valid and may administer all clusters, and so the tokens too."""
        by = Principal(self.id, self.name, grants=self.grants)
        return not self.has_ended(now) and allowed(
            by, Permission.ADMIN, cluster=None, environment=None
        )

    def ends_by(self, moment: float) -> "TokenRecord":
        """Return it with an end that is no later than that."""
        expires = moment if self.expires is None else min(self.expires, moment)
        return replace(self, expires=expires)

    @property
    def row(self) -> str:
        """What Redis has of it."""
        fields: dict[str, Any] = {
            "sha256": self.digest,
            "name": self.name,
            "created": self.created,
            "grants": [grant.as_dict() for grant in self.grants],
            "roles": list(self.roles),
            "clusters": self.clusters,
            "environments": sorted(self.environments),
            "created_by": self.created_by,
            "expires": self.expires,
            "replaced_by": self.replaced_by,
            "owner": self.owner,
            "maker": self.maker,
        }
        return json.dumps(fields)

    @classmethod
    def of(cls, token_id: str, text: str) -> "TokenRecord":
        """Return what ``row`` told; a row that says nothing of grants has all of them."""
        row = json.loads(text)
        granted = "grants" in row
        return cls(
            token_id,
            str(row.get("name", "")),
            str(row["sha256"]),
            tuple(map(Grant.from_dict, row["grants"])) if granted else EVERYTHING,
            float(row.get("created", 0)),
            tuple(map(Role, row.get("roles", () if granted else (Role.ADMIN,)))),
            row.get("clusters", "*"),
            frozenset(map(Environment, row.get("environments", list(Environment)))),
            row.get("created_by", ""),
            row.get("expires"),
            row.get("replaced_by", ""),
            row.get("owner", ""),
            row.get("maker", ""),
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks of a token that is to be made."""

    name: str
    roles: tuple[Role, ...]
    clusters: str = "*"
    environments: frozenset[Environment] = EVERYWHERE
    days: float | None = None
    """How long it is valid; ``None`` for ever."""
    owner: str = ""
    """The person who gets it; empty for whoever it is called after."""
    maker: str = ""

    @property
    def grants(self) -> tuple[Grant, ...]:
        return spelled_out(self.roles, self.clusters, self.environments)

    def record(self, token_id: str, digest: str, *, by: str, now: float) -> TokenRecord:
        """Return what is to be stored of it."""
        return TokenRecord(
            token_id,
            self.name,
            digest,
            self.grants,
            now,
            self.roles,
            self.clusters,
            self.environments,
            by,
            None if self.days is None else now + self.days * DAY_SECONDS,
            owner=self.owner,
            maker=self.maker,
        )


def successor(old: TokenRecord, token_id: str, digest: str, *, by: str, now: float) -> TokenRecord:
    """Return the record of the token that takes another's place, for as long as that one had.

    What its roles are granted today is what it gets, not what they were granted once.
    """
    grants = spelled_out(old.roles, old.clusters, old.environments) if old.roles else old.grants
    expires = None if old.expires is None else now + old.expires - old.created
    return replace(
        old,
        id=token_id,
        digest=digest,
        grants=grants,
        created=now,
        created_by=by,
        expires=expires,
        replaced_by="",
    )


def is_last_admin(token_id: str, records: Iterable[TokenRecord], now: float) -> bool:
    """Whether nobody else could make tokens any more without this one."""
    admins = {record.id for record in records if record.administers(now)}
    return admins == {token_id}


def day_and_time(moment: float) -> str:
    """Return Unix time as a sentence has it, to the minute and in UTC."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
