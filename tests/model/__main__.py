"""Search the large worlds and tell what was found: ``make model``."""

import argparse
import sys

from model_scopes import LARGE, SMALL
from model_search import report, search
from model_walks import walk

STATES, SECONDS = 10_000, 60.0
LARGEST, ITS_STATES, ITS_SECONDS = "everything", 40_000, 240.0
"""All of it together: more than 100,000 states in less than 20 minutes on two processors."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, help="of each world, at most")
    parser.add_argument("--seconds", type=float, help="for each world, at most")
    parser.add_argument("--only", help="begin of the name of the world")
    parser.add_argument("--walk", type=int, metavar="SEED", help="walk at random, deep not wide")
    chosen = parser.parse_args()
    worlds = {
        name: scope for name, scope in (SMALL | LARGE).items() if name.startswith(chosen.only or "")
    }
    wrong, states = False, 0
    for name, scope in worlds.items():
        most, seconds = (ITS_STATES, ITS_SECONDS) if name == LARGEST else (STATES, SECONDS)
        most, seconds = chosen.states or most, chosen.seconds or seconds
        if chosen.walk is None:
            found = search(scope, most=most, seconds=seconds)
        else:
            found = walk(scope, seconds=seconds, seed=chosen.walk)
        sys.stdout.write(f"{name}: {found}\n{report(found.violations)}\n")
        sys.stdout.flush()
        wrong, states = wrong or bool(found.violations), states + found.states
    sys.stdout.write(f"{states} states in all\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
