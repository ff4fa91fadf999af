"""Every route x who asks x environment x own or another cluster: allowed, 401 or 403.

What is asked for is not there, or not well said, wherever asking for it would destroy something:
that shows only to who is let in.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from api_requests import HOST_KEY, Steps
from flask import Flask
from running_redis import RedisServer

from api.access.needs import ANY_TOKEN, EXTENSION, OPEN, Need
from api.access.tokens import TOKENS, new_token, register
from api.app import create_app
from api.http.problems import PROBLEMS
from api.page.sessions import COOKIE, Sessions
from cluster.spec import Environment, Host
from workflows.access import Permission
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect
from workflows.process.limit_settings import NO_LIMITS
from workflows.process.settings import Settings
from workflows.roles import Role, spelled_out

READ, PLAN, CHANGE, DESTROY, APPROVE, ADMIN = Permission
MAY: dict[Role, set[Permission]] = {
    Role.VIEWER: {READ},
    Role.OPERATOR: {READ, PLAN, CHANGE},
    Role.APPROVER: {READ, APPROVE},
    Role.ADMIN: set(Permission),
}
"""What each role may, said here once more: a role that is given more by mistake is found."""
OWN, OTHERS = "own", "theirs"
ALLOWED, UNKNOWN, FORBIDDEN = "allowed", "401", "403"
NOT_SAID = {"not": "said"}
"""A body that no route takes; who is let in hears so."""
SIGN_IN = "/sign-in"
ABSENT = {"token_id": "0" * 12, "word": "internal"}
"""What an address names beside a cluster or a job; all else is called nobody."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who asks; on their own clusters, of one environment, or on all there are."""

    role: Role | None
    environment: Environment | None = None
    fault: str = ""

    def __str__(self) -> str:
        where = f"on own clusters in {self.environment}" if self.environment else "everywhere"
        return f"{self.fault or self.role or 'nobody'} {where}"


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster, and the id of the job that made it."""

    whose: str
    environment: Environment
    job: str

    @property
    def cluster(self) -> str:
        return f"{self.whose}-{self.environment}"


SCOPES: tuple[Environment | None, ...] = (None, *Environment)
KNOWN = tuple(Who(role, scope) for role, scope in product(Role, SCOPES))
STRANGERS = (Who(None), *(Who(Role.ADMIN, fault=fault) for fault in ("expired", "revoked")))


@dataclass(frozen=True, slots=True)
class World:
    """The application, six clusters, and what each of those who ask shows."""

    app: Flask
    targets: tuple[Target, ...]
    tokens: dict[Who, str]
    sessions: dict[Who, str]

    def ask(self, who: Who, method: str, path: str) -> str:
        """Return what becomes of a request, as far as permission goes."""
        client = self.app.test_client()
        if path.startswith(("/v1", "/metrics")):
            token = self.tokens.get(who)
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = client.open(path, method=method, json=NOT_SAID, headers=headers)
            word = (answer.json or {}).get("type", "") if answer.status_code >= 400 else ""
            forbidden, unknown = word == "/problems/forbidden", answer.status_code == 401
        else:
            if who in self.sessions:
                client.set_cookie(COOKIE, self.sessions[who])
            answer = client.open(path, method=method, headers={"Accept": "text/html"})
            led = answer.headers.get("Location", "")
            unknown = answer.status_code in {302, 303} and led.startswith(SIGN_IN)
            is_refused = answer.status_code == 403
            forbidden = is_refused and PROBLEMS["forbidden"].title in answer.text
        answer.close()
        return UNKNOWN if unknown else FORBIDDEN if forbidden else ALLOWED


@pytest.fixture(scope="module")
def world(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    # The server that all tests share: Celery keeps to the first that this process publishes to.
    folder = tmp_path_factory.mktemp("matrix")
    settings = Settings(data_dir=folder, redis_url=redis_server.url, limits=NO_LIMITS)
    redis = connect(settings)
    redis.flushall()
    app = create_app(settings)
    tokens = {who: made(redis, who) for who in (*KNOWN, *STRANGERS[1:])}
    everything = tokens[Who(Role.ADMIN)]
    ask_nobody(app, everything)
    targets = tuple(formed(app, redis, everything, number) for number in range(6))
    sessions = {who: Sessions(redis).open(text.split("_")[1])[0] for who, text in tokens.items()}
    revoke(app, tokens[STRANGERS[2]], everything)
    yield World(app, targets, tokens, sessions)
    app.extensions["clusterwright"].close()
    redis.close()


def made(redis: Any, who: Who) -> str:
    token = new_token()
    scope = {} if who.environment is None else {"clusters": f"{OWN}-*"}
    where = frozenset([who.environment]) if who.environment else frozenset(Environment)
    register(
        redis, token, str(who), spelled_out([who.role or Role.VIEWER], **scope, environments=where)
    )
    if who.fault == "expired":
        token_id = token.split("_")[1]
        row = json.loads(redis.hget(TOKENS, token_id)) | {"expires": 1}
        redis.hset(TOKENS, token_id, json.dumps(row))
    return token


def revoke(app: Flask, token: str, by: str) -> None:
    path = f"/v1/tokens/{token.split('_')[1]}/revoke"
    answer = app.test_client().post(path, headers={"Authorization": f"Bearer {by}"})
    assert answer.status_code == 200, answer.text


def ask_nobody(app: Flask, token: str) -> None:
    """Have no change wait for an approval: who may ask for one is what is asked here."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = app.test_client().put("/v1/approval-policy", headers=headers, json={"asks": "never"})
    assert answer.status_code == 200, answer.text


def formed(app: Flask, redis: Any, token: str, number: int) -> Target:
    """Make a cluster of three hosts."""
    whose, environment = list(product((OWN, OTHERS), Environment))[number]
    hosts = [f"n{number}{place}" for place in (1, 2, 3)]
    for place, name in enumerate(hosts, 1):
        Inventory(redis).put_host(Host(name, f"10.0.{number}.{place}", HOST_KEY))
    answer = app.test_client().post(
        f"/v1/clusters/{whose}-{environment}/changes",
        headers={"Authorization": f"Bearer {token}"},
        json={
            "kind": "create-cluster",
            "params": {"control_plane": hosts, "environment": environment},
        },
    )
    assert answer.status_code == 202, answer.text
    Steps(Ledger(redis), answer.json["id"]).finish()
    return Target(whose, environment, answer.json["id"])


def routes(app: Flask) -> Iterator[tuple[str, str, Need]]:
    """Yield method, rule and need of each route."""
    for rule in app.url_map.iter_rules():
        methods = rule.methods or set()
        for method in sorted(methods - {"HEAD", "OPTIONS"} or methods):
            yield method, rule.rule, app.extensions[EXTENSION][rule.endpoint]


def address(rule: str, need: Need, target: Target) -> str:
    """Return a route's address about a target; what else it names is not there."""
    parts = ABSENT | {"verb": "cancel" if "cancel" in rule else "approve", "digest": "0"}
    parts |= {need.cluster: target.cluster, need.job: target.job}
    path = re.sub(r"<(?:[^<>:]*:)?(\w+)>", lambda found: parts.get(found[1], "nobody"), rule)
    return f"{path}?{need.form_field}={target.cluster}" if need.form_field else path


def foretold(need: Need, who: Who, target: Target | None) -> str:
    """Say from what a route declares alone what becomes of a request."""
    if need.what is OPEN:
        return ALLOWED
    if who in STRANGERS:
        return UNKNOWN
    if need.what is ANY_TOKEN:
        return ALLOWED
    in_scope = who.environment is None or (
        target is not None and (OWN, who.environment) == (target.whose, target.environment)
    )
    return ALLOWED if in_scope and who.role and need.what in MAY[who.role] else FORBIDDEN


def about_one(need: Need) -> bool:
    return bool(need.cluster or need.job or need.form_field)


def test_every_route_lets_in_who_its_declared_need_says_and_nobody_else(world):
    wrong, seen = [], set()
    for method, rule, need in routes(world.app):
        targets = world.targets if about_one(need) else world.targets[:1]
        for who, target in product((*KNOWN, *STRANGERS), targets):
            expected = foretold(need, who, target if about_one(need) else None)
            found = world.ask(who, method, address(rule, need, target))
            seen.add(expected)
            if found != expected:
                wrong.append(
                    f"{method} {rule} ({target.cluster}) by {who}: {found}, not {expected}"
                )

    assert not wrong, "\n".join(wrong)
    assert seen == {ALLOWED, UNKNOWN, FORBIDDEN}


def test_asking_has_destroyed_nothing(world):
    redis = connect(world.app.extensions["clusterwright"].settings)

    assert len(Inventory(redis).hosts()) == 18
    assert {each.name for each in Inventory(redis).clusters()} == {
        target.cluster for target in world.targets
    }
    redis.close()


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("role", Role)
def test_a_cluster_is_ended_by_who_may_end_one_of_its_environment(world, role, environment):
    target = next(each for each in world.targets if each.environment is environment)
    token = world.tokens[Who(role, environment)]

    answer = world.app.test_client().post(
        f"/v1/clusters/{target.cluster}/changes",
        headers={"Authorization": f"Bearer {token}"},
        json={"kind": "destroy-cluster", "params": {"confirm": "another"}},
    )

    may = role is Role.ADMIN or (role is Role.OPERATOR and environment is not Environment.PROD)
    assert (answer.status_code != 403) == may, answer.text
    assert answer.status_code in ({409, 422} if may else {403})
