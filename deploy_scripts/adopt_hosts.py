"""Mark the nodes of a cluster as this installation's; nothing else of them is changed.

What the mark was before is noted, and put back by the undo. Of what MicroK8s is on the hosts the
undo takes nothing away.
"""

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyinfra.api import FactBase, deploy
from pyinfra.context import host

from deploy_scripts.fleet.errors import Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED, KEPT, OWN
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script, root_script
from deploy_scripts.microk8s.adopting import find_cluster
from deploy_scripts.microk8s.certificates import with_certificates
from deploy_scripts.microk8s.observing import observe
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False
TIMEOUT = 30
MOST_LINES = 20
LONGEST_LINE = 300
"""A mark has three short lines; what is more was written by somebody else."""

READ = f"""
echo mark:
[ ! -e {INSTALLED} ] || {{ echo is there; head -c 6000 {INSTALLED}; }}
true
"""

PUT = f"""
{FUNCTIONS}
is_mine {INSTALLED} || {{
  [ "$(cat {INSTALLED} 2>/dev/null)" = "$former" ] || {{
    echo "permanent: cannot mark this host: its mark is another than when it was looked at, and" \\
      "names $(whose {INSTALLED}); roll this job back, and ask for it anew" >&2
    exit 1
  }}
  put_mark {INSTALLED} || {{ echo "cannot write {INSTALLED}: is the disk full?" >&2; exit 1; }}
}}
"""

PUT_BACK = f"""
{FUNCTIONS}
if is_mine {INSTALLED}; then
  if [ -n "$former" ]; then
    printf '%s\\n' "$former" >{INSTALLED}.new && mv {INSTALLED}.new {INSTALLED} || exit 1
  else
    rm -f {INSTALLED} || exit 1
  fi
elif [ -e {INSTALLED} ] && [ "$(cat {INSTALLED})" != "$former" ]; then
  echo "{KEPT}$(whose {INSTALLED}) has marked it since"
fi
rmdir {OWN} 2>/dev/null; true
"""


class FormerMark(FactBase[list[str]]):
    """The lines of the mark that a host bears; none where it bears none."""

    def command(self) -> str:
        return root_script(READ, timeout=TIMEOUT, shows=f"cat {INSTALLED}")

    def process(self, output: Any) -> list[str]:
        return parse_mark(list(output))


def parse_mark(lines: Sequence[str]) -> list[str]:
    """Return the lines of a mark; an empty file is none.

    Raises ``ValueError`` for what is no mark, and could not be put back as it was.
    """
    if not lines or lines[0] != "mark:":
        raise ValueError("the host did not tell whether it bears a mark")
    if lines[1:2] not in ([], ["is there"]):
        raise ValueError(f"the host told {lines[1][:60]!r} of its mark")
    rows = list(lines[2:])
    if len(rows) > MOST_LINES or any(
        len(row) > LONGEST_LINE or not row.isprintable() for row in rows
    ):
        raise ValueError(f"{INSTALLED} has more lines, or others, than a mark has")
    return rows


def _former(formers: Mapping[str, Sequence[str]]) -> str:
    """Return the setting by which a script knows the mark that its host bore."""
    text = "\n".join(formers[host.name])
    return f"former={shlex.quote(text)}\n"


@deploy("Mark the host")
def put(formers: Mapping[str, Sequence[str]]) -> None:
    """Write the mark, where the host still bears the one that was noted, or ours."""
    script = _former(formers) + PUT
    remote_script(name="Mark the host", script=script, timeout=TIMEOUT, shows=f"tee {INSTALLED}")


@deploy("Take back the mark")
def put_back(formers: Mapping[str, Sequence[str]]) -> None:
    """Put back the mark that was noted; one that somebody wrote since stays."""
    script = _former(formers) + PUT_BACK
    remote_script(
        name="Take back the mark", script=script, timeout=TIMEOUT, shows=f"rm {INSTALLED}"
    )


def apply(
    fleet: Fleet,
    *,
    before: Before,
    hosts: Sequence[str],
    cluster: str,
    accept: Collection[str] = (),
) -> Result:
    """Look once more, mark every host, then look at the cluster as any change does.

    Raises ``Permanent`` where the hosts are not all the nodes of one cluster any more.
    """
    found = find_cluster(fleet, hosts, cluster=cluster, accept=accept)
    if not before.noted:
        before.note({"marks": fleet.facts(FormerMark, on=list(hosts))})
    done, failures = fleet.try_run(
        put, on=fleet.pending(hosts), timeout=TIMEOUT, formers=before.noted["marks"]
    )
    roles = found.looked.roles
    for name in done:
        fleet.mark_done(name, f"a {roles[name]} node, marked")
    raise_for(failures, f"cannot mark the hosts of cluster {cluster}")
    control_plane = [name for name, role in roles.items() if role == "control-plane"]
    workers = [name for name, role in roles.items() if role == "worker"]
    seen = observe(fleet, control_plane=control_plane, workers=workers)
    if not seen.members:
        raise Permanent(f"cannot adopt cluster {cluster}: nobody tells its members any more")
    seen = replace(seen, addons=found.shown.as_seen() or None)
    return Result(found.as_output(), with_certificates(fleet, seen, control_plane))


def undo(
    fleet: Fleet,
    *,
    before: Before,
    hosts: Sequence[str],
    cluster: str,
    accept: Collection[str] = (),
) -> Result:
    """Put back the mark that each host bore before, or none."""
    del accept
    marks = before.noted.get("marks", {})
    pending = [name for name in fleet.pending(hosts) if name in marks]
    done, failures = fleet.try_run(put_back, on=pending, timeout=TIMEOUT, formers=marks)
    for name, lines in done.items():
        kept = next((line for line in lines if line.startswith(KEPT)), "")
        fleet.mark_done(name, kept or "as before")
    raise_for(failures, f"cannot take back the marks of cluster {cluster}")
    return Result()
