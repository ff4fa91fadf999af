"""An issuer of identities, and the server as it is started: gevent, processes and settings."""

import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
from oidc_issuer import API, running_issuer
from served import served

GROUPS = "groups:\n  - group: ops\n    roles: [operator]\n"


@pytest.fixture
def groups(settings):
    (settings.data_dir / "oidc-groups.yaml").write_text(GROUPS)


@pytest.fixture
def silent_port():
    """A port where somebody listens who answers one sign a second, and never comes to an end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip():
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    sent = iter(b"HTTP/1.1 200 OK\r\nX-Drip: " + b"x" * 60)
                    while not over.wait(1):
                        try:
                            connection.sendall(bytes([next(sent)]))
                        except (OSError, StopIteration):
                            break

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def environment(url):
    return {
        "CLUSTERWRIGHT_OIDC_ISSUER": url,
        "CLUSTERWRIGHT_OIDC_AUDIENCE": API,
        "NO_PROXY": "127.0.0.1",
    }


def ask(port, token):
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{port}/v1/jobs"
    return httpx.get(url, headers=headers, trust_env=False, timeout=30)


def test_the_server_takes_tokens_of_the_issuer_that_its_environment_names(
    port, settings, redis, groups, tmp_path
):
    with (
        running_issuer() as issuer,
        served(port, settings, tmp_path / "log", **environment(issuer.url)),
    ):
        answers = [ask(port, issuer.sign()).status_code for _ in range(20)]
        refused = ask(port, issuer.sign({"aud": "another"}))

    assert answers == [200] * 20
    assert refused.status_code == 401
    assert issuer.asked["/keys"] <= 2, "each of two processes asks once"


@pytest.mark.slow
def test_an_issuer_that_answers_by_drops_is_given_up_and_holds_nobody_else(
    port, settings, redis, token, groups, silent_port, tmp_path
):
    url = f"http://127.0.0.1:{silent_port}"
    with running_issuer() as issuer, served(port, settings, tmp_path / "log", **environment(url)):
        began, ends = time.monotonic(), []
        held = [
            threading.Thread(target=lambda: ends.append(ask(port, issuer.sign()).status_code))
            for _ in range(10)
        ]
        for thread in held:
            thread.start()
        meanwhile = [ask(port, token) for _ in range(20)]
        for thread in held:
            thread.join()
        took = time.monotonic() - began

    assert [answer.status_code for answer in meanwhile] == [200] * 20
    assert ends == [503] * 10
    assert took < 20


def test_the_server_does_not_start_with_a_group_whose_role_there_is_not(settings, tmp_path):
    (tmp_path / "oidc-groups.yaml").write_text("groups:\n  - group: ops\n    roles: [boss]\n")

    ran = subprocess.run(
        [sys.executable, "-m", "api.server", "--bind", "127.0.0.1:1"],
        env={"CLUSTERWRIGHT_DATA": str(tmp_path), **environment("https://id.example")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 1
    assert "groups.0.roles.0: Must be one of: viewer" in ran.stderr
    assert "Traceback" not in ran.stderr
