"""Names of addons, as planning and the step that enables them read them."""

import pytest
from marshmallow import ValidationError

from cluster.addon_names import canonical, is_known, nearest, repository
from cluster.names import Addon
from cluster.spec import Cluster, Environment, Node, Role
from workflows.addon_rules import named_addons
from workflows.metallb_rules import lent_addresses
from workflows.plan import Scope


def warned(*addons, nodes=("n1",)):
    roles = {name: Role.WORKER if place else Role.CONTROL_PLANE for place, name in enumerate(nodes)}
    cluster = Cluster(
        "prod",
        Environment.DEV,
        {name: Node(name, role, "1.32/stable") for name, role in roles.items()},
    )
    findings = (
        *named_addons(addons, cluster, "/params/enable"),
        *lent_addresses(addons, cluster, Scope("prod", cluster, {}), "/params/enable"),
    )
    return {finding.code: finding for finding in findings}


@pytest.mark.parametrize(
    ("addon", "name"),
    [
        ("storage", "hostpath-storage"),
        ("core/gpu", "nvidia"),
        ("prometheus:a,b", "observability"),
        ("metallb:10.0.0.1-10.0.0.9", "metallb"),
        ("community/istio", "istio"),
    ],
)
def test_an_addon_is_known_by_the_name_that_is_shown(addon, name):
    assert canonical(addon) == name
    assert is_known(addon)


def test_a_repository_is_what_stands_before_the_name():
    assert [repository(a) for a in ("dns", "core/dns", "dns:1.1.1.1/x")] == ["", "core", ""]


@pytest.mark.parametrize("addon", ["nosuch", "core/istio", "community/dns", "ingres:80"])
def test_an_unknown_addon_is_a_warning_of_the_plan(addon):
    assert warned(addon)["addon-unknown"].acceptable


def test_the_name_that_was_perhaps_meant_is_told():
    assert nearest("ingres") == "ingress"
    assert warned("metric-server")["addon-unknown"].advice == "did you mean metrics-server?"
    assert nearest("zzzz") == ""


@pytest.mark.parametrize("addon", ["dns", "storage", "mine/thing", "core/rbac"])
def test_a_known_addon_and_one_of_anothers_repository_are_no_warning(addon):
    assert {"addon-unknown", "addon-of-community"} & set(warned(addon)) == set()


def test_the_communitys_addons_need_its_repository_before_them():
    assert "addon-of-community" in warned("istio")
    assert "addon-of-community" in warned("istio", "community")
    assert "addon-of-community" not in warned("community", "istio")


@pytest.mark.parametrize("addon", ["storage", "hostpath-storage", "core/storage"])
def test_storage_of_one_node_is_told_by_whatever_name(addon):
    assert "hostpath-on-many-nodes" in warned(addon, nodes=("n1", "n2"))


@pytest.mark.parametrize("addon", ["metallb", "core/metallb"])
def test_metallb_without_a_range_is_refused_by_whatever_name(addon):
    assert "metallb-without-range" in warned(addon)
    assert "metallb-without-range" not in warned(f"{addon}:10.0.0.1-10.0.0.9")


@pytest.mark.parametrize(
    "addon",
    [
        *("--help/dns", "-x/dns", "--/x", "-dns", "dns:-x", "dns:--set=a", "dns:a:-x", "a/-b"),
        *("dns:", "dns:" + "a" * 201, "a" * 41 + "/dns", "/dns", "dns::-"),
    ],
)
def test_what_a_command_line_would_read_as_an_option_is_no_addon(addon):
    with pytest.raises(ValidationError, match="none of them begins with a hyphen"):
        Addon().deserialize(addon)


@pytest.mark.parametrize(
    "addon", ["dns", "core/dns", "dns:1.1.1.1,8.8.8.8", "metallb:10.0.0.2-10.0.0.9", "x:a=b:c-d"]
)
def test_names_with_repositories_and_arguments_are_addons(addon):
    assert Addon().deserialize(addon) == addon
