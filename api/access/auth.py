"""Who may ask: every route needs a token but for those that anybody may ask, and a permission.

A browser's session stands for the token that it was opened with: on the page for everything, and
elsewhere for reading only, because nothing there proves that a form of ours has asked.
"""

from typing import TYPE_CHECKING

from flask import Flask, g, request

from api.access.acts import note_who
from api.access.needs import Need, is_open, need_of
from api.access.principal import principal
from api.access.tokens import TokenEnded
from api.backend import backend
from api.http import limits
from api.http.problems import Problem
from api.job_ids import whole_id
from api.oidc.person import looks_like_one
from api.oidc.refusals import IssuerSilent, NotBelieved
from api.page.sessions import Session, session_cookie
from workflows.access import Permission, Principal, Via, allowed
from workflows.permits import permit, permit_job

if TYPE_CHECKING:
    from api.oidc.people import People

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="clusterwright"'}
WRONG_TOKEN = {"WWW-Authenticate": CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'}
READING = frozenset({"GET", "HEAD"})


def protect(app: Flask) -> None:
    """Ask every request for a token, or for a session opened with one, then for its permission."""

    @app.before_request
    def check_token() -> None:
        if is_open(app, request.endpoint):
            limits.count_open()
            return
        try:
            authenticate()
        except Problem as problem:
            if problem.word == "unauthorized":
                limits.count_unknown()
            raise
        limits.count_known(principal())

    def authenticate() -> None:
        on_page = request.blueprint == "page"
        if not on_page and "Authorization" in request.headers:
            g.principal = _bearer()
            return
        # Without an endpoint nothing is carried out: what follows is the answer 404 or 405.
        harmless = request.endpoint is None or request.method in READING
        session = browser_session() if on_page or harmless else None
        found = _of_session(session) if session else None
        if found is None:
            raise Problem(
                "unauthorized",
                "cannot answer the request: it has no token; send Authorization: Bearer <token>",
                headers=CHALLENGE,
            )
        g.session, g.principal = session, found

    @app.before_request
    def check_permission() -> None:
        need = need_of(app, request.endpoint) if request.endpoint else None
        if need and isinstance(need.what, Permission):
            _permit(need, need.what)


def _permit(need: Need, permission: Permission) -> None:
    """Raise ``Forbidden`` for who may not ask this of what the request is about."""
    by = principal()
    if allowed(by, permission, cluster=None, environment=None):
        return  # whatever it is about
    inventory = backend().inventory
    view_args = request.view_args or {}
    if need.job:
        job = backend().ledger.job(whole_id(view_args[need.job]))
        permit_job(inventory, by, permission, job)
        return
    cluster = view_args[need.cluster] if need.cluster else request.values.get(need.form_field)
    permit(inventory, by, permission, cluster or None)


def _bearer() -> Principal:
    """Return who holds the token in the header."""
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(
            "unauthorized",
            "cannot answer the request: it has no token; send Authorization: Bearer <token>",
            headers=CHALLENGE,
        )
    there = backend()
    if there.people and looks_like_one(token.strip()):
        return _of_issuer(there.people, token.strip())
    try:
        holder = there.tokens.holder(token.strip())
    except TokenEnded as ended:
        # Who it was is known, though nothing is granted to them any more.
        note_who(Principal(ended.record.id, ended.record.name, Via.TOKEN))
        raise Problem("unauthorized", str(ended), headers=WRONG_TOKEN) from None
    found = _of(holder, Via.TOKEN) if holder else None
    if found is None:
        raise Problem(
            "unauthorized",
            "cannot answer the request: its token is not known; send a valid one",
            headers=WRONG_TOKEN,
        )
    return found


def _of_issuer(people: "People", token: str) -> Principal:
    """Return who brings a token of the issuer."""
    try:
        person = people.bearer(token)
    except NotBelieved as error:
        raise Problem(
            "unauthorized",
            f"cannot believe the issuer's token: {error}",
            headers=WRONG_TOKEN,
        ) from None
    except IssuerSilent as error:
        raise issuer_problem(error) from None
    g.person = person
    return people.principal(person, Via.OIDC)


def issuer_problem(error: IssuerSilent) -> Problem:
    """Return the answer for who can be known again once the issuer answers."""
    return Problem("issuer-unavailable", str(error), headers={"Retry-After": "10"})


def _of_session(session: Session) -> Principal | None:
    """Return who has opened a session: with a token of ours, or as the issuer knows them."""
    if session.person is None:
        return _of(session.token_id, Via.SESSION)
    people, g.person = backend().people, session.person
    return people.principal(session.person, Via.SESSION) if people else None


def _of(token_id: str, via: Via) -> Principal | None:
    """Return who a token stands for, if it is still valid."""
    tokens = backend().tokens
    known = tokens.find(token_id)
    if known is None:
        return None
    tokens.note_use(token_id)
    return Principal(token_id, known.name, via, known.grants, owner=known.owner, maker=known.maker)


def browser_session() -> Session | None:
    """Return the browser's session; it ends with the token that it was opened with."""
    cookie = session_cookie()
    session = backend().sessions.find(cookie) if cookie else None
    if session and not _goes_on(session):
        backend().sessions.close(cookie)
        return None
    return session


def _goes_on(session: Session) -> bool:
    """Whether what a session was opened with is still good."""
    if session.person is None:
        return backend().tokens.find(session.token_id) is not None
    people = backend().people
    return people is not None and people.settings.issuer == session.issuer
