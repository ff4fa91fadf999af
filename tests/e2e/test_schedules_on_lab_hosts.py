"""A schedule and a freeze on the whole stack: real Celery workers, real hosts of a lab."""

from datetime import UTC, datetime, timedelta

from polling import within

CREATE = {"kind": "create-cluster", "params": {"control_plane": ["n1"]}, "reason": "by schedule"}


def schedule(stack, name, change):
    """Have a change asked for in a moment; return the job that its slot makes."""
    at = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
    path = f"/v1/clusters/prod/schedules/{name}"
    answer = stack.client.put(path, json={"change": change, "at": at})
    assert answer.status_code == 200, answer.text
    last = within(lambda: stack.client.get(f"/v1/schedules/{name}").json()["last"], "the slot")
    assert last["word"] == "made", last
    return last["job"]


def test_a_scheduled_change_waits_for_the_end_of_a_freeze_and_forms_its_cluster(stack):
    until = "2036-01-01T00:00:00Z"
    assert stack.client.put("/v1/freezes/sale", json={"until": until}).status_code == 200

    job = schedule(stack, "form", CREATE)
    held = stack.job(job)
    assert (held["status"], held["opens_time"]) == ("queued", "2036-01-01T00:00:00.000Z")
    assert stack.client.delete("/v1/freezes/sale").status_code == 204
    done = stack.finish(job)

    assert (done["status"], done["requested_by"], done["via"]) == (
        "succeeded",
        "schedule:form",
        "schedule",
    )
    looked = stack.finish(schedule(stack, "look", {"kind": "verify", "params": {}}))
    assert looked["status"] == "succeeded"
