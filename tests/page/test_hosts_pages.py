"""The inventory on the page: what is shown of hosts, and the forms that add and remove them."""

import html
import re
import shlex

import pytest
from demo_data import seed
from seeding import HOST_KEY, Worker, finding, put_hosts, submitted, surveyed
from visitor import stored

from cli.cmd_hosts import add
from cluster.spec import Host

NEW = {"name": "n9", "address": "10.0.0.9", "user": "root", "host_key": HOST_KEY}
FINGERPRINT = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


def plain(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_host_is_added_as_it_was_typed(member, inventory):
    more = {"port": "2222", "zone": "rack-7", "labels": "disk=ssd\nrow=a", "user": "ubuntu"}

    answer = member.send("/hosts", NEW | more)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/hosts/n9")
    host = inventory.host("n9")
    assert (host.address, host.port, host.user, host.zone) == ("10.0.0.9", 2222, "ubuntu", "rack-7")
    assert host.labels == {"disk": "ssd", "row": "a"}


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"name": "N 9"}, "name", "a name has 1 to 63 characters"),
        ({"name": "n1"}, "name", "cannot add host n1: it is in the inventory already"),
        ({"address": "nine"}, "address", "give an IPv4 address"),
        ({"host_key": "ssh-ed25519 x"}, "host_key", "it has 1 lines and 0 keys, and one is wanted"),
        ({"host_key": f"{HOST_KEY}\na {HOST_KEY}x"}, "host_key", "it has 2 lines and 2 keys"),
        ({"host_key": HOST_KEY + "!"}, "host_key", "a host key is type and base64"),
        ({"host_key": ""}, "host_key", "cannot leave this field out"),
        ({"user": ""}, "user", "root, or a user with sudo without a password"),
        ({"port": "many"}, "port", "give a whole number"),
        ({"port": "0"}, "port", "it is 1 to 65535"),
        ({"ssh_key": "../../etc/passwd"}, "ssh_key", "never the key itself"),
        ({"labels": "disk"}, "labels", "it has no = between key and value"),
        ({"jump": "n8"}, "jump", "cannot use n8 as jump host: it is not in the inventory"),
        ({"jump": "n9"}, "jump", "a host cannot be its own"),
        ({"jump": "N 8"}, "jump", "a name has 1 to 63 characters"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_host_is_told_at_its_field_and_not_stored(member, inventory, wrong, field, message):
    put_hosts(inventory, 1)

    answer = member.send("/hosts", NEW | wrong)

    assert answer.status_code == 422
    (error,) = re.findall(rf'id="f-{field}-error">([^<]+)<', answer.text)
    assert message in error.replace("&#39;", "'")
    assert [host.name for host in inventory.hosts()] == ["n1"]


def test_a_host_behind_another_is_added_and_shown_with_it(member, inventory):
    put_hosts(inventory, 1)

    answer = member.send("/hosts", NEW | {"jump": "n1"})

    assert answer.status_code == 303
    assert inventory.host("n9").jump == "n1"
    assert "root@10.0.0.9 through n1" in plain(member.get("/hosts/n9"))
    assert "10.0.0.9 through n1" in plain(member.get("/hosts"))
    assert member.send("/hosts/n1/delete").status_code == 409


def test_a_key_is_taken_as_its_tools_print_it(member, inventory):
    answer = member.send("/hosts", NEW | {"host_key": f"10.0.0.9 {HOST_KEY} root@n9\r\n"})

    assert answer.status_code == 303
    assert inventory.host("n9").host_key == HOST_KEY


def lines(answer):
    return [html.unescape(text) for text in re.findall(r"<pre><code>(.*?)</code>", answer.text)]


def test_who_adds_a_host_is_told_how_to_get_its_key_and_nothing_is_stored(member, redis):
    before = set(stored(redis))
    typed = {"name": "n9", "address": "10.0.0.9", "port": "2222", "user": "ops", "labels": "a=b"}

    answer = member.send("/new-host", typed)

    scan, add = lines(answer)
    assert scan == "ssh-keyscan -t ed25519 -p 2222 10.0.0.9"
    assert parsed(add) == {
        "name": "n9",
        "address": "10.0.0.9",
        "port": 2222,
        "user": "ops",
        "labels": ("a=b",),
        "scanning": True,
    }
    assert 'value="ops"' in answer.text
    assert "only Celery workers reach hosts" in answer.text
    assert set(stored(redis)) == before


def parsed(line):
    """Return what the command line reads of a line for it, as far as it is said."""
    program, option, url, group, verb, *words = shlex.split(line)
    assert (program, option, url, group, verb) == (
        *("clusterwright", "--url", "http://localhost", "hosts", "add"),
    )
    context = add.make_context("add", words)
    usual = {"ssh_key": "default", "site": "default"}
    return {
        name: value for name, value in context.params.items() if value and value != usual.get(name)
    }


def test_the_key_of_a_host_behind_others_is_asked_for_there(member, inventory):
    inventory.put_host(Host("gate", "192.0.2.1", HOST_KEY, user="ada"))
    inventory.put_host(Host("inner", "10.0.0.2", HOST_KEY, port=2200, jump="gate"))

    answer = member.send("/new-host", {"address": "10.0.0.9", "user": "ops", "jump": "inner"})

    scan, add = lines(answer)
    assert scan == (
        "ssh -J ada@192.0.2.1:22 -p 2200 root@10.0.0.2 'ssh-keyscan -t ed25519 -p 22 10.0.0.9'"
    )
    assert add.endswith(f'--host-key "$({scan})"')
    unknown = member.send("/new-host", {"address": "10.0.0.9", "jump": "none"})
    assert (unknown.status_code, lines(unknown)) == (422, [])


def test_a_key_is_shown_by_its_fingerprint_before_the_host_is_added(member, inventory):
    answer = member.send("/new-host", NEW | {"host_key": f"10.0.0.9 {HOST_KEY}"})

    assert FINGERPRINT in answer.text
    assert lines(answer) == ["ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"]
    assert inventory.hosts() == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "n9\rx"}, "name"),
        ({"address": "x; reboot"}, "address"),
        ({"host_key": "x"}, "host_key"),
        ({"port": "x"}, "port"),
    ],
)
def test_no_line_is_made_of_what_is_not_valid(member, wrong, field):
    answer = member.send("/new-host", NEW | wrong)

    assert (answer.status_code, lines(answer)) == (422, [])
    assert f'id="f-{field}-error"' in answer.text


def test_a_host_tells_the_fingerprint_of_its_key_before_the_key(member, inventory):
    put_hosts(inventory, 1)

    text = plain(member.get("/hosts/n1"))

    assert text.index(FINGERPRINT) < text.index(HOST_KEY)


def test_a_free_host_is_removed(member, inventory):
    put_hosts(inventory, 2)

    answer = member.send("/hosts/n1/delete")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/hosts")
    assert [host.name for host in inventory.hosts()] == ["n2"]


def test_a_host_of_a_cluster_is_not_removed(member, ledger, inventory):
    put_hosts(inventory, 1)
    submitted(ledger, inventory, "prod", control_plane=["n1"])

    page, answer = member.get("/hosts/n1"), member.send("/hosts/n1/delete")

    assert "Remove n1" not in page.text
    assert answer.status_code == 409
    assert "it is reserved for cluster prod" in answer.text
    assert inventory.host("n1").cluster == "prod"


def test_a_host_tells_what_was_surveyed_and_found_and_done_on_it(member, redis):
    seed(redis)

    text = plain(member.get("/hosts/node-5"))

    assert "Ubuntu 24.04.2 LTS, x86_64" in text
    assert "61.0 GiB free of 80.0 GiB" in text
    assert "disk-slow node-5 writes 41 MB/s" in text
    assert "To do: put /var/snap on an SSD" in text
    assert "cannot install MicroK8s on node-5: error: unable to contact snap store" in text
    assert "disk-slow" not in plain(member.get("/hosts/node-4"))


def test_a_step_that_is_over_does_not_run_on_any_host_any_more(member, ledger, inventory):
    names = tuple(put_hosts(inventory, 1))
    worker = Worker(ledger, submitted(ledger, inventory, "prod", control_plane=list(names)))
    worker.carry_out(0, surveyed(names))
    worker.begin(1)
    worker.report(1, "n1", "running", operation="Write /etc/hosts")
    during = plain(member.get("/hosts/n1"))
    worker.end(1)  # without a last word of the host

    after = plain(member.get("/hosts/n1"))

    assert "Prepare n1 running" in during
    assert "Prepare n1 done" in after


def test_a_jobs_page_tells_what_a_step_noted_though_it_succeeded(member, ledger, inventory):
    names = tuple(put_hosts(inventory, 1))
    worker = Worker(ledger, submitted(ledger, inventory, "prod", control_plane=list(names)))
    note = finding(
        "microk8s-installed", "MicroK8s is there", "use it", severity="info", host=names[0]
    )
    worker.carry_out(0, surveyed(names, note))

    text = plain(member.get(f"/jobs/{worker.job}"))

    assert "note microk8s-installed n1 MicroK8s is there To do: use it" in text


def test_a_dead_node_has_the_findings_of_its_clusters_observation(member, redis):
    seed(redis)

    assert "edge-3 is listed as voter but does not answer" in plain(member.get("/hosts/edge-3"))
    assert "Nothing was found wrong with it" in plain(member.get("/hosts/edge-1"))


def test_the_list_tells_the_last_survey_of_each_and_counts_as_people_do(member, redis):
    seed(redis)

    text = plain(member.get("/hosts"))

    assert re.search(r"node-5 10\.20\.\d\.15 root default rack-2 lab disk-slow", text)
    assert re.search(r"cp-1 10\.20\.\d\.11 root default rack-1 shop fit", text)
    assert text.index("node-9 ") < text.index("node-10 ")
