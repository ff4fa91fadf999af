"""GLPI 11: webhooks that wait in a queue before they are sent, and a challenge by GET."""

import hmac
import re

from workflows.hooks.reading.documents import first_text, json_object, required_text
from workflows.hooks.reading.tickets import first_link
from workflows.hooks.received import Event, Received, Reply, Unsigned
from workflows.hooks.signing.delivery_ids import digest_of
from workflows.hooks.signing.signatures import from_hex, hmac_of, place_of_signer, signed_header
from workflows.hooks.signing.timestamps import fresh_timestamp
from workflows.hooks.source import Secrets, Source

SIGNATURE, TIMESTAMP, CHALLENGE = "X-GLPI-signature", "X-GLPI-timestamp", "crc_token"
WINDOW_SECONDS = 86400.0
"""It is signed when it is queued, and sent by a job that may come much later."""
_TOKEN = re.compile(r"[0-9A-Za-z]{1,128}")
_OWN_TEXT = b"validate_cra_challenge"
"""What GLPI signs to make its challenge, which tells which secret it has."""


def verify(received: Received, secrets: Secrets) -> int:
    timestamp = fresh_timestamp(received, TIMESTAMP, window=WINDOW_SECONDS)
    given = from_hex(signed_header(received, SIGNATURE))
    content = received.body + timestamp.encode()
    return place_of_signer(secrets, [given], content, f"header {SIGNATURE}")


def greet(received: Received, secrets: Secrets) -> Reply | None:
    """Answer a challenge, whoever asks, with the HMAC of its token.

    A token is letters and digits, and nothing else is answered: with other signs anybody could have
    a document of his own signed here, since documents are signed with the same secret.
    """
    token = received.query.get(CHALLENGE)
    if token is None or received.body:
        return None
    usable = [secret for secret in secrets if secret]
    if not usable or not _TOKEN.fullmatch(token):
        raise Unsigned(
            f"cannot answer the challenge: {CHALLENGE} is not of 1 to 128 letters and digits, or "
            "no secret is known here; enter the sender's secret"
        )
    return Reply(hmac_of(_secret_of(token, usable), token.encode()).hex())


def translate(received: Received) -> tuple[Event, ...]:
    document = json_object(received.body)
    subject = first_text(document, [["item", "id"], ["item", "name"]])
    url = first_link(document, [["item", "url"], ["url"]])
    return (Event(required_text(document, "event"), document, subject=subject, url=url),)


def key(received: Received, event: Event) -> str:
    del event
    return digest_of(received, SOURCE.name, TIMESTAMP)


def _secret_of(token: str, usable: Secrets) -> bytes:
    given = from_hex(token)
    made = [each for each in usable if hmac.compare_digest(hmac_of(each, _OWN_TEXT), given)]
    return made[0] if made else usable[0]


SOURCE = Source(
    "glpi", "GLPI", verify, translate, key, greet, answer_seconds=5, makes_secrets=False
)
