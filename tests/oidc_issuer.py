"""An issuer of identities on loopback: real HTTP, keys that rotate, and it misbehaves when told."""

import hashlib
import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from workflows.groups import group_roles
from workflows.process.oidc_settings import OidcSettings

API, PAGE = "clusterwright-api", "clusterwright-page"
GROUPS = {
    "groups": [
        {"group": "ops", "roles": ["operator"]},
        {"group": "board", "roles": ["viewer"]},
        {"group": "testers", "roles": ["operator"], "clusters": "test-*"},
        {"group": "owners", "roles": ["admin"]},
    ]
}
NEW = {
    "RS256": lambda kid: RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}),
    "ES256": lambda kid: ECKey.generate_key("P-256", {"kid": kid, "use": "sig"}),
    "EdDSA": lambda kid: OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"}),
}


@cache
def first_key() -> Any:
    """Return the key that every issuer begins with: making one costs more than most tests."""
    return NEW["RS256"]("first")


class QuietRegistry(JWSRegistry):
    """EdDSA without the library's warning that it has another name by now."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


class TestIssuer:
    """What the issuer knows, publishes and was asked."""

    __test__ = False

    def __init__(self) -> None:
        self.url = ""
        self.says: dict[str, Any] = {}
        """Members of the discovery document that are otherwise than they should be."""
        self.status = 200
        """What it answers to everything; not 200 while it is in trouble."""
        self.publishes: list[Any] | None = None
        """Keys that it publishes in place of its own."""
        self.body: bytes | None = None
        """What it answers to everything, in place of a document."""
        self.client_secret = ""
        self.claims: dict[str, Any] = {"sub": "alice-1", "groups": ["ops"]}
        """What ID tokens tell of whoever signs in."""
        self.hand_out: dict[str, Any] = {}
        """Claims of ID tokens that are otherwise than they should be."""
        self.asked: Counter[str] = Counter()
        self.codes: dict[str, dict[str, str]] = {}
        self.keys: dict[str, Any] = {}
        self.algorithm, self.kid = "RS256", "first"
        self.keys = {"first": first_key()}

    def rotate(self, algorithm: str, kid: str = "") -> None:
        """Sign with a fresh key from now on, and publish no other."""
        self.algorithm, self.kid = algorithm, kid or secrets.token_hex(4)
        self.keys = {self.kid: NEW[algorithm](self.kid)}

    @property
    def key(self) -> Any:
        return self.keys[self.kid]

    def sign(self, claims: dict[str, Any] | None = None, **header: Any) -> str:
        """Return a token for the API; a claim that is ``None`` is left out."""
        now = int(time.time())
        told = {
            "iss": self.url,
            "aud": API,
            "sub": "alice-1",
            "iat": now,
            "exp": now + 300,
            "preferred_username": "alice",
            "groups": ["ops"],
        } | (claims or {})
        told = {name: value for name, value in told.items() if value is not None}
        head = {"alg": self.algorithm, "kid": self.kid} | header
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(head, told, self.key, registry=QuietRegistry(strict_check_header=False))

    def answer(self, method: str, path: str, form: dict[str, str], auth: str) -> Any:
        """Return a JSON object, a status, or an address to go on to."""
        self.asked[path] += 1
        if self.status != 200:
            return self.status
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                } | self.says
            case "GET", "/keys":
                public = [key.as_dict(private=False) for key in self.keys.values()]
                return {"keys": self.publishes or public}
            case "GET", "/authorize":
                return self._authorize(form)
            case "POST", "/token":
                return self._token(form, auth)
        return 404

    def _authorize(self, query: dict[str, str]) -> Any:
        """Sign in whoever comes, as somebody at once."""
        wanted = query["response_type"], query["client_id"], query["code_challenge_method"]
        if wanted != ("code", PAGE, "S256") or "openid" not in query["scope"].split():
            return 400
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.url}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def _token(self, form: dict[str, str], auth: str) -> Any:
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or not self._shows_secret(auth):
            return 400
        challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
        fits = urlsafe_b64encode(challenge).rstrip(b"=").decode() == begun["code_challenge"]
        if not fits or form["redirect_uri"] != begun["redirect_uri"]:
            return 400
        told = {"aud": PAGE, "nonce": begun["nonce"]} | self.claims | self.hand_out
        return {"id_token": self.sign(told), "access_token": "x", "token_type": "Bearer"}

    def _shows_secret(self, auth: str) -> bool:
        if not self.client_secret:
            return not auth
        return b64decode(auth.partition(" ")[2]).decode() == f"{PAGE}:{self.client_secret}"

    def settings(self, **more: Any) -> OidcSettings:
        return OidcSettings(self.url, API, group_roles(GROUPS), PAGE, **more)


@contextmanager
def running_issuer() -> Iterator[TestIssuer]:
    """Run an issuer on a port of loopback."""
    issuer = TestIssuer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, text: str) -> None:
            form = {name: values[0] for name, values in parse_qs(text).items()}
            path, auth = urlsplit(self.path).path, self.headers.get("Authorization", "")
            found = issuer.answer(self.command, path, form, auth)
            body = json.dumps(found).encode() if isinstance(found, dict) else b"{}"
            body = body if issuer.body is None else issuer.body
            status = found if isinstance(found, int) else 303 if isinstance(found, str) else 200
            self.send_response(status)
            if isinstance(found, str):
                self.send_header("Location", found)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Say nothing of who hangs up in the middle: some tests do so."""

    server = Server(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield issuer
    server.shutdown()
    server.server_close()
    thread.join()
