"""The HTTP server: gunicorn with gevent workers, started as ``python -m api.server``.

The parent loads the application once, after gevent has patched it, and its server processes are
forked from it: what they all have stands in memory once. Each connects to Redis for itself.
"""

import gc
import ipaddress
import logging
import resource
import subprocess
import sys
from typing import Any

import click
from gevent import monkey
from gunicorn.app.base import (  # type: ignore[import-untyped]  # gunicorn has no types
    BaseApplication,
)
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn has no types

from workflows.process import logs
from workflows.process.settings import BadSetting, Settings

DEFAULT_BIND = "127.0.0.1:8460"
DEFAULT_WORKERS = 2
CONNECTIONS = 1300
"""Per process; the hub's most clients, those that may wait, and as many requests again."""
APP_LOAD_ERROR = 4
"""The exit code of a process upon which gunicorn starts no other."""
OPEN_FILES = 4096
"""What a process asks for; many systems begin with 1024."""


logger = logging.getLogger("api.server")  # this module runs as __main__


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's log, written like all others; requests are told of by the application."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """A gunicorn that is configured by arguments instead of a file."""

    def __init__(self, options: dict[str, Any], *, access_log: bool) -> None:
        self.options, self.access_log = options, access_log
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self.begin)

    def load(self) -> Any:
        from api.app import create_app
        from api.http import request_log
        from workflows.process import redis_health
        from workflows.process.connection import connect
        from workflows.process.settings import Settings

        if self.access_log:
            request_log.every_request()
        app = create_app()
        with connect(Settings.from_env()) as client:
            redis_health.tell(client, logger)
            _carry_over(client)
        gc.collect()
        gc.freeze()  # else collecting would copy, process by process, what they share
        return app

    def begin(self, worker: Any) -> None:
        """Have a server process that begins tell what others ask for."""
        from api.operations import known_approvers, open_streams

        open_streams.start_telling(worker.wsgi)
        known_approvers.start_telling(worker.wsgi)


def _carry_over(client: Any) -> None:
    """Carry over what an earlier version left, or end with what a person has to do first."""
    from workflows.migration import CannotMigrate, migrate_at_start

    try:
        migrate_at_start(client)
    except CannotMigrate as error:
        logger.critical("%s", error)
        raise SystemExit(APP_LOAD_ERROR) from None


def options(bind: str, workers: int) -> dict[str, Any]:
    """Return gunicorn's settings."""
    return {
        "bind": bind,
        "workers": workers,
        "worker_class": "api.http.worker.Worker",
        "worker_connections": CONNECTIONS,
        "backlog": 4096,
        "keepalive": 15,
        "graceful_timeout": 3,  # streams do not end by themselves; clients resume by Last-Event-ID
        "logger_class": ServerLog,
        "loglevel": "warning",
        "forwarder_headers": "",  # else SCRIPT_NAME of a proxy's client moves the routes
        "proc_name": "clusterwright-api",
        "preload_app": True,
        "control_socket_disable": True,
    }


def stays_here(bind: str) -> bool:
    """Say whether only this machine can connect to an address."""
    host = bind.rpartition(":")[0].strip("[]")
    if bind.startswith(("unix:", "fd://")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allow_connections() -> None:
    """Ask for as many open files as there may be connections, as far as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@click.command()
@click.option("--bind", default=DEFAULT_BIND, show_default=True, help="Address and port.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=DEFAULT_WORKERS,
    show_default=True,
    help="Server processes.",
)
@click.option("--access-log", is_flag=True, help="Log every request, reads too.")
def main(bind: str, workers: int, access_log: bool) -> None:
    """Serve the API until a signal ends it."""
    try:
        logs.configure()
        Settings.from_env()
    except (logs.BadLogSetting, BadSetting) as error:
        raise click.ClickException(str(error)) from None
    # In a process of its own: what it imports must not be imported before gevent has patched.
    subprocess.run([sys.executable, "-m", "api.local_token"], check=False)
    if not stays_here(bind):
        logger.warning(
            "the API listens on %s without TLS: whoever is on the way can read tokens; put a proxy "
            "with HTTPS before it, and let nobody else reach this port",
            bind,
        )
    logger.info("page and API on http://%s, documentation on http://%s/docs", bind, bind)
    allow_connections()
    # All but how gunicorn forks its server processes and hears of signals.
    monkey.patch_all(os=False, signal=False, queue=False)
    Server(options(bind, workers), access_log=access_log).run()


if __name__ == "__main__":
    main()
