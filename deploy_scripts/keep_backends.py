"""Keep a copy of the whole backend folder of stopped control plane nodes, on each node itself.

The copy is named by its digest and never overwritten: another attempt of the job, after the nodes
ran in between, keeps another one beside it. It holds every secret of the cluster, so it is root's.
"""

import re
from collections.abc import Sequence
from typing import Any

from pyinfra.api import deploy

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import OWN
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import BACKEND
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
UNDO = "does"
ASKS = False
FOLDER = f"{OWN}/recovery"
SECONDS = 600
_COPY = re.compile(
    rf"copy ([0-9]{{1,9}}) ([0-9]{{1,15}}) ([0-9a-f]{{64}}) ({FOLDER}/[A-Za-z0-9._/-]{{1,200}})"
)

KEEP = f"""
umask 077
d={FOLDER}/${{my_job:-by-hand}}
mkdir -p "$d" && tar -C "$(dirname {BACKEND})" -cf - "$(basename {BACKEND})" 2>"$d/said" |
  gzip -n >"$d/new" && gzip -t "$d/new" || {{
  echo "cannot copy {BACKEND} to $d: $(tail -n 1 "$d/said" | cut -c1-300); is the disk full?" >&2
  rm -f "$d/new" "$d/said"; exit 1; }}
rm -f "$d/said"
sum=$(sha256sum <"$d/new"); sum=${{sum%% *}}
file="$d/backend-$(printf %.12s "$sum").tar.gz"
mv "$d/new" "$file" && sync
echo "copy $(tar -tzf "$file" | grep -vc '/$') $(stat -c %s "$file") $sum $file"
"""
DROP = f'rm -rf "{FOLDER}/${{my_job:-by-hand}}" && {{ rmdir {FOLDER} 2>/dev/null; true; }}'


@deploy("Keep a copy of the backend folder")
def keep() -> None:
    """Write the copy and say what it is."""
    remote_script(
        name="Keep a copy of the backend folder",
        script=KEEP,
        timeout=SECONDS,
        shows=f"tar -cf - {BACKEND}",
    )


@deploy("Remove the copy of the backend folder")
def drop() -> None:
    """Remove the copies of this job."""
    remote_script(
        name="Remove the copy of the backend folder",
        script=DROP,
        timeout=60,
        shows=f"rm -rf {FOLDER}",
    )


def parse_copy(lines: Sequence[str]) -> dict[str, Any]:
    """Read files, bytes, digest and place of a copy. Raises ``ValueError`` for anything else."""
    found = [match for line in lines[-5:] if (match := _COPY.fullmatch(line))]
    if len(found) != 1:
        raise ValueError(f"{' '.join(lines)[:60]!r} tells of no copy")
    files, size, digest, place = found[0].groups()
    return {"files": int(files), "bytes": int(size), "sha256": digest, "place": place}


def apply(fleet: Fleet, *, before: Before, hosts: Sequence[str]) -> Result:
    """Copy each; raises ``Transient`` where one holds no file of the datastore."""
    del before  # the job's own folder on the host tells what to take away
    printed, failures = fleet.try_run(keep, on=hosts, timeout=SECONDS)
    raise_for(failures, "cannot keep a copy of the datastore")
    copies = {}
    for host in hosts:
        try:
            copies[host] = parse_copy(printed[host])
        except ValueError as error:
            raise Transient(f"cannot tell what was copied on {host}: {error}") from error
        name = copies[host]["place"].rpartition("/")[2]  # the job's id before it would be masked
        fleet.mark_done(
            host, f"{copies[host]['files']} files, {copies[host]['bytes']} bytes in {name}"
        )
    return Result({"copies": copies})


def undo(fleet: Fleet, *, before: Before, hosts: Sequence[str]) -> Result:
    """Remove the copies: nothing was changed since they were made."""
    del before
    fleet.run(drop, on=hosts)
    return Result()
