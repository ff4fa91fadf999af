"""The HTTP server: gunicorn with gevent workers, started as ``python -m api.server``.

The application is imported in the worker processes only: gevent patches each of them first, and
each connects to Redis for itself.
"""

import subprocess
import sys
from typing import Any

import click
from gunicorn.app.base import (  # type: ignore[import-untyped]  # gunicorn has no types
    BaseApplication,
)

DEFAULT_BIND = "127.0.0.1:8460"
DEFAULT_WORKERS = 2
CONNECTIONS = 1000
"""Per process; above the hub's most clients, so that requests are served beside streams."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """A gunicorn that is configured by arguments instead of a file."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from api.app import create_app  # after gevent has patched this process

        return create_app()


def options(bind: str, workers: int, *, access_log: bool) -> dict[str, Any]:
    """Return gunicorn's settings."""
    return {
        "bind": bind,
        "workers": workers,
        "worker_class": "gevent",
        "worker_connections": CONNECTIONS,
        "backlog": 1024,
        "keepalive": 15,
        "graceful_timeout": 3,  # streams do not end by themselves; clients resume by Last-Event-ID
        "accesslog": "-" if access_log else None,
        "errorlog": "-",
        "loglevel": "warning",
        "proc_name": "clusterwright-api",
        "control_socket_disable": True,
    }


@click.command()
@click.option("--bind", default=DEFAULT_BIND, show_default=True, help="Address and port.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=DEFAULT_WORKERS,
    show_default=True,
    help="Server processes.",
)
@click.option("--access-log", is_flag=True, help="Log each request to standard output.")
def main(bind: str, workers: int, access_log: bool) -> None:
    """Serve the API until a signal ends it."""
    # In a process of its own: what it imports must not be imported before gevent patches.
    subprocess.run([sys.executable, "-m", "api.tokens"], check=False)
    click.echo(f"API on http://{bind}, documentation on http://{bind}/docs", err=True)
    Server(options(bind, workers, access_log=access_log)).run()


if __name__ == "__main__":
    main()
