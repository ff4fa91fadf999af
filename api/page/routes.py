"""All routes of the page, and their way into the application."""

from importlib.metadata import version

from flask import Flask

from api.page import (  # noqa: F401  # imported for their routes
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
)
from api.page.advice import links
from api.page.blueprint import bp
from api.page.csrf import csrf_field
from api.page.words import WORDS


def attach(app: Flask) -> None:
    """Add the page to ``app``, and to every template, macros too, what it may call."""
    called = {"csrf_field": csrf_field, "static_url": static_files.static_url, "links_of": links}
    app.jinja_env.globals.update(WORDS, **called, version=version("clusterwright"))
    app.register_blueprint(bp)
