"""Tells a container engine whether its container works: as ``api``, ``worker`` or ``deliveries``.

The API has to answer. A Celery worker has to have told Redis within 30 s that it is alive, which
its reconciler does twice a second while it gets through to Redis: that of ``deliveries``, that it
takes these, and the other, that it serves a site.
"""

import socket
import sys
from urllib.request import urlopen

URL = "http://127.0.0.1:8460/healthz"


def api_answers() -> str | None:
    """Return what is wrong with the API, if anything is."""
    try:
        with urlopen(URL, timeout=4) as answer:
            return None if answer.status == 200 else f"status {answer.status}"
    except OSError as error:
        return str(error)


def worker_was_seen(delivers: bool = False) -> str | None:
    """Return what is wrong with the Celery worker of this container, if anything is."""
    from redis.exceptions import RedisError

    from workflows.celery_workers import celery_workers_seen, delivering_seen
    from workflows.process.connection import connect
    from workflows.process.settings import Settings

    own = f"{socket.gethostname()}:"
    try:
        client = connect(Settings.from_env())
        seen = delivering_seen(client) if delivers else celery_workers_seen(client)
    except (RedisError, OSError) as error:
        return f"Redis: {error}"
    return None if any(name.startswith(own) for name in seen) else "Redis has not heard of it"


def main(role: str) -> int:
    """Look, and say what is wrong on standard error."""
    looks = {
        "api": api_answers,
        "worker": worker_was_seen,
        "deliveries": lambda: worker_was_seen(delivers=True),
    }
    wrong = looks[role]()
    if wrong:
        sys.stderr.write(f"the {role} is not well: {wrong}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
