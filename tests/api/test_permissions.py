"""Which permission each route needs, and what becomes of a request that does not have it."""

import re

import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, change
from flask import Flask

from api.access import needs
from api.access.needs import ANY_TOKEN, OPEN, DeclaredBlueprint, need_of
from api.access.tokens import new_token, register
from api.http.blueprint import Blueprint
from cluster.spec import Environment
from workflows.access import Grant, Permission
from workflows.kinds import KINDS

HOST = {"address": "10.0.0.7", "host_key": HOST_KEY}
DESTROY = {"kind": "destroy-cluster", "params": {"confirm": "prod"}}
VERBS = ("cancel", "retry", "rollback", "approve", "reject")


@pytest.fixture
def holding(app, redis):
    """Return a client whose token is granted just this; each is somebody else."""

    def make(*grants):
        token = new_token()
        register(redis, token, f"robot {token[3:15]}", grants)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return make


@pytest.fixture
def formed(client, ledger, job, steps):
    """The cluster prod, once the job that forms it is done."""
    steps.finish()
    assert client.get("/v1/clusters/prod").json["formed"]


def stored(redis):
    passing = ("cw:tokens", "cw:plan:", "cw:api", "cw:asked:", "cw:audit")
    return {key: redis.dump(key) for key in redis.keys("*") if not key.startswith(passing)}


def routes(app, job):
    """Yield each route of the API for programs: method, an address of it, and what it needs."""
    parts = {"cluster": "prod", "name": "prod", "job_id": job, "word": "internal"}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("page."):
            continue
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            path = re.sub(r"<(\w+)>", lambda found: parts.get(found[1], found[1]), rule.rule)
            yield method, path, need_of(app, rule.endpoint).what


def refused(answer, permission, cluster):
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/forbidden"), answer.text
    problem = answer.json
    assert (problem["permission"], problem["cluster"]) == (permission, cluster)
    assert problem["detail"].startswith(f"cannot do this: it needs the permission {permission}")
    return True


def test_who_may_only_read_is_refused_whatever_changes_something_and_nothing_is_stored(
    app, redis, holding, job
):
    reader = holding(Grant(Permission.READ))
    asked = [row for row in routes(app, job) if isinstance(row[2], Permission)]
    before = stored(redis)

    refusals = 0
    for method, path, need in asked:
        answer = reader.open(path, method=method, json={})
        if need is Permission.READ:
            assert answer.status_code != 403, (path, answer.text)
        else:
            of_none = ("/hosts", "/rules", "/hooks", "/tokens", "/approval-policy")
            of_none += ("/windows", "/freezes", "/audit", "/subscriptions", "/deliveries")
            cluster = None if any(word in path for word in of_none) else "prod"
            refusals += refused(answer, str(need), cluster)

    assert refusals >= 10
    assert stored(redis) == before


def test_who_is_granted_nothing_is_let_in_only_where_no_permission_is_needed(app, holding, job):
    nobody = holding()

    for method, path, need in routes(app, job):
        answer = nobody.open(path, method=method, json={})
        assert (answer.status_code == 403) == isinstance(need, Permission), (method, path)


def test_every_route_says_what_it_needs_in_the_document(app, anonymous):
    document = anonymous.get("/openapi.json").json

    permissions = {
        (method.upper(), path): operation["x-permission"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }
    assert permissions["POST", "/v1/clusters/{cluster}/plans"] == "plan"
    assert permissions["PUT", "/v1/hosts/{name}"] == "admin"
    assert permissions["POST", "/v1/jobs/{job_id}/approve"] == "approve"
    assert (permissions["GET", "/healthz"], permissions["GET", "/v1/kinds"]) == (
        "open",
        "any-token",
    )
    for (method, path), need in permissions.items():
        responses = document["paths"][path][method.lower()]["responses"]
        assert ("403" in responses) == (need in set(Permission)), (method, path)


def test_every_kind_says_what_it_needs(client):
    permissions = {row["name"]: row["permission"] for row in client.get("/v1/kinds").json["kinds"]}

    assert permissions == {name: str(kind.permission) for name, kind in KINDS.items()}
    destroying = {name for name, need in permissions.items() if need == "destroy"}
    assert destroying == {"destroy-cluster", "issue-kubeconfig", "recover-quorum", "restore"}


def test_a_kind_that_ends_a_cluster_needs_more_than_other_changes(client, holding, formed):
    changer, destroyer = holding(Grant(Permission.CHANGE)), holding(Grant(Permission.DESTROY))

    assert changer.post(PLANS, json=DESTROY).status_code == 200
    refused(changer.post(CHANGES, json=DESTROY), "destroy", "prod")
    assert client.get("/v1/jobs").json["jobs"][0]["kind"] == "create-cluster"
    assert destroyer.post(CHANGES, json=DESTROY).status_code == 202


def test_a_retry_needs_what_the_change_itself_needed(client, holding, formed):
    changer = holding(Grant(Permission.CHANGE))
    destroying = client.post(CHANGES, json=DESTROY).json["id"]

    assert changer.post(f"/v1/jobs/{destroying}/cancel").status_code == 202
    refused(changer.post(f"/v1/jobs/{destroying}/retry"), "destroy", "prod")
    assert client.post(f"/v1/jobs/{destroying}/retry").status_code == 202


def test_a_change_and_its_approval_may_be_for_different_people(holding, inventory):
    changer, approver = holding(Grant(Permission.CHANGE)), holding(Grant(Permission.APPROVE))
    job = changer.post(CHANGES, json=change(approve_within=1)).json["id"]

    refused(changer.post(f"/v1/jobs/{job}/approve"), "approve", "prod")
    refused(approver.post(CHANGES, json=change()), "change", "prod")
    assert approver.post(f"/v1/jobs/{job}/approve").status_code == 202


def test_hosts_are_for_who_may_administer(holding, inventory):
    destroyer, admin = holding(Grant(Permission.DESTROY)), holding(Grant(Permission.ADMIN))

    refused(destroyer.put("/v1/hosts/n7", json=HOST), "admin", None)
    assert admin.put("/v1/hosts/n7", json=HOST).status_code == 201
    refused(destroyer.delete("/v1/hosts/n7"), "admin", None)
    assert admin.delete("/v1/hosts/n7").status_code == 204


def test_a_grant_holds_for_the_clusters_that_it_names_and_their_jobs(client, holding, job):
    elsewhere = holding(Grant(Permission.CHANGE, "test-*"))
    here = holding(Grant(Permission.CHANGE, "pr*"))

    refused(elsewhere.get("/v1/clusters/prod"), "read", "prod")
    refused(elsewhere.get(f"/v1/jobs/{job[:8]}"), "read", "prod")
    refused(elsewhere.post(f"/v1/jobs/{job}/cancel"), "change", "prod")
    assert here.get(f"/v1/jobs/{job}").status_code == 200
    assert here.post(f"/v1/jobs/{job}/cancel").status_code == 202
    # Lists tell of all clusters.
    refused(here.get("/v1/jobs"), "read", None)


def test_a_grant_holds_for_the_environments_that_it_names_before_a_cluster_is_there_too(
    client, holding, inventory, redis
):
    developer = holding(Grant(Permission.CHANGE, environments=frozenset({Environment.DEV})))
    approver = holding(Grant(Permission.APPROVE, environments=frozenset({Environment.DEV})))

    staging = change(params={"environment": "staging"}, approve_within=1)
    refused(developer.post(CHANGES, json=staging), "change", "prod")
    assert redis.keys("cw:job:*") == []
    dev = change(params={"environment": "dev"}, approve_within=1)
    made = developer.post("/v1/clusters/mine/changes", json=dev)
    assert made.status_code == 202, made.text
    job = client.post(CHANGES, json=staging)
    assert job.status_code == 202, job.text
    refused(approver.post(f"/v1/jobs/{job.json['id']}/approve"), "approve", "prod")
    assert approver.post(f"/v1/jobs/{made.json['id']}/approve").status_code == 202


def test_a_token_that_says_nothing_of_grants_may_do_everything(client, inventory):
    assert client.put("/v1/hosts/n7", json=HOST).status_code == 201
    job = client.post(CHANGES, json=change()).json["id"]
    for verb in VERBS:
        assert client.post(f"/v1/jobs/{job}/{verb}").status_code != 403


@pytest.mark.parametrize("make", [DeclaredBlueprint, Blueprint])
def test_a_route_that_does_not_say_what_it_needs_does_not_register(make):
    more = {"description": "test"} if make is Blueprint else {}
    group = make("things", __name__, **more)

    with pytest.raises(TypeError, match=r"cannot register the route /v1/things \(show\)"):

        @group.get("/v1/things")
        def show():
            pass


def test_one_endpoint_needs_one_thing_by_whatever_address():
    group = DeclaredBlueprint("things", __name__)
    group.add_url_rule("/a", "show", print, needs=Permission.READ)
    group.add_url_rule("/b", "show", print, needs=OPEN)

    with pytest.raises(TypeError, match="needs read by one address and open by another"):
        Flask("test", static_folder=None).register_blueprint(group)


def test_a_route_that_was_registered_past_our_blueprints_is_not_served(app):
    needs.check(app)
    other = Flask("test", static_folder=None)
    other.register_blueprint(DeclaredBlueprint("things", __name__))
    other.add_url_rule("/past", "past", print)

    with pytest.raises(TypeError, match="cannot serve the route /past"):
        needs.check(other)


def test_only_what_helps_to_get_on_says_that_anybody_may_ask(app):
    needs_by_endpoint = {
        rule.endpoint: need_of(app, rule.endpoint).what
        for rule in app.url_map.iter_rules()
        if not isinstance(need_of(app, rule.endpoint).what, Permission)
    }

    assert {name for name, what in needs_by_endpoint.items() if what is ANY_TOKEN} == {
        "index.show_index",
        "kinds.list_kinds",
        "page.sign_out",
        "tokens.show_own",
    }
    assert {name for name, what in needs_by_endpoint.items() if what is OPEN} == {
        *("health.live", "health.ready"),
        *("docs.openapi", "docs.readable", "docs.list_problems", "docs.show_problem"),
        "cluster_files.show_file_schema",  # editors read it, and have no token
        *("page.show_sign_in", "page.sign_in", "page.static_file"),
        *("page.begin_sign_in", "page.finish_sign_in"),  # the issuer's word stands for a token
        *("hooks.receive", "hooks.greet"),  # a signature stands for a token there
        "hook_consents.consent_to_hook",  # it lets nobody in
    }


def test_the_jobs_of_one_cluster_are_listed_for_who_may_read_that_one(holding, formed, job):
    own = holding(Grant(Permission.READ, "pr*", frozenset({Environment.DEV})))

    assert [row["id"] for row in own.get("/v1/jobs?cluster=prod").json["jobs"]] == [job]
    refused(own.get("/v1/jobs"), "read", None)
    refused(own.get("/v1/jobs?cluster="), "read", None)
    refused(own.get("/v1/jobs?cluster=test-a"), "read", "test-a")
    assert own.get("/v1/jobs?cluster=prod&cluster=test-a").status_code == 422
    elsewhere = holding(Grant(Permission.READ, "*", frozenset({Environment.PROD})))
    refused(elsewhere.get("/v1/jobs?cluster=prod"), "read", "prod")


def test_a_job_of_a_cluster_that_is_not_there_yet_is_listed_by_what_that_is_to_be_for(
    holding, client, inventory
):
    job = client.post(CHANGES, json=change() | {"approve_within": 24}).json["id"]
    for environment, seen in ((Environment.DEV, [job]), (Environment.PROD, [])):
        somebody = holding(Grant(Permission.READ, "*", frozenset({environment})))

        answer = somebody.get("/v1/jobs?cluster=prod")

        assert answer.status_code == 200, answer.text
        assert [row["id"] for row in answer.json["jobs"]] == seen
