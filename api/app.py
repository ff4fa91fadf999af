"""The Flask application: which routes, which guards, which settings. Connects to nothing yet."""

from flask import Flask

from api import (
    approval_policy,
    audit,
    backend,
    backups,
    calendar,
    changes,
    cluster_files,
    clusters,
    credentials,
    deliveries,
    drills,
    events,
    evidence,
    hook_consents,
    hook_secrets,
    hook_trials,
    hooks,
    hosts,
    index,
    jobs,
    kinds,
    rules,
    schedules,
    subscriptions,
    tokens,
)
from api.access import acts, auth, needs
from api.description import docs
from api.description.openapi import SETTINGS
from api.description.routes import Routes
from api.http import errors, headers, limits, request_log
from api.http.documents import Json
from api.operations import health, metrics, open_streams
from api.page import routes as page
from api.topology import routes as topology
from workflows.process.settings import Settings

ROUTES = (
    *(index, changes, kinds, jobs, events, evidence),
    *(clusters, cluster_files, topology, hosts),
    *(hooks, hook_consents, hook_secrets, hook_trials, rules, approval_policy),
    *(subscriptions, deliveries, tokens, audit),
    *(schedules, calendar),
    *(backups, credentials, drills),
    *(health, metrics),
)
"""The groups of routes that the API's description tells of, in its order."""


class App(Flask):
    """Flask with our way of writing JSON."""

    json_provider_class = Json


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application; Redis is contacted by the first request that needs it."""
    app = App("api", static_folder=None)
    app.url_map.strict_slashes = False  # an address with a slash at its end is the same one
    app.config.update(SETTINGS)
    backend.attach(app, settings or Settings.from_env())
    headers.add(app)
    request_log.add(app)
    limits.add(app)
    open_streams.attach(app)
    auth.protect(app)
    acts.record(app)
    described = Routes(app)
    for module in ROUTES:
        described.register_blueprint(module.bp)
    errors.register(app)
    page.attach(app)
    docs.attach(app, described)
    needs.check(app)
    return app
