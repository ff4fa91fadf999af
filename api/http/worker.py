"""Gunicorn's worker process, made safe against clients that send nothing, little or nonsense.

Gunicorn loads it before the application: nothing here may import that.
"""

import contextlib
import functools
import os
import warnings
from typing import Any

from gevent import monkey
from gunicorn.workers.ggevent import (  # type: ignore[import-untyped]  # gunicorn has no types
    GeventWorker,
)

from api.http.bodies import TimedBody
from api.http.body_faults import LARGEST_BODY, BrokenBody, SlowBody
from api.http.refusals import DEFECT, MissingHost, refusal_of, written
from api.http.waiting import MOST_PER_ADDRESS, Waiting
from workflows.process.settings import Settings, is_within

ANSWER_SECONDS = 60.0
"""How long a client may leave a part of an answer unread."""


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """Serves requests; ends what waits too long, and tells faults of HTTP as problems."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = Settings.from_env()
        most = settings.connections_per_address or MOST_PER_ADDRESS
        exempt = functools.partial(is_within, networks=settings.trusted_proxies)
        self.waiting = Waiting(exempt, per_address=most)

    def patch(self) -> None:
        """Patch what is left; the parent has patched most before it loaded the application."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", monkey.MonkeyPatchWarning)  # told of a second time
            super().patch()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        address = _address(addr)
        self.waiting.enter(address, client)
        try:
            super().handle(listener, client, addr)
        finally:
            self.waiting.leave(address, client)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        if req.version >= (1, 1) and not any(name == "HOST" for name, _ in req.headers):
            raise MissingHost
        address = _address(addr)
        self.waiting.leave(address, sock)
        sock.settimeout(ANSWER_SECONDS)
        req.body = TimedBody(req, functools.partial(self.waiting.during, address, sock))
        if not req._expected_100_continue:  # who expects it sends nothing before the answer begins
            req.body.fetch(LARGEST_BODY)
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError:
            self.log.debug("closing a connection: its client does not read the answer")
            raise StopIteration from None
        finally:
            self.waiting.enter(address, sock)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what is no request, as a problem document that ends the connection."""
        if req is None and isinstance(exc, (SlowBody, BrokenBody)):
            return  # the rest of a request that was answered already
        refusal = refusal_of(exc)
        if refusal is None:
            self.log.error("cannot answer a request: a defect", exc_info=exc)
        else:
            self.log.debug("refused what is no request: %s", type(exc).__name__)
        with contextlib.suppress(OSError):
            client.sendall(written(refusal or DEFECT))


def _address(addr: Any) -> str:
    """Return where a connection comes from; a Unix socket tells nothing."""
    return str(addr[0]) if isinstance(addr, tuple) else f"local:{os.getpid()}"
