"""What each route needs, said where it is declared; one that does not say it does not register."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Blueprint, Flask

from workflows.access import Permission

EXTENSION = "clusterwright-needs"
"""Where an application keeps what its routes need, by endpoint."""
CLUSTER = re.compile(r"/clusters/<(\w+)>")
JOB = re.compile(r"/jobs/<(\w+)>")


class Admission(StrEnum):
    """Whom a route lets in that needs no permission."""

    OPEN = "open"  # anybody, without a token too
    ANY_TOKEN = "any-token"  # noqa: S105  # a word: whoever has a token, whatever is granted to it


OPEN, ANY_TOKEN = Admission.OPEN, Admission.ANY_TOKEN
Needed = Permission | Admission


@dataclass(frozen=True, slots=True)
class Need:
    """What a route needs, and where a request says what it is about."""

    what: Needed
    cluster: str = ""
    """The part of the address that names a cluster; empty if none does."""
    job: str = ""
    """The part of the address that names a job; empty if none does."""
    form_field: str = ""
    """The field of a form that names a cluster, where the address does not."""
    changes: bool = True
    """Whether a request that is not for reading is an act, and recorded in the audit log."""


class DeclaredBlueprint(Blueprint):
    """A group of routes, each of which says what it needs."""

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        *,
        needs: Needed | None = None,
        form_field: str = "",
        changes: bool = True,
        **options: Any,
    ) -> None:
        """Register a route; raises ``TypeError`` where it does not say what it needs.

        One that takes a body and changes nothing says so (``changes=False``); all others that are
        not for reading are recorded in the audit log.
        """
        name = endpoint or getattr(view_func, "__name__", "")
        if needs is None:
            raise TypeError(
                f"cannot register the route {rule} ({name}): it does not say what it needs; give "
                "needs=Permission.READ or another permission, or needs=OPEN where anybody may ask"
            )
        cluster, job = CLUSTER.search(rule), JOB.search(rule)
        about = cluster[1] if cluster else "", job[1] if job else ""
        need = Need(needs, *about, form_field, changes)
        self.record(lambda state: _note(state.app.extensions, f"{state.name}.{name}", need))
        if provide_automatic_options is not None and view_func:
            # flask-smorest hands the argument on to nobody; Flask reads the attribute too.
            view_func.provide_automatic_options = provide_automatic_options  # type: ignore[attr-defined]  # Flask's own way
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


def _note(extensions: dict[str, Any], endpoint: str, need: Need) -> None:
    noted: dict[str, Need] = extensions.setdefault(EXTENSION, {})
    if noted.setdefault(endpoint, need) != need:
        raise TypeError(
            f"cannot register {endpoint}: it needs {noted[endpoint].what} by one address and "
            f"{need.what} by another; give one of them an endpoint of its own"
        )


def check(app: Flask) -> None:
    """Raise ``TypeError`` if ``app`` has a route that was registered in another way."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in app.extensions.get(EXTENSION, {}):
            raise TypeError(
                f"cannot serve the route {rule.rule} ({rule.endpoint}): it does not say what it "
                "needs; register it with a blueprint of ours"
            )


def need_of(app: Flask, endpoint: str) -> Need:
    """Return what the route of an endpoint needs."""
    found: Need = app.extensions[EXTENSION][endpoint]
    return found


def is_open(app: Flask, endpoint: str | None) -> bool:
    """Whether anybody may ask; where there is no route, nobody but who has a token."""
    return endpoint is not None and need_of(app, endpoint).what is OPEN
