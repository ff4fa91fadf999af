"""Each form of a list of hosts on the page says the same hosts."""

import pytest
from pages import code_blocks, read

from cli.host_files.formats import FORMATS
from cli.host_files.formats import read as read_hosts

PAGE = "docs/hosts.md"
FORMS = {"json": "json", "yaml": "yaml", "csv": "csv", "ansible": "ini", "ssh-config": "sshconfig"}
HOSTS = {
    "m-1": {"address": "10.0.0.31", "user": "ops", "jump": "way-in"},
    "way-in": {"address": "192.168.1.9", "port": 2222, "user": "ops"},
}
MORE = {"zone": "rack-1", "labels": {"disk": "ssd"}}


@pytest.mark.parametrize("form", FORMATS)
def test_the_example_of_each_form_is_read_as_the_same_hosts(form):
    (block,) = code_blocks(read(PAGE), FORMS[form])

    reading = read_hosts(block.encode(), "hosts", form)

    more = {} if form == "ssh-config" else MORE  # which has no words for these
    wanted = {"m-1": HOSTS["m-1"] | more, "way-in": HOSTS["way-in"]}
    rows = reading.chosen(())
    found = {row.name: dict(row.values) for row in rows}
    assert {name: row | {"name": name} for name, row in wanted.items()} == found
    assert list(reading.notes_of(rows)) == []
