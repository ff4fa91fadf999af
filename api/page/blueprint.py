"""The blueprint that every route of the page belongs to."""

from flask import Blueprint

bp = Blueprint("page", __name__)
