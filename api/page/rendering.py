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


def kept_fresh(response: Response) -> Response:
    """Name a page by its content: it asks for itself again, and no news cost nothing."""
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
