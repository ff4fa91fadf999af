"""What stands in for the standard library's slow imports does as those do."""

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.emulator.light import json as light
from lab.launch import stage_emulator

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@given(DOCUMENTS)
@settings(max_examples=200)
def test_a_document_is_written_and_read_as_by_the_real_module(document):
    assert light.dumps(document) == json.dumps(document)
    assert light.loads(f" {json.dumps(document, indent=2)}\n") == document


@pytest.mark.parametrize("text", ["", " ", "{", "[1] 2", '{"a" 1}', "nul", '"\n"'])
def test_what_is_no_document_is_refused_in_the_real_modules_words(text):
    with pytest.raises(json.JSONDecodeError) as real:
        json.loads(text)

    with pytest.raises(json.JSONDecodeError) as lights:
        light.loads(text)

    assert str(lights.value) == str(real.value)


def test_what_cannot_be_written_is_refused_in_the_real_modules_words():
    ring = []
    ring.append(ring)

    for document in ({"a": object()}, ring):
        with pytest.raises((TypeError, ValueError)) as real:
            json.dumps(document)
        with pytest.raises(type(real.value)) as lights:
            light.dumps(document)

        assert str(lights.value) == str(real.value)


def test_options_are_taken_as_by_the_real_module():
    assert light.dumps({"b": 1, "a": [1]}, indent=2, sort_keys=True) == json.dumps(
        {"b": 1, "a": [1]}, indent=2, sort_keys=True
    )
    assert light.loads(b'{"a": 1.5}', parse_float=str) == {"a": "1.5"}


PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from typing import Any, NamedTuple

class Pair(NamedTuple):
    '''Two.'''

    left: int
    right: Any = None

    @property
    def both(self):
        return (self.left, self.right)

one = Pair(1)
assert (one, one.both, Pair(1, right=2).right) == ((1, None), (1, None), 2)
assert (Pair.__doc__, Pair.__module__, Pair.__name__) == ("Two.", "__main__", "Pair")
assert "re" not in sys.modules
from typing import get_type_hints
assert "re" in sys.modules and get_type_hints(Pair)["left"] is int
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """The emulator as hosts have it, without the library around it."""
    folder = tmp_path_factory.mktemp("staged")
    stage_emulator(folder, sys.executable)
    return folder / "opt" / "lab" / "emulator"


def test_a_named_tuple_is_one_and_what_is_lacking_comes_from_the_real_module(emulator):
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, str(emulator / "light")]

    subprocess.run(command, check=True, timeout=120)


@pytest.mark.parametrize(
    "words",
    [
        ["dqlite", "-s", "127.0.0.1:1", "k8s", ".cluster"],
        ["snap", "list"],
        ["microk8s", "add-node"],
        ["microk8s", "kubectl", "get", "nodes"],
    ],
    ids=lambda words: words[0],
)
def test_a_command_imports_nothing_that_takes_long(emulator, words):
    command = [sys.executable, "-I", "-S", "-X", "importtime", str(emulator / "run.py"), *words]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert {"lab.emulator.entry", "typing", "json"} <= imported
    assert not imported & {"re", "enum", "socket", "subprocess", "pathlib"}
