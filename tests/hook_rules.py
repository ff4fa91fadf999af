"""A rule file for tests of hooks, and a sender with a secret."""

from typing import Any

from flask.testing import FlaskClient
from signed_requests import SECRETS

from workflows.hooks import secrets

RULES = "/v1/rules"


def rule_text(
    kind: str, *, name: str = "sender", types: str = "'*'", rule: str = "", **limits: Any
) -> str:
    """Return rules by which every event of a sender asks for a cluster of one host."""
    told = {
        "clusters": "prod*",
        "environments": "[dev, staging, prod]",
        "kinds": "[create-cluster]",
    }
    lines = "".join(f"\n    {key}: {value!s}" for key, value in (told | limits).items())
    return f"""\
sources:
  {name}:
    kind: {kind}{lines}
rules:
  - name: make-it
    source: {name}
    types: [{types}]
    change:
      kind: create-cluster
      cluster: prod
      params: {{control_plane: [n1], environment: dev}}
{rule}"""


def apply(client: FlaskClient, text: str) -> None:
    """Make a text the rule file."""
    answer = client.put(RULES, json={"text": text})
    assert answer.status_code in {200, 201}, answer.text


def trust(settings: Any, name: str = "sender", secret: bytes = SECRETS["github"][0]) -> bytes:
    """Make a secret good for a sender."""
    secrets.add(settings.data_dir, name, secret.decode())
    return secret
