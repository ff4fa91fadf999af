"""Clusters on the page: health in words, and what the loss of each node would do."""

import json
import re
import time
from importlib.metadata import version

import pytest
from demo_data import seed
from seeding import Worker, formed, observed, put_hosts, submitted

from workflows.celery_workers import celery_worker_seen
from workflows.kinds import KINDS
from workflows.plan import Lock, Needs


@pytest.fixture
def shown(member):
    def shown(path):
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", member.get(path).text))

    return shown


def test_the_overview_tells_each_clusters_health_in_words(shown, redis):
    seed(redis)

    text = shown("/")

    assert "shop prod Was healthy 3 of 3 voters alive, 2 needed: survives the loss" in text
    assert "edge staging Needs attention 1 finding 2 of 3 voters alive" in text
    assert "lab dev Forming failed failed create-cluster" in text
    assert "stage staging Being formed running create-cluster" in text
    assert "5 clusters 22 hosts , 6 free 1 job at work" in text


@pytest.mark.parametrize(
    ("ago", "health", "words"),
    [(60, "good", "Healthy"), (1200, "unknown", "Was healthy")],
    ids=["a minute ago", "twenty minutes ago"],
)
def test_what_was_seen_long_ago_is_told_as_what_was(member, shown, redis, ago, health, words):
    seed(redis)
    redis.hset("cw:cluster:shop", "observed_at", int((time.time() - ago) * 1000))

    overview, cluster = member.get("/").text, shown("/clusters/shop")

    assert f'<span class="chip {health}">' in overview
    assert f"{words}. 3 of 3 voters alive" in cluster
    assert f"seen {ago // 60} min" in cluster


def test_a_cluster_that_is_taken_apart_says_so_and_offers_nothing_but_its_end(shown, redis):
    seed(redis)
    redis.hset("cw:cluster:shop", "phase", "destroying")

    assert "shop prod Half destroyed" in shown("/")
    assert "Half destroyed" in shown("/clusters")
    text = shown("/clusters/shop")
    assert "Half destroyed." in text
    assert "Change it: destroy-cluster " in text
    assert "add-nodes" not in text


def test_a_quorum_that_was_lost_stays_so_until_it_is_seen_again(shown, redis):
    seed(redis)
    seen = json.loads(redis.hget("cw:cluster:shop", "observation"))
    for row in seen["members"]:
        row["alive"] = False
    redis.hset("cw:cluster:shop", "observation", json.dumps(seen))

    assert "shop prod Quorum lost" in shown("/")


def test_an_addon_that_was_seen_disabled_needs_attention_and_the_page_has_what_mends_it(
    shown, redis
):
    seed(redis)
    seen = json.loads(redis.hget("cw:cluster:shop", "observation")) | {"addons": ["core/dns"]}
    now = int(time.time() * 1000)
    row = {"observation": json.dumps(seen), "observed_at": now, "addons": '["rbac"]'}
    redis.hset("cw:cluster:shop", mapping=row | {"addons_at": now - 1})

    assert "shop prod Needs attention 1 finding" in shown("/")
    text = shown("/clusters/shop")
    assert "addon rbac is recorded, and MicroK8s does not show it enabled" in text
    assert "clusterwright change set-addons shop --enable rbac enables it again" in text


def test_clusters_in_trouble_come_first_and_lead_to_the_job_that_failed(member, shown, redis):
    demo = seed(redis)

    text, page, cluster = shown("/"), member.get("/").text, shown("/clusters/lab")

    assert sorted(("lab dev", "edge staging", "shop prod"), key=text.index) == [
        *("lab dev", "edge staging", "shop prod"),
    ]
    assert 'class="card cluster-card bad"' in page
    assert f'<a class="chip-link" href="/jobs/{demo.failed}">' in page
    assert "create-cluster failed : cannot install MicroK8s 1.32/stable: 1 of 3 hosts" in cluster


def test_a_loss_that_keeps_the_quorum_is_no_warning(member, redis):
    seed(redis)

    text = member.get("/clusters/shop").text

    assert text.count('<span class="chip good">kept</span>') == 4
    assert '<span class="chip warn">kept' not in text


def test_the_foot_of_a_page_tells_the_version_to_who_is_signed_in(shown, visitor):
    assert f"Clusterwright {version('clusterwright')}" in shown("/")
    visitor.send("/sign-out")
    assert version("clusterwright") not in visitor.get("/sign-in").text


def test_every_loss_is_told_by_itself(shown, redis):
    seed(redis)

    shop, edge = shown("/clusters/shop"), shown("/clusters/edge")

    for name in ("cp-2", "cp-3"):
        assert f"{name} voter kept 2 of 3 voters alive, 2 needed: survives no loss" in shop
    assert "any worker worker kept No vote is lost" in shop
    assert "edge-1 voter, leader lost 1 of 3 voters alive, 2 needed: QUORUM IS LOST" in edge
    assert "edge-3 voter lost" not in edge


def test_the_nodes_are_told_with_what_datastore_and_kubernetes_say(shown, redis):
    seed(redis)

    text = shown("/clusters/edge")

    assert "edge-1 control plane, seed voter, leader ready 10.20.3.11 rack-1 v1.32.9" in text
    assert "edge-3 control plane voter, dead not ready" in text
    assert "dead-member edge-3" in text


def test_a_lost_quorum_is_called_that(shown, ledger, inventory):
    names = put_hosts(inventory, 3)
    formed(ledger, inventory, "prod", dead=("n2", "n3"), control_plane=names)

    assert "Quorum lost 2 findings 1 of 3 voters alive, 2 needed" in shown("/")
    assert "Quorum lost. 1 of 3 voters alive" in shown("/clusters/prod")


def test_voters_that_answer_without_a_leader_are_a_lost_quorum(shown, ledger, inventory):
    names = put_hosts(inventory, 3)
    job = submitted(ledger, inventory, "prod", control_plane=names)
    leaderless = observed(inventory, names, []) | {"has_leader": False, "leader": ""}
    Worker(ledger, job).finish(leaderless)

    cluster, page = shown("/clusters/prod"), shown(f"/jobs/{job}")

    assert "Quorum lost" in shown("/")
    assert "it has no leader: QUORUM IS LOST" in cluster
    assert "n2 voter lost" in cluster
    assert "highly available" not in cluster
    assert "quorum is lost: the datastore has no leader" in page


def test_a_cluster_that_nobody_has_seen_says_so(shown, ledger, inventory):
    names = put_hosts(inventory, 1)
    submitted(ledger, inventory, "prod", control_plane=names)

    text = shown("/clusters/prod")

    assert "Being formed." in text
    assert "Nobody has seen its members yet" in text


def test_without_a_celery_worker_the_overview_says_how_to_start_one(shown, ledger):
    assert "no Celery worker was seen" in shown("/")

    celery_worker_seen(ledger.redis, "w1")

    assert "no Celery worker was seen" not in shown("/")


def test_an_empty_inventory_leads_to_its_first_host(member):
    assert 'href="/new-host">Add a host' in member.get("/").text


def test_the_picture_is_there_for_wide_and_narrow_screens(member, redis):
    seed(redis)

    text = member.get("/clusters/shop").text

    assert text.count("<svg") - text.count('<svg class="icon"') >= 2
    assert text.count("<title>Topology of cluster shop</title>") == 2


def test_a_cluster_is_looked_at_when_somebody_asks_for_it(member, ledger, redis):
    seed(redis)
    answer = member.send("/clusters/edge/look", {})
    again = member.send("/clusters/edge/look", {})

    job = next(job for job in ledger.jobs() if job.kind == "verify")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/jobs/{job.id}")
    assert again.headers["Location"] == f"/jobs/{job.id}"
    assert (job.cluster, [step.name for step in job.steps]) == ("edge", ["observe"])


def test_a_cluster_is_offered_whatever_changes_one(member, redis):
    seed(redis)
    page = member.get("/clusters/edge").text

    offered = re.findall(r'href="/changes/new\?kind=([a-z-]+)&amp;cluster=edge"', page)
    changing = [
        k.name for k in KINDS.values() if k.needs is Needs.EXISTING and k.lock is not Lock.NONE
    ]
    assert {"label-nodes", "backup"} <= set(offered)
    assert offered == changing


def test_who_has_the_overview_is_told_so_before_anything_of_it_is_read(
    member, ledger, inventory, redis, monkeypatch
):
    monkeypatch.setattr("api.page.overview.SHOWN_SECONDS", 3600)
    submitted(ledger, inventory, "prod", control_plane=put_hosts(inventory, 1))
    tag = member.get("/").headers["ETag"]
    redis.config_resetstat()

    again = member.get("/", headers={"If-None-Match": tag})

    reads = redis.info("commandstats")
    assert again.status_code == 304
    of_reads = {"cmdstat_smembers", "cmdstat_zrevrange", "cmdstat_evalsha", "cmdstat_fcall"}
    assert of_reads & reads.keys() == set()


@pytest.mark.parametrize("what", ["a job", "a host", "time"])
def test_the_overview_is_another_when_something_happened(
    what, member, ledger, inventory, monkeypatch
):
    monkeypatch.setattr("api.page.overview.SHOWN_SECONDS", 1 if what == "time" else 3600)
    hosts = put_hosts(inventory, 1)
    job = submitted(ledger, inventory, "prod", control_plane=hosts)
    tag = member.get("/").headers["ETag"]

    def changed():
        return member.get("/", headers={"If-None-Match": tag}).status_code == 200

    if what == "a job":
        ledger.cancel(job)
    elif what == "a host":
        put_hosts(inventory, 2)
    else:
        deadline = time.monotonic() + 10
        while not changed():
            assert time.monotonic() < deadline
    assert changed()
