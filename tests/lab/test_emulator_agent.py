"""The cluster agent's HTTP, as Go's server speaks it."""

import json
import os
from collections.abc import Iterator

import pytest
from emulated import Hosts

from lab import Lab

V1, V2 = "/cluster/api/v1.0", "/cluster/api/v2.0"


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(2, name=f"emulator-agent-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    hosts = Hosts(module_lab)
    hosts.install("n1")
    return hosts


def ask(hosts: Hosts, path: str, body: str | None = None, header: str = "") -> tuple[int, str, str]:
    """Status, content type and body of the agent's answer."""
    post = f"-X POST -d '{body}'" if body is not None else ""
    extra = f"-H '{header}'" if header else ""
    write_out = "-w '\\n%{http_code} %{content_type}'"
    url = f"https://10.79.0.11:25000{path}"
    lines = hosts.out("n2", f"curl -sk {post} {extra} {write_out} {url}").splitlines()
    status, _, content_type = lines[-1].partition(" ")
    return int(status), content_type, "\n".join(lines[:-1])


def test_answers_are_json_that_calls_itself_plain_text(hosts: Hosts) -> None:
    text = "text/plain; charset=utf-8"

    assert ask(hosts, "/health") == (200, text, '{"status": "OK"}')
    assert ask(hosts, "/nothing") == (404, text, '{"error": "Not found"}')


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"{V2}/join", 404), (f"{V1}/join", 404), (f"{V1}/sign-cert", 404),
     (f"{V2}/dqlite/remove", 405)],
)  # fmt: skip
def test_the_wrong_method_has_an_empty_answer(hosts: Hosts, path: str, status: int) -> None:
    assert ask(hosts, path) == (status, "", "")


@pytest.mark.parametrize("path", [f"{V2}/join", f"{V1}/sign-cert", f"{V2}/dqlite/remove"])
def test_a_body_that_is_no_json_is_a_bad_request(hosts: Hosts, path: str) -> None:
    status, _, body = ask(hosts, path, "no json")

    assert status == 400
    assert "error" in json.loads(body)


def test_the_old_join_spends_the_token_and_refuses(hosts: Hosts) -> None:
    token = hosts.token().partition("/")[0]
    body = json.dumps({"token": token})

    first, second = ask(hosts, f"{V1}/join", body), ask(hosts, f"{V1}/join", body)

    assert first[0] == second[0] == 500
    assert json.loads(first[2])["error"].startswith(
        "Failed to join the cluster. This is an HA MicroK8s cluster.\n"
    )
    assert json.loads(second[2])["error"] == "Invalid token"


def test_a_member_is_struck_out_for_the_token_of_the_cluster_api_only(hosts: Hosts) -> None:
    hosts.install("n2")
    hosts.join("n2")
    body = json.dumps({"remove_endpoint": "10.79.0.12:19001"})
    callback = hosts.out("n1", "cat /var/snap/microk8s/current/credentials/callback-token.txt")
    path = f"{V2}/dqlite/remove"

    without_file = ask(hosts, path, body, f"x-microk8s-callback-token: {callback.strip()}")
    hosts.run("n1", "mkdir -p /capi/etc; echo sesame > /capi/etc/token")
    wrong = ask(hosts, path, body, "capi-auth-token: other")
    right = ask(hosts, path, body, "capi-auth-token: sesame")

    assert (without_file[0], wrong[0], right[0]) == (500, 401, 200)
    assert hosts.members() == ["10.79.0.11"]
