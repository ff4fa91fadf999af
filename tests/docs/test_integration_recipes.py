"""The recipes of docs/integrations: what can be run is run, and the rest is held to the API."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from api_requests import Steps
from integration_pages import FOLDER
from pages import code_blocks, read
from served import SECONDS

from api.description.schemas import ChangeRequestSchema
from workflows.kinds import KINDS
from workflows.ledger.ledger import Ledger
from workflows.states import JobStatus

VARIABLES = {
    "github-action": {
        "GITHUB_REF_NAME": "1.8",
        "GITHUB_RUN_ID": "31",
        "GITHUB_REPOSITORY": "ops/clusters",
    },
    "gitlab-job": {"CI_COMMIT_TAG": "1.8", "CI_PIPELINE_ID": "31"},
    "shell": {},
}
"""What the recipe's own system sets, by the recipe; these are run."""
IN_A_LOOP = pytest.mark.parametrize("name", sorted(VARIABLES))
NEEDS_JQ = pytest.mark.skipif(not shutil.which("jq"), reason="the recipes need jq")


def recipe(name):
    return read(f"{FOLDER}/{name}.md")


def document_of(name):
    (block,) = code_blocks(recipe(name), "yaml")
    return yaml.safe_load(block)


def script(name):
    """Return what a recipe has a shell do."""
    if name == "shell":
        (block,) = code_blocks(recipe(name), "bash")
        return block
    if name == "github-action":
        (step,) = document_of(name)["jobs"]["verify"]["steps"]
        return step["run"]
    return "\n".join(document_of(name)["verify-prod"]["script"])


@pytest.fixture
def document(stand):
    return stand.http.get("/openapi.json").json()


def narrow_token(stand):
    """Return a token that may do no more than what the list of integrations advises."""
    (words,) = re.findall(r"tokens create (\S+) --role (\S+) --clusters (\S+)", recipe("README"))
    name, role, clusters = words
    asked = {"name": name, "roles": [role], "clusters": clusters}
    answer = stand.http.post("/v1/tokens", json=asked)
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


def carried_out(stand, *, fails=False):
    """Play the Celery worker of the one job that comes."""
    ledger = Ledger(stand.redis)
    deadline = time.monotonic() + SECONDS
    while not (found := [job for job in ledger.jobs() if not job.is_finished]):
        assert time.monotonic() < deadline, "no job has come"
        time.sleep(0.05)
    steps = Steps(ledger, found[0].id)
    if fails:
        steps.begin()
        steps.fail()
    else:
        steps.finish()
    return found[0].id


@NEEDS_JQ
@IN_A_LOOP
@pytest.mark.parametrize("fails", [False, True], ids=["succeeds", "fails"])
def test_a_loop_waits_for_the_end_of_its_job_and_ends_as_that_does(name, fails, stand):
    stand.begin_anew()
    told = VARIABLES[name] | {"CLUSTERWRIGHT_TOKEN": narrow_token(stand)}

    with ThreadPoolExecutor(1) as pool:
        pasting = pool.submit(stand.pasted, script(name), **told)
        job = carried_out(stand, fails=fails)
        done = pasting.result(SECONDS)

    ended = JobStatus.FAILED if fails else JobStatus.SUCCEEDED
    assert Ledger(stand.redis).job(job).status is ended
    assert f"verify of prod: {ended}." in done.stdout, done.stderr
    assert (done.returncode == 0) is not fails


@NEEDS_JQ
@pytest.mark.parametrize("name", ["github-action", "gitlab-job"])
def test_a_run_that_is_repeated_finds_the_job_that_there_is(name, stand):
    stand.begin_anew()
    told = VARIABLES[name] | {"CLUSTERWRIGHT_TOKEN": narrow_token(stand)}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(stand.pasted, script(name), **told)
        carried_out(stand)
        assert first.result(SECONDS).returncode == 0
    there = len(Ledger(stand.redis).jobs())

    assert stand.pasted(script(name), **told).returncode == 0

    assert len(Ledger(stand.redis).jobs()) == there


@NEEDS_JQ
@IN_A_LOOP
def test_a_loop_ends_where_its_change_is_refused(name, stand):
    stand.begin_anew()
    told = VARIABLES[name] | {"CLUSTERWRIGHT_TOKEN": "of nobody"}

    assert stand.pasted(script(name), **told).returncode not in {0, None}


def tasks():
    """Return what the Ansible recipe has ``uri`` do, in order."""
    (play,) = document_of("ansible")
    return [task["ansible.builtin.uri"] for task in play["tasks"] if "ansible.builtin.uri" in task]


def requests() -> Iterator[tuple[str, str, str]]:
    """Yield the recipe, the method and the address of each request that is not run here."""
    for task in tasks():
        yield "ansible", task.get("method", "GET"), task["url"]
    for block in re.split(r"\n(?=data )", code_blocks(recipe("terraform"), "hcl")[0])[1:]:
        address = re.search(r'url += "([^"]+)"', block)
        method = re.search(r'method += "([^"]+)"', block)
        yield "terraform", method[1] if method else "GET", address[1]


@pytest.mark.parametrize(("name", "method", "address"), list(requests()))
def test_each_address_of_a_recipe_stands_in_the_description_of_the_api(
    name, method, address, document
):
    path, _, query = address[address.index("/v1/") :].partition("?")

    patterns = {re.sub(r"\{\w+\}", "[^/]+", known): known for known in document["paths"]}
    (known,) = [known for form, known in patterns.items() if re.fullmatch(form, plain(path))]

    operation = document["paths"][known][method.lower()]
    named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    asked = {part.partition("=")[0] for part in query.split("&") if part}
    assert asked <= named, name


def plain(path):
    """Return a path with a word in the place of each value that is put into it."""
    return re.sub(r"\{\{[^}]*\}\}|\$\{[^}]*\}", "word", path)


def test_ansible_asks_for_a_change_that_the_api_takes():
    body = tasks()[0]["body"]

    change = ChangeRequestSchema().load(body)

    assert KINDS[change["kind"]].schema().load(body["params"]) is not None


def test_ansible_reads_fields_that_a_job_has(document):
    read_there = set(re.findall(r"\.json\.(\w+)", recipe("ansible")))

    assert read_there
    assert read_there <= document["components"]["schemas"]["Job"]["properties"].keys()


@IN_A_LOOP
def test_a_loop_reads_fields_that_a_job_has(name, document):
    text = script(name)
    named = {*re.findall(r"jq -r \.(\w+)", text), *re.findall(r"\\\(\.(\w+)\)", text)}

    assert len(named) > 3
    assert named <= document["components"]["schemas"]["Job"]["properties"].keys()


def test_terraform_reads_fields_that_the_api_has_and_plans_a_change_that_it_takes(document):
    (block,) = code_blocks(recipe("terraform"), "hcl")
    schemas = document["components"]["schemas"]

    read_there = re.findall(r"jsondecode\(([\w.]+)\.response_body\)\.(\w+)", block)
    kind = re.search(r'kind += "([\w-]+)"', block)[1]
    params = json.loads(re.sub(r"(\w+) =", r'"\1":', re.search(r"params = (\{.*\})", block)[1]))

    known = {"self": schemas["Plan"], "data.http.prod": schemas["Cluster"]}
    assert {place for place, _ in read_there} == known.keys()
    assert all(name in known[place]["properties"] for place, name in read_there)
    assert KINDS[kind].schema().load(params)


@pytest.mark.skipif(not shutil.which("terraform"), reason="only terraform itself reads HCL here")
def test_terraform_reads_its_recipe_and_would_write_it_so(tmp_path):
    (block,) = code_blocks(recipe("terraform"), "hcl")

    done = subprocess.run(
        ["terraform", "fmt", "-check", "-"],
        input=block,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
