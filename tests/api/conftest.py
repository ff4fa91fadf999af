"""The application on a real, empty Redis, with a token and three hosts."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis as redis_client
from api_requests import CHANGES, HOST_KEY, Steps, change
from chatting import Chat
from chatting import rules as chat_rules
from flask import Flask
from flask.testing import FlaskClient
from hook_rules import apply, rule_text, trust
from signed_requests import SECRETS, SIGNED
from werkzeug.serving import make_server

from api import hub
from api.access import tokens as checking
from api.access.tokens import id_of, new_token, register
from api.app import create_app
from api.local_token import first_token
from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.process import logs
from workflows.process.settings import Settings

TOKEN = {"name": "ci", "roles": ["operator"], "clusters": "test-*", "environments": ["dev"]}
"""What is asked of a token where a test says nothing else."""


@pytest.fixture
def port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def token(redis: redis_client.Redis, settings: Settings) -> str:
    made = first_token(redis, settings.data_dir)
    assert made
    return made


@pytest.fixture
def app(settings: Settings, token: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(hub, "BLOCK_MS", 50)  # the reader ends sooner
    app = create_app(settings)
    yield app
    app.extensions["clusterwright"].close()


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def client(app: Flask, token: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.fixture
def inventory(redis: redis_client.Redis) -> Inventory:
    inventory = Inventory(redis)
    for number in (1, 2, 3):
        inventory.put_host(Host(f"n{number}", f"10.0.0.{number}", HOST_KEY))
    return inventory


@pytest.fixture
def ledger(redis: redis_client.Redis, inventory: Inventory) -> Ledger:
    return Ledger(redis)


@pytest.fixture
def job(client: FlaskClient, ledger: Ledger) -> str:
    """The id of a job that has just been accepted."""
    answer = client.post(CHANGES, json=change())
    assert answer.status_code == 202, answer.text
    return str(answer.json["id"])


@pytest.fixture
def steps(ledger: Ledger, job: str) -> Steps:
    return Steps(ledger, job)


@pytest.fixture
def hook_url(app: Flask, port: int) -> Iterator[str]:
    """Where the application is served, by threads of this process."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{port}/v1/hooks/sender"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_chat(
    client: FlaskClient, ledger: Ledger, settings: Settings, hook_url: str
) -> Iterator[Callable[..., Chat]]:
    """Open a chat of a kind, with a cluster prod of one node."""

    opened: list[Chat] = []

    def open_chat(kind: str, **more: str) -> Chat:
        made = client.post("/v1/clusters/prod/changes", json=change())
        Steps(ledger, made.json["id"]).finish()
        apply(client, chat_rules(kind, **more))
        chat = Chat(kind, hook_url)
        opened.append(chat)
        trust(settings, secret=chat.secret)
        return chat

    yield open_chat
    for chat in opened:
        chat.http.close()


class Clock:
    """What time it is, as the test says."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock(app, monkeypatch):
    monkeypatch.setattr(checking, "CACHE_SECONDS", 0)
    backend = app.extensions["clusterwright"]
    clock = Clock(1_900_000_000.0)
    backend.tokens.clock = backend.token_store.clock = clock
    return clock


@pytest.fixture
def made(client, clock):
    """Return a function that makes a token and returns the answer's document."""

    def make(**wish):
        answer = client.post("/v1/tokens", json=TOKEN | wish)
        assert answer.status_code == 201, answer.text
        return answer.json

    return make


@pytest.fixture
def with_token(app):
    """Return a function that returns a client that sends a token."""

    def send(token):
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return send


class Written(logging.Handler):
    """Keeps the lines of the log as they would be written."""

    def __init__(self):
        super().__init__()
        self.setFormatter(logs.JsonLines())
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def written():
    """The lines of the log, as they would be written."""
    root, requests = logging.getLogger(), logging.getLogger("api")
    handler, before = Written(), requests.level
    root.addHandler(handler)
    requests.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    requests.setLevel(before)


@pytest.fixture
def records(client):
    """Return a function that lists the audit log, the newest first."""
    return lambda query="": client.get(f"/v1/audit{query}").json["records"]


@pytest.fixture
def robot(app, redis):
    """Return a client whose token is granted just this."""

    def make(*grants):
        token = new_token()
        register(redis, token, "robot", grants)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client, id_of(token)

    return make


@pytest.fixture
def send(anonymous):
    """Send what a kind of sender sends, signed at a moment, now if none is given."""

    def send(kind, *, secret=SECRETS["github"][0], at=None, body=None, to="/v1/hooks/sender"):
        made = SIGNED[kind](secret, at or time.time(), *([body] if body is not None else []))
        return anonymous.open(
            to, method=made.method, headers=dict(made.headers), data=made.body,
            query_string=dict(made.query),
        )  # fmt: skip

    return send


@pytest.fixture
def github(client, ledger, settings):
    """The rule file knows one sender, GitHub."""
    apply(client, rule_text("github"))
    trust(settings)
    return client
