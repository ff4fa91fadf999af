"""Whether a token of an issuer is what it says: signature, issuer, audience and moments."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError, MissingClaimError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, extract_compact
from joserfc.jwt import JWTClaimsRegistry

from api.oidc.issuer import Issuer
from api.oidc.refusals import NotBelieved

LONGEST = 8000
KEY_TYPES = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    **dict.fromkeys(("EdDSA", "Ed25519"), "OKP"),
}
"""The algorithms that are believed, and what each needs: with none of them is a key secret to us,
so nobody can sign with what the issuer publishes."""
TYPES = {"", "jwt", "at+jwt", "application/at+jwt"}
"""Values of ``typ``: others are for other purposes, such as ending a session."""
LEEWAY_SECONDS = 30
"""How far the issuer's clock and ours may be apart."""


class _Algorithms(JWSRegistry):
    """The algorithms above; ``EdDSA`` is what issuers still call Ed25519."""

    max_header_length = 4096  # some issuers put a certificate into it

    def __init__(self) -> None:
        super().__init__(algorithms=list(KEY_TYPES), strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]  # its name was looked at before a key was looked for


ALGORITHMS = _Algorithms()


def verified(
    token: str, issuer: Issuer, audience: str, clock: Callable[[], float] = time.time
) -> Mapping[str, Any]:
    """Return the claims of a token that is to be believed.

    Raises ``NotBelieved``, and ``IssuerSilent`` where no key is known to verify it with.
    """
    algorithm, kid = _header(token)
    keys = issuer.keys(lambda key: _fits(key, algorithm, kid))
    if not keys:
        raise NotBelieved("it is signed with a key that the issuer does not publish")
    if len(keys) > 1:
        raise NotBelieved("it does not say with which of the issuer's keys it is signed (kid)")
    try:
        claims: dict[str, Any] = jwt.decode(token, keys[0], registry=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError):
        raise NotBelieved("its signature does not fit, or it cannot be read") from None
    _check(claims, issuer.url, audience, clock())
    return claims


def _header(token: str) -> tuple[str, str | None]:
    """Return what a token says it is signed with; nothing of that is believed yet."""
    if len(token) > LONGEST:
        raise NotBelieved(f"it has {len(token)} signs, and {LONGEST} are the most")
    try:
        header = extract_compact(token.encode(), registry=ALGORITHMS).headers()
    except (JoseError, ValueError, TypeError):
        raise NotBelieved("it cannot be read as a signed JSON Web Token") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
        raise NotBelieved(f"it is signed by none of {', '.join(KEY_TYPES)}")
    if str(header.get("typ", "")).lower() not in TYPES:
        raise NotBelieved("it is of a type that is not for asking an API")
    if kid is not None and not isinstance(kid, str):
        raise NotBelieved("the name of its key (kid) is no text")
    return algorithm, kid


def _fits(key: Key, algorithm: str, kid: str | None) -> bool:
    return (
        key.key_type == KEY_TYPES[algorithm]
        and (kid is None or key.kid == kid)
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, algorithm)
    )


def _check(claims: dict[str, Any], issuer: str, audience: str, now: float) -> None:
    rules = JWTClaimsRegistry(
        now=int(now),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        rules.validate(claims)
    except ExpiredTokenError:
        raise NotBelieved("it has ended (exp); ask the issuer for another") from None
    except MissingClaimError as error:
        raise NotBelieved(f"it has no claim {error.claim}") from None
    except JoseError as error:
        claim = getattr(error, "claim", "of it")
        raise NotBelieved(f"its claim {claim} is not as it has to be") from None
