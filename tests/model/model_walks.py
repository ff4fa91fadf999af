"""Random walks through a world that is too large to be seen whole: deep, not wide."""

import json
import random
import time
from contextlib import ExitStack

from model_moves import Moves
from model_properties import broken
from model_search import Found
from model_world import canonical, first_world, text_of
from modelled_ledger import ModelledLedger
from redis import Redis
from running_redis import running_redis

LONGEST = 80
"""Moves of one walk."""


def walk(scope, *, seconds, seed):
    """Walk at random until the time is over; the traces that are found are not the shortest."""
    chance = random.Random(seed)  # noqa: S311  # it chooses moves; nothing secret hangs on it
    found, began = Found(), time.monotonic()
    first, seen = text_of(canonical(first_world(scope.hosts, scope.left, scope.formed))), set()

    def shuffled(moves):
        moves = list(moves)
        chance.shuffle(moves)
        return moves

    with ExitStack() as stack:
        client = stack.enter_context(
            Redis.from_url(stack.enter_context(running_redis()).url, decode_responses=True)
        )
        client.config_set("appendonly", "no")
        moves = Moves(ModelledLedger(client), scope)
        while time.monotonic() - began < seconds:
            world, trace = json.loads(first), []
            while len(trace) < LONGEST:
                happened = next(moves.from_world(world, shuffled), None)
                if happened is None:
                    break
                trace.append(happened.sentence)
                found.moves, found.depth = found.moves + 1, max(found.depth, len(trace))
                wrong = dict(broken(happened))
                for holds, breach in wrong.items():
                    best = found.violations.get(holds)
                    if best is None or len(trace) < len(best[1]):
                        found.violations[holds] = (breach, list(trace))
                if wrong:
                    break
                world = happened.after
                seen.add(text_of(world))
    found.states, found.seconds = len(seen), time.monotonic() - began
    return found
