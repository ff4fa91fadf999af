"""Tiny directories in the layout of an unpacked snap, with scripts of the tests' own."""

from pathlib import Path

SNAP_YAML = """\
name: microk8s
version: v1.32.3
confinement: classic
base: core99
environment:
  REAL_PATH: $PATH
  GREETING: 'to ${SNAP_NAME}'
apps:
  status:
    command: microk8s-status.wrapper
"""
UTILS = """\
use_snap_env() {
  export PATH="$SNAP/usr/bin:$SNAP/bin:$REAL_PATH"
  export PYTHONPATH="$SNAP/usr/lib/python3/dist-packages"
}
"""
DISPATCHER = """\
#!/usr/bin/env bash
. $SNAP/actions/common/utils.sh
use_snap_env
name=$1
shift
if [ -f "$SNAP/microk8s-$name.wrapper" ]; then
  exec "$SNAP/microk8s-$name.wrapper" "$@"
fi
echo "own dispatcher knows no $name"
exit 9
"""
STATUS = """\
#!/usr/bin/env bash
. $SNAP/actions/common/utils.sh
use_snap_env
${SNAP}/usr/bin/python3 ${SNAP}/scripts/wrappers/status.py "$@"
"""
STATUS_SCRIPT = """\
import os
import sys

from common.words import SENTENCE

print(SENTENCE, os.environ["GREETING"], os.environ["SNAP_DATA"], *sys.argv[1:])
sys.exit(7)
"""
STOP = """\
#!/usr/bin/env bash
. $SNAP/actions/common/utils.sh
use_snap_env
echo "own stop"
$SNAP/bin/cat $SNAP/meta/snap.yaml | $SNAP/bin/grep -c confinement
snapctl stop microk8s --disable
touch $SNAP_DATA/var/lock/stopped.lock
"""
LEAVE = """\
#!/usr/bin/env bash
${SNAP}/usr/bin/python3 ${SNAP}/scripts/wrappers/leave.py
"""
AGENT_RUNNER = """\
#!/usr/bin/env bash
exec $SNAP/bin/cluster-agent cluster-agent
"""
AGENT = """\
#!/usr/bin/python3
import http.server

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"own agent")

http.server.HTTPServer(("0.0.0.0", 25000), Health).serve_forever()
"""
DQLITE = """\
#!/bin/sh
echo "own dqlite shell: $*"
"""
PARTS = {
    "meta/snap.yaml": SNAP_YAML,
    "actions/common/utils.sh": UTILS,
    "microk8s.wrapper": DISPATCHER,
    "microk8s-status.wrapper": STATUS,
    "microk8s-stop.wrapper": STOP,
    "microk8s-leave.wrapper": LEAVE,
    "microk8s-inspect.wrapper": "#!/bin/sh\necho never\n",
    "scripts/wrappers/status.py": STATUS_SCRIPT,
    "scripts/wrappers/common/__init__.py": "",
    "scripts/wrappers/common/words.py": 'SENTENCE = "own status"\n',
    "scripts/wrappers/leave.py": "import a_module_that_nobody_has\n",
    "run-cluster-agent-with-args": AGENT_RUNNER,
    "bin/cluster-agent": AGENT,
    "bin/dqlite": DQLITE,
}


def write_tree(root: Path, *, without: tuple[str, ...] = ()) -> Path:
    """Write all parts, or all but those whose path begins like one of the given ones."""
    for path, text in PARTS.items():
        if not path.startswith(without or ("nothing at all",)):
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            target.chmod(0o755)
    return root
