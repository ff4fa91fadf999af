"""The OpenAPI document is valid, whole, and true of live answers."""

import re

import openapi_spec_validator
import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, change
from jsonschema import Draft202012Validator
from shelved import put

from api.access.needs import is_open
from api.app import create_app
from deploy_scripts.backups.shelf import Shelf
from workflows.kinds import KINDS

LOOK = {"change": {"kind": "verify", "params": {}}, "cron": "0 6 * * *"}


@pytest.fixture
def document(anonymous):
    return anonymous.get("/openapi.json").json


def operations(document):
    return {
        (method, path): found
        for path, methods in document["paths"].items()
        for method, found in methods.items()
        if method != "parameters"
    }


def _own_scripts(text):
    return re.findall(r'src="(/static/[^"]+[.]js)"', text)


def check(document, name, value):
    """Hold a value to a schema of the document."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema).validate(value)


def test_another_application_of_the_process_tells_the_same(settings, document):
    assert create_app(settings).test_client().get("/openapi.json").json == document


def test_the_document_is_valid_openapi_3_1(document):
    openapi_spec_validator.validate(document)

    assert document["openapi"].startswith("3.1")


def test_every_route_is_described_with_its_security_and_its_errors(app, document):
    found = operations(document)

    routes = {
        (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule)): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"} or rule.methods
        if not rule.endpoint.startswith(("docs.", "page."))
    }
    assert set(found) == set(routes)
    for route, operation in found.items():
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
        assert (operation.get("security") == []) == is_open(app, routes[route])
        assert operation["summary"]
    assert len({operation["operationId"] for operation in found.values()}) == len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_change_has_its_own_schema_and_a_true_example(document, kind):
    content = operations(document)["post", "/v1/clusters/{cluster}/changes"]["requestBody"]
    example = content["content"]["application/json"]["examples"][kind]["value"]

    check(document, "ChangeRequest", example)
    wrong = example | {"params": {"surprise": 1}}
    with pytest.raises(Exception, match="not valid under any"):
        check(document, "ChangeRequest", wrong)


def test_live_answers_are_what_the_document_says(client, document, ledger, job, steps, settings):
    steps.begin()
    steps.observe({"members": [{"host": "n1", "address": "", "role": "voter", "alive": True}]})
    ledger.host(steps.leases[0], "n1", {"status": "running", "detail": "x"})
    put(Shelf(settings.data_dir), "prod", 1_700_000_000.0)
    answers = {
        "Job": client.get(f"/v1/jobs/{job}"),
        "JobList": client.get("/v1/jobs"),
        "Plan": client.post(PLANS, json=change(params={"control_plane": ["n1", "n9"]})),
        "Cluster": client.get("/v1/clusters/prod"),
        "ClusterList": client.get("/v1/clusters"),
        "QuorumAnswer": client.get("/v1/clusters/prod/quorum?what_if=stop:n1"),
        "BackupList": client.get("/v1/clusters/prod/backups"),
        "Host": client.put("/v1/hosts/n7", json={"address": "10.0.0.7", "host_key": HOST_KEY}),
        "HostList": client.get("/v1/hosts"),
        "Health": client.get("/healthz"),
        "Schedule": client.put("/v1/clusters/prod/schedules/look", json=LOOK),
        "ScheduleList": client.get("/v1/schedules"),
        "Window": client.put("/v1/windows/nightly", json={"begin": "22:00", "end": "04:00"}),
        "WindowList": client.get("/v1/windows"),
        "Freeze": client.put("/v1/freezes/sale", json={"until": "2036-01-01T00:00:00Z"}),
        "FreezeList": client.get("/v1/freezes"),
    }

    for name, answer in answers.items():
        assert answer.status_code in {200, 201}, answer.text
        check(document, name, answer.json)


def test_live_problems_are_what_the_document_says(client, anonymous, document, ledger):
    answers = [
        client.post(CHANGES, json={}),
        client.post(CHANGES, json=change(params={"control_plane": ["n9"]})),
        client.get("/v1/jobs/x"),
        anonymous.get("/v1/jobs"),
        anonymous.get("/readyz"),
    ]

    for answer in answers:
        assert answer.status_code >= 400
        check(document, "Problem", answer.json)


def test_a_failed_jobs_answer_is_what_the_document_says(client, document, job, steps):
    steps.begin()
    steps.fail()

    check(document, "Job", client.get(f"/v1/jobs/{job}").json)


def test_the_page_for_people_tells_every_operation_and_loads_nothing(anonymous, document):
    page = anonymous.get("/docs")

    for (method, path), operation in operations(document).items():
        assert f'<h3 id="{operation["operationId"]}">' in page.text, (method, path)
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page.text
    anchors = set(re.findall(r'href="#([^"]+)"', page.text))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page.text))
    assert set(re.findall(r"<script[^>]*>", page.text)) == {
        f'<script type="module" src="{source}">' for source in _own_scripts(page.text)
    }
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_longest_lists_and_the_forms_of_texts_are_told(document):
    schemas = document["components"]["schemas"]
    params = schemas["CreateClusterParams"]["properties"]
    change = schemas["CreateClusterChange"]["properties"]

    longest = {name: params[name]["maxItems"] for name in ("control_plane", "workers", "addons")}
    assert longest == {"control_plane": 7, "workers": 200, "addons": 50}
    assert params["labels"]["maxProperties"] == params["taints"]["maxProperties"] == 207
    assert params["labels"]["additionalProperties"]["maxProperties"] == 50
    assert params["taints"]["additionalProperties"]["maxItems"] == 50
    assert change["accept"]["maxItems"] == 50
    for text, fits in {"why\nnot\tÄ": True, "a\x1bb": False, "a\u202eb": False}.items():
        assert Draft202012Validator(change["reason"]).is_valid(text) is fits
    labels = params["labels"]["additionalProperties"]
    assert Draft202012Validator(labels).is_valid({"example.com/zone": "a"})
    assert not Draft202012Validator(labels).is_valid({"-zone": "a"})


def test_each_operation_tells_its_refusals_by_status(document):
    found = operations(document)

    assert set(found["post", "/v1/clusters/{cluster}/changes"]["responses"]) == {
        *("200", "202", "400", "401", "403", "404", "408", "409", "413", "415", "422", "429"),
        "503",
        "default",
    }
    assert {"304", "401", "404", "409", "422"} <= set(
        found["get", "/v1/jobs/{job_id}"]["responses"]
    )
    assert "401" not in found["get", "/healthz"]["responses"]


def test_headers_that_clients_need_are_described(document):
    found = operations(document)

    jobs, job = (
        found["get", path]["responses"]["200"] for path in ("/v1/jobs", "/v1/jobs/{job_id}")
    )
    changed = found["post", "/v1/clusters/{cluster}/changes"]
    assert {"Link", "ETag"} <= set(jobs["headers"])
    assert {"Retry-After", "ETag"} <= set(job["headers"])
    assert "Location" in changed["responses"]["202"]["headers"]
    assert "Clusterwright-Existing-Job" in changed["responses"]["200"]["headers"]
    key = next(row for row in changed["parameters"] if row["name"] == "Idempotency-Key")
    assert key["schema"]["maxLength"] == 255
    stream = found["get", "/v1/jobs/{job_id}/events"]["responses"]["200"]["content"]
    assert stream["text/event-stream"]["schema"]["contentMediaType"] == "text/event-stream"
