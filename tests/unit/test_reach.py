"""Where jobs may connect: the setting as a function, and the engine, which asks it first."""

import ipaddress
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_records import record

from cluster.allowed_networks import AllowedNetworks
from cluster.node_addresses import unfit
from cluster.spec import Host
from deploy_scripts.protocol import Result
from lab.launch import _FIRST_NET
from lab.spec import OUTSIDE_NETWORKS
from workflows import engine as engine_module
from workflows.engine import Engine
from workflows.inventory import Inventory
from workflows.job_documents import job_document
from workflows.ledger.ledger import Ledger
from workflows.process.settings import BadSetting, Settings
from workflows.reach import Reach

KEY = "ssh-ed25519 " + "A" * 68
ADDRESSES = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)
NETWORKS = st.tuples(ADDRESSES, st.integers(0, 32)).map(
    lambda pair: ipaddress.ip_network((pair[0], pair[1]), strict=False)
)
EVERYWHERE = Reach(AllowedNetworks.read("0.0.0.0/0"))


@given(ADDRESSES, st.lists(NETWORKS, max_size=4), st.booleans())
def test_an_address_is_allowed_if_it_is_listed_or_usual_and_usual_ones_are(address, nets, usual):
    allowed = AllowedNetworks(tuple(nets), usual)

    listed = any(address in net for net in nets)
    assert (allowed.refusal(str(address)) == "") == (listed or (usual and not unfit(str(address))))


@given(st.lists(NETWORKS, min_size=1, max_size=4), st.booleans())
def test_the_setting_is_read_back_as_it_is_told(nets, usual):
    allowed = AllowedNetworks(tuple(nets), usual)

    assert AllowedNetworks.read(str(allowed)) == allowed


@pytest.mark.parametrize("text", ["", " , "])
def test_without_networks_every_usual_address_is_allowed(text):
    assert AllowedNetworks.read(text) == AllowedNetworks((), usual=True)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "n1.example", "usual;10.0.0.0/8", "all"])
def test_a_setting_that_means_nothing_is_refused_by_its_name(monkeypatch, text):
    monkeypatch.setenv("CLUSTERWRIGHT_ALLOWED_NETWORKS", text)

    with pytest.raises(BadSetting, match="cannot use CLUSTERWRIGHT_ALLOWED_NETWORKS: "):
        Settings.from_env()


def test_every_lab_is_within_the_networks_that_are_opened_for_labs():
    allowed = AllowedNetworks.read(",".join(OUTSIDE_NETWORKS))

    assert not any(allowed.refusal(f"127.0.{net}.11") for net in range(_FIRST_NET, 255))
    assert allowed.refusal("127.0.0.1")


@pytest.fixture
def began(monkeypatch):
    """The hosts of each step that began."""
    hosts = []

    def apply(fleet, **_):
        hosts.append(fleet.names)
        return Result()

    module = SimpleNamespace(apply=apply, INTERRUPTIBLE=False)
    monkeypatch.setattr(engine_module, "step_module", lambda _: module)
    return hosts


@pytest.mark.parametrize(
    ("allowed", "binding", "code"),
    [
        ("10.0.0.0/16", None, "address-not-allowed"),
        ("0.0.0.0/0", "berlin\n", "ssh-key-not-allowed"),
        ("0.0.0.0/0", "", "ssh-key-not-allowed"),
    ],
    ids=["another network", "a key of another site", "a key of no site"],
)
def test_a_job_connects_to_nothing_that_was_forbidden_since_the_host_was_added(
    redis, settings, began, allowed, binding, code
):
    inventory = Inventory(redis, EVERYWHERE)
    inventory.put_host(Host("gate", "127.0.0.1", KEY, ssh_key="gate"))
    inventory.put_host(Host("n1", "10.0.0.1", KEY, jump="gate"))
    settings = replace(settings, allowed_networks=AllowedNetworks.read(allowed))
    settings.keys_dir.mkdir()
    if binding is not None:
        (settings.keys_dir / "gate.sites").write_text(binding)
    ledger = Ledger(redis)
    step = {"name": "step_0", "title": "Do", "hosts": ["n1"], "args": {}, "guard": None}
    step["retry"] = {"attempts": 3, "base_seconds": 1, "cap_seconds": 1}
    job = record(hosts=("n1",))
    job["plan"] = json.dumps(json.loads(job["plan"]) | {"steps": [step, step], "hosts": ["n1"]})
    ledger.create(job)

    Engine(ledger, inventory, settings, "here").run_step("j1", 0, 1)

    assert began == []
    step = job_document(ledger.job("j1"))["steps"][0]
    assert step["status"] == "failed"
    error = step["error"]
    assert error["message"].startswith("cannot connect to gate with ")
    assert [(f["host"], f["code"]) for f in error["failures"]] == [("gate", code)]
    assert (error["transient"], error["defect"]) == (False, False)
    assert error["advice"]
