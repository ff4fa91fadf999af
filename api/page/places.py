"""Addresses inside this site, so that nobody can have us send a browser elsewhere."""

import re
from urllib.parse import quote, urlsplit

from flask import Response, redirect, request

HOME = "/"
LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)
"""One slash, not two, and neither backslash nor control character: browsers read those as hosts."""


def local(place: str) -> str:
    """Return ``place`` if it is inside this site, else the first page."""
    return place if LOCAL.fullmatch(place) else HOME


def to_sign_in() -> Response:
    """Lead to the sign-in, and from there back to what was asked for."""
    place = request.full_path.rstrip("?") if request.method == "GET" else _page_of_form()
    return see_other("/sign-in?next=" + quote(local(place), safe=""))


def _page_of_form() -> str:
    """Return the page that a form was sent from, if it is one of ours."""
    sent_from = urlsplit(request.headers.get("Referer", ""))
    return sent_from.path if sent_from.netloc == request.host else HOME


def see_other(place: str) -> Response:
    """Lead to a page by GET."""
    answer: Response = redirect(place, 303, Response)  # type: ignore[assignment]  # says so itself
    return answer
