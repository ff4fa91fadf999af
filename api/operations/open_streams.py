"""The event streams that this process serves, and how the other processes learn their number."""

import logging
import os
import socket
import threading

import redis
from flask import Flask, Response

from api.backend import backend
from workflows.process import presence

EXTENSION = "clusterwright-open-streams"
EVENT_STREAM = "text/event-stream"
PERIOD_SECONDS = 3.0

logger = logging.getLogger(__name__)


class OpenStreams:
    """Counts the answers that are streams, from their first byte to their end."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()

    def watch(self, response: Response) -> Response:
        if response.mimetype == EVENT_STREAM:
            self._add(1)
            response.call_on_close(lambda: self._add(-1))
        return response

    def _add(self, number: int) -> None:
        with self._lock:
            self._count += number

    def tell(self, client: redis.Redis) -> None:
        """Tell the others how many streams there are now."""
        presence.tell(client, f"{socket.gethostname()}:{os.getpid()}", self._count)

    def keep_telling(self, client: redis.Redis) -> None:
        """Tell it again and again; in a server process this is a greenlet."""
        pause = threading.Event()
        while True:
            try:
                self.tell(client)
            except Exception as error:  # whatever it is, the next time may be better
                logger.debug("cannot tell of this process: %s; trying again", error)
            pause.wait(PERIOD_SECONDS)


def attach(app: Flask) -> None:
    """Count the streams of ``app``."""
    app.extensions[EXTENSION] = streams = OpenStreams()
    app.after_request(streams.watch)


def start_telling(app: Flask) -> None:
    """Tell of ``app`` for as long as its process lives."""
    with app.app_context():
        client = backend().redis
    tell = app.extensions[EXTENSION].keep_telling
    threading.Thread(target=tell, args=(client,), name="open-streams", daemon=True).start()
