"""Writes docs/permissions.md: what each route needs, from where the routes say it.

Run ``.venv/bin/python scripts/permissions_page.py`` after a change of a route or of a role; a test
compares the two.
"""

from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from api.access.needs import ANY_TOKEN, OPEN, Need, need_of
from api.app import create_app
from workflows.access import TAKES_IN, Permission
from workflows.roles import EVERYWHERE, ROLES, Role

PAGE = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"
HEAD = """\
# Who may ask for what

Each route says what it needs where it is declared; this page is written from that by
`scripts/permissions_page.py`, and a test asks every route in every role.

Without a valid token the answer is 401, and the page leads to its sign-in. With one that does not
have the permission it is 403, which names the permission and the cluster. A token may be limited
to clusters and environments: then it is let in where the route is about one of those, and what
tells of all clusters at once is refused. [Tokens](how-to/tokens.md) tells how one is made.

* **cluster**, **job**: the permission is needed on the cluster, or on the job's cluster; on every
  cluster where the request names none, such as `GET /v1/jobs` without `cluster`.
* **all**: it is needed on every cluster.
* `open` needs no token, and `any-token` any that is valid.
"""
ROLES_HEAD = "## What each role may"
NOTE = """\
A change that ends a cluster, restores a backup into it, or issues a credential for it needs
`destroy`, whatever route asks for it; on a cluster in production only an admin has that.
A credential that may only look (`role` is `view`) needs `change`.
"""
YES, NO = "yes", "no"
HIDDEN = frozenset({"HEAD", "OPTIONS"})


def render() -> str:
    """Return the whole page."""
    app = create_app()
    rows = sorted(_rows(app), key=lambda row: (row[1], row[0]))
    programs = [row for row in rows if not row[3].startswith("page.")]
    people = [row for row in rows if row[3].startswith("page.")]
    return "\n".join(
        [
            HEAD,
            *(ROLES_HEAD, "", *_roles(), "", NOTE),
            *("## The API", "", *_table(programs), ""),
            *("## The page", "", *_table(people), ""),
        ]
    )


def _rows(app: Flask) -> Iterator[tuple[str, str, Need, str]]:
    """Yield method, address, need and endpoint of each route."""
    for rule in app.url_map.iter_rules():
        methods = rule.methods or set()
        for method in sorted(methods - HIDDEN or methods):
            yield method, rule.rule, need_of(app, rule.endpoint), rule.endpoint


def _roles() -> Iterator[str]:
    yield "| Role | " + " | ".join(f"`{each}`" for each in Permission) + " |"
    yield "|---|" + "---|" * len(Permission)
    for role in Role:
        yield f"| {role} | " + " | ".join(_held(role, each) for each in Permission) + " |"


def _held(role: Role, permission: Permission) -> str:
    """Return where a role has a permission."""
    where = frozenset[object]()
    for held, environments in ROLES[role].items():
        if permission is held or permission in TAKES_IN[held]:
            where |= environments
    if where == EVERYWHERE:
        return YES
    return "in " + ", ".join(sorted(map(str, where))) if where else NO


def _table(rows: list[tuple[str, str, Need, str]]) -> Iterator[str]:
    yield "| Route | Needs | On | " + " | ".join(Role) + " |"
    yield "|---|---|---|" + "---|" * len(Role)
    for method, rule, need, _ in rows:
        let_in = " | ".join(_lets_in(need, role) for role in Role)
        yield f"| {method} `{_shown(rule)}` | `{need.what}` | {_on(need)} | {let_in} |"


def _lets_in(need: Need, role: Role) -> str:
    return _held(role, need.what) if isinstance(need.what, Permission) else YES


def _on(need: Need) -> str:
    if need.what in {OPEN, ANY_TOKEN}:
        return ""
    if need.job:
        return "job"
    return "cluster" if need.cluster or need.form_field else "all"


def _shown(rule: str) -> str:
    """Return an address as documents have it; a bar would end a column."""
    return rule.replace("<", "{").replace(">", "}").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(render())
