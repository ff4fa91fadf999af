"""Carries out steps, one JSON line in and one out, in a process patched as a Celery child is.

Patching pytest's own process would change what every other test runs on.
"""

from gevent import monkey

monkey.patch_all()

import io
import json
import logging
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import gevent

from buckets.target import target_from_env
from deploy_scripts.backups.shelf import Shelf
from deploy_scripts.fleet.errors import StepError
from deploy_scripts.fleet.fleet import Fleet, HostReport, Target
from deploy_scripts.fleet.marks import Mark
from deploy_scripts.protocol import Before

NOTES: dict[str, Any] = {}
"""What each step, with its arguments, noted before its first change."""


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Run one step and say everything that it said."""
    reports: list[HostReport] = []
    fleet = Fleet(
        [Target(**row) for row in asked["targets"]],
        done=asked["done"],
        report=reports.append,
        connect_timeout=2,
        mark=Mark(**asked["mark"]),
        is_undo=asked["verb"] == "undo",
        lost=asked["lost"],
        shelf=_shelf(Path(asked["data_dir"])) if asked["data_dir"] else None,
    )
    if asked["abort_after"]:
        gevent.spawn_later(asked["abort_after"], fleet.abort)
    outcome: dict[str, Any] = {"output": None, "error": None}
    try:
        act = getattr(import_module(f"deploy_scripts.{asked['step']}"), asked["verb"])
        args = asked["args"]
        about = json.dumps([asked["step"], args], sort_keys=True)
        before = Before(
            NOTES.get(about, asked["noted"]),
            lambda noted: NOTES.__setitem__(about, noted),
            has_waited=asked["has_waited"],
        )
        result = act(fleet, before=before, **args)
        outcome["output"] = dict(result.output)
        if result.observation is not None:
            outcome["output"]["observation"] = result.observation.as_dict()
    except StepError as error:
        outcome["error"] = {
            "type": type(error).__name__,
            "message": str(error),
            "advice": error.advice,
            "otherwise": getattr(error, "otherwise", ""),
            "failures": [failure.as_dict() for failure in error.failures],
            "findings": [finding.as_dict() for finding in error.findings],
            "trace": traceback.format_exc(),
        }
    finally:
        fleet.close()
    return {
        **outcome,
        "reports": [(r.host, r.status, r.operation, r.detail) for r in reports],
    }


def _shelf(data_dir: Path) -> Shelf:
    return Shelf(data_dir, target_from_env(data_dir))


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        logged = io.StringIO()
        handler = logging.StreamHandler(logged)
        logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
        try:
            reply = answer(json.loads(line))
        except Exception:  # a defect of the step is the test's to see
            reply = {"defect": traceback.format_exc()}
        answers.write(json.dumps({**reply, "log": logged.getvalue()}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
