"""What /metrics tells is the ledger's truth, whatever has happened to the jobs."""

import json
import re
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from played_histories import ACTS, ERRORS, Histories, another, truth
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from workflows.celery_workers import celery_worker_seen
from workflows.process import presence

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def scrape(client):
    """Return every sample, by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name.removeprefix("clusterwright_"), *sorted(sample.labels.items())): sample.value
        for family in parse_text(answer.text)
        for sample in family.samples
    }


def rows(samples, name, *labels):
    """Return the samples of a name that are not zero, by the values of their labels."""
    found = Counter()
    for (found_name, *pairs), value in samples.items():
        if found_name == name and value:
            found[tuple(dict(pairs)[label] for label in labels)] += value
    return found


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 3)), max_size=40))
def test_the_counts_are_what_the_events_add_up_to(client, ledger, inventory, acts, played):
    jobs = played.clusters()
    for what, number in acts:
        played.act(what, jobs[number % len(jobs)])

    samples = scrape(client)

    true = truth(ledger)
    lost = Counter({(s, "lost"): n for (s, how), n in true["ended"].items() if how == "lost"})
    assert rows(samples, "jobs_total", "kind", "status") == true["entered"]
    assert rows(samples, "jobs_current", "kind", "status") == true["current"]
    assert rows(samples, "step_attempts_total", "step", "direction") == true["attempts"]
    assert rows(samples, "step_duration_seconds_count", "step", "outcome") == +true["ended"]
    assert rows(samples, "step_failures_total", "step", "error") == played.failures + lost
    assert samples["lease_expiries_total",] == lost.total()


@pytest.fixture
def played(client, ledger, inventory):
    return Histories(client, ledger, inventory)


def test_a_step_that_is_lost_for_good_is_counted_as_lost_and_never_twice(client, ledger, played):
    job, *_ = played.clusters()
    for _ in range(5):
        played.lose(job)

    assert played.claimed(job) is None

    ended = rows(scrape(client), "step_duration_seconds_count", "outcome")
    assert ended == Counter({("lost",): 5})
    assert ledger.job(job).status == "failed"


def test_the_buckets_of_a_duration_add_up(client, ledger, job, steps, redis):
    for spent in (0, 0.2, 3, 99_999):
        steps.begin()
        key = f"cw:job:{job}:step:0"
        redis.hset(key, "begun", int(redis.hget(key, "begun")) - int(spent * 1000))
        assert ledger.failed(steps.leases[0], ERRORS["transient"], 0)

    found = scrape(client)

    step = ledger.job(job).steps[0].name
    labels = [("outcome", "retried"), ("step", step)]
    bounds = {
        dict(pairs)["le"]: value
        for (name, *pairs), value in found.items()
        if name == "step_duration_seconds_bucket"
    }
    assert list(bounds.values()) == sorted(bounds.values())
    assert (bounds["0.25"], bounds["5.0"], bounds["1800.0"], bounds["+Inf"]) == (2, 3, 3, 4)
    assert found["step_duration_seconds_count", *labels] == 4
    assert 100_002.2 <= found["step_duration_seconds_sum", *labels] < 100_010


def test_both_formats_are_valid_and_every_name_follows_the_conventions(client, steps, ledger):
    steps.begin()
    steps.observe(observed(alive=3))
    plain = client.get("/metrics")
    open_metrics = client.get("/metrics", headers={"Accept": OPENMETRICS})

    families = list(parse_openmetrics(open_metrics.text))

    assert plain.content_type.startswith("text/plain; version=")
    assert open_metrics.content_type.startswith("application/openmetrics-text")
    assert {s.name for f in parse_text(plain.text) for s in f.samples} == {
        sample.name for family in families for sample in family.samples
    }
    for family in families:
        assert re.fullmatch(r"clusterwright_[a-z_]+", family.name), family.name
        assert family.documentation.endswith("."), family.name
        assert family.type in {"counter", "gauge", "histogram", "info"}, family.name
        assert not re.search(r"_(?:ms|milliseconds|minutes|percent)\b", family.name)


def observed(*, alive):
    members = [
        {"host": f"n{i}", "address": "", "role": "voter", "alive": i < alive} for i in range(3)
    ]
    return {"members": members}


@pytest.mark.parametrize(
    ("alive", "tolerance", "ha"),
    [(3, 1, 1), (2, 0, 0), (1, -1, 0)],
    ids=["healthy", "one voter down", "quorum lost"],
)
def test_a_clusters_quorum_is_told_with_its_age(client, steps, redis, alive, tolerance, ha):
    steps.begin()
    steps.observe(observed(alive=alive))
    seen = int(redis.hget("cw:cluster:prod", "observed_at"))
    redis.hset("cw:cluster:prod", "observed_at", seen - 90_000)

    found = scrape(client)

    prod = ("cluster", "prod")
    names = ("quorum_tolerance", "voters", "voters_alive", "members", "ha")
    assert [found[f"cluster_{name}", prod] for name in names] == [tolerance, 3, alive, 3, ha]
    assert 90 <= found["cluster_observed_age_seconds", prod] < 120


def test_voters_that_answer_without_a_leader_are_no_quorum_to_prometheus(client, steps):
    steps.begin()
    steps.observe(observed(alive=3) | {"has_leader": False, "leader": ""})

    found = scrape(client)

    names = ("has_leader", "quorum_tolerance", "ha", "voters_alive")
    assert [found[f"cluster_{name}", ("cluster", "prod")] for name in names] == [0, -1, 0, 3]


def test_the_days_left_of_certificates_are_told_of_the_clusters_own_nodes(client, steps, redis):
    steps.finish()
    now = time.time()
    certificates = [
        {"host": host, "name": name, "ends": int(now + days * 86_400)}
        for host, left in (("n1", 10.5), ("stranger", 3))
        for name, days in (("ca.crt", 3000), ("server.crt", left))
    ]
    seen = observed(alive=3) | {"at": now - 90_000, "certificates": certificates}
    redis.hset("cw:cluster:prod", "observation", json.dumps(seen))

    found = scrape(client)

    days_left = {
        row: days for row, days in found.items() if row[0] == "cluster_certificate_days_left"
    }
    [(row, days)] = days_left.items()
    assert row[1:] == (("cluster", "prod"), ("node", "n1"))
    assert 10.4 < days <= 10.5


def test_the_age_of_the_newest_backup_is_told_where_one_is_known(client, steps, redis):
    steps.finish()
    assert rows(scrape(client), "cluster_backup_age_seconds", "cluster") == Counter()
    redis.hset("cw:cluster:prod", "backed_up_at", int((time.time() - 7200) * 1000))

    found = scrape(client)

    assert 7199 < found["cluster_backup_age_seconds", ("cluster", "prod")] < 7300


def test_a_cluster_that_nobody_has_seen_is_not_told_of(client, job):
    assert rows(scrape(client), "cluster_voters", "cluster") == Counter()


def test_queues_waiting_jobs_hosts_and_celery_workers_are_told(client, ledger, redis, job):
    waiting = another(ledger, job, "f" * 32)
    redis.zadd("cw:since:queued", {waiting: redis.time()[0] * 1000 - 60_000})
    celery_worker_seen(ledger.redis, "here:1")
    celery_worker_seen(ledger.redis, "here:2")
    celery_worker_seen(ledger.redis, "here:3", sites=(), delivers=True)

    found = scrape(client)

    assert found["queue_length", ("site", "default")] == 1  # the waiting job is not published
    assert 60 <= found["oldest_job_age_seconds", ("status", "queued")] < 90
    assert found["oldest_job_age_seconds", ("status", "cancelling")] == 0
    assert found["celery_workers",] == 2
    assert found["celery_workers_delivering",] == 1
    assert found["subscriptions",] == 0
    assert found["hosts", ("in_cluster", "true"), ("site", "default")] == 1
    assert found["hosts", ("in_cluster", "false"), ("site", "default")] == 2
    assert found["redis_append_only",] == 1
    assert found["reconciler_actions_total", ("reason", "unclaimed")] == 0


def test_a_status_that_every_job_has_left_has_no_oldest_job(client, steps):
    steps.finish()

    ages = {
        pairs[0][1]: value
        for (name, *pairs), value in scrape(client).items()
        if pairs and name == "oldest_job_age_seconds"
    }

    assert set(ages.values()) == {0}


@pytest.mark.parametrize("prepare", ["lose", "fail_for_now", "nothing"])
def test_the_reconciler_says_why_it_acted(client, ledger, redis, played, prepare):
    job, *_ = played.clusters()
    if prepare != "nothing":
        played.act(prepare, job)
    redis.zadd("cw:due", {job: 0})

    ledger.due()

    reasons = {"lose": "lease-expired", "fail_for_now": "retry-due", "nothing": "unclaimed"}
    found = rows(scrape(client), "reconciler_actions_total", "reason")
    assert found[reasons[prepare],] == 1


def test_what_the_reconciler_sets_aside_is_counted(client, ledger, redis, played):
    job, *_ = played.clusters()
    redis.zadd("cw:due", {"gone": 0, job: 1})
    redis.hset(f"cw:job:{job}", "status", "something else")
    before = rows(scrape(client), "reconciler_set_aside_total", "reason")

    ledger.due()

    after = rows(scrape(client), "reconciler_set_aside_total", "reason")
    assert not before
    assert after == {("no-record",): 1, ("broken-record",): 1}


def test_streams_of_every_process_are_counted_until_they_end(client, job, redis):
    presence.tell(redis, "elsewhere:7", 3)
    stream = client.get(f"/v1/jobs/{job}/events")
    during = scrape(client)

    stream.close()

    after = scrape(client)
    assert (during["sse_clients",], after["sse_clients",]) == (4, 3)
    assert after["api_processes",] == 2


def test_a_process_that_was_killed_is_forgotten(client, redis):
    presence.tell(redis, "elsewhere:7", 3)
    assert 0 < redis.ttl("cw:api:elsewhere:7") <= presence.KEPT_SECONDS
    redis.delete("cw:api:elsewhere:7")  # as its time would

    assert scrape(client)["sse_clients",] == 0


def test_a_scrape_costs_the_same_however_many_jobs_there_are(client, redis, played):
    def commands():
        before = redis.info("commandstats")
        scrape(client)
        after = redis.info("commandstats")
        calls = {
            name: row["calls"] - before.get(name, {"calls": 0})["calls"]
            for name, row in after.items()
        }
        return {name: number for name, number in calls.items() if number and "info" not in name}

    scrape(client)  # the first looks up the token
    few = commands()
    for job in played.clusters():
        for _ in range(20):
            played.succeed(job)

    many = commands()

    # Hosts and clusters are looked at one by one; jobs are not.
    grown = {name for name in many if many[name] != few.get(name, 0)}
    assert grown <= {"cmdstat_hmget", "cmdstat_hgetall", "cmdstat_mget"}
    assert many["cmdstat_hgetall"] - few["cmdstat_hgetall"] == 3
