"""What the module of a step says of itself, read and not imported: importing it imports pyinfra."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "deploy_scripts"
DECLARED = frozenset({"INTERRUPTIBLE", "UNDO", "ASKS"})
"""What each step's module says as a constant."""
GIVEN = frozenset({"before"})
"""What every step is given beside the arguments of its plan."""


class Undo(StrEnum):
    """What a step's undo does."""

    DOES = "does"
    NOTHING = "nothing"  # the step changes nothing
    CANNOT = "cannot"  # there is no way back once it has begun


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments that a function takes by name, without those that every step is given."""

    known: frozenset[str]
    needed: frozenset[str]

    def faults(self, names: Collection[str]) -> Iterator[str]:
        """Yield why the function cannot be called with arguments of these names."""
        missing, strange = self.needed.difference(names), set(names) - self.known
        if missing:
            yield f"needs {', '.join(sorted(missing))}"
        if strange:
            yield f"does not know {', '.join(sorted(strange))}"


@dataclass(frozen=True, slots=True)
class StepModule:
    """One step, as its module declares it."""

    name: str
    is_interruptible: bool
    """Whether a cancel may end it in the middle."""
    undo: Undo
    asks: bool
    """Whether all that it does is to ask the hosts, so that a check of a change asks that, too."""
    apply: Arguments
    taking_back: Arguments | None
    """The arguments of its undo; ``None`` where it has none."""

    def faults(self, names: Collection[str]) -> tuple[str, ...]:
        """Return why the step cannot be carried out, or undone, with arguments of these names."""
        of_undo = self.taking_back.faults(names) if self.taking_back else ()
        return (
            *(f"apply of {self.name} {fault}" for fault in self.apply.faults(names)),
            *(f"undo of {self.name} {fault}" for fault in of_undo),
        )


@cache
def step_module(name: str) -> StepModule:
    """Return what the module of a step says.

    Raises ``ValueError`` where there is no such step, or its module does not keep to the form.
    """
    tree = ast.parse(_file(name).read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    declared = dict(_declared(tree))
    try:
        undo, asks = Undo(str(declared["UNDO"])), bool(declared["ASKS"])
        interruptible, apply = declared["INTERRUPTIBLE"], _arguments(functions["apply"])
    except KeyError as error:
        raise ValueError(f"cannot use step {name}: its module has no {error.args[0]}") from error
    if (undo is Undo.DOES) != ("undo" in functions):
        there = "has an undo" if "undo" in functions else "has no undo"
        raise ValueError(f"cannot use step {name}: its module {there}, and UNDO says {undo}")
    if asks and undo is not Undo.NOTHING:
        raise ValueError(
            f"cannot use step {name}: its module says that it only asks, and that UNDO is {undo}"
        )
    taking_back = _arguments(functions["undo"]) if undo is Undo.DOES else None
    return StepModule(name, bool(interruptible), undo, asks, apply, taking_back)


def step_names() -> tuple[str, ...]:
    """Return the names of all steps that the product has."""
    folder = _file("protocol").parent
    trees = {file.stem: ast.parse(file.read_text("utf-8")) for file in sorted(folder.glob("*.py"))}
    return tuple(name for name, tree in trees.items() if dict(_declared(tree)))


def _file(name: str) -> Path:
    spec = find_spec(f"{PACKAGE}.{name}")
    if spec is None or spec.origin is None:
        raise ValueError(f"cannot use step {name}: {PACKAGE} has no module of that name")
    return Path(spec.origin)


def _declared(tree: ast.Module) -> Iterator[tuple[str, object]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in DECLARED:
                yield name, ast.literal_eval(node.value)


def _arguments(function: ast.FunctionDef) -> Arguments:
    """Return what a function takes by name.

    Raises ``ValueError`` where it does not take a fleet by place and ``before`` by name.
    """
    given = {arg.arg for arg in function.args.kwonlyargs}
    if [arg.arg for arg in function.args.args] != ["fleet"] or not given >= GIVEN:
        raise ValueError(
            f"cannot use {function.name} in line {function.lineno} of a step: it is to begin with "
            "(fleet, *, before"
        )
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    needed = {arg.arg for arg, default in pairs if default is None}
    return Arguments(frozenset(given - GIVEN), frozenset(needed - GIVEN))
