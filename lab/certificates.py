"""Makes the certificates of a simulated node end on another day, so that time need not pass."""

# MicroK8s' services go on with what they have loaded, so those that serve it start anew.
AGE = """
fail() { echo "cannot let certificates end: $1" >&2; exit 1; }
cd /var/snap/microk8s/current/certs 2>/dev/null || fail 'MicroK8s is not installed'
for name in server front-proxy-client; do
  openssl x509 -in $name.crt -signkey $name.key -days "$days" -out $name.new 2>/dev/null ||
    fail "openssl does not sign $name.crt"
  mv $name.new $name.crt
done
snap restart microk8s.daemon-kubelite microk8s.daemon-cluster-agent >/dev/null
"""


def ageing(days: int) -> str:
    """Return the script that lets a node's own certificates end in so many days."""
    return f"days={int(days)}\n{AGE}"
