"""Whatever fits the OpenAPI document, or nearly, is answered as it says by a running server."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from api_requests import HOST_KEY
from fuzzed_document import config, fuzzed, headers_are_told
from hook_rules import rule_text
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as bounded
from hypothesis.errors import Unsatisfiable
from requests import Session
from running_redis import running_redis
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from served import served

from api.access.tokens import new_token, register
from api.app import create_app
from api.local_token import first_token
from cluster.spec import Host
from workflows.celery_workers import celery_worker_seen
from workflows.hooks.rules.store import RuleStore
from workflows.hooks.sources import SOURCES
from workflows.inventory import Inventory
from workflows.process.connection import connect
from workflows.process.limit_settings import NO_LIMITS
from workflows.process.settings import Settings
from workflows.roles import Role, spelled_out

SEED = 10
FEW = 2
"""Requests by operation, by whether they fit the document, and by who asks."""
MANY = 25
BEAT_SECONDS = 5
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
WHO = (Role.ADMIN, Role.VIEWER, None)


@dataclass(frozen=True, slots=True)
class Api:
    """A running server, and its document as it is fuzzed."""

    url: str
    document: dict[str, Any]
    redis: Any
    log: Path

    def headers(self, who: Role | None) -> dict[str, str]:
        """Return what shows a fresh token: an admin's requests may revoke any that they find."""
        if who is None:
            return {}
        token = new_token()
        register(self.redis, token, str(who), spelled_out([who]))
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("fuzzed")
    with running_redis() as server, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        settings = Settings(data_dir=folder, redis_url=server.url, limits=NO_LIMITS)
        redis = connect(settings)
        first_token(redis, folder)
        for number in (1, 2, 3):
            Inventory(redis).put_host(Host(f"n{number}", f"10.0.0.{number}", HOST_KEY))
        RuleStore(redis, SOURCES).replace(rule_text("github"), None, "test")
        document = create_app(settings).test_client().get("/openapi.json").json
        without_limits = {"CLUSTERWRIGHT_LIMITS": "off"}
        with served(port, settings, folder / "api.log", **without_limits), celery_worker(redis):
            url = f"http://127.0.0.1:{port}"
            yield Api(url, fuzzed(document), redis, folder / "api.log")
        redis.close()


@contextmanager
def celery_worker(redis: Any) -> Iterator[None]:
    """Tell now and then that a Celery worker lives: without one /readyz answers 503."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(BEAT_SECONDS):
            celery_worker_seen(redis, "celery@test")

    celery_worker_seen(redis, "celery@test")
    telling = threading.Thread(target=tell)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()


@pytest.mark.parametrize("who", WHO)
def test_every_operation_answers_as_the_document_says_whoever_asks(api, who):
    schema = schemathesis.openapi.from_dict(
        api.document, config=SchemathesisConfig.from_str(config(has_token=bool(who)))
    )
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 41

    faults, headers = [], api.headers(who)
    with Session() as session:
        for operation in operations:
            for mode in MODES:
                try:
                    ask(api, operation, mode, headers, session)
                except FailureGroup as fault:
                    faults.append(str(fault))

    assert not faults, "\n\n".join(faults)
    assert_still_known(api, headers)
    assert "a defect" not in api.log.read_text()


def ask(api, operation, mode, headers, session):
    """Send a few requests of one operation, and hold the answers to the document."""

    @seed(SEED)
    @bounded(
        max_examples=FEW,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case):
        case.call_and_validate(
            base_url=api.url,
            session=session,
            headers=headers,
            timeout=20,
            additional_checks=[headers_are_told],
        )

    with suppress(Unsatisfiable):  # nothing is wrong with a request that has nothing in it
        answered()


def assert_still_known(api, headers):
    """Hold that the token was not revoked on the way: all that followed would have been 401."""
    answer = httpx.get(f"{api.url}/v1/tokens/self", headers=headers, trust_env=False)
    assert answer.status_code == (200 if headers else 401), answer.text


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_at_length_every_operation_answers_as_the_document_says(api, who, tmp_path):
    (tmp_path / "schemathesis.toml").write_text(config(has_token=bool(who)))
    (tmp_path / "document.json").write_text(json.dumps(api.document))
    headers = api.headers(who)
    sent = [f"--header={name}: {value}" for name, value in headers.items()]

    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", "document.json"),
            *("--url", api.url, "--seed", str(SEED), "--max-examples", str(MANY)),
            *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-color"),
            *sent,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert_still_known(api, headers)
    assert "a defect" not in api.log.read_text()
