"""Pages of large installations: lists come in parts, and what needs somebody comes first."""

import re

import pytest
from seeding import Worker, formed, put_hosts, submitted

from api.page import clusters as clusters_page
from api.page import overview


def plain(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def clusters(ledger, inventory):
    """Twelve clusters of one node each, all of them healthy."""
    hosts = put_hosts(inventory, 13)
    names = [f"c{number}" for number in range(1, 13)]
    for name, host in zip(names, hosts, strict=False):
        formed(ledger, inventory, name, control_plane=[host])
    return names


def shown_on_overview(member):
    return re.findall(r'<h2><a href="/clusters/([^"]+)"', member.get("/").text)


def test_the_overview_shows_a_few_of_many_clusters_and_leads_to_all(member, clusters):
    text = plain(member.get("/"))

    assert len(shown_on_overview(member)) == overview.SHOWN_CLUSTERS
    assert "All 12 clusters : here are the 6 that need somebody first" in text
    assert "12 clusters 13 hosts , 1 free" in text


def test_clusters_in_trouble_are_on_the_overview_whatever_their_names(
    member, ledger, inventory, clusters
):
    put_hosts(inventory, 1, prefix="z", net=1)
    job = submitted(ledger, inventory, "zz-failed", control_plane=["z1"])
    worker = Worker(ledger, job)
    worker.begin(0)
    worker.fail(0, {"message": "m", "transient": False, "advice": "", "findings": []})
    put_hosts(inventory, 3, prefix="y", net=2)
    names = ["y1", "y2", "y3"]
    formed(ledger, inventory, "yy-found", control_plane=names, dead=("y3",))

    first = shown_on_overview(member)[:2]

    assert set(first) == {"zz-failed", "yy-found"}


def test_clusters_are_listed_by_name_a_part_at_a_time(member, clusters):
    first = member.get("/clusters")
    (more,) = re.findall(r'href="(/clusters\?[^"]+)">More clusters', first.text)
    second = member.get(more)

    listed = [re.findall(r'<tr id="cluster-([^"]+)"', page.text) for page in (first, second)]
    assert listed[0] + listed[1] == sorted(clusters)
    assert len(listed[0]) == clusters_page.SHOWN
    assert "More clusters" not in second.text
    assert "Healthy" in plain(second)


def test_clusters_are_found_by_how_their_names_begin(member, clusters):
    found = member.get("/clusters?begun=c1")

    assert re.findall(r'<tr id="cluster-([^"]+)"', found.text) == ["c1", "c10", "c11", "c12"]
    assert "No cluster has such a name" in member.get("/clusters?begun=x").text


def test_hosts_are_listed_a_part_at_a_time_and_found_by_how_their_names_begin(
    member, inventory, monkeypatch
):
    monkeypatch.setattr("api.page.hosts.SHOWN", 4)
    put_hosts(inventory, 4, prefix="a")
    put_hosts(inventory, 3, prefix="b", net=1)

    first = member.get("/hosts")
    (more,) = re.findall(r'href="(/hosts\?[^"]+)">More hosts', first.text)
    second = member.get(more)

    def listed(answer):
        return re.findall(r'<th scope="row"><a href="/hosts/([^"]+)"', answer.text)

    assert (listed(first), listed(second)) == (["a1", "a2", "a3", "a4"], ["b1", "b2", "b3"])
    assert "7 hosts, 4 of them here" in plain(first)
    assert "More hosts" not in second.text
    assert listed(member.get("/hosts?begun=b")) == ["b1", "b2", "b3"]
    assert "No host has such a name" in member.get("/hosts?begun=x").text


def offered(answer):
    """Return the hosts that can be chosen, each with what it is chosen for."""
    found = {}
    for name, options in re.findall(r'<select name="role\.([^"]+)".*?>(.*?)</select>', answer.text):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


@pytest.fixture
def many_hosts(inventory, monkeypatch):
    monkeypatch.setattr("api.page.changes.MOST_OFFERED", 4)
    put_hosts(inventory, 6, prefix="a")
    put_hosts(inventory, 3, prefix="b", net=1)


def test_of_many_hosts_the_first_free_ones_can_be_chosen_and_the_rest_are_counted(
    member, ledger, inventory, many_hosts
):
    submitted(ledger, inventory, "other", control_plane=["a1"])

    answer = member.get("/changes/new")

    assert list(offered(answer)) == ["a2", "a3", "a4", "a5"]
    assert "4 more free hosts: type how the name begins" in plain(answer)


def test_hosts_are_chosen_from_those_whose_names_begin_as_typed_and_stay_chosen(
    member, ledger, many_hosts
):
    wish = {"kind": "create-cluster", "cluster": "web", "role.a2": "control_plane"}

    others = member.send("/changes/plan", wish | {"begun": "b", "edit": "1"})
    plan = member.send("/changes/plan", wish | {"role.b1": "workers", "begun": "b"})

    assert offered(others) == {"a2": "control_plane", "b1": "", "b2": "", "b3": ""}
    assert "more free host" not in plain(others)
    assert "Carry out this plan" in plan.text
    assert "b1" in plain(plan)
    assert 'name="begun"' not in plan.text


def test_nodes_of_the_cluster_take_no_place_among_hosts_to_add(
    member, ledger, inventory, many_hosts
):
    formed(ledger, inventory, "web", control_plane=["a1"])

    answer = member.get("/changes/new?kind=add-nodes&cluster=web")

    assert "a1" not in offered(answer)
    assert len(offered(answer)) == 4


def chosen_by(answer):
    """Return the hosts that a node may be replaced by, and the one that is chosen."""
    (options,) = re.findall(r'<select id="f-by".*?>(.*?)</select>', answer.text, re.DOTALL)
    found = re.findall(r"<option( selected)?>([^<]+)</option>", options)
    return [name for _, name in found], [name for is_chosen, name in found if is_chosen]


@pytest.fixture
def two_hundred(ledger, inventory):
    """Two hundred free hosts, and a cluster of three of which one is dead."""
    names = put_hosts(inventory, 3, prefix="web", net=1)
    formed(ledger, inventory, "web", control_plane=names, dead=(names[-1],))
    return put_hosts(inventory, 200, prefix="h")


REPLACING = {"kind": "replace-node", "cluster": "web", "node": "web3"}


def test_of_two_hundred_hosts_the_first_fifty_can_replace_a_node_and_the_rest_are_counted(
    member, two_hundred
):
    answer = member.get("/changes/new?kind=replace-node&cluster=web")

    assert chosen_by(answer) == (two_hundred[:50], [])
    assert "150 more free hosts: type how the name begins" in plain(answer)


@pytest.mark.parametrize("kind", ["replace-node", "add-nodes"])
def test_every_one_of_two_hundred_hosts_is_found_by_its_name(member, two_hundred, kind):
    for name in two_hundred[::7]:
        answer = member.get(f"/changes/new?kind={kind}&cluster=web&begun={name}")

        found = chosen_by(answer)[0] if kind == "replace-node" else list(offered(answer))
        assert found == [each for each in two_hundred if each.startswith(name)][:50]
        assert name in found


def test_a_host_that_was_searched_for_stays_chosen_and_replaces_the_node(member, two_hundred):
    others = member.send("/changes/plan", REPLACING | {"by": "h199", "begun": "h7", "edit": "1"})
    plan = member.send("/changes/plan", REPLACING | {"by": "h199", "begun": "h7"})

    names, chosen = chosen_by(others)
    assert names == ["h7", *(f"h7{digit}" for digit in range(10)), "h199"]
    assert chosen == ["h199"]
    assert "Carry out this plan" in plan.text
    assert "h199" in plain(plan)
    assert 'name="begun"' not in plan.text


def test_a_search_that_finds_no_host_says_so_and_can_be_changed(member, two_hundred):
    answer = member.send("/changes/plan", REPLACING | {"begun": "x", "edit": "1"})

    assert "No free host has such a name" in plain(answer)
    assert 'name="begun" value="x"' in answer.text


def test_the_first_button_searches_and_needs_no_script(member, two_hundred):
    form = member.get("/changes/new?kind=replace-node&cluster=web").text.partition('class="card')[2]

    (first, *_) = re.findall(r"<button[^>]*>", form)
    assert 'formaction="/changes/plan"' in first
    assert 'name="edit"' in first
