"""Where a join token is made, minted on the seed, and burnt.

A token is a root secret of the cluster. It lives inside one call: made here, sent to the seed and
to the joiner over standard input, and never in a log or a record of ours. MicroK8s itself takes it
as an argument: while ``add-node`` and ``join`` run it can be read in the process list of those two
hosts, and sudo writes it into their logs. So it is good for one joiner and one attempt, and
whatever happened, it is burnt at the end: what remains in a log opens nothing.
"""

import re
import secrets
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pyinfra.api import deploy

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import JOINS, OWN
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import BACKEND, DATA, MICROK8S

AGENT_PORT = 25000
MINT_SECONDS = 240
FORGET_SECONDS = 40
"""How long an address that was struck out may stand in the seed's own file."""
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

# A joiner is told the fingerprint of the certificate in the seed's file. An agent that still serves
# the one before it, as after a restart that failed, would be refused by every joiner.
SERVED = f"""
PATH="$PATH:/snap/microk8s/current/usr/bin"
served() {{ timeout 5 openssl s_client -connect 127.0.0.1:{AGENT_PORT} </dev/null 2>/dev/null |
  openssl x509 -noout -fingerprint -sha256 2>/dev/null; }}
stored() {{ openssl x509 -noout -fingerprint -sha256 -in {DATA}/certs/server.crt 2>/dev/null; }}
serves_stored() {{
  fingerprint=$(served); [ -n "$fingerprint" ] && [ "$fingerprint" = "$(stored)" ]
}}
if command -v openssl >/dev/null && [ -n "$(stored)" ]; then
  n=0
  until serves_stored; do
    # Right after a join MicroK8s restarts its agent by itself, and right after its own restart
    # an agent does not listen yet.
    if [ $n -eq 10 ]; then
      echo 'restarting the cluster agent: it does not serve the certificate that is stored'
      snap restart microk8s.daemon-cluster-agent >/dev/null || exit 1
    fi
    [ $n -lt 60 ] || {{
      echo "cannot mint a join token: after $n s the cluster agent at port {AGENT_PORT}" \\
        "still does not serve {DATA}/certs/server.crt" >&2; exit 1; }}
    n=$((n+1)); sleep 1
  done
fi
"""

# The seed's agent reads the file, which dqlite writes every 30 s: it refuses an address that was
# struck out since, and a token would be spent for nothing.
FORGOTTEN = f"""
for address in $joiners; do
  n=0
  while grep -q "Address: $address:19001" {BACKEND}/cluster.yaml 2>/dev/null; do
    [ $n -gt 0 ] || echo "waiting until the datastore's own list forgets $address"
    [ $n -lt {FORGET_SECONDS} ] || {{
      echo "cannot let $address join: $n s later {BACKEND}/cluster.yaml still lists it" >&2
      exit 1; }}
    n=$((n+1)); sleep 1
  done
done
"""

# The answer holds the token, so only the fingerprint behind it is printed.
MINT = f"""
{BURN}{FORGOTTEN}{SERVED}
mkdir -p {OWN}
for address in $joiners; do
  kept=$(grep -v "^$address " {JOINS} 2>/dev/null)
  {{ [ -z "$kept" ] || printf '%s\\n' "$kept"; echo "$address ${{my_job:--}}"; }} >{JOINS}.new &&
    mv {JOINS}.new {JOINS} || exit 1
done
while IFS= read -r token; do
  printf '%s\\n' "$token" >> "$ours"
  {MICROK8S} add-node --token "$token" --format json \\
    | sed -n 's|.*"token": *"[0-9a-f]*/\\([0-9a-f]*\\)".*|fingerprint=\\1|p'
done
"""


@deploy("Mint join tokens")
def mint(secret: Mapping[str, str], joiners: Sequence[str]) -> None:
    """Add one single-use token for each line of standard input; note whom they are for."""
    head = f"joiners={shlex.quote(' '.join(joiners))}\n"
    remote_script(
        name="Mint join tokens",
        script=head + MINT,
        timeout=MINT_SECONDS,
        secrets=secret,
        shows="microk8s add-node --token *MASKED* --format json",
    )


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
    addresses = [fleet.node_address(joiner) for joiner in joiners]
    try:
        printed = fleet.run(
            mint, on=[seed], timeout=MINT_SECONDS, secret={seed: lines}, joiners=addresses
        )[seed]
        fingerprint = read_fingerprint(printed, seed, len(tokens))
        at = f"{fleet.node_address(seed)}:{AGENT_PORT}"
        yield {joiner: f"{at}/{token}/{fingerprint}" for joiner, token in tokens.items()}
    finally:
        fleet.try_run(burn, on=[seed], timeout=30)


def read_fingerprint(printed: Sequence[str], seed: str, tokens: int) -> str:
    """Return the one fingerprint that every minted token came with.

    Raises ``Transient`` where there is none, or more than one.
    """
    prints = [
        line.removeprefix("fingerprint=") for line in printed if line.startswith("fingerprint=")
    ]
    if len(prints) != tokens or len(set(prints)) != 1 or not FINGERPRINT.fullmatch(prints[0]):
        raise Transient(
            f"cannot mint {tokens} join token{'s' if tokens > 1 else ''} on {seed}: add-node "
            f"answered with {len(prints)} fingerprints, {len(set(prints))} of them different",
            advice=f"run 'microk8s status' on {seed}; it must be a running control plane node",
        )
    return prints[0]
