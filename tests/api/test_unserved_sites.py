"""A site without a Celery worker: plans, jobs and readiness tell; its jobs can be cancelled."""

import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, change

from cluster.spec import Host
from workflows.celery_workers import celery_worker_seen


@pytest.fixture
def body(inventory):
    """A change of a host at another site than the one that is served."""
    celery_worker_seen(inventory.redis, "w1", ["default"])
    inventory.put_host(Host("b1", "10.0.9.1", HOST_KEY, site="berlin"))
    return change(params={"control_plane": ["b1"]})


def found(answer):
    return [row for row in answer.json["findings"] if row["code"] == "no-worker-at-site"]


def test_a_plan_warns_of_a_site_that_nobody_serves_and_says_how_that_is_mended(client, body):
    [row] = found(client.post(PLANS, json=body))

    assert row["severity"] == "warn"
    assert "-Q site.berlin" in row["advice"]


def test_a_plan_of_a_served_site_says_nothing_of_it(client, inventory, body):
    celery_worker_seen(inventory.redis, "w2", ["berlin", "paris"])

    assert found(client.post(PLANS, json=body)) == []


def test_a_job_of_a_site_that_nobody_serves_says_so_until_somebody_does(client, inventory, body):
    job = client.post(CHANGES, json=body).json
    path = f"/v1/jobs/{job['id']}"

    assert job["status"] == "running"
    assert "no Celery worker serves site berlin" in job["next_action"]
    tag = client.get(path).headers["ETag"]
    celery_worker_seen(inventory.redis, "w2", ["berlin"])
    now = client.get(path, headers={"If-None-Match": tag})

    assert now.status_code == 200, "what the job says has changed, and its entity tag has not"
    assert "no Celery worker" not in now.json["next_action"]


def test_a_job_of_a_site_that_nobody_serves_is_cancelled_at_once(client, inventory, body):
    job = client.post(CHANGES, json=body).json

    answer = client.post(f"/v1/jobs/{job['id']}/cancel")

    assert answer.json["status"] == "cancelled"
    assert inventory.host("b1").cluster == ""


def test_readiness_names_sites_at_which_jobs_wait_for_a_celery_worker(client, body):
    assert "site_berlin" not in client.get("/readyz").json["checks"]
    client.post(CHANGES, json=body)

    answer = client.get("/readyz")

    assert answer.json["status"] == "warn"
    assert answer.json["checks"]["site_berlin"] == {
        "status": "warn",
        "detail": "1 job waits at site berlin, which no Celery worker serves: start one there: "
        "celery -A workflows.queue worker -P prefork -Q site.berlin",
    }
