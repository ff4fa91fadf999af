"""The Celery application with steps that stand still, each in a way of its own; and short leases.

``celery -A hanging_celery worker``. A step's name says what it does:

* ``hang``: gives nothing in its process a turn any more;
* ``hang_once``: the same at its first attempt;
* ``babble``: gives everything its turn, and never ends, whatever it is told;
* anything else: nothing.
"""

import ctypes
import time
from types import SimpleNamespace

from celery.signals import task_prerun

from deploy_scripts.protocol import Result
from workflows import heartbeat
from workflows.ledger import ledger
from workflows.queue import app

__all__ = ["app"]

app.conf.worker_soft_shutdown_timeout = 1.0
# Half of the real ones: the tests wait for them to end again and again.
ledger.LEASE_SECONDS = 3.0
heartbeat.PERIOD_SECONDS = 0.75
heartbeat.AGAIN_SECONDS = 0.25
heartbeat.HELD_SECONDS = 2.0
heartbeat.SILENT_SECONDS = 2.5
heartbeat.STOP_SECONDS = 1.5


def hang(*_: object, **__: object) -> None:
    while True:
        ctypes.PyDLL(None).sleep(1000)  # a call that keeps the interpreter to itself


def hang_once(fleet, **_: object) -> Result:
    if fleet.mark.fence % 10_000 == 1:  # the first attempt
        hang()
    return Result()


def babble(_: object, **__: object) -> None:
    while True:
        time.sleep(0.1)


STEPS = {"hang": hang, "hang_once": hang_once, "babble": babble}


@task_prerun.connect
def replace_steps(**_: object) -> None:
    """Begin with the first task: the engine may be imported in a patched child only."""
    from workflows import engine

    def step_module(name: str) -> SimpleNamespace:
        return SimpleNamespace(apply=STEPS.get(name, lambda _, **__: Result()), INTERRUPTIBLE=True)

    engine.step_module = step_module
