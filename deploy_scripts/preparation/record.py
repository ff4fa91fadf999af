"""The record that a host keeps of its own preparation: what was written, and by which job.

Each change is noted before it is made, in a row of its own; ``undo`` takes back what is noted and
nothing else. The first rows are the mark of the job that began the record.
"""

import shlex

from deploy_scripts.fleet.marks import OWN

JOB = "job="
"""Begins the row of a mark that names the job."""

SHELL = f"""
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
record={OWN}/prepared
nl='
'
fail() {{ echo "cannot $1" >&2; exit 1; }}
# hopeless WHAT: as fail, where another attempt would end in the same way.
hopeless() {{ echo "permanent: cannot $1" >&2; exit 1; }}
tell() {{ printf 'note: %s\\n' "$1"; }}
# A row without an end was cut off by a full disk or a power cut: what it says is not believed.
read_record() {{
  record_rows= row= torn=
  [ -e "$record" ] || return 0
  while IFS= read -r row; do record_rows="$record_rows$row$nl"; done <"$record"
  [ -z "$row" ] || torn=1
}}
noted() {{ case "$nl$record_rows" in *"$nl$1$nl"*) return 0;; esac; return 1; }}
noted_any() {{ case "$nl$record_rows" in *"$nl$1"*) return 0;; esac; return 1; }}
note() {{
  noted "$1" && return
  printf '%s\\n' "$1" >>"$record" || fail "write $record: is the disk full?"
  record_rows="$record_rows$1$nl"
}}
write_record() {{
  printf '%s' "$1" >"$record.new" && mv "$record.new" "$record" ||
    fail "write $record: is the disk full, or its file system read-only?"
  record_rows=$1
}}
# rows BEGINNING: into $found what follows it in the rows that begin so.
rows() {{
  found=
  while IFS= read -r row; do
    case "$row" in "$1"*) found="$found${{row#"$1"}}$nl";; esac
  done <<ROWS
$record_rows
ROWS
}}
# forget BEGINNING: drop the rows that begin so; a BEGINNING with its line's end is one row.
forget() {{
  left=
  while IFS= read -r row; do
    case "$row$nl" in "$1"*|"$nl") ;; *) left="$left$row$nl";; esac
  done <<ROWS
$record_rows
ROWS
  write_record "$left"
}}
# job_of ROWS: into $job which job they name.
job_of() {{
  job=$nl$1$nl
  case "$job" in
    *"${{nl}}{JOB}"*) job=${{job#*"${{nl}}{JOB}"}}; job=${{job%%"$nl"*}};;
    *) job=;;
  esac
}}
read_record
"""
"""``record_rows`` holds the record's rows; a job that finds another's record adds to it."""

BEGIN_RECORD = f"""
if [ ! -e "$record" ] || [ -n "$torn" ]; then
  mkdir -p {OWN} || fail "make {OWN}: is the disk full, or its file system read-only?"
  [ -n "$record_rows" ] || record_rows=${{marks:+$marks$nl}}
  write_record "$record_rows"
fi
"""


def given(**values: str) -> str:
    """Return the lines that hand values to a script, quoted."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
