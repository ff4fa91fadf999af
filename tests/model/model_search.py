"""Breadth-first search over canonical worlds: the first trace to a violation is the shortest."""

import json
import multiprocessing
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import ClassVar

from model_moves import Moves
from model_properties import broken
from model_ways import Ways
from model_world import canonical, fingerprint, first_world, is_at_rest, text_of
from modelled_ledger import ModelledLedger
from redis import Redis
from running_redis import running_redis

BATCH = 50


@dataclass
class Found:
    """What a search has seen."""

    states: int = 0
    moves: int = 0
    depth: int = 0
    seconds: float = 0.0
    is_whole: bool = False
    """Whether there was nothing left to look at."""
    violations: dict = field(default_factory=dict)
    """The shortest trace to each property that does not hold: what is not true, and sentences."""

    def __str__(self):
        whole = "all" if self.is_whole else "not all"
        return (
            f"{self.states} states, {whole} of the scope, {self.moves} moves, depth {self.depth}, "
            f"{self.seconds:.0f} s ({self.states / max(self.seconds, 0.001):.0f} states/s)"
        )


def expand(ledger, scope, text):
    """Return what each move from a world leads to: its sentence, the world, what does not hold."""
    moves = Moves(ledger, scope)
    found = []
    for happened in moves.from_world(json.loads(text)):
        wrong = tuple(broken(happened))
        chance = happened.is_chance, is_at_rest(happened.after)
        found.append((happened.sentence, text_of(happened.after), chance, wrong))
    return found


class _Process:
    """What a process of the search knows: its own server, and the scope."""

    ledger = scope = None
    seen: ClassVar[set] = set()


def _begin(scope, change, urls):
    client = Redis.from_url(urls.get(), decode_responses=True)
    client.config_set("appendonly", "no")
    _Process.ledger, _Process.scope = ModelledLedger(client, change), scope


def _expand_batch(texts):
    """Return moves of each world; worlds that this process has told before are not told again."""
    rows = []
    for text in texts:
        parent = fingerprint(text)
        for sentence, after, chance, wrong in expand(_Process.ledger, _Process.scope, text):
            name = fingerprint(after)
            known = name in _Process.seen
            _Process.seen.add(name)
            rows.append((parent, sentence, name, None if known else after, chance, wrong))
    return rows


def search(scope, *, most=100_000, seconds=600.0, processes=2, change=None, until=None):
    """Look at worlds breadth first until there are none left, or ``most`` were seen.

    A world in which a property does not hold is not looked beyond. ``until`` names a property
    at whose violation the search ends; ``change`` breaks a rule of the script on purpose.
    """

    def is_over(parents, found):
        late = time.monotonic() - began > seconds
        return late or len(parents) >= most or until in found.violations

    first = text_of(canonical(first_world(scope.hosts, scope.left, scope.formed)))
    parents = {fingerprint(first): (None, "")}
    ways = Ways(fingerprint(first))
    found, frontier, began = Found(), [first], time.monotonic()
    over = threading.Event()
    with _processes(processes, scope, change) as pool:
        while frontier:
            following = []
            for rows in pool.imap_unordered(_expand_batch, _batches(frontier, over)):
                for parent, sentence, name, after, (is_chance, rests), wrong in rows:
                    found.moves += 1
                    ways.note(parent, name, is_chance=is_chance, rests=rests)
                    for holds, breach in wrong:
                        if holds not in found.violations:
                            found.violations[holds] = (breach, [*_trace(parents, parent), sentence])
                    if name not in parents:
                        parents[name] = (parent, sentence)
                        if not wrong:
                            following.append(after)
                if is_over(parents, found):
                    over.set()
                    break
            else:
                frontier = following
                found.depth += 1
                continue
            break
    found.is_whole = not frontier
    lost = ways.lost(parents) if found.is_whole and not found.violations else None
    if lost:
        breach = "from here on nothing brings all jobs to an end"
        found.violations["an_unfinished_job_comes_to_its_end"] = (breach, _trace(parents, lost))
    found.states, found.seconds = len(parents), time.monotonic() - began
    return found


@contextmanager
def _processes(count, scope, change):
    """Start processes, each with a server of its own, and let them end by themselves.

    A pool whose process is ended while it tells something may wait for the rest for ever.
    """
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        urls = context.SimpleQueue()
        for _ in range(count):
            urls.put(stack.enter_context(running_redis()).url)
        pool = context.Pool(count, _begin, (scope, change, urls))
        try:
            yield pool
            pool.close()
        except BaseException:
            pool.terminate()
            raise
        finally:
            pool.join()


def _batches(texts, over):
    """Yield worlds for a process at a time, until it is ``over``."""
    for begin in range(0, len(texts), BATCH):
        if over.is_set():
            return
        yield texts[begin : begin + BATCH]


def _trace(parents, name):
    sentences = []
    while parents[name][0] is not None:
        name, sentence = parents[name]
        sentences.append(sentence)
    return sentences[::-1]


def report(violations):
    """Return the violations as text, each with its shortest trace in sentences."""
    lines = []
    for name, (breach, trace) in violations.items():
        lines.append(f"{name.replace('_', ' ')}: {breach}")
        lines += [f"  {place}. {sentence}" for place, sentence in enumerate(trace, 1)]
    return "\n".join(lines)
