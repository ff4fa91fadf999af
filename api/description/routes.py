"""Routes that are described after all of them are registered, and once in a process.

Describing them is most of the work of making an application; what is described depends on the
routes and the kinds of changes alone, so applications with the same ones share one document.
"""

from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint

from api.description.openapi import describe, endpoints
from workflows.kinds import KINDS

Routed = frozenset[tuple[tuple[str, str], str]]
_described: dict[tuple[Routed, tuple[str, ...]], dict[str, Any]] = {}
"""The finished document by the endpoints of its application, and the kinds that there were."""


class Routes(Api):  # type: ignore[misc]  # flask-smorest has no types
    """An Api of flask-smorest that registers blueprints at once and describes them later."""

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Blueprint] = []
        super().__init__(app)

    def register_blueprint(self, blp: Blueprint) -> None:
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    def document(self) -> dict[str, Any]:
        """Return the finished document of all routes; nobody may change it."""
        key = (frozenset(endpoints(self._app).items()), tuple(KINDS))
        if key not in _described:
            for blp in self._undescribed:
                blp.register_views_in_doc(
                    self, self._app, self.spec, name=blp.name, parameters=None
                )
                self.spec.tag({"name": blp.name, "description": blp.description})
            _described[key] = describe(self, self._app)
        return _described[key]
