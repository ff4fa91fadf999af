import inspect

import bench.noop.celery_app  # noqa: F401  # puts the step into its folder
from bench.noop.kind import KIND
from workflows.engine import step_module
from workflows.plan import Scope


def test_each_step_of_the_no_op_kind_binds_to_the_step_that_is_carried_out():
    params = KIND.schema().load(dict(KIND.example) | {"steps": 3, "last_seconds": 2.0})

    plan = KIND.plan(params, Scope("c", None, {}))

    applied = [
        inspect.signature(step_module(s.name).apply).bind(None, before=None, **s.args)
        for s in plan.steps
    ]
    assert [call.arguments["pause_seconds"] for call in applied] == [0.0, 0.0, 2.0]
    assert plan.reserves == ()
