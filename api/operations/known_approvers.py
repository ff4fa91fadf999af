"""Has Redis know who may approve without a token of ours, as soon as Redis can be reached."""

import logging
import threading
from collections.abc import Callable

from flask import Flask
from redis.exceptions import RedisError

from api.backend import backend

PERIOD_SECONDS = 3.0
logger = logging.getLogger(__name__)


def start_telling(app: Flask) -> None:
    """Tell it once for a server process; a start without Redis is none that fails."""
    with app.app_context():
        tell = backend().make_approvers_known
    threading.Thread(target=_told, args=(tell,), name="known-approvers", daemon=True).start()


def _told(tell: Callable[[], None]) -> None:
    pause = threading.Event()
    while True:
        try:
            tell()
        except RedisError as error:
            logger.debug("cannot tell who may approve: %s; trying again", error)
            pause.wait(PERIOD_SECONDS)
        else:
            return
