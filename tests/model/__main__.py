"""Search the large worlds and tell what was found: ``make model``."""

import argparse
import sys

from model_scopes import LARGE, SMALL
from model_search import report, search
from model_walks import walk

STATES, SECONDS = 100_000, 1_200.0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=STATES, help="of each world, at most")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each world, at most")
    parser.add_argument("--only", help="begin of the name of the world")
    parser.add_argument("--walk", type=int, metavar="SEED", help="walk at random, deep not wide")
    chosen = parser.parse_args()
    worlds = {
        name: scope for name, scope in (SMALL | LARGE).items() if name.startswith(chosen.only or "")
    }
    wrong = False
    for name, scope in worlds.items():
        if chosen.walk is None:
            found = search(scope, most=chosen.states, seconds=chosen.seconds)
        else:
            found = walk(scope, seconds=chosen.seconds, seed=chosen.walk)
        sys.stdout.write(f"{name}: {found}\n{report(found.violations)}\n")
        wrong = wrong or bool(found.violations)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
