"""A server with two clusters, on which what the pages of docs/integrations say is tried."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import redis as redis_client
from api_requests import HOST_KEY, Steps
from integration_pages import Page
from running_redis import RedisServer
from served import SECONDS, served
from signed_requests import SECRETS

from cluster.spec import Host
from workflows.hooks.sources import SOURCES
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.process.connection import connect
from workflows.process.settings import Settings
from workflows.submit import submit

HOSTS = ("n1", "n2", "n3", "n4", "n5", "n6")
CLUSTERS = {
    "prod": {"control_plane": ["n1", "n2", "n3"], "environment": "prod"},
    "test-a": {"control_plane": ["n4"], "environment": "dev"},
}
MAKES_A_PAIR = "openssl genpkey"
KEEPS_THE_SECRET = "clusterwright() { cat >entered; }\n"


@dataclass(frozen=True)
class Answer:
    status: int
    job: str
    """Its id, wherever it stands; empty where there is none."""


@dataclass
class Stand:
    """A server with two clusters and two free hosts, and who pastes into a shell."""

    url: str
    http: httpx.Client
    redis: redis_client.Redis
    folder: Path
    begun: dict[bytes, bytes]
    """Every key as it was at first."""

    def begin_anew(self) -> None:
        # In one step, since the server writes on its own as well.
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.flushall()
            for key, value in self.begun.items():
                pipe.restore(key, 0, value)
            pipe.execute()

    def prepare(self, page: Page) -> str:
        """Put a page's rules in force and its secret in use; return the secret."""
        self.begin_anew()
        applied = self.http.put("/v1/rules", json={"text": page.rules})
        assert applied.status_code in {200, 201}, applied.text
        sender, _ = page.source
        body = {} if SOURCES[page.name].makes_secrets else {"secret": self.secret_of(page)}
        added = self.http.post(f"/v1/hooks/{sender}/secrets", json=body)
        assert added.status_code == 201, added.text
        return body.get("secret") or added.json()["secret"]

    def secret_of(self, page: Page) -> str:
        """Return a secret as the sender makes it; where the page makes one, that."""
        for block in page.shell:
            if MAKES_A_PAIR in block:
                self.paste(KEEPS_THE_SECRET + block)
                return (self.folder / "entered").read_text()
        return SECRETS[page.name][0].decode()

    def paste(self, block: str, secret: str = "") -> str:
        """Paste a block in which nothing may fail; return what it prints."""
        done = self.pasted(block, SECRET=secret)
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        return done.stdout

    def pasted(self, block: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Paste into a shell of its own, which stops where a line fails."""
        told = {"PATH": os.environ["PATH"], "CLUSTERWRIGHT_URL": self.url}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=self.folder,
            env=told | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def send(self, block: str, secret: str) -> Answer:
        printed = self.paste(block, secret)
        status = re.match(r"HTTP/1.1 (\d{3})", printed)
        assert status, printed
        job = re.search(r"/jobs/([0-9a-f]+)", printed)
        return Answer(int(status[1]), job[1] if job else "")


@contextmanager
def running_stand(server: RedisServer, folder: Path) -> Iterator[Stand]:
    """Empty a Redis, form the clusters in it, and start a server."""
    settings = Settings(folder / "data", server.url)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with connect(settings) as client:
        client.flushall()
        form_clusters(client)
        with served(port, settings, folder / "server.log", "--workers", "1"):
            url = f"http://127.0.0.1:{port}"
            token = (settings.data_dir / "token").read_text().strip()
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(
                base_url=url, headers=headers, timeout=SECONDS, trust_env=False
            ) as http:
                yield Stand(url, http, client, folder, dumped(settings))


def form_clusters(client: redis_client.Redis) -> None:
    inventory, ledger = Inventory(client), Ledger(client)
    for place, name in enumerate(HOSTS, start=1):
        inventory.put_host(Host(name, f"10.0.0.{place}", HOST_KEY, zone=f"rack-{place}"))
    for cluster, params in CLUSTERS.items():
        job = submit(ledger, inventory, Change(cluster, "create-cluster", params)).job
        Steps(ledger, job.id).finish()


def dumped(settings: Settings) -> dict[bytes, bytes]:
    """Return every key of Redis, in the form in which it can be put back."""
    with redis_client.Redis.from_url(settings.redis_url) as raw:
        return {key: raw.dump(key) for key in raw.scan_iter()}
