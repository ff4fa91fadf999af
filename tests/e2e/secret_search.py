"""Everything that a stack writes and tells, and whether a secret is found in it."""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import redis

TOLD = (
    *("/v1", "/v1/jobs", "/v1/clusters", "/v1/hosts", "/v1/kinds", "/v1/tokens", "/v1/tokens/self"),
    *("/v1/hooks", "/v1/rules", "/metrics", "/openapi.json", "/docs", "/healthz", "/readyz"),
    *("/v1/subscriptions", "/v1/subscriptions/board/deliveries", "/v1/schedules", "/v1/windows"),
    *("/v1/subscriptions/wall/deliveries", "/v1/audit?per_page=200", "/v1/approval-policy"),
)
"""What the API tells whoever asks; jobs and their events come on top."""


def files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what stands in files: logs, Redis' append-only file, the data directory."""
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                yield str(file), file.read_bytes()


def values(url: str) -> Iterator[tuple[str, bytes]]:
    """Yield what every key of Redis holds, of whatever type it is."""
    with redis.Redis.from_url(url) as client:
        reads = {
            b"string": client.get,
            b"hash": client.hgetall,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"set": client.smembers,
            b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
            b"stream": client.xrange,
        }
        for key in client.scan_iter("*"):
            kind = client.type(key)
            if kind != b"none":  # it has expired since it was listed
                yield f"{kind.decode()} {key.decode()}", key + flat(reads[kind](key))
        yield "functions", flat(client.function_list(withcode=True))


def flat(value: object) -> bytes:
    """Return all texts of an answer of Redis, one after the other."""
    if isinstance(value, bytes):
        return value + b"\n"
    if isinstance(value, dict):
        value = list(value.items())
    if isinstance(value, list | tuple | set):
        return b"".join(map(flat, value))
    return str(value).encode() + b"\n"


def answers(client, jobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield what the API tells."""
    paths = [*TOLD, *(f"/v1/jobs/{job}{more}" for job in jobs for more in ("", "/events"))]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        yield path, answer.content + str(answer.headers).encode()


def forms(secret: str) -> Iterator[bytes]:
    """Yield a secret as it could be written down."""
    plain = secret.encode()
    yield from (plain, base64.b64encode(plain), plain.hex().encode(), quote(secret, "").encode())


def leaks(secrets: dict[str, str], places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return which secrets are found where."""
    looked_for = {name: set(forms(secret)) for name, secret in secrets.items()}
    return [
        f"{name} in {place}"
        for place, content in places
        for name, texts in looked_for.items()
        if any(text in content for text in texts)
    ]
