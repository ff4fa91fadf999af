"""A job's trace in the logs of every process, and its numbers, though a Celery worker was lost."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families
from test_lost_celery_worker import kill_in_the_first_join

JOIN = "join_control_plane"


def lines_of(stack, name):
    """Return a process' log; every line of it is JSON."""
    return [json.loads(line) for line in stack.log(name).splitlines()]


def numbers(stack):
    answer = stack.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name.removeprefix("clusterwright_"), *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.slow
def test_a_trace_is_kept_and_an_attempt_is_counted_though_a_celery_worker_is_lost(stack, lab):
    job_id = kill_in_the_first_join(stack, lab)
    stack.start_worker()
    job = stack.finish(job_id)

    api = [line for line in lines_of(stack, "api") if line.get("job") == job_id]
    worker = [line for line in lines_of(stack, "worker") if line.get("job") == job_id]
    found = numbers(stack)

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    assert {line.get("trace_id") for line in api + worker} == {job["trace_id"]}
    assert [line["message"] for line in api] == ["POST /v1/clusters/prod/changes: 202"]
    attempts = {(line["step"], line["attempt"]) for line in worker if "step" in line}
    assert {(JOIN, 1), (JOIN, 2)} <= attempts
    assert {step for step, _ in attempts} == {step["name"] for step in job["steps"]}
    assert {"n1", "n2", "n3"} <= {line.get("host") for line in worker}
    assert "workflows.reconciler" in {line["logger"] for line in worker}
    assert found["lease_expiries_total",] == 1
    assert found["step_duration_seconds_count", JOIN, "lost"] == 1
    assert found["step_attempts_total", "apply", JOIN] == sum(
        step["attempt"] for step in job["steps"] if step["name"] == JOIN
    )
    assert found["jobs_current", "create-cluster", "succeeded"] == 1
    assert found["cluster_quorum_tolerance", "prod"] == 1
    assert found["cluster_voters_alive", "prod"] == 3
