"""One script of ours at a time changes a host, and none outlives the job that sent it.

A command goes on when its SSH connection breaks: nobody can call it back. So whoever comes next
finds its note (who sent it, its process group) under the host's lock, and waits for it, or ends it:

* another attempt of the same job waits, and looks afterwards at what was done;
* an undo, and a step of another job, ends it; a join is waited for, since half a join is worse;
* an attempt that was replaced meanwhile is told so, and changes nothing.
"""

import shlex

from deploy_scripts.fleet.framing import one_word
from deploy_scripts.fleet.marks import Mark

LOCK = "/run/lock/clusterwright.lock"
HOLDER = "/run/clusterwright-holder"
WAITING = "waiting for '"
"""Begins what a script says that has to wait, so that whoever sent it waits, too."""
WAIT_SECONDS = 900
"""How long a script waits for the one before it: as long as an installation may take."""
KILL_AFTER_SECONDS = 5

# The note has one line: process group, when its leader began, fence, "ends" or "stays", job, what.
# The body runs in a process group of its own, which "timeout" makes and leads. Its leader holds the
# lock beside this shell, the body does not: a service that it starts must not keep it.
TURN = f"""
began() {{ read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${{stat##*) }}; echo "${{20}}"; }}
# The last holder's group, if that is still the one that was noted.
holder() {{
  read -r group start fence treat job what 2>/dev/null <{HOLDER} || return 1
  case "$group$start$fence" in *[!0-9]*|'') return 1;; esac
  [ "$(began "$group")" = "$start" ]
}}
me=${{my_job:--}}
exec 8>>{LOCK} || {{ echo 'cannot lock the host: is its disk full?' >&2; exit 1; }}
if ! flock -n 8; then
  n=0
  until holder || [ $n -ge 20 ]; do n=$((n+1)); sleep 0.1; done
  if holder; then
    if [ "$job" = "$me" ] && [ "$fence" -gt "$my_fence" ]; then
      echo "cannot go on: a later attempt of job $my_job is at work here" >&2; exit 1
    fi
    if [ "$treat" = ends ] && {{ [ -n "$my_undo" ] || [ "$job" != "$me" ]; }}; then
      echo "ending what job $job left running here: $what"
      kill -s TERM -- "-$group" 2>/dev/null
      flock -w 10 8 || {{ kill -s KILL -- "-$group" 2>/dev/null; flock -w 10 8; }} || {{
        echo "cannot end '$what' of job $job, process group $group" >&2; exit 1; }}
    else
      echo "{WAITING}$what' of job $job, which still runs here"
      flock -w $my_wait 8 || {{
        echo "cannot begin: '$what' of job $job still runs here after $my_wait s" >&2; exit 1; }}
    fi
  else
    echo "{WAITING}a command of ours', which still runs here"
    flock -w $my_wait 8 || {{
      echo "cannot begin: another command of ours still runs here after $my_wait s" >&2; exit 1; }}
  fi
fi
if read -r group start fence treat job what 2>/dev/null <{HOLDER} &&
    [ "$job" = "$me" ] && [ "${{fence:-0}}" -gt "$my_fence" ] 2>/dev/null; then
  echo "cannot go on: a later attempt of job $my_job was at work here" >&2; exit 1
fi
exec 7<&0
timeout -k {KILL_AFTER_SECONDS} "$my_limit" sh -c "exec 8>&- 7<&-
$my_body" <&7 7<&- &
body=$!
exec 7<&-
echo "$body $(began $body) $my_fence $my_treat $me $my_what" >{HOLDER} 2>/dev/null
wait $body
"""


def turn(body: str, *, what: str, limit: int, mark: Mark, is_undo: bool, may_be_ended: bool) -> str:
    """Return the script that waits for its turn on the host and then runs ``body``.

    ``limit`` is in seconds and counts from when the body begins.
    """
    settings = {
        "my_undo": "yes" if is_undo else "",
        "my_wait": str(WAIT_SECONDS),
        "my_limit": str(limit),
        "my_treat": "ends" if may_be_ended else "stays",
        "my_what": " ".join(what.split()),
    }
    head = "\n".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
    whole = one_word(f"{mark.settings()}\n{body}")
    return f"{mark.settings()}\n{head}\nmy_body=$(printf %b '{whole}')\n{TURN}"
