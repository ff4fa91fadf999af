"""The product's own HTTP server, with the kind ``do-nothing`` among its kinds.

``python -m bench.noop.api`` takes the arguments of ``python -m api.server``.
"""

from typing import Any

import api.server


class NoopServer(api.server.Server):
    """Adds the kind before the application is imported."""

    def load(self) -> Any:
        from bench.noop.kind import KIND
        from workflows.kinds import KINDS

        KINDS[KIND.name] = KIND
        return super().load()


if __name__ == "__main__":
    api.server.Server = NoopServer  # type: ignore[misc]  # the command starts what stands there
    api.server.main()
