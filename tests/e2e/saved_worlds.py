"""Clusters that tests start from, each formed once: hosts and ledger are put back together."""

import hashlib
import json

import redis


class SavedWorlds:
    """What a lab's hosts and a Redis server held once some clusters had been formed."""

    def __init__(self, lab):
        self._lab = lab
        self._ledgers = {}

    def enter(self, given, url, form):
        """Have the clusters of ``given`` on the hosts and in the ledger; ``form`` forms them."""
        if not given:
            return
        text = json.dumps(given, sort_keys=True, default=dict)
        name = f"world-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        with redis.Redis.from_url(url) as server:
            if name in self._ledgers:
                self._lab.restore(name)
                _put_back(server, self._ledgers[name])
            else:
                form()
                self._lab.save(name)
                self._ledgers[name] = _held(server)


def _held(server):
    """Return every key with its value and, where it ends, its milliseconds."""
    return [(key, server.dump(key), max(server.pttl(key), 0)) for key in server.scan_iter()]


def _put_back(server, rows):
    server.flushall()
    for key, value, left in rows:
        if value is not None:
            server.restore(key, left, value)
