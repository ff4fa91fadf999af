"""Who may have a credential signed: for looking whoever changes the cluster, else who ends it."""

import pytest
from api_requests import CHANGES, Steps, change
from signing_keys import request

from cluster.spec import Environment
from workflows.kinds.issue_kubeconfig import LOOKS
from workflows.roles import Role

DEMANDS = {
    "view": "change",
    "edit": "destroy",
    "admin": "destroy",
    "cluster-admin": "destroy",
}
MAY = {
    (Role.OPERATOR, Environment.PROD): {"change"},
    (Role.OPERATOR, Environment.STAGING): {"change", "destroy"},
    (Role.OPERATOR, Environment.DEV): {"change", "destroy"},
    **{(Role.ADMIN, each): {"change", "destroy"} for each in Environment},
}
"""What each role may, said here once more; who is left out may neither."""


def signing(role):
    params = {"request": request(group=f"clusterwright:{role}"), "role": role}
    # Its addons are none, so roles are to be known by hand.
    return {"kind": "issue-kubeconfig", "params": params, "accept": ["roles-unknown"]}


@pytest.fixture
def formed(client, ledger, inventory):
    """Return a function that forms the cluster prod for an environment."""

    def form(environment):
        asked = change(params={"environment": environment, "control_plane": ["n1", "n2", "n3"]})
        answer = client.post(CHANGES, json=asked)
        assert answer.status_code == 202, answer.text
        Steps(ledger, answer.json["id"]).finish()

    return form


@pytest.fixture
def holder(made, with_token):
    """Return a function that returns a client of a role on all clusters."""

    def hold(role):
        everywhere = {"clusters": "*", "environments": list(Environment)}
        return with_token(made(name=f"a {role}", roles=[role], **everywhere)["token"])

    return hold


@pytest.mark.parametrize("environment", Environment)
def test_each_role_has_the_credentials_signed_that_it_may_and_no_other(
    formed, holder, client, environment
):
    formed(environment)
    for role in Role:
        robot, may = holder(role), MAY.get((role, environment), set())
        for wanted, need in DEMANDS.items():
            answer = robot.post(CHANGES, json=signing(wanted))

            assert answer.status_code == (202 if need in may else 403), (role, wanted, answer.text)
            if answer.status_code == 403:
                said = "change" if role in {Role.VIEWER, Role.APPROVER} else need
                assert f"the permission {said} on cluster prod" in answer.json["detail"]


def test_a_retry_of_a_credential_needs_what_the_credential_needed(formed, holder, client):
    formed(Environment.PROD)
    operator = holder(Role.OPERATOR)
    jobs = {role: client.post(CHANGES, json=signing(role)).json["id"] for role in ("view", "edit")}
    for job in jobs.values():
        assert client.post(f"/v1/jobs/{job}/cancel").status_code == 202

    assert operator.post(f"/v1/jobs/{jobs['view']}/retry").status_code == 202
    refused = operator.post(f"/v1/jobs/{jobs['edit']}/retry")
    assert (refused.status_code, refused.json["type"]) == (403, "/problems/forbidden")


def test_a_credential_for_looking_waits_for_an_approval_as_any_change_in_production(formed, holder):
    formed(Environment.PROD)
    operator = holder(Role.OPERATOR)
    holder(Role.APPROVER)

    asked = operator.post(CHANGES, json=signing(LOOKS))

    assert (asked.status_code, asked.json["status"]) == (202, "awaiting-approval")


def test_the_kinds_say_with_which_params_less_is_needed(client):
    kinds = {row["name"]: row for row in client.get("/v1/kinds").json["kinds"]}

    milder = kinds["issue-kubeconfig"]["milder"]
    assert milder == {"field": "role", "values": [LOOKS], "permission": "change"}
    assert {name for name, row in kinds.items() if row["milder"]} == {"issue-kubeconfig"}
