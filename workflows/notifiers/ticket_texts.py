"""A note in the forms that ticket systems take: plain text, Markdown and HTML; pure."""

from collections.abc import Sequence
from html import escape

from cluster.printable import LONGEST_TEXT, short
from workflows.evidence.cells import plain
from workflows.evidence.markdown import markdown
from workflows.evidence.plain_text import text_lines
from workflows.notifiers.ticket_notes import Note

LOGS = (400, 60, 10, 0)
"""So many lines of the log are tried, until the note is short enough."""


def plain_lines(note: Note) -> list[str]:
    """Return the note in lines, without the evidence."""
    where = f"Job: {note.page or note.job}"
    return [*(short(line, LONGEST_TEXT) for line in note.lines), where]


def evidence_lines(note: Note, most: int) -> list[str]:
    """Return the evidence in lines, so many signs at most; nothing where there is none."""
    if not note.evidence:
        return []
    lines: list[str] = []
    for most_log in LOGS:
        lines = text_lines(note.evidence, most_log=most_log)
        if _length(lines) <= most:
            return lines
    while _length(lines) > most:
        lines.pop(-2)  # the last has the digest
    return lines


def plain_text(note: Note, most: int) -> str:
    """Return the note with its evidence, as plain text of so many signs at most."""
    lines, evidence = plain_lines(note), evidence_lines(note, most - LONGEST_TEXT * 3)
    return "\n".join([*lines, note.marker, *(["", "Evidence:", *evidence] if evidence else [])])


def markdown_text(note: Note, most: int) -> str:
    """Return the note as Markdown of so many signs at most, the evidence folded away."""
    lines = [plain(line) for line in note.lines]
    shown = f"[Job {note.job[:8]}](<{note.page}>)" if note.page else f"Job {note.job[:8]}"
    head = "  \n".join([*lines, shown, note.marker])
    if not note.evidence:
        return head
    for most_log in LOGS:
        text = markdown(note.evidence, most_lines=most_log)
        if len(text) <= most - LONGEST_TEXT * 3:
            break
    else:
        text = f"The evidence is too long for a comment.\n\n`{note.evidence['digest']}`\n"
    return f"{head}\n\n<details>\n<summary>Evidence</summary>\n\n{text}\n</details>"


def html_text(note: Note, most: int) -> str:
    """Return the note as HTML of so many signs at most, the evidence as it is."""
    lines = [escape(line) for line in plain_lines(note)]
    # A sign becomes six at most.
    evidence = evidence_lines(note, (most - LONGEST_TEXT * 3) // 6)
    folded = f"<pre>{escape(chr(10).join(evidence))}</pre>" if evidence else ""
    return f"<p>{'<br>'.join([*lines, note.marker])}</p>{folded}"


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)
