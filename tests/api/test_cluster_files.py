"""A cluster's file over HTTP: written, compared, planned and applied by its plan's digest."""

import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, Steps, stored
from jsonschema import Draft202012Validator
from yaml import safe_load

from api.cluster_files import EXAMPLE

FILE = "/v1/clusters/prod/file"
TEXT = """\
apiVersion: clusterwright/v1
name: prod
environment: dev
channel: 1.32/stable
hosts:
  n1: {role: control-plane}
"""
GROWN = TEXT + "  n2: {role: worker, labels: {disk: ssd}}\n"


@pytest.fixture
def formed(steps):
    """Have cluster prod of n1 formed."""
    steps.finish()


def compared(client, text):
    answer = client.post(f"{FILE}/diff", json={"text": text})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_cluster_is_written_as_a_file_that_its_schema_takes(client, formed):
    answer = client.get(FILE)

    schema = client.get("/v1/cluster-file.schema.json").json
    assert (answer.status_code, answer.mimetype) == (200, "application/yaml")
    assert safe_load(answer.text)["hosts"] == {
        "n1": {"role": "control-plane", "address": "10.0.0.1", "host_key": HOST_KEY}
    }
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(safe_load(answer.text))
    assert client.get(FILE, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_cluster_without_a_node_yet_has_no_file_and_its_job_is_named(client, job):
    answer = client.get(FILE)

    assert (answer.status_code, answer.json["type"]) == (404, "/problems/cluster-not-found")
    assert f"finish what job {job[:8]} began" in answer.json["detail"]
    assert job in str(answer.json["actions"])


def test_the_document_tells_what_the_yaml_of_a_file_says(client, formed):
    document = client.get("/openapi.json").json
    answers = document["paths"]["/v1/clusters/{cluster}/file"]["get"]["responses"]["200"]

    told = answers["content"]["application/yaml"]["schema"]

    Draft202012Validator(told).validate(safe_load(client.get(FILE).text))


def test_what_is_written_differs_in_nothing_and_reading_it_stores_nothing(client, redis, formed):
    text, before = client.get(FILE).text, stored(redis)

    assert compared(client, text)["differences"] == []
    assert stored(redis) == before


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (EXAMPLE, True),
        (EXAMPLE.replace("role: worker", "role: wroker"), False),
        (EXAMPLE.replace("labels:", "label:"), False),
        (EXAMPLE.replace("cp-1:", "CP_1:"), False),
        (EXAMPLE.replace("{disk: ssd}", '{"": ssd}'), False),
    ],
)
def test_the_schema_that_editors_read_takes_what_the_api_takes(anonymous, client, text, valid):
    schema = anonymous.get("/v1/cluster-file.schema.json").json

    answer = client.post(f"{FILE}/diff", json={"text": text})

    assert Draft202012Validator(schema).is_valid(safe_load(text)) == valid
    assert answer.status_code == (200 if valid else 422), answer.text


def test_each_fault_of_a_file_is_told_with_line_and_field(client):
    answer = client.post(f"{FILE}/diff", json={"text": GROWN.replace("label", "lable")})

    (fault,) = answer.json["errors"]
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-cluster-file")
    assert (fault["line"], fault["pointer"]) == (7, "/hosts/n2/lables")
    assert fault["detail"] == "cannot use lables: did you mean labels?"


def test_a_pipeline_plans_the_params_of_a_file_and_applies_the_plan_that_was_agreed_to(
    client, ledger, formed
):
    found = compared(client, GROWN)
    wish = {"kind": "apply", "params": found["params"]}
    plan = client.post(PLANS, json=wish).json
    other = client.post(CHANGES, json=wish | {"plan_digest": "sha256:" + "0" * 64})
    job = client.post(CHANGES, json=wish | {"plan_digest": plan["digest"]})

    assert [(row["what"], row["by"]) for row in found["differences"]] == [("node n2", "add-nodes")]
    assert (other.status_code, job.status_code) == (409, 202), (other.text, job.text)
    assert job.json["plan_digest"] == plan["digest"]
    Steps(ledger, job.json["id"]).finish()
    assert compared(client, GROWN)["differences"] == []
    again = client.post(PLANS, json=wish).json
    assert "nothing-to-do" in [row["code"] for row in again["findings"]]


def test_a_cluster_that_is_not_there_is_created_and_reckoned_as_its_creation(
    client, ledger, inventory
):
    found = compared(client, GROWN)
    job = client.post(CHANGES, json={"kind": "apply", "params": found["params"]})

    assert (found["exists"], found["differences"][0]["by"]) == (False, "create-cluster")
    assert job.status_code == 202, job.text
    Steps(ledger, job.json["id"]).finish()
    assert client.get("/v1/clusters/prod").json["formed"]
    assert compared(client, GROWN)["differences"] == []
    assert client.get("/v1/clusters/prod").json["nodes"]["n2"]["labels"] == {"disk": "ssd"}


def test_two_requests_to_create_by_a_file_make_the_cluster_once(client, ledger, inventory):
    params = compared(client, TEXT)["params"]
    first = client.post(CHANGES, json={"kind": "apply", "params": params})
    second = client.post(CHANGES, json={"kind": "apply", "params": params | {"prune": True}})

    Steps(ledger, first.json["id"]).finish()

    behind = ledger.job(second.json["id"])
    assert [step["name"] for step in behind.plan["steps"]] == ["observe"]
