"""Who put something on a host: the installation of this product, the cluster and the job.

What a host carries is marked with all three, so that a job takes away nothing but what it put
there itself: also when the ledger was lost, or a second installation works on the same hosts.
"""

import shlex
from dataclasses import asdict, dataclass

OWN = "/var/lib/clusterwright"
"""Where notes of ours are kept on a host."""
INSTALLED = f"{OWN}/installed-microk8s"
"""Says who installed MicroK8s; without it MicroK8s is somebody else's."""
JOINED = f"{OWN}/joined"
"""Says who joined the host to a cluster; absent on a cluster's first node."""
JOINS = f"{OWN}/joins"
"""On a seed: a line ``ADDRESS JOB`` for each host that was given a token here."""
SILENT = "version 0.1, which noted no cluster,"
"""How a script names who wrote a note that names nobody."""
SHORT_ID = 12
"""So much of a job's id is told."""
KEPT = "kept: "
"""Begins the line in which an undo tells what it leaves on a host, and why."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Names a job; every part is empty where a deploy is run by hand."""

    installation: str = ""
    """Of this product: the ledger's own name for itself."""
    cluster: str = ""
    job: str = ""
    fence: int = 0
    """Grows with every attempt of a job: who has the smaller one has been replaced."""

    def settings(self) -> str:
        """Return shell assignments of the parts, for the beginning of a script."""
        rows = asdict(self) | {"fence": str(self.fence)}
        return "\n".join(f"my_{name}={shlex.quote(str(value))}" for name, value in rows.items())


def by_job(job: str) -> str:
    """Return which job has left a mark, to put behind a sentence; nothing where it is not known.

    Its beginning alone: the whole id looks like a secret, and would be masked in a message.
    """
    return f" (job {job[:SHORT_ID]})" if job else ""


# put_mark FILE: note this job there.  is_mine FILE: did this very job note itself there?
# same_cluster FILE: is it a note of this installation and cluster, whatever the job?
# of FILE KEY: what a note says; nothing where it is silent, as notes of version 0.1 are.
FUNCTIONS = f"""
of() {{
  [ -r "$1" ] && while IFS='=' read -r k v; do [ "$k" != "$2" ] || echo "$v"; done <"$1"; true; }}
put_mark() {{
  mkdir -p {OWN} && printf '%s\\n' "installation=$my_installation" "cluster=$my_cluster" \\
    "job=$my_job" >"$1.new" && mv "$1.new" "$1"
}}
is_mine() {{ [ -e "$1" ] && [ "$(of "$1" job)" = "$my_job" ] &&
  [ "$(of "$1" installation)" = "$my_installation" ]; }}
same_cluster() {{ [ -e "$1" ] && [ "$(of "$1" cluster)" = "$my_cluster" ] &&
  [ "$(of "$1" installation)" = "$my_installation" ]; }}
whose() {{
  if [ -e "$1" ] && [ -z "$(of "$1" installation)$(of "$1" job)" ]; then echo '{SILENT}'; return; fi
  echo "job $(of "$1" job | grep . || echo unknown) of cluster $(of "$1" cluster | grep . ||
  echo unknown), installation $(of "$1" installation | grep . || echo unknown)"
}}
"""
"""Shell functions over notes; ``Mark.settings`` has to stand before them."""
