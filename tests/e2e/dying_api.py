"""The API, killed by itself between accepting a change and queueing it.

``python dying_api.py --bind ADDRESS`` in a session of its own, with REDIS_URL and
CLUSTERWRIGHT_DATA set.
"""

import os
import signal

from api import server


class Dying(server.Server):
    def load(self):
        app = super().load()
        from workflows import submit  # only here: gevent has patched this process by now

        submit.publish = end
        return app


def end(*_):
    """End every process of this server, as a lost machine would."""
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    server.Server = Dying
    server.main()
