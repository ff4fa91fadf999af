"""The blueprint that every route of the page belongs to."""

from api.access.needs import DeclaredBlueprint

bp = DeclaredBlueprint("page", __name__)
