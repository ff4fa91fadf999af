"""Hosts and clusters in pages, as jobs have them."""

import pytest
from api_requests import HOST_KEY

from api.description.schemas import USUAL_HOSTS
from cluster.spec import Host
from workflows.plan import Change
from workflows.submit import submit


@pytest.fixture
def five(ledger, redis, inventory):
    """Five hosts, each a cluster of its own."""
    for number in range(1, 6):
        inventory.put_host(Host(f"n{number}", f"10.0.0.{number}", HOST_KEY))
        submit(ledger, inventory, Change(f"c{number}", "create-cluster", _one(number)))


def _one(number):
    return {"control_plane": [f"n{number}"]}


def pages(client, path, name):
    """Return the names on each page, as far as the links lead."""
    found = []
    while path:
        answer = client.get(path)
        found.append([row["name"] for row in answer.json[name]])
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
    return found


LISTS = pytest.mark.parametrize(("name", "first"), [("hosts", "n"), ("clusters", "c")])


@LISTS
def test_a_list_is_told_page_by_page_in_the_order_of_names(client, five, name, first):
    names = [f"{first}{number}" for number in range(1, 6)]

    by_two = pages(client, f"/v1/{name}?per_page=2", name)
    at_once = pages(client, f"/v1/{name}", name)
    exactly = pages(client, f"/v1/{name}?per_page=5", name)

    assert by_two == [names[:2], names[2:4], names[4:]]
    assert at_once == exactly == [names]


@LISTS
def test_the_page_after_a_row_that_is_gone_goes_on_where_that_was(client, five, name, first):
    assert pages(client, f"/v1/{name}?cursor={first}3x", name) == [[f"{first}4", f"{first}5"]]


def test_a_host_that_is_new_on_a_later_page_is_led_to_though_this_page_is_unchanged(client, five):
    first = client.get("/v1/hosts?per_page=5")
    client.put("/v1/hosts/n6", json={"address": "10.0.0.6", "host_key": HOST_KEY})

    again = client.get("/v1/hosts?per_page=5", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.headers["Link"]) == (
        *(304, '</v1/hosts?per_page=5&cursor=n5>; rel="next"'),
    )


@pytest.mark.parametrize(
    "asked",
    [
        *("hosts?per_page=0", "hosts?per_page=1001", "hosts?cursor=N%201", "hosts?page=2"),
        *("hosts?begun=N", "hosts?free=x", "clusters?begun=a%20b"),
        *("clusters?per_page=201", "clusters?per_page=x", "clusters?status=running"),
    ],
)
def test_a_page_that_there_cannot_be_is_refused_at_its_parameter(client, asked):
    answer = client.get(f"/v1/{asked}")

    wrong = asked.partition("?")[2].partition("=")[0]
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, f"/{wrong}")


@LISTS
def test_a_list_is_told_by_how_names_begin(client, five, inventory, name, first):
    inventory.put_host(Host("x1", "10.0.0.9", HOST_KEY))

    assert pages(client, f"/v1/{name}?begun={first}3", name) == [[f"{first}3"]]
    assert pages(client, f"/v1/{name}?begun={first}&per_page=4", name) == [
        [f"{first}{number}" for number in range(1, 5)],
        [f"{first}5"],
    ]
    assert pages(client, f"/v1/{name}?begun=none", name) == [[]]


def test_hosts_that_are_in_no_cluster_are_told_page_by_page(client, five, inventory):
    for number in range(1, 4):
        inventory.put_host(Host(f"x{number}", f"10.0.1.{number}", HOST_KEY))

    assert pages(client, "/v1/hosts?free=true&per_page=2", "hosts") == [["x1", "x2"], ["x3"]]
    assert pages(client, "/v1/hosts?free=true&begun=x2", "hosts") == [["x2"]]
    assert pages(client, "/v1/hosts?free=true&begun=n", "hosts") == [[]]


def test_a_page_has_as_many_rows_as_are_told_quickly_when_nothing_is_said(client, inventory):
    for number in range(USUAL_HOSTS + 1):
        place = f"10.1.{number // 250}.{number % 250 + 1}"
        inventory.put_host(Host(f"h{number}", place, HOST_KEY))

    first, *others = pages(client, "/v1/hosts", "hosts")
    assert len(first) == USUAL_HOSTS
    assert f"h{USUAL_HOSTS}" in {name for page in (first, *others) for name in page}


@pytest.mark.parametrize("path", ["/v1/hosts", "/v1/jobs", "/v1/audit"])
def test_a_parameter_that_comes_twice_is_refused_as_neither_is_meant_for_sure(client, path):
    answer = client.get(f"{path}?per_page=2&per_page=3")

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/per_page")
    assert "send one" in answer.json["errors"][0]["detail"]
