"""No secret is found anywhere but where it is kept: join tokens, tokens, hooks', cookies, keys."""

import re
import time
from itertools import chain
from pathlib import Path

import httpx
import pytest
from secret_search import answers, files, leaks, values
from signed_requests import SIGNED
from test_main_job import SEPARATED, succeeded

RULES = """\
sources:
  repo:
    kind: github
    clusters: prod
    environments: [dev]
    kinds: [create-cluster]
  desk:
    kind: servicenow
    clusters: prod
    environments: [dev]
    kinds: [verify]
rules:
  - name: form
    source: repo
    types: ["*"]
    change:
      kind: create-cluster
      cluster: prod
      params: {control_plane: [n1, n2, n3], environment: dev}
  - name: look
    source: desk
    types: ["*"]
    change: {kind: verify, cluster: prod}
"""
SECRET_FILES = ("/token", "/hooks/", "/keys/")
"""Where a secret is kept, and nowhere else: files of the data directory, mode 0600."""


def tokens_of(lab):
    found = set()
    for host in lab.hosts:
        file = lab.log_directory(host.name) / "tokens.txt"
        found |= set(file.read_text().split()) if file.exists() else set()
    return found


def everything_written(stack):
    """Yield every text that the product has left behind, with where it was found."""
    for file in sorted(stack.redis_folder.rglob("*")):
        if file.is_file():
            yield str(file), file.read_bytes()
    for file in sorted(stack.folder.rglob("*")):
        if file.is_file() and file.name != "lab":
            yield str(file), file.read_bytes()


def test_no_join_token_is_found_in_redis_messages_events_or_logs_or_stays_valid(stack, lab):
    job = succeeded(stack, stack.post("prod", SEPARATED))
    tokens = tokens_of(lab)
    shown = stack.client.get(f"/v1/jobs/{job['id']}/events").text + str(stack.job(job["id"]))

    assert len(tokens) >= 4
    for token in tokens:
        assert token not in shown
        for place, content in everything_written(stack):
            assert token.encode() not in content, place
    kept = lab.exec("n1", "cat /var/snap/microk8s/current/credentials/cluster-tokens.txt").stdout
    assert not [token for token in tokens if token in kept]


def told(stack, method, path, **more):
    answer = stack.client.request(method, path, **more)
    assert answer.is_success, answer.text
    return answer.json()


def token_secrets(stack):
    """Make, use, rotate and revoke tokens; return all that were secret about them."""
    wish = {"name": "ci", "roles": ["operator"], "clusters": "*"}
    first = told(stack, "POST", "/v1/tokens", json=wish)
    path = f"/v1/tokens/{first['id']}"
    second = told(stack, "POST", f"{path}/rotate", json={"overlap_hours": 1})["new"]
    told(stack, "POST", f"{path}/revoke")
    wrong = f"cw_{first['id']}_{'w' * 43}"
    for token in (first["token"], second["token"], wrong):
        headers = {"Authorization": f"Bearer {token}"}
        # Where people put a token by mistake, too: in the address, and in a body.
        stack.client.get("/v1/jobs", params={"token": token}, headers=headers)
        stack.client.post("/v1/rules/explain", json={"token": token}, headers=headers)
    made = {"a revoked token": first["token"], "a token": second["token"], "a wrong token": wrong}
    return {name: token.split("_", 2)[2] for name, token in made.items()}


def session_secrets(stack, token):
    """Sign in on the page, once with a wrong token; return the cookies of the browser."""
    with httpx.Client(base_url=stack.client.base_url, follow_redirects=True) as browser:
        for text in (f"cw_{'0' * 12}_{'x' * 43}", token):
            form = browser.get("/sign-in").text
            field = re.search(r'name="csrf_token" value="([^"]+)"', form)
            browser.post("/sign-in", data={"csrf_token": field[1], "token": text})
        assert browser.get("/jobs").status_code == 200
        cookies = {f"the cookie {name}": value for name, value in browser.cookies.items()}
    assert "the cookie cw_session" in cookies
    return cookies | {"the wrong token of a sign-in": "x" * 43}


def hook_secrets(stack):
    """Give two senders secrets, and send events with right and wrong ones; return the jobs too."""
    told(stack, "PUT", "/v1/rules", json={"text": RULES})
    repo = told(stack, "POST", "/v1/hooks/repo/secrets")["secret"]
    desk = "Zq8-a-secret-that-somebody-chose"
    told(stack, "POST", "/v1/hooks/desk/secrets", json={"secret": desk})
    wrong = "Zq9-a-secret-that-nobody-knows"
    jobs = []
    for name, kind, secret in (
        *(("repo", "github", repo), ("desk", "servicenow", wrong)),
        ("desk", "servicenow", desk),
    ):
        made = SIGNED[kind](secret.encode(), time.time())
        url = f"{stack.client.base_url}/v1/hooks/{name}"
        answer = httpx.request(made.method, url, headers=made.headers, content=made.body)
        assert answer.status_code == (401 if secret == wrong else 202), answer.text
        if secret != wrong:
            [event] = answer.json()["events"]
            jobs.append(stack.finish(event["job"]))
    return {"a made hook secret": repo, "a hook secret": desk, "a wrong hook secret": wrong}, jobs


def test_no_secret_of_tokens_hooks_sign_ins_and_jobs_is_found_in_anything_that_is_left(stack, lab):
    kept = (stack.folder / "token").read_text().strip()
    secrets = {"the first token": kept.split("_", 2)[2]}
    secrets |= token_secrets(stack) | session_secrets(stack, kept)
    of_hooks, jobs = hook_secrets(stack)
    assert [job["status"] for job in jobs] == ["succeeded", "succeeded"], jobs
    ids = [job["id"] for job in jobs]
    joins = {f"join token {place}": text for place, text in enumerate(sorted(tokens_of(lab)))}
    assert len(joins) >= 2
    secrets |= of_hooks | joins

    written = [
        row
        for row in files(stack.redis_folder, stack.folder)
        if not any(part in row[0].removeprefix(str(stack.folder)) for part in SECRET_FILES)
    ]
    stored, shown = list(values(stack.redis_url)), list(answers(stack.client, ids))
    assert {"api.log", "worker.log"} <= {Path(place).name for place, _ in written}
    assert {"hash", "set", "stream", "string"} <= {place.split(" ")[0] for place, _ in stored}
    assert leaks(secrets, chain(written, stored, shown)) == []
    # The search finds what is there.
    assert leaks({"a job": ids[0]}, written)
    assert leaks({"a job": ids[0]}, stored)
    assert leaks({"a job": ids[0]}, shown)


def test_files_that_keep_secrets_are_their_owners_alone(stack):
    told(stack, "PUT", "/v1/rules", json={"text": RULES})
    for name in ("repo", "desk"):
        told(stack, "POST", f"/v1/hooks/{name}/secrets")

    keeping = [stack.folder / "token", *(stack.folder / "hooks").iterdir()]
    assert len(keeping) >= 3
    assert {file.stat().st_mode & 0o777 for file in keeping} == {0o600}


def test_no_private_key_is_found_in_anything_that_was_written(stack, lab):
    succeeded(stack, stack.post("prod", {"control_plane": ["n1"]}))
    lines = [line for line in Path(lab.key_file).read_bytes().splitlines() if b"-----" not in line]

    assert lines
    for place, content in everything_written(stack):
        assert not [line for line in lines if line in content], place


def test_the_append_only_file_holds_what_was_written(stack, lab):
    # The search above would prove nothing if it looked in the wrong place.
    job = succeeded(stack, stack.post("prod", {"control_plane": ["n1"]}))

    assert any(job["id"].encode() in content for _, content in everything_written(stack))


@pytest.mark.slow
def test_no_token_was_an_argument_of_a_process_of_ours(stack, lab):
    lab.add_fault("n2", {"match": "microk8s join", "action": "slow", "seconds": 3, "times": 1})
    job_id = stack.post("prod", {"control_plane": ["n1", "n2", "n3"]}).json()["id"]
    seen = []
    while not (tokens := tokens_of(lab)):
        pass
    while not stack.job(job_id)["finished_for_now"]:
        seen += lab.exec("n2", "ps -eo comm,args").stdout.splitlines()

    holders = [line for line in seen if any(token in line for token in tokens)]
    # MicroK8s' own join takes the URL as its argument, and calls sudo with it; ours never does.
    theirs = ("/snap/bin/microk8s join ", "join.py")
    assert holders
    assert not [line for line in holders if not any(word in line for word in theirs)]
