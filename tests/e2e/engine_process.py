"""Carries out one job in this process, with steps broken or repeated; patched as a child is.

``python engine_process.py JOB broken|repeated|plain INDEX`` with REDIS_URL and CLUSTERWRIGHT_DATA
set; with ``every`` as INDEX it is done to each step.
"""

from gevent import monkey

monkey.patch_all()

import sys
import time
from functools import wraps

from deploy_scripts.fleet.errors import Permanent
from workflows import engine
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect
from workflows.process.settings import Settings

PAUSE_SECONDS = 0.05


class _Step:
    """A step that fails after its work, or does it twice; its undo is done twice either way."""

    def __init__(self, module, how):
        self.INTERRUPTIBLE, self.UNDO = module.INTERRUPTIBLE, module.UNDO

        @wraps(module.apply)
        def apply(fleet, **args):
            output = module.apply(fleet, **args)
            if how == "broken":
                raise Permanent("cannot go on: broken by the test, after its work")
            again = module.apply(fleet, **args)
            return again if again.output or again.observation else output

        self.apply = apply
        if hasattr(module, "undo"):

            @wraps(module.undo)
            def undo(fleet, **args):
                module.undo(fleet, **args)
                return module.undo(fleet, **args)

            self.undo = undo


def main(job_id: str, how: str, which: str) -> None:
    settings = Settings.from_env()
    client = connect(settings)
    ledger = Ledger(client)
    carrier = engine.Engine(ledger, Inventory(client), settings, "test")
    plain = engine.step_module
    current = -1

    def step_module(name):
        return _Step(plain(name), how) if which in {str(current), "every"} else plain(name)

    engine.step_module = step_module
    while not ledger.job(job_id).is_finished:
        tail = ledger.tail(job_id)
        current = tail.indexes[0]
        if not carrier.run_step(job_id, current, tail.epoch):
            time.sleep(PAUSE_SECONDS)  # a retry waits until it is due


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
