"""From a template to an answer with the page's own headers."""

from typing import Any

from flask import Response, render_template, request

from api.page.sessions import current_session

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Our own files and nothing else; no inline style or script anywhere."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    # Not no-referrer: browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def fragment(template: str, **facts: Any) -> str:
    """Return the HTML of a template in ``templates/page``."""
    return render_template(f"page/{template}", session=current_session(), **facts)


def page(template: str, *, status: int = 200, **facts: Any) -> Response:
    """Answer with a template in ``templates/page``, under the page's policy."""
    return html(fragment(template, **facts), status=status)


def html(text: str, *, status: int = 200) -> Response:
    """Answer with HTML, under the page's policy."""
    return Response(text, status, HEADERS, mimetype="text/html")


def kept_for_return(response: Response) -> Response:
    """Let the browser show a form, or the answer to one, again when somebody comes back to it.

    What must not be stored cannot be shown again when it was the answer to a form.
    """
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def unchanged(stamp: str) -> Response | None:
    """Return the answer to who has the page of this stamp already; ``None`` to anybody else.

    It has the headers of the page: a browser takes them in place of those that it has kept, and
    would show the page under another policy, without its styles.
    """
    if not request.if_none_match.contains(stamp):
        return None
    return kept_fresh(Response(status=304, headers=HEADERS), stamp)


def kept_fresh(response: Response, stamp: str = "") -> Response:
    """Name a page by its content, or by a stamp of that: it asks for itself again."""
    if stamp:
        response.set_etag(stamp)
    else:
        response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
