"""Lists of hosts in the forms that people have, right and wrong; every fault has its place."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from read_files import KEY, faults, hosts

from cli.errors import Failure
from cli.host_files.formats import FORMATS, read
from cli.host_files.reading import MOST_HOSTS, BadFile

# What the file's name says


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("a.json", '[{"name": "a"}]'),
        ("a.YML", "a: {}"),
        ("a.tsv", "name\na\n"),
        ("a.ini", "a ansible_host=10.0.0.1"),
        ("/home/me/.ssh/config", "Host a\nHostName 10.0.0.1"),
        ("-", '{"hosts": [{"name": "a"}]}'),
    ],
)
def test_the_form_of_a_file_is_told_by_its_name(file, text):
    assert [row.name for row in read(text.encode(), file, None).chosen(())] == ["a"]


def test_a_name_that_says_nothing_is_asked_about_with_the_forms_there_are():
    with pytest.raises(Failure, match=r"form of hosts: say it with --format, one of json, yaml"):
        read(b"", "hosts", None)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_form_is_read_with_and_without_a_byte_order_mark(form, encoding):
    text = {
        "json": '[{"name": "a", "zone": "z"}]',
        "yaml": "a: {zone: z}",
        "csv": "name,zone\r\na,z\r\n",
        "ansible": "a ansible_host=10.0.0.1 clusterwright_zone=z",
        "ssh-config": "Host a\n HostName 10.0.0.1",
    }[form]

    assert list(hosts(form, text.encode(encoding))) == ["a"]


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_no_text_or_too_much_of_it_or_empty_is_refused(form):
    assert faults(form, b"a\n\xff\xfe\xfa")[0].endswith(":2: it is not UTF-8; save it as UTF-8")
    assert "more than 4 MiB" in faults(form, b" " * (4 * 1024**2 + 1))[0]
    if form != "json":
        assert len(faults(form, b"")) == 1


@pytest.mark.parametrize("form", FORMATS)
@with_settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_file_is_read_or_refused_and_never_more(form, data):
    words = st.sampled_from(
        [
            *("a", "[", "]", "{", "}", ":", ",", ";", '"', "'", "#", "=", "\n", "\n  ", "\t", "-"),
            *("Host", "HostName", "ProxyJump", "[a:vars]", "[a:children]", "ansible_host=", "<<"),
            *("&x", "*x", "!vault", "hosts", "name", "[1:3]", "[a:c]", "10.0.0.1", "é", "\x00"),
            *("all", "children", "vars", "labels", "port", "no", "1", " ", "%h", "|1|", "{{"),
        ]
    )
    text = "".join(data.draw(st.lists(words | st.text(max_size=3), max_size=40)))
    with contextlib.suppress(BadFile):
        assert hosts(form, text)


# JSON


def test_json_may_be_a_list_or_what_hosts_list_prints():
    row = {"name": "a", "zone": "", "labels": {}, "user": "", "cluster": "x", "links": {"self": ""}}

    assert hosts("json", json.dumps({"hosts": [row]})) == {"a": {"zone": "", "labels": {}}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[\n{", "h.json:2: cannot read it as JSON"),
        ('{"hosts": 1}', "h.json: a list of hosts is wanted"),
        ('[{"name": "a"}, 1]', "h.json: host 2: cannot use it"),
        ('[{"zone": "a"}]', "h.json: host 1: cannot use a host without a name"),
        ('[{"name": "a", "adress": 1}]', "h.json: host 1: a: cannot use the field 'adress'"),
        ('[{"name": "a", "name": "b"}]', "the key 'name' stands there twice"),
        (
            '[{"name": "a"}, {"name": "a"}]',
            "h.json: host 2: a: cannot have this name: h.json: host",
        ),
        (
            '[{"name": "a", "host_key": "k"}]',
            "h.json: host 1: a: host_key: cannot use the host key",
        ),
        ('{"_meta": {}, "all": {}}', "--yaml"),
        ("[" * 50_000, "nested too deeply"),
    ],
)
def test_json_that_is_wrong_is_told_with_the_host(text, message):
    (fault,) = faults("json", text)

    assert message in fault


def test_an_unknown_field_is_told_with_the_one_that_was_meant():
    (fault,) = faults("json", '[{"name": "a", "adress": "10.0.0.1"}]')

    assert fault.endswith("it is unknown; did you mean address?")


def test_a_host_key_may_be_pasted_as_the_tools_of_ssh_print_it():
    rows = [{"name": "a", "host_key": f"10.0.0.1 {KEY} root@a"}]

    assert hosts("json", json.dumps(rows)) == {"a": {"host_key": KEY}}


# YAML


@pytest.mark.parametrize(
    "text",
    [
        "- {name: a, port: 2222}\n- name: b",
        "hosts:\n- {name: a, port: 2222}\n- name: b",
        "a: {port: 2222}\nb:",
        "hosts: {a: {port: 2222}, b: {}}",
        'a: {port: "2222"}\nb: {jump: ~}',
    ],
)
def test_yaml_may_be_a_list_or_names(text):
    assert hosts("yaml", text) == {"a": {"port": 2222}, "b": {}}


def test_yaml_may_say_things_once_for_several_hosts():
    text = "a: &a {port: 2222, user: ops}\nb:\n  <<: *a\n  user: ada"

    assert hosts("yaml", text)["b"] == {"port": 2222, "user": "ada"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n  user: no", "h.yaml:2: a: user: cannot use no: YAML reads it as a truth value, "),
        ("a:\n  zone: 1", "h.yaml:2: a: zone: cannot use 1: YAML reads it as a number"),
        ("a:\n  zone: 1.10", "YAML reads it as a number"),
        ("a:\n  zone: 2026-11-26", "YAML reads it as a date"),
        ("a:\n  port: 22:22", "h.yaml:2: a: port: cannot use 22:22: YAML reads it as a number"),
        ("a:\n  port: 022", "h.yaml:2: a: port: cannot use 022: write a port without a zero"),
        ("a:\n  port: yes", "h.yaml:2: a: port: cannot use yes"),
        ("a:\n  labels:\n    gpu: no", 'put it in quotes: gpu: "no"'),
        ("a:\n  user: [x]", "h.yaml:2: a: user: cannot use what stands at user: a text is wanted"),
        ("a:\n  zone: x\n  zone: y", "h.yaml:3: cannot read it as YAML: the key 'zone' stands"),
        ("a: {}\na: {}", "h.yaml:2: cannot read it as YAML: the key 'a' stands there twice"),
        ("a:\n  usr: x", "h.yaml:2: a: cannot use the field 'usr': it is unknown; did you mean"),
        ("- zone: x", "h.yaml:1: cannot use a host without a name"),
        ("a: b", "h.yaml:1: cannot read it as YAML: names with values are wanted here"),
        ("a\nb: c: d", "h.yaml:2: cannot read it as YAML: "),
        ("a: \x01", "h.yaml:1: cannot read it as YAML: it has a sign that YAML does not allow"),
        ("- !!python/object:os.system {}\n", "h.yaml:1: cannot use a host without a name"),
        ("all:\n  hosts: {}", "h.yaml:1: cannot use a host all; if this is an inventory"),
        ("a: &a\n  <<: *a", "an alias stands for something that it is a part of"),
        ("a: " + "[" * 99, "h.yaml:1: cannot read it as YAML: it is nested more than 30 times"),
    ],
)
def test_yaml_that_is_wrong_is_told_with_line_and_field(text, message):
    assert message in faults("yaml", text)[0]


def test_a_few_lines_of_yaml_do_not_unfold_to_millions():
    lines = ["x0: &x0 {labels: {a: b}}"]
    for n in range(1, 12):
        lines.append(f"x{n}: &x{n} {{<<: [{', '.join([f'*x{n - 1}'] * 9)}]}}")
    began = time.process_time()

    (fault,) = faults("yaml", "\n".join(lines))

    assert "it unfolds to more than 200000 values" in fault
    assert time.process_time() - began < 5


# Tables


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_may_have_any_usual_delimiter(delimiter, end):
    rows = [("Name", "address", "labels", "port"), ("a", "10.0.0.1", '"x=1\n y=2"', ""), ("b",) * 4]
    rows[2] = ("b", '"10.0.0.2"', "", "2222")
    text = end.join(delimiter.join(row) for row in rows)

    assert hosts("csv", text) == {
        "a": {"address": "10.0.0.1", "labels": {"x": "1", "y": "2"}},
        "b": {"address": "10.0.0.2", "port": 2222},
    }


def test_rows_are_counted_as_editors_count_lines():
    text = 'sep=;\n\nname;port;labels\na;22;"x=1\ny=2"\n\nb;x;\nc;22;z\n'

    assert faults("csv", text) == [
        "h.csv:7: b: port: cannot use 'x': a port is a number, 1 to 65535",
        "h.csv:8: c: labels: cannot use the label 'z': write them as a=b c=d",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,adress\na,1", "h.csv:1: cannot use the field 'adress': it is unknown; did you mean"),
        ("name,zone,zone\n", "h.csv:1: cannot use two columns 'zone'"),
        ("name,\na,", "h.csv:1: cannot use column 2: it has no name"),
        ("zone\nx", "h.csv:1: cannot do without a column 'name'"),
        ("name,zone\na", "h.csv:2: a: cannot use a row of 1 cells under 2 columns"),
        ("name,zone\na,x,y", "h.csv:2: a: cannot use a row of 3 cells under 2 columns"),
        ("name,zone\n,x", "h.csv:2: cannot use a host without a name"),
        ('name,zone\na,x\nb,"x" y', "h.csv:3: cannot read the table"),
        ('name,zone\na,"x', "h.csv:2: cannot read the table"),
        ("name,zone\na,x\na,y", "h.csv:3: a: cannot have this name: h.csv:2 has it"),
    ],
)
def test_a_table_that_is_wrong_is_told_with_its_line(text, message):
    assert message in faults("csv", text)[0]


# How many


@pytest.mark.parametrize("form", ["yaml", "csv", "ansible", "ssh-config"])
def test_a_thousand_hosts_are_read_and_one_more_is_not(form):
    row = {
        "yaml": "h{0}: {{address: 10.0.0.1}}",
        "csv": "h{0},10.0.0.1",
        "ansible": "h{0} ansible_host=10.0.0.1",
        "ssh-config": "Host h{0}\nHostName 10.0.0.1",
    }[form]
    head = ["name,address"] if form == "csv" else []
    lines = [*head, *(row.format(number) for number in range(MOST_HOSTS))]

    assert len(hosts(form, "\n".join(lines))) == MOST_HOSTS
    assert "1001 hosts, and 1000 at most" in faults(form, "\n".join([*lines, row.format("x")]))[0]
