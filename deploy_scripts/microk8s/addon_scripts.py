"""What switches one addon on the seed, and judges it by what MicroK8s and Kubernetes show.

An addon that this product enables is noted before, by the name that MicroK8s shows and with the
job. Another file has the addons whose enabling has begun: one that stands there although MicroK8s
shows it enabled was interrupted, and ``microk8s enable`` would say that it is enabled already.
"""

import shlex

from cluster.addon_names import canonical, repository
from deploy_scripts.fleet.error_text import PERMANENT
from deploy_scripts.fleet.marks import KEPT, OWN
from deploy_scripts.microk8s.addon_functions import FUNCTIONS
from deploy_scripts.microk8s.facts import MICROK8S

ENABLE = (
    FUNCTIONS
    + f"""
require_ready "enable $addon"
require_addon "enable ${{addon%%:*}}"
row=$name
argument=${{addon#"${{addon%%:*}}"}}
if is enabled; then
  if ! is_begun && is_whole; then
    [ "$name" != metallb ] || [ -z "$argument" ] ||
      [ "$(sorted "$lent")" = "$(sorted "$(echo "${{argument#:}}" | tr ',' ' ')")" ] || {{
      echo "{PERMANENT}cannot enable $addon: metallb is enabled with other addresses," \\
        "$(echo "$lent" | cut -c1-300)" >&2
      exit 1
    }}
    exit 0
  fi
  # For MicroK8s it is enabled, so enabling would do nothing: what is there of it goes first.
  echo "finishing $name, whose enabling did not come to its end"
  begin
  switch disable "${{place:+$place/}}$name"
  becomes disabled || {{
    echo "cannot finish $addon, which is half enabled: it is not disabled; it said last:" \\
      "$(last_line)" >&2
    exit 1
  }}
elif [ -n "$noting" ]; then
  mkdir -p {OWN} && rewrite "$name${{job:+ $job}}" || {{
    echo "cannot write $notes: is the disk full?" >&2; exit 1; }}
fi
begin
switch enable "${{place:+$place/}}$name$argument"
if missed_a_node; then
  why=$(last_line)
  # Enabled for MicroK8s, and not on every node: enabling again would do nothing.
  if becomes enabled; then
    switch disable "${{place:+$place/}}$name" >/dev/null
    becomes disabled && end
  fi
  echo "cannot enable $addon: a node could not be reached, so it was taken back: $why" >&2; exit 1
fi
finish() {{
  is_whole || {{
    echo "cannot enable $addon: microk8s status shows it enabled, but it has no address pool;" \\
      "it said last: $(last_line)" >&2
    exit 1
  }}
  end
  exit 0
}}
# A refused connection is no verdict, nor is an exit code: what MicroK8s shows in the end is.
case "$ended:$printed" in
  0:*|*refused*|*[Uu]"nable to connect"*|*[Tt]"imed out"*|*[Tt]imeout*|*EOF*|*"not running"*)
    becomes enabled && finish;;
  *) look; is enabled && finish;;
esac
if is disabled; then end; fi
echo "cannot enable $addon: microk8s status does not show it enabled; it said last:" \\
  "$(last_line)" >&2
exit 1
"""
)

TAKE_BACK = (
    FUNCTIONS
    + f"""
row=$name; is_noted || {{ row=$asked; is_noted; }} || exit 0
theirs=$(noted_by)
if [ "$theirs" != "$job" ]; then
  echo "{KEPT}$row was enabled by ${{theirs:-a job that is not known}}"; exit 0
fi
forget() {{ end; rewrite '' || echo "{KEPT}the note of $row: it cannot be written"; }}
if [ ! -x {MICROK8S} ]; then forget; exit 0; fi
require_ready "disable $row"
is_there || {{ name=$row; is_there; }} || {{ forget; exit 0; }}
if is disabled; then
  echo "{KEPT}what $name's script did before it was interrupted: it was never shown enabled"
fi
switch disable "${{place:+$place/}}$name"
becomes disabled || {{
  echo "cannot disable $name: microk8s status does not show it disabled; it said last:" \
    "$(last_line)" >&2
  exit 1
}}
if missed_a_node; then echo "{KEPT}$name on a node that could not be reached: $(last_line)"; fi
forget
"""
)

DISABLE = (
    FUNCTIONS
    + """
require_ready "disable $asked"
require_addon "disable $asked"
if is disabled; then exit 0; fi
switch disable "${place:+$place/}$name"
if missed_a_node; then
  why=$(last_line)
  argument=${addon#"${addon%%:*}"}
  # Disabled for MicroK8s, and not on every node: disabling again would do nothing.
  becomes disabled && switch enable "${place:+$place/}$name$argument" >/dev/null
  echo "cannot disable $name: a node could not be reached, so it was enabled again: $why" >&2
  exit 1
fi
becomes disabled || {
  echo "cannot disable $name: microk8s status does not show it disabled; it said last:" \
    "$(last_line)" >&2
  exit 1
}
end
"""
)

SHOW = (
    "name= asked= place= addon=\n"
    + FUNCTIONS
    + """
require_ready "see which addons are enabled"
printf '%s\\n' "$shown"
name=metallb
if is enabled && pools && [ -n "$lent" ]; then echo "lent $(echo "$lent" | tr ' ' ',')"; fi
true
"""
)


def enable_script(addon: str, job: str = "", *, is_noted: bool = True) -> str:
    """Return what enables an addon; ``is_noted``: so that the undo of this job disables it."""
    return f"{_given(addon, job)}noting={'yes' if is_noted else ''}\n{ENABLE}"


def take_back_script(addon: str, job: str = "") -> str:
    """Return what disables an addon, if this job enabled it."""
    return f"{_given(addon, job)}{TAKE_BACK}"


def disable_script(addon: str) -> str:
    """Return what disables an addon, whoever enabled it."""
    return f"{_given(addon, '')}{DISABLE}"


def _given(addon: str, job: str) -> str:
    values = {
        "addon": addon,
        "name": canonical(addon),
        "asked": addon.split(":")[0].rpartition("/")[2],
        "place": repository(addon),
        "job": job,
    }
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())
