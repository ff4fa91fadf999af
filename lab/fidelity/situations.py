"""The commands that are compared, each in the situation that the ones before it have made.

Hosts are n1 to n4 and start freshly installed. `{seed}` is n1's address, `{token}` a new token of
n1 with its check, `{python}` the hosts' interpreter. A difference that changes what follows comes
late.
"""

from __future__ import annotations

from typing import NamedTuple

GOOD = "a" * 32
CHECK = "b" * 12


DQLITE = (
    "/snap/microk8s/current/bin/dqlite "
    "-s file:///var/snap/microk8s/current/var/kubernetes/backend/cluster.yaml "
    "-c /var/snap/microk8s/current/var/kubernetes/backend/cluster.crt "
    "-k /var/snap/microk8s/current/var/kubernetes/backend/cluster.key"
)
ASK = (
    '{{python}} -c "import http.client as h, ssl; '
    "c = h.HTTPSConnection('127.0.0.1', 25000, context=ssl._create_unverified_context()); "
    "c.request('{method}', '{path}', body='{body}'); r = c.getresponse(); "
    "print(r.status, r.getheader('Content-Type'), r.read().decode().strip())\""
)


class Situation(NamedTuple):
    """One command line on one host, and what is special about it."""

    verb: str
    situation: str
    host: str
    line: str


def _all(verb: str, host: str, *pairs: tuple[str, str]) -> tuple[Situation, ...]:
    return tuple(Situation(verb, situation, host, f"microk8s {line}") for situation, line in pairs)


def _dqlite(situation: str, command: str) -> Situation:
    return Situation("dqlite shell", situation, "n1", f"{DQLITE} {command}")


def _agent(situation: str, method: str, path: str, body: str = "") -> Situation:
    line = ASK.format(method=method, path=path, body=body)
    return Situation("cluster agent", situation, "n1", line)


ALONE = (
    *_all("help", "n1", ("no command", ""), ("an unknown command", "nonsense")),
    *_all(
        "version",
        "n1",
        ("standalone", "version"),
    ),
    *_all(
        "add-node",
        "n1",
        ("token", "add-node --format token"),
        ("token-check", "add-node --format token-check"),
        ("short", "add-node --format short"),
        ("pretty", "add-node"),
        ("json", "add-node --format json"),
        ("yaml", "add-node --format yaml"),
        ("a token that is too short", "add-node --token short"),
        ("a token with a time to live", f"add-node -l 600 -t {GOOD} --format token"),
        ("an unknown option", "add-node --worker"),
        ("an unknown format", "add-node --format xml"),
    ),
    *_all(
        "status",
        "n1",
        ("pretty, standalone", "status --wait-ready"),
        ("yaml, standalone", "status --format yaml"),
        ("short, standalone", "status --format short"),
        ("json", "status --format json"),
        ("an add-on that is on", "status -a dns"),
        ("an add-on that is off", "status -a metallb"),
    ),
    *_all(
        "join",
        "n2",
        ("no argument", "join"),
        ("one argument too many", "join a b"),
        ("no token", "join {seed}:25000"),
        ("a host name", f"join n1.lab:25000/{GOOD}/{CHECK}"),
        ("a port that is no number", f"join {{seed}}:x/{GOOD}/{CHECK}"),
        ("a port out of range", f"join {{seed}}:70000/{GOOD}/{CHECK}"),
        ("a short token", "join {seed}:25000/abc"),
        ("a short fingerprint", f"join {{seed}}:25000/{GOOD}/abc"),
        ("too many parts", f"join {{seed}}:25000/{GOOD}/{CHECK}/x"),
        ("a port that is closed", f"join {{seed}}:25001/{GOOD}/{CHECK}"),
        ("an unknown token", f"join {{seed}}:25000/{GOOD} --skip-verify"),
        ("a wrong fingerprint", f"join {{seed}}:25000/{GOOD}/{CHECK}"),
    ),
    *_all(
        "remove-node",
        "n1",
        ("no argument", "remove-node"),
        ("three arguments", "remove-node a b c"),
        ("an unknown second argument", "remove-node n9 --now"),
        ("an unknown node", "remove-node n9"),
        ("an unknown node, forced", "remove-node n9 --force"),
        ("an unknown address, forced", "remove-node 10.79.0.99 --force"),
    ),
    *_all("leave", "n1", ("standalone", "leave")),
    *_all(
        "refresh-certs",
        "n1",
        ("no argument", "refresh-certs"),
        ("check", "refresh-certs -c"),
        ("undo without a backup", "refresh-certs -u"),
        ("two options", "refresh-certs -c -u"),
        ("a folder that is missing", "refresh-certs /nowhere"),
        ("a folder that is missing, with an option", "refresh-certs -c /nowhere"),
        ("the server's certificate", "refresh-certs -e server.crt"),
        ("an unknown certificate", "refresh-certs -e nonsense.crt"),
    ),
    *_all(
        "enable",
        "n1",
        ("no argument", "enable"),
        ("an unknown add-on", "enable nonsense"),
        ("an unknown add-on of a repository", "enable core/nonsense"),
        ("one that is on", "enable dns"),
        ("one by its alias", "enable storage"),
        ("one that is off", "enable rbac"),
    ),
    *_all(
        "disable",
        "n1",
        ("one that is off", "disable metallb"),
        ("one that is on", "disable rbac"),
    ),
    *_all("kubectl", "n1", ("a list of nodes", "kubectl get nodes -o name")),
    *_all("config", "n1", ("its first line", "config | head -1")),
    _dqlite("members, as a table", "k8s .cluster"),
    _dqlite("members, as JSON", "-f json k8s .cluster"),
    _dqlite("the leader", "k8s .leader"),
    _dqlite("an address that is no member", "k8s '.remove 10.79.0.99:19001'"),
    _dqlite("no database", ""),
    _agent("its health", "GET", "/health"),
    _agent("a path that is unknown", "GET", "/nonsense"),
    _agent("a join without a token", "POST", "/cluster/api/v2.0/join", "{}"),
    _agent("a join that is no JSON", "POST", "/cluster/api/v2.0/join", "nonsense"),
)

STOPPED = (
    Situation("stop", "standalone", "n4", "microk8s stop"),
    *_all(
        "status",
        "n4",
        ("stopped", "status"),
        ("yaml, stopped", "status --format yaml"),
    ),
    *(
        Situation(line.split()[0], "stopped", "n4", f"microk8s {line}")
        for line in ("add-node", "kubectl get nodes", "leave", "remove-node n9", "enable dns")
    ),
    Situation("start", "stopped", "n4", "microk8s start"),
)

TOGETHER = (
    Situation("join", "a control plane node", "n2", "microk8s join {seed}:25000/{token}"),
    Situation("join", "a worker", "n3", "microk8s join {seed}:25000/{token} --worker"),
    Situation("status", "pretty, of two", "n2", "microk8s status --wait-ready"),
    Situation("kubectl", "nodes of three", "n1", "microk8s kubectl get nodes -o name"),
    _dqlite("members of two", "-f json k8s .cluster"),
    Situation("remove-node", "a member that is alive", "n1", "microk8s remove-node n2"),
    *(
        Situation(line.split()[0], "on a worker", "n3", f"microk8s {line}")
        for line in (
            "status",
            "kubectl get nodes",
            "config",
            "start",
            "stop",
            "refresh-certs -c",
            "add-node",
            "remove-node n1",
            "enable dns",
            "disable dns",
        )
    ),
    Situation("leave", "the only voter of two", "n1", "microk8s leave"),
    Situation("leave", "a spare", "n2", "microk8s leave"),
    Situation("remove-node", "one that has left", "n1", "microk8s remove-node n2"),
    Situation("leave", "a worker", "n3", "microk8s leave"),
    Situation("remove-node", "a worker that has left", "n1", "microk8s remove-node n3"),
    Situation("join", "again, after it has left", "n2", "microk8s join {seed}:25000/{token}"),
    Situation("leave", "an unknown option", "n2", "microk8s leave --force"),
    Situation("remove-node", "itself", "n1", "microk8s remove-node n1"),
)

ALL = (*ALONE, *STOPPED, *TOGETHER)
HOSTS = ("n1", "n2", "n3", "n4")
