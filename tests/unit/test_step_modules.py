"""What steps say of themselves is read from their modules, and plans are held to it."""

import sys

import pytest
from kind_worlds import HOST_KEY
from marshmallow import Schema

import deploy_scripts
from cluster.spec import Host
from workflows.checks import check_of
from workflows.plan import Change, Draft, Kind, Needs, Scope, Step
from workflows.planner import planned
from workflows.step_modules import Undo, step_module, step_names

GOOD = """
INTERRUPTIBLE = False
UNDO = "does"
ASKS = False

def apply(fleet, *, before, seed, found, batch=5): ...

def undo(fleet, *, before, seed, found): ...
"""

FOUND = """
INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True

def apply(fleet, *, before): ...
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Put a step's module among those that there are."""
    monkeypatch.setattr(deploy_scripts, "__path__", [*deploy_scripts.__path__, str(tmp_path)])
    step_module.cache_clear()

    def put(name, text):
        (tmp_path / f"{name}.py").write_text(text)

    yield put
    step_module.cache_clear()


@pytest.mark.parametrize("name", step_names())
def test_every_step_keeps_to_the_form_and_none_is_imported_for_it(name):
    loaded = set(sys.modules)

    assert step_module(name).name == name
    assert f"deploy_scripts.{name}" not in set(sys.modules) - loaded


def test_a_module_says_how_its_step_may_end_and_what_it_takes(write):
    write("mend", GOOD)

    mend = step_module("mend")

    assert (mend.is_interruptible, mend.undo) == (False, Undo.DOES)
    assert mend.faults({"seed", "found"}) == ()
    assert mend.faults({"seed", "found", "batch"}) == ("undo of mend does not know batch",)
    assert mend.faults({"found"}) == ("apply of mend needs seed", "undo of mend needs seed")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace("UNDO", "UNDOES"), "has no UNDO"),
        (GOOD.replace("ASKS", "ASKED"), "has no ASKS"),
        (GOOD.replace("ASKS = False", "ASKS = True"), "only asks, and that UNDO is does"),
        (GOOD.replace("def apply", "def do"), "has no apply"),
        (GOOD.replace('"does"', '"cannot"'), "has an undo, and UNDO says cannot"),
        (GOOD.replace("def undo", "def redo"), "has no undo, and UNDO says does"),
        (GOOD.replace("before, seed, found)", "seed, found)"), r"begin with \(fleet, \*, before"),
        (GOOD.replace("(fleet, *, before, seed", "(fleet, before, *, seed"), "begin with"),
        (None, "has no module of that name"),
    ],
)
def test_a_module_that_does_not_keep_to_the_form_is_refused(write, text, reason):
    if text is not None:
        write("odd", text)

    with pytest.raises(ValueError, match=reason):
        step_module("odd")


def kind_of(*steps):
    return Kind("mend", "Mend", Schema, lambda *_: Draft(steps), example={}, needs=Needs.ANY)


def plan_of(*steps):
    kind = kind_of(*steps)
    hosts = {"n1": Host("n1", "10.0.0.1", HOST_KEY)}
    return planned(kind, Change("prod", "mend", {}), Scope("prod", None, hosts))


def step(name, *, needs=(), **args):
    return Step(name, f"Do {name}", ("n1",), args, needs=needs)


def test_a_plan_whose_step_needs_what_an_earlier_one_finds_says_so(write):
    write("found", FOUND)
    write("mend", GOOD)

    plan = plan_of(step("found"), step("mend", seed="n1", needs=("found",)))

    assert [row["needs"] for row in plan.as_dict()["steps"]] == [[], ["found"]]


def test_what_no_earlier_step_finds_cannot_be_planned(write):
    write("found", FOUND)
    write("mend", GOOD)

    with pytest.raises(ValueError, match="no earlier step is found, which it needs"):
        plan_of(step("mend", seed="n1", needs=("found",)), step("found"))


def test_arguments_that_a_step_does_not_take_cannot_be_planned(write):
    write("mend", GOOD)

    with pytest.raises(ValueError, match="apply of mend needs found"):
        plan_of(step("mend", seed="n1"))


def test_a_check_asks_what_a_new_step_asks_that_says_so_of_itself(write):
    write("found", FOUND)
    write("mend", GOOD)
    steps = step("found"), step("mend", seed="n1", found={}), step("found")

    check = check_of(kind_of(*steps))

    assert [row.name for row in check.plan({}, Scope("prod", None, {})).steps] == ["found"]
