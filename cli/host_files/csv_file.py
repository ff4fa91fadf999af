"""Hosts as a table that spreadsheets write: commas, semicolons or tabs between the cells."""

import csv
import io
from collections.abc import Iterator

from cli.host_files.reading import FIELDS, Reading, Row, unknown_field
from cli.host_record import ANSWERED_ONLY

DELIMITERS = ",;\t"
Cells = list[str]


class _BadTable(Exception):
    """A line is not as tables have them."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read(text: str, reading: Reading) -> None:
    first, _, rest = text.partition("\n")
    has_hint = first.lower().startswith("sep=")  # which one spreadsheet writes for itself
    try:
        table = list(_table(rest if has_hint else text, 2 if has_hint else 1))
    except _BadTable as error:
        reading.faults.append(f"{reading.at(error.line)}: cannot read the table: {error}")
        return
    if not table:
        reading.faults.append(f"{reading.file}: it has no line with the names of the columns")
        return
    line, head = table[0]
    names = [name.lower() for name in head]
    reading.faults += [f"{reading.at(line)}: {fault}" for fault in _wrong_columns(names)]
    if not reading.faults:
        reading.rows += [_row(reading.at(at), names, cells) for at, cells in table[1:]]


def _table(text: str, line: int) -> Iterator[tuple[int, Cells]]:
    """Yield each row that has cells, and the line on which it begins, as editors count."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=_delimiter(text), strict=True)
    begins = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line + begins, [cell.strip() for cell in cells]
            begins = reader.line_num
    except csv.Error as error:
        raise _BadTable(line + begins, str(error)) from None


def _delimiter(body: str) -> str:
    """Return what stands between most columns of the first line that has any."""
    head = next((line for line in body.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=head.count)


def _wrong_columns(names: Cells) -> Iterator[str]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield f"cannot use two columns {name!r}"
        elif not name:
            yield f"cannot use column {place + 1}: it has no name"
        elif name not in FIELDS and name not in ANSWERED_ONLY:
            yield unknown_field(name)
    if "name" not in names:
        yield "cannot do without a column 'name'"


def _row(place: str, names: Cells, cells: Cells) -> Row:
    fields = dict(zip(names, cells, strict=False))
    row = Row(place, called=fields.get("name", ""))
    if len(cells) != len(names):
        row.fault(
            "",
            f"cannot use a row of {len(cells)} cells under {len(names)} columns; put a cell that "
            "has the delimiter in it into quotes",
        )
        return row
    for name, text in fields.items():
        if text and name in FIELDS:  # an empty cell says nothing
            row.say(name, text)
    if not fields["name"]:
        row.fault("", "cannot use a host without a name")
    return row
