"""A cluster before and after a change, as a terminal draws it."""

from cli.before_after import drawing


def part(name, mark, role="worker", *, what="node", says=(), seen=()):
    return {
        "what": what,
        "name": name,
        "mark": mark,
        "role": role,
        "says": list(says),
        "seen": list(seen),
    }


def shape(*roles):
    return {"nodes": {f"n{at}": {"role": role} for at, role in enumerate(roles)}}


def test_each_part_that_does_not_stay_as_it_is_has_a_line_and_the_others_are_counted():
    plan = {
        "before": shape("control-plane", "control-plane", "worker"),
        "after": shape("control-plane", "control-plane", "worker"),
        "difference": [
            part("cp-1", "changes", "control-plane", says=["channel 1.31 → 1.32"]),
            part("cp-2", "stays", "control-plane"),
            part("w-10", "goes", seen=["not Ready", "cordoned"]),
            part("w-2", "comes", says=["1.32/stable"]),
            part("w-3", "stays", seen=["cordoned"]),
            part("dns", "stays", None, what="addon"),
            part("rbac", "comes", None, what="addon"),
        ],
    }

    assert list(drawing(plan)) == [
        "before: 3 nodes, 2 of the control plane; afterwards: 3 nodes, 2 of the control plane",
        "  ~ cp-1  control plane; channel 1.31 → 1.32",
        "  - w-10  worker; was seen not Ready, cordoned",
        "  + w-2   worker; 1.32/stable",
        "  = w-3   worker; was seen cordoned",
        "  + rbac  addon",
        "  = 1 node and 1 addon stay as before",
    ]


def test_a_cluster_that_is_made_comes_from_nothing_and_one_that_goes_leaves_nothing():
    made = {"before": None, "after": shape("worker"), "difference": [part("n0", "comes")]}
    gone = {"before": shape("worker"), "after": None, "difference": [part("n0", "goes")]}

    assert next(drawing(made)).startswith("before: no cluster; afterwards: 1 node")
    assert next(drawing(gone)).endswith("afterwards: no cluster")


def test_where_nothing_changes_nothing_is_drawn():
    same = shape("worker")

    assert not list(drawing({"before": same, "after": same, "difference": [part("n0", "stays")]}))
