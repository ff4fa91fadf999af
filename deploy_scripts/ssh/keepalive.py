"""Tells a host that works in silence from one that is gone.

TCP alone does not: a jump host, a balancer or a frozen host's own kernel acknowledge for it. So a
host that has said nothing for a while is asked for an answer, and any byte from it counts as one.
"""

from collections.abc import Callable
from contextlib import suppress

import gevent

from deploy_scripts.ssh.errors import BROKEN
from deploy_scripts.ssh.session import SshTransport

LOOK_SECONDS = 1.0
ASK_AFTER = 5
"""After so many looks at which nothing had arrived, and then each time again, it is asked."""
GIVE_UP_AFTER = 22
"""After so many looks it is gone: asked four times, and told well within half a minute."""
MORE_PER_HOP = 2
"""A host behind a jump host is given more, so that of two silent ones the nearer is blamed."""
QUESTION = "keepalive@openssh.com"
"""A request that OpenSSH answers with a refusal, as any server does whatever it makes of it."""


class Keepalive:
    """Watches one session until it ends, and calls ``give_up`` if its host falls silent.

    Looks are counted, not seconds: a process that did not run for a minute has not listened either,
    and may find the answers waiting for it.
    """

    def __init__(
        self, session: SshTransport, *, depth: int, give_up: Callable[[float], None]
    ) -> None:
        self._session, self._give_up = session, give_up
        self._most = GIVE_UP_AFTER + MORE_PER_HOP * depth
        self._silent = 0
        self._asking: gevent.Greenlet | None = None
        self._watching = gevent.spawn(self._watch)

    @property
    def is_doubtful(self) -> bool:
        """Whether the host was asked, and has taken longer to answer than one that lives."""
        return self._silent >= ASK_AFTER + 2

    def stop(self) -> None:
        """End the watch, also from within it."""
        for greenlet in (self._watching, self._asking):
            if greenlet is not None and greenlet is not gevent.getcurrent():
                greenlet.kill(block=False)

    def _watch(self) -> None:
        heard = self._session.wire.heard
        while self._session.is_active():
            gevent.sleep(LOOK_SECONDS)
            before, heard = heard, self._session.wire.heard
            self._silent = self._silent + 1 if heard == before else 0
            if self._silent >= self._most:
                self._give_up(self._silent * LOOK_SECONDS)
                return
            if self._silent and self._silent % ASK_AFTER == 0:
                self._ask()

    def _ask(self) -> None:
        """Ask beside the watch: to a host that takes nothing in, sending may block for ever."""
        if self._asking is None or self._asking.ready():
            self._asking = gevent.spawn(self._question)

    def _question(self) -> None:
        with suppress(*BROKEN):  # a broken session is found by the watch
            self._session.global_request(QUESTION, wait=True)
