"""The log's files of a stopped datastore: its membership is rewritten, and others get a copy."""

import shlex
from collections.abc import Sequence

from pyinfra.api import deploy

from deploy_scripts.backups.archive import SUFFIX
from deploy_scripts.backups.on_host import FOLDER
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import BACKEND, DATA
from deploy_scripts.microk8s.stopping import OURS

SECONDS = 300
LOG_FILES = "snapshot-* [0-9]*-[0-9]* open-* metadata1 metadata2"
"""Shell patterns of what one member may take over from another; ``info.yaml`` is each one's own."""

# A server that runs would write on into what is replaced below it.
AT_REST = f"""
{OURS}
[ -e {DATA}/var/lock/stopped.lock ] || {{
  echo 'cannot change the datastore: MicroK8s is not stopped here; retry, which stops it' >&2
  exit 1; }}
B={BACKEND}
"""

RECONFIGURE = f"""
{AT_REST}
umask 007
printf '%s' "$members" >"$B/cluster.yaml.new" &&
  mv "$B/cluster.yaml.new" "$B/cluster.yaml" || exit 1
said=$(timeout -k 5 60 /snap/microk8s/current/bin/dqlite -s 127.0.0.1:19001 -c "$B/cluster.crt" \\
  -k "$B/cluster.key" k8s ".reconfigure $B/ $B/cluster.yaml" 2>&1 </dev/null)
case "$said" in
  *OK*) ;;
  *) echo "cannot reconfigure the datastore: dqlite said $(printf '%s' "$said" | head -n 1 |
    cut -c1-300)" >&2; exit 1;;
esac
cd "$B" && for f in cluster.yaml {LOG_FILES}; do
  [ ! -e "$f" ] || {{ chown --reference=info.yaml "$f"; chmod --reference=info.yaml "$f"; }}
done
sync
"""

PACK = f"""
{AT_REST}
umask 077
d={FOLDER}/$name
rm -rf "$d"; mkdir -p "$d" && cd "$B" && tar -cf - $(ls -d cluster.yaml {LOG_FILES} 2>/dev/null) |
  gzip -n >"$d/$name{SUFFIX}" && gzip -t "$d/$name{SUFFIX}" || {{
  echo "cannot pack the datastore's log: is the disk full?" >&2; exit 1; }}
"""

# All is unpacked before anything goes: a host that dies in between has one log or the other, and
# the next attempt finds out which by its digest.
UNPACK = f"""
{AT_REST}
umask 077
d="$B.recovered"
rm -rf "$d"; mkdir "$d" && tar -C "$d" -xzf "{FOLDER}/$name/$name{SUFFIX}" &&
  [ -e "$d/cluster.yaml" ] || {{
  echo "cannot unpack the datastore's log: is the disk full?" >&2; rm -rf "$d"; exit 1; }}
sync
cd "$B" && rm -f {LOG_FILES} && mv "$d"/* "$B"/ && rmdir "$d" || exit 1
for f in cluster.yaml {LOG_FILES}; do
  [ ! -e "$f" ] || {{ chown --reference=info.yaml "$f"; chmod --reference=info.yaml "$f"; }}
done
sync
"""


@deploy("Reconfigure the datastore")
def reconfigure(members: str) -> None:
    """Make ``members``, the text of ``cluster.yaml``, the datastore's whole membership."""
    shows = f"dqlite k8s '.reconfigure {BACKEND}/ {BACKEND}/cluster.yaml'"
    _changed("Reconfigure the datastore", RECONFIGURE, shows, members=members)


@deploy("Pack the log")
def pack(backup: str) -> None:
    """Put the log's files where an archive of that name is read from."""
    _changed("Pack the log", PACK, f"tar -cf - {BACKEND}", may_be_ended=True, name=backup)


@deploy("Take over the log")
def unpack(backup: str) -> None:
    """Put the files of an archive that was handed over in place of the host's own log."""
    _changed("Take over the log", UNPACK, f"tar -C {BACKEND} -xzf {backup}{SUFFIX}", name=backup)


def _changed(
    title: str, script: str, shows: str, *, may_be_ended: bool = False, **values: str
) -> None:
    """Run a script on the files of a datastore at rest, with shell variables of those values."""
    given = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    remote_script(
        name=title, script=given + script, timeout=SECONDS, may_be_ended=may_be_ended, shows=shows
    )


def membership(rows: Sequence[tuple[int, str, int]]) -> str:
    """Return the text of ``cluster.yaml`` for members as ``(id, address, role)``."""
    return "".join(
        f"- ID: {own}\n  Address: {address}\n  Role: {role}\n" for own, address, role in rows
    )
