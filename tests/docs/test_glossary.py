import re

import pytest
from pages import read, rows, section

from cluster.quorum import DqliteRole
from cluster.spec import Environment, Role, Topology


def glossary():
    return rows(section(read("docs/glossary.md"), "## Words"))


def words():
    return [word for row in glossary() for word in row[0].strip("*").split(", ")]


def test_a_word_stands_once_and_every_word_has_a_meaning():
    assert len(words()) == len(set(words()))
    assert [row[0] for row in glossary() if len(row) != 4 or not row[1]] == []


def test_no_word_is_also_one_to_avoid():
    avoided = {word for row in glossary() for word in row[3].split(", ")}

    # Each means one thing only: a worker is no Celery worker, dqlite's leader no seed, and
    # an operation is pyinfra's.
    assert avoided & set(words()) == {"worker", "leader", "operation"}


@pytest.mark.parametrize(
    "enum", [DqliteRole, Topology, Environment], ids=["roles", "topologies", "environments"]
)
def test_what_the_product_calls_things_is_explained(enum):
    page = read("docs/glossary.md")

    assert [value for value in enum if not re.search(rf"[*`]{value}[*`]", page)] == []


def test_the_roles_of_nodes_are_explained():
    page = " ".join(words()).replace(" ", "-")

    assert [role for role in Role if role not in page] == []
