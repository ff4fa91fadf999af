"""The real API in a thread of the test, for commands that ask it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from api.app import create_app
from api.local_token import first_token
from cli.main import cli
from cluster.allowed_networks import AllowedNetworks
from lab.spec import OUTSIDE_NETWORKS


@dataclass(frozen=True)
class Served:
    """An API that answers, and the token that it takes."""

    url: str
    token: str

    def run(self, *words: str, stdin: str = "") -> Result:
        environment = {"CLUSTERWRIGHT_TOKEN": self.token}
        return CliRunner().invoke(cli, ["--url", self.url, *words], input=stdin, env=environment)


@contextmanager
def serving(redis, settings) -> Iterator[Served]:
    """Serve on an empty Redis; hosts of a lab may be added."""
    token = first_token(redis, settings.data_dir)
    networks = AllowedNetworks.read(",".join(("usual", *OUTSIDE_NETWORKS)))
    app = create_app(replace(settings, allowed_networks=networks))
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", token)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["clusterwright"].close()
