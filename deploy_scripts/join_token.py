"""Where a join token is made, minted on the seed, and burnt.

A token is a root secret of the cluster. It lives inside one call: made here, sent to the seed and
to the joiner over standard input, never in an argument of a long-lived process, a log or a record.
One single-use token for each joiner and attempt; whatever happened, it is burnt at the end.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pyinfra.api import deploy

from deploy_scripts.errors import Transient
from deploy_scripts.fleet import Fleet
from deploy_scripts.microk8s import DATA, MICROK8S, OWN
from deploy_scripts.shell import remote_script

AGENT_PORT = 25000
FINGERPRINT = re.compile(r"[0-9a-f]{12,64}")

# Lines of ours that were never spent, for example by an attempt that was killed, are struck out.
BURN = f"""
umask 077
tokens={DATA}/credentials/cluster-tokens.txt
ours={OWN}/join-tokens
if [ -s "$ours" ] && [ -f "$tokens" ]; then
  kept=$(grep -vxFf "$ours" "$tokens"; true)
  if [ -n "$kept" ]; then printf '%s\\n' "$kept" > "$tokens"; else : > "$tokens"; fi
fi
rm -f "$ours"
"""

# The answer holds the token, so only the fingerprint behind it is printed.
MINT = (
    BURN
    + f"""
mkdir -p {OWN}
while IFS= read -r token; do
  printf '%s\\n' "$token" >> "$ours"
  {MICROK8S} add-node --token "$token" --format json \\
    | sed -n 's|.*"token": *"[0-9a-f]*/\\([0-9a-f]*\\)".*|fingerprint=\\1|p'
done
"""
)


@deploy("Mint join tokens")
def mint(secret: dict[str, str]) -> None:
    """Add one single-use token for each line of standard input."""
    remote_script(name="Mint join tokens", script=MINT, timeout=120, secrets=secret)


@deploy("Burn join tokens")
def burn() -> None:
    """Strike out every token of ours that was not spent."""
    remote_script(name="Burn join tokens", script=BURN, timeout=30)


@contextmanager
def join_urls(fleet: Fleet, *, seed: str, joiners: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield a join URL for each joiner, with the seed's fingerprint; burn what is left at the end.

    The address is the inventory's: ``add-node`` names the default interface first, which may be
    one that the joiner cannot reach.
    """
    tokens = {joiner: secrets.token_hex(16) for joiner in joiners}
    lines = "".join(f"{token}\n" for token in tokens.values())
    try:
        said = fleet.run(mint, on=[seed], timeout=120, secret={seed: lines})[seed]
        prints = {line.removeprefix("fingerprint=") for line in said if "fingerprint=" in line}
        if len(prints) != 1 or not FINGERPRINT.fullmatch(min(prints)):
            raise Transient(
                f"cannot mint a join token on {seed}: add-node answered without a fingerprint",
                advice=f"run 'microk8s status' on {seed}; it must be a running control plane node",
            )
        at = f"{fleet.node_address(seed)}:{AGENT_PORT}"
        yield {joiner: f"{at}/{token}/{min(prints)}" for joiner, token in tokens.items()}
    finally:
        fleet.try_run(burn, on=[seed], timeout=30)
