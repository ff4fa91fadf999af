"""A Redis of the benchmark's own: the server and the settings that the product starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from bench.processes import Process, await_until, free_port
from cli.redis_server import command, server_program, socket_path


@contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """Run a server that keeps an append-only file; yield its URL without the database.

    It listens on loopback, since not every contender can use a Unix socket.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    own = command(server_program(), folder, socket_path(folder))
    arguments = [*own, "--port", str(port), "--bind", "127.0.0.1"]
    url = f"redis://127.0.0.1:{port}"
    with Process("redis", arguments, folder):
        await_until(lambda: _answers(url), what=f"Redis on {url}")
        yield url


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def server_version(url: str) -> str:
    """Return the server's name and version."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        server = client.info("server")
    name = server.get("server_name", "redis")
    return f"{name} {server.get(name + '_version') or server['redis_version']}"
