"""Which worlds lead to rest by what happens anyhow, without a person or another fault."""

from collections import defaultdict, deque


class Ways:
    """The moves between worlds that need nobody, walked backwards from the worlds at rest."""

    def __init__(self, first):
        self._into = defaultdict(set)
        self._rests = {first}

    def note(self, before, after, *, is_chance, rests):
        if is_chance:
            self._into[after].add(before)
        if rests:
            self._rests.add(after)

    def lost(self, names):
        """Return the first of ``names``, in their order, from which no such way leads to rest."""
        found, ahead = set(self._rests), deque(self._rests)
        while ahead:
            new = self._into[ahead.popleft()] - found
            found |= new
            ahead.extend(new)
        return next((name for name in names if name not in found), None)
