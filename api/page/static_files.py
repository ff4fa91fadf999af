"""The page's own style sheets, scripts and pictures, under an address that changes with them.

One digest of all files is part of every address, so a script's ``import "./other.js"`` finds the
version that belongs to it, and browsers may keep the files for ever.
"""

import functools
import hashlib
from importlib.resources import files

from flask import Response, request, url_for

from api.access.needs import OPEN
from api.http.documents import tag_of_text
from api.http.problems import Problem
from api.page.blueprint import bp
from api.topology import CSS

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


@functools.cache
def contents() -> dict[str, bytes]:
    """Return the content of every file by its name."""
    folder = files("api.page").joinpath("static")
    found = {
        file.name: file.read_bytes()
        for file in folder.iterdir()
        if file.name.rpartition(".")[2] in TYPES
    }
    return found | {"topology.css": CSS.encode()}


@functools.cache
def build() -> str:
    """Return the digest of all files."""
    digest = hashlib.sha256()
    for name, content in sorted(contents().items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def static_url(name: str) -> str:
    """Return the address of a file; its name must be one of the folder's."""
    if name not in contents():
        raise KeyError(f"cannot link to {name}: it is not in api/page/static")
    return url_for("page.static_file", digest=build(), name=name)


@bp.get("/static/<digest>/<name>", needs=OPEN)
def static_file(digest: str, name: str) -> Response:
    """Serve a file; under another digest than today's it is not to be kept."""
    if name not in contents():
        raise Problem("not-found", f"cannot find static file {name[:64]}: there is none")
    content = contents()[name]
    kind = TYPES[name.rpartition(".")[2]]
    response = Response(content, mimetype=kind)
    response.headers["Cache-Control"] = FOR_EVER if digest == build() else "no-cache"
    response.set_etag(tag_of_text(content))
    response.make_conditional(request)
    return response
