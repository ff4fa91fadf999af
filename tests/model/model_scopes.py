"""Worlds that are searched: small ones for every test run, large ones for ``make model``."""

from model_kinds import Template
from model_moves import Scope

A1 = Template("a", "create-cluster", "h1", "h2")
A2 = Template("a", "create-cluster", "h1")
B = Template("b", "create-cluster", "h2", "h3")
A_ROLLS_BACK = Template("a", "create-cluster", "h1", on_failure="rollback")
ADD2 = Template("a", "add-nodes", "h2")
ADD3 = Template("a", "add-nodes", "h3")
ADD2_3 = Template("a", "add-nodes", "h2", "h3")
REMOVE1 = Template("a", "remove-nodes", "h1")
A2_APPROVED = Template("a", "create-cluster", "h1", approval=3_600_000)
ADD2_APPROVED = Template("a", "add-nodes", "h2", approval=3_600_000)
VERIFY = Template("a", "verify")
SAVE = Template("a", "backup", "h1")
SAVE_ALSO = Template("a", "backup", "h1", on_failure="rollback")
DESTROY = Template("a", "destroy-cluster")
UPGRADE = Template("a", "upgrade", "h1")
UPGRADE_ROLLS_BACK = Template("a", "upgrade", "h1", on_failure="rollback")


def budget(persons, losses, failures):
    return {"persons": persons, "losses": losses, "failures": failures}


SMALL = {
    "one job": Scope((A2,), 1, left=budget(2, 1, 1)),
    "a job that waits": Scope((A2,), 1, left=budget(2, 0, 1), waits=(3.0, None)),
    "a job that is to be approved": Scope((A2_APPROVED,), 1, left=budget(2, 1, 0)),
    "two that share a cluster": Scope(
        (SAVE, SAVE_ALSO), 2, 1, formed={"a": ["h1"]}, left=budget(0, 0, 1)
    ),
    "a job that takes back what it did": Scope(
        (UPGRADE,), 1, 1, formed={"a": ["h1"]}, left=budget(2, 0, 2)
    ),
    "a job that a freeze keeps back": Scope(
        (A2,), 1, left=budget(2, 0, 0) | {"freezes": 2}, delays=(None,)
    ),
    "two creates of one name": Scope((A2, A1), 2, left=budget(2, 0, 0)),
    "a host that is lost": Scope(
        (ADD2_3,),
        1,
        1,
        formed={"a": ["h1"]},
        left=budget(2, 0, 1),
        verbs=("retry", "rollback"),
        lost=("h2",),
    ),
}
LARGE = {
    "two changes of a formed cluster": Scope(
        (ADD2, REMOVE1), 2, posts=1, formed={"a": ["h1"]}, left=budget(1, 0, 0)
    ),
    "jobs that take back what they did, with losses": Scope(
        (UPGRADE, UPGRADE_ROLLS_BACK),
        2,
        1,
        formed={"a": ["h1"]},
        left=budget(3, 1, 2),
        waits=(3.0, None),
    ),
    "one job, many faults": Scope((A2,), 1, left=budget(4, 2, 2)),
    "two that share and one that does not": Scope(
        (SAVE, SAVE_ALSO, ADD2), 3, 1, formed={"a": ["h1"]}, left=budget(2, 0, 1)
    ),
    "changes that are to be approved": Scope(
        (ADD2_APPROVED, ADD3), 2, formed={"a": ["h1"]}, left=budget(3, 0, 1)
    ),
    "nodes that come and wait": Scope(
        (ADD2, ADD3), 2, formed={"a": ["h1"]}, left=budget(3, 1, 1), waits=(3.0, None)
    ),
    "hosts that are lost, and others that come": Scope(
        (ADD2_3, ADD3), 2, 1, formed={"a": ["h1"]}, left=budget(3, 1, 1), lost=("h2", "h3")
    ),
    "a create whose hosts are lost": Scope((A1,), 1, left=budget(4, 1, 2), lost=("h1", "h2")),
    "a create that rolls itself back": Scope((A_ROLLS_BACK,), 1, left=budget(4, 2, 2)),
    "creates that share a host": Scope((A1, B), 2, left=budget(3, 0, 1)),
    "creates of one name, with losses": Scope((A1, A2), 2, left=budget(2, 1, 1)),
    "a create and a node behind it": Scope((A2, ADD2), 2, posts=1, left=budget(3, 0, 1)),
    "nodes that come": Scope((ADD2, ADD3), 2, formed={"a": ["h1"]}, left=budget(3, 0, 1)),
    "a node that comes and all that go": Scope(
        (ADD2, DESTROY), 2, formed={"a": ["h1"]}, left=budget(3, 0, 1)
    ),
    "a cluster that is destroyed in two goes": Scope(
        (DESTROY,), 2, 1, formed={"a": ["h1", "h2"]}, left=budget(2, 0, 1)
    ),
    "three changes of a formed cluster": Scope(
        (ADD2, ADD3, REMOVE1), 3, posts=1, formed={"a": ["h1"]}, left=budget(2, 0, 1)
    ),
    "a cluster that is destroyed while its leader changes": Scope(
        (DESTROY,), 2, 1, formed={"a": ["h1", "h2"]}, left=budget(3, 1, 2), leads=("h1", "h2")
    ),
    "a cluster that goes and comes": Scope(
        (DESTROY, A2), 2, 1, formed={"a": ["h1"]}, left=budget(3, 0, 1)
    ),
    "a node that goes, seen by others": Scope(
        (REMOVE1, VERIFY), 2, 1, formed={"a": ["h1"]}, left=budget(3, 1, 1)
    ),
    "freezes, and nodes that come": Scope(
        (ADD2, ADD3), 2, formed={"a": ["h1"]}, left=budget(1, 0, 1) | {"freezes": 2}
    ),
    "everything": Scope(
        (A1, A2, B, ADD3, DESTROY, ADD2_APPROVED), 3, left=budget(4, 2, 2), waits=(3.0, None)
    ),
}
