"""All routes of the page, and their way into the application."""

from importlib.metadata import version

from flask import Flask, g

from api.page import (  # noqa: F401  # imported for their routes
    approval_policy,
    audit,
    changes,
    clusters,
    guard,
    host_form,
    hosts,
    job,
    jobs,
    overview,
    sign_in,
    sign_in_by_issuer,
    static_files,
    subscriptions,
    tokens,
)
from api.page.advice import links
from api.page.blueprint import bp
from api.page.csrf import csrf_field
from api.page.words import WORDS
from workflows.access import Permission, allowed


def administers() -> bool:
    """Whether who looks at the page may see tokens and the audit log."""
    by = g.get("principal")
    return by is not None and allowed(by, Permission.ADMIN, cluster=None, environment=None)


def attach(app: Flask) -> None:
    """Add the page to ``app``, and to every template, macros too, what it may call."""
    called = {"csrf_field": csrf_field, "static_url": static_files.static_url, "links_of": links}
    called |= {"administers": administers}
    app.jinja_env.globals.update(WORDS, **called, version=version("clusterwright"))
    app.register_blueprint(bp)
