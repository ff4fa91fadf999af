"""Each block of docs/how-to/cluster-file.md runs as it is pasted, on the real API."""

import re
from pathlib import Path

import pytest
from api_requests import CHANGES, HOST_KEY, Steps
from pasted_pages import printed
from serving import serving
from yaml import safe_load

from cli.client import Client
from cluster.spec import Host
from workflows.cluster_file.reading import read_file
from workflows.cluster_file.schema import ClusterFileSchema, NodeSchema
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "how-to" / "cluster-file.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    """A folder in which the page's blocks find what they source."""
    for name in ("scripts", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def inventory(redis):
    inventory = Inventory(redis)
    for number in (1, 2, 3):
        inventory.put_host(Host(f"n{number}", f"10.0.0.{number}", HOST_KEY))
    return inventory


def test_each_block_of_the_page_runs_as_pasted(redis, settings, folder, inventory):
    ledger = Ledger(redis)
    with serving(redis, settings) as api:
        wish = {"kind": "create-cluster", "params": {"control_plane": ["n3"]}}
        Steps(ledger, Client(api.url, api.token).post(CHANGES, wish)["id"]).finish()
        told = [printed(block, folder, api) for block in blocks("bash")]

    exported, started, applied, piped = told
    assert exported.startswith("nothing differs: cluster prod is as prod.yaml has it")
    assert read_file(started, "web")["control_plane"] == ["n1"]
    assert "ssh.keyPath is not carried over" in started
    assert "cluster shop  -    2 nodes at 1.32/stable  create-cluster" in applied
    assert "digest sha256:" in applied
    job = re.search(r"^job (\w+): running", applied, re.MULTILINE)[1]
    assert ledger.job(job).reason == "OPS-7"
    assert "there is nothing to do" in piped


def test_the_example_is_a_valid_file_and_each_field_has_its_row():
    (example,) = blocks("yaml")
    fields_told = PAGE.partition("## Start from")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", fields_told, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert read_file(example, "shop")["workers"] == ["n2"]
    assert safe_load(example)["name"] == "shop"
    fields = {**ClusterFileSchema().fields, **NodeSchema().fields}
    assert documented == {field.data_key or name for name, field in fields.items()}
