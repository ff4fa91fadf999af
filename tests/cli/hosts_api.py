"""The real API on a real Redis, for the tests of the commands that change hosts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from click.testing import CliRunner, Result
from redis import Redis
from werkzeug.serving import make_server

from api.app import create_app
from api.local_token import first_token
from cli.main import cli
from workflows.settings import Settings

Run = Callable[..., Result]


@contextmanager
def hosts_command(redis: Redis, settings: Settings) -> Iterator[Run]:
    """Serve the API, and give what runs ``clusterwright hosts ...`` against it."""
    token = first_token(redis, settings.data_dir)
    app = create_app(settings)
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def command(*words: str, said: str | bytes = "") -> Result:
        arguments = ["--url", f"http://127.0.0.1:{server.server_port}", "hosts", *words]
        return CliRunner().invoke(cli, arguments, input=said, env={"CLUSTERWRIGHT_TOKEN": token})

    try:
        yield command
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["clusterwright"].close()
