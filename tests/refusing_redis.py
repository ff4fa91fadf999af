"""A real server that is brought to refuse, each way as it comes about in the field."""

import os
import signal
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis
from running_redis import RedisServer

SPIN = "local t = tonumber(ARGV[1]); while redis.call('TIME')[1] - t < {} do end"
DEADLINE_SECONDS = 60


@contextmanager
def configured(client: redis.Redis, **settings: str) -> Iterator[None]:
    before = {name: client.config_get(name.replace("_", "-")) for name in settings}
    for name, value in settings.items():
        client.config_set(name.replace("_", "-"), value)
    try:
        yield
    finally:
        for row in before.values():
            for name, value in row.items():
                client.config_set(name, value)


@contextmanager
def full(client: redis.Redis) -> Iterator[None]:
    with configured(client, maxmemory="1"):
        yield


@contextmanager
def short_of_replicas(client: redis.Redis) -> Iterator[None]:
    with configured(client, min_replicas_to_write="1"):
        yield


@contextmanager
def replica(client: redis.Redis) -> Iterator[None]:
    """Of a primary that nobody has ever reached: port 1 of loopback."""
    client.replicaof("127.0.0.1", "1")
    try:
        yield
    finally:
        client.replicaof("NO", "ONE")


@contextmanager
def silent_replica(client: redis.Redis) -> Iterator[None]:
    with configured(client, replica_serve_stale_data="no"), replica(client):
        yield


@contextmanager
def forbidding(client: redis.Redis) -> Iterator[None]:
    client.execute_command("ACL", "SETUSER", "default", "-set", "-fcall", "-hgetall")
    try:
        yield
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+@all")


@contextmanager
def locked(client: redis.Redis) -> Iterator[None]:
    """Who is connected already stays so."""
    with configured(client, requirepass="another"):
        yield


@contextmanager
def crowded(client: redis.Redis) -> Iterator[None]:
    with configured(client, maxclients="1"):
        yield


@contextmanager
def unable_to_save(client: redis.Redis) -> Iterator[None]:
    """Its snapshots fail: their file is in a folder that there is not."""
    with configured(client, save="3600 1", stop_writes_on_bgsave_error="yes"):
        folder = client.config_get("dir")["dir"]
        blocked = os.path.join(folder, "dump.rdb")
        if os.path.isfile(blocked):
            os.remove(blocked)
        os.mkdir(blocked)  # a folder where the snapshot's file should be
        client.set("cw:unsaved", "1")
        client.bgsave()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while client.info("persistence")["rdb_last_bgsave_status"] == "ok":
            assert time.monotonic() < deadline, "the snapshot did not fail"
            time.sleep(0.02)
        try:
            yield
        finally:
            os.rmdir(blocked)
            client.config_set("stop-writes-on-bgsave-error", "no")
            client.bgsave()
            while client.info("persistence")["rdb_last_bgsave_status"] != "ok":
                assert time.monotonic() < deadline, "the snapshot still fails"
                time.sleep(0.02)


@contextmanager
def busy(client: redis.Redis, server: RedisServer, seconds: int = 2) -> Iterator[None]:
    """With a script that reads and does not end for a while."""

    def spin() -> None:
        with redis.Redis.from_url(server.url) as other:
            other.eval(SPIN.format(seconds), 0, int(time.time()))

    with configured(client, busy_reply_threshold="5"):
        thread = threading.Thread(target=spin)
        thread.start()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            try:
                client.ping()
            except redis.ResponseError:
                break
        try:
            yield
        finally:
            thread.join()


class _Refusing(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Refuse each command; whoever hung up has ended it."""
        with suppress(ConnectionError):
            while line := self.rfile.readline():
                for _ in range(int(line[1:])):  # "*2", then a length and a word twice
                    self.rfile.read(int(self.rfile.readline()[1:]) + 2)
                self.wfile.write(f"-{self.server.says}\r\n".encode())  # type: ignore[attr-defined]


@contextmanager
def saying(text: str) -> Iterator[str]:
    """Yield the URL of what says one thing to every command: states no test can bring about."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing) as server:
        server.daemon_threads, server.says = True, text  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}/0"
        finally:
            server.shutdown()


@contextmanager
def slow(server: RedisServer, seconds: float) -> Iterator[None]:
    """Whoever asks waits up to so long for each answer: one pause comes after the other."""
    begun, stop = threading.Event(), threading.Event()

    def pause() -> None:
        with redis.Redis.from_url(server.url) as other:
            while not stop.is_set():  # its next word waits as everybody's does
                other.client_pause(int(seconds * 1000))
                begun.set()

    thread = threading.Thread(target=pause)
    thread.start()
    assert begun.wait(DEADLINE_SECONDS)
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
