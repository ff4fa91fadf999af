"""Kinds of change as small as they can be, planned purely from the record as it is.

Their steps have the shapes of the product's: one that only looks, one that can be interrupted, one
that can not; some write the record.
"""

import json

from workflows.access import Principal

ASKER = Principal("t1", "asker")
"""Who asks for what is to be approved."""
NODE = {"role": "control-plane", "channel": "1.32/stable", "labels": {}, "taints": []}
FORGET = {"do": "forget"}
DESTROYING = {"do": "set-phase", "phase": "destroying"}
INTERRUPTIBLE = {"observe", "install", "save", "note", "upgrade"}
PUTS = {"install", "form", "join"}
"""Steps that put MicroK8s on hosts; their undo takes it away."""
LEAVES_ALONE = {"save"}
"""Steps that change nothing, so that there is nothing to undo."""
OPENS, CLOSES = "cordon", "uncordon"
"""A step whose effect must not stay, and the one that takes it back."""
TAKES = {"leave", "remove"}
"""Steps that take it away; there is no way back over them."""


class Template:
    """A change that somebody may ask for."""

    def __init__(self, cluster, kind, *hosts, on_failure="stop", approval=0):
        self.cluster, self.kind, self.hosts, self.on_failure = cluster, kind, hosts, on_failure
        self.approval = approval

    def __str__(self):
        rolls_back = ", on failure roll back" if self.on_failure == "rollback" else ""
        approved = ", once it is approved" if self.approval else ""
        return f"{self.kind} {self.cluster} {' '.join(self.hosts)}{rolls_back}{approved}".strip()

    def without(self, lost):
        """Return the change without a host."""
        hosts = [host for host in self.hosts if host != lost]
        more = {"on_failure": self.on_failure, "approval": self.approval}
        return Template(self.cluster, self.kind, *hosts, **more)


def node(host):
    return {"do": "set-node", "host": host, "node": NODE}


def step(name, *hosts, writes=()):
    row = {"name": name, "title": name, "hosts": list(hosts), "writes": list(writes)}
    return row | {"args": {}, "guard": None, "quorum": None}


def nodes_of(record):
    return sorted(field[5:] for field in record if field.startswith("node:"))


def planned(template, db, ahead, own="", leader=""):
    """Return what the ledger keeps of a plan, or ``None`` if planning refuses the change.

    ``own`` is the job that is planned anew, ``leader`` the node that led when the cluster was seen.
    """
    cluster, hosts, kind = template.cluster, template.hosts, template.kind
    record = db.get(f"cw:cluster:{cluster}")
    if record and own and record.get("made_by") == own and record["phase"] == "forming":
        record = None
    if any(db[f"cw:job:{job}"]["kind"] == "destroy-cluster" for job in ahead):
        if kind != "create-cluster":
            return None
        record = None  # as the job before is to leave it
    makers = [job for job in ahead if db[f"cw:job:{job}"]["kind"] == "create-cluster"]
    if kind == "create-cluster":
        if record or makers or not all(_is_free(db, host, own) for host in hosts):
            return None
        formed = {"do": "set-phase", "phase": "formed"}
        steps = [step("install", *hosts), step("form", *hosts, writes=[*map(node, hosts), formed])]
        return _stored(template, db, ahead, steps, founds="dev", reserves=hosts)
    if kind == "verify":
        return _stored(template, db, ahead, [step("observe")], lock="none") if record else None
    if not makers and (not record or record["phase"] == "forming"):
        return None
    is_destroying = bool(record) and record["phase"] == "destroying"
    if is_destroying and kind != "destroy-cluster":
        return None
    known = nodes_of(record or {})
    if kind == "backup":
        return _stored(template, db, ahead, [step("save", *hosts)], lock="shared")
    if kind == "upgrade":
        steps = [step(OPENS, *hosts), step("upgrade", *hosts), step(CLOSES, *hosts)]
        return _stored(template, db, ahead, steps, closings=[[2, 0]])
    look = [step("observe")] if record else []
    if kind == "add-nodes":
        if set(hosts) & set(known) or not all(_is_free(db, host, own) for host in hosts):
            return None
        joins = [step("join", host, writes=[node(host)]) for host in hosts]
        return _stored(template, db, ahead, look + joins, reserves=hosts)
    if kind == "remove-nodes":
        if not set(hosts) <= set(known):
            return None
        leaves = [step("leave", host, writes=[{"do": "drop-node", "host": host}]) for host in hosts]
        return _stored(template, db, ahead, look + leaves)
    last = leader if leader in known else next(iter(known), "")
    others = [host for host in known if host != last]
    leaves = [step("leave", host, writes=[{"do": "drop-node", "host": host}]) for host in others]
    note = [] if is_destroying else [step("note", writes=[DESTROYING])]
    remove = step("remove", *known, writes=[FORGET])
    return _stored(template, db, ahead, [*look, *note, *leaves, remove])


def _is_free(db, host, own):
    row = db[f"cw:host:{host}"]
    return not row["cluster"] or bool(own and row.get("reserved_by") == own)


def _stored(  # a plan has that many parts
    template, db, ahead, steps, *, founds="", reserves=(), lock="exclusive", closings=()
):
    revision = db.get(f"cw:revision:{template.cluster}", {}).get("n", "0")
    plan = {"digest": "", "findings": [], "quorum_before": None, "quorum_after": None}
    coming = {
        write["host"]: write["node"]
        for row in steps
        for write in row["writes"]
        if write["do"] == "set-node"
    }
    return {
        "cluster": template.cluster,
        "kind": template.kind,
        "params": "{}",
        "plan": json.dumps(plan | {"steps": steps}),
        "digest": str(template),
        "reason": "",
        "on_failure": template.on_failure,
        "accept": "[]",
        "lock": lock,
        "pinned": False,
        "approval": template.approval,
        "requested_by": ASKER.id if template.approval else "",
        "requester": ASKER.person if template.approval else "",
        "basis": int(revision),
        "ahead": " ".join(ahead),
        "reserves": json.dumps(list(reserves)),
        "coming": json.dumps(coming if reserves else {}),
        "founds": founds,
        "site": "default",
        "step_names": [row["name"] for row in steps],
        "closings": list(closings),
        "finals": [place for place, row in enumerate(steps) if row["name"] in TAKES],
        "reached": {},
    }
