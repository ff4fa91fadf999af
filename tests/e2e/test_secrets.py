"""No secret is found anywhere but where it is kept: join tokens, tokens, hooks', receivers'."""

import json
import re
import time
from itertools import chain
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from polling import within
from receiver import Reply, receiving
from secret_search import answers, files, leaks, values
from signed_requests import JSON, SIGNED
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
  room:
    kind: mattermost
    clusters: prod
    environments: [dev]
    kinds: [verify]
    approve_within: 8
    people:
      "T1:U1": {name: jane, roles: [operator]}
      "T1:U2": {name: bob, roles: [approver]}
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
ENDED = "job.succeeded"
SECRET_FILES = ("/token", "/hooks/", "/keys/", "/receivers/")
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


def of_chat(stack, secret, body, kind):
    """Send what Mattermost sends, and return its answer."""
    headers = {"Content-Type": kind, "Authorization": f"Token {secret}"}
    url = f"{stack.client.base_url}/v1/hooks/room"
    answer = httpx.post(url, content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def chat_secrets(stack):
    """Ask for a change in a chat, and have it rejected by a button; return what seals buttons."""
    secret = "Zq7-a-secret-of-the-chat"
    told(stack, "POST", "/v1/hooks/room/secrets", json={"secret": secret})
    who = {"team_id": "T1", "channel_id": "c1", "user_name": "jane"}
    typed = who | {"user_id": "U1", "trigger_id": "mm1", "command": "/cluster"}
    typed |= {"text": "change verify prod"}
    form = "application/x-www-form-urlencoded"
    said = of_chat(stack, secret, urlencode(typed), form)
    actions = [row for each in said["props"]["attachments"] for row in each["actions"]]
    contexts = {row["id"]: row["integration"]["context"] for row in actions}
    pressed = {"user_id": "U2", "team_id": "T1", "post_id": "p1", "channel_id": "c1"}
    pressed |= {"trigger_id": "press1", "context": contexts["reject"]}
    after = of_chat(stack, secret, json.dumps(pressed), JSON)
    assert "rejected" in str(after), after
    seals = {f"the seal of {name}": row["signature"] for name, row in contexts.items()}
    return seals | {"a chat's secret": secret}


def receiver_secrets(stack, receiver):
    """Have two receivers told of jobs, one of which refuses all; return addresses and secrets."""
    path, query = "Zq5-in-the-path-of-a-receiver", "Zq6-in-its-query"
    secrets = {"a receiver's path": path, "a receiver's query": query}
    given = "whsec_" + "Zq4A" * 12
    secrets["a given signing secret"] = given.removeprefix("whsec_")
    for name, more in (("board", {}), ("wall", {"secret": given})):
        url = f"{receiver.url}/{path}-{name}?key={query}"
        made = told(stack, "POST", "/v1/subscriptions", json={"name": name, "url": url} | more)
        if made["secret"]:
            secrets["a signing secret"] = made["secret"].removeprefix("whsec_")
        told(stack, "POST", f"/v1/subscriptions/{name}/test")
    turned = told(stack, "POST", "/v1/subscriptions/board/rotate", json={"overlap_hours": 1})
    secrets["a rotated signing secret"] = turned["secret"].removeprefix("whsec_")
    return secrets


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


def test_no_secret_of_tokens_hooks_receivers_chats_and_jobs_is_found_in_anything_that_is_left(
    stack, lab, receiver
):
    # What a receiver says of a failure is kept: here it says its own address.
    echo = b"no such hook: Zq5-in-the-path-of-a-receiver?key=Zq6-in-its-query"
    receiver.replies.extend([Reply(200), Reply(200), Reply(400, body=echo)])
    kept = (stack.folder / "token").read_text().strip()
    secrets = {"the first token": kept.split("_", 2)[2]}
    secrets |= token_secrets(stack) | session_secrets(stack, kept)
    secrets |= receiver_secrets(stack, receiver)
    of_hooks, jobs = hook_secrets(stack)
    assert [job["status"] for job in jobs] == ["succeeded", "succeeded"], jobs
    ids = [job["id"] for job in jobs]
    joins = {f"join token {place}": text for place, text in enumerate(sorted(tokens_of(lab)))}
    assert len(joins) >= 2
    secrets |= of_hooks | joins | chat_secrets(stack)
    within(lambda: delivered(stack, "wall", jobs), "the last events to arrive")

    written = [
        row
        for row in files(stack.redis_folder, stack.folder)
        if not any(part in row[0].removeprefix(str(stack.folder)) for part in SECRET_FILES)
    ]
    stored, shown = list(values(stack.redis_url)), list(answers(stack.client, ids))
    assert {"api.log", "worker.log", "audit-log"} <= {Path(place).name for place, _ in written}
    assert {"hash", "set", "stream", "string"} <= {place.split(" ")[0] for place, _ in stored}
    assert leaks(secrets, chain(written, stored, shown)) == []
    keys = {place.split(" ")[1] for place, _ in stored if " " in place}
    assert {"cw:audit", "cw:subscriptions"} <= keys
    assert any(key.startswith("cw:delivery:") for key in keys)
    # The search finds what is there.
    assert leaks({"a job": ids[0]}, written)
    assert leaks({"a job": ids[0]}, stored)
    assert leaks({"a job": ids[0]}, shown)


def delivered(stack, name, jobs):
    """Say whether a receiver knows how each job ended."""
    rows = told(stack, "GET", f"/v1/subscriptions/{name}/deliveries")["deliveries"]
    ended = {row["job"] for row in rows if row["state"] == "done" and row["type"] == ENDED}
    return {job["id"] for job in jobs} <= ended


def test_files_that_keep_secrets_are_their_owners_alone(stack):
    told(stack, "PUT", "/v1/rules", json={"text": RULES})
    for name in ("repo", "desk"):
        told(stack, "POST", f"/v1/hooks/{name}/secrets")

    told(stack, "POST", "/v1/subscriptions", json={"name": "desk", "url": "http://127.0.0.1:9/"})

    folders = (stack.folder / "hooks", stack.folder / "receivers")
    keeping = [stack.folder / "token", *(file for folder in folders for file in folder.iterdir())]
    assert len(keeping) >= 4
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
