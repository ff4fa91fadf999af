"""A browser without a browser: Flask's test client, with what a browser would add by itself."""

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    """Signs in, and sends forms as the page has shown them."""

    client: FlaskClient
    token: str
    base_url: str = "http://localhost"

    def get(self, path: str, **more: Any) -> TestResponse:
        headers = {"Accept": "text/html,*/*;q=0.8"} | more.pop("headers", {})
        return self.client.get(path, base_url=self.base_url, headers=headers, **more)

    def csrf(self, path: str = "/") -> str:
        """Return the secret that the forms of a page carry."""
        found = CSRF.search(self.get(path).text)
        assert found, path
        return found[1]

    def send(self, path: str, data: Any = None, **more: Any) -> TestResponse:
        """Send a form with its secret."""
        form = {"csrf_token": self.csrf("/sign-in" if path == "/sign-in" else "/")} | (data or {})
        headers = {"Accept": "text/html,*/*;q=0.8"} | more.pop("headers", {})
        return self.client.post(path, data=form, base_url=self.base_url, headers=headers, **more)

    def sign_in(self, **more: Any) -> TestResponse:
        return self.send("/sign-in", {"token": self.token} | more)

    def cookie(self, name: str) -> Any:
        """Return a cookie that the browser keeps."""
        return self.client.get_cookie(name, domain="localhost")


def stored(redis: Any) -> dict[str, bytes]:
    """Return all that Redis holds, but for sessions, plans, uses, counts, beats and acts."""
    passing = ("cw:session:", "cw:api", "cw:plan:", "cw:tokens:used", "cw:asked:", "cw:audit")
    return {key: redis.dump(key) for key in redis.keys("*") if not key.startswith(passing)}
