"""What cannot be carried out fails in preflight, with hosts untouched and the way out named."""

import json

import pytest

UNTOUCHED = "ls /snap /var/snap /etc/sysctl.d /var/lib/clusterwright 2>/dev/null; cat /etc/hosts"


def failed_in_preflight(stack, answer):
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"])
    assert job["status"] == "failed"
    assert job["error"]["step"] == "preflight"
    assert [step["status"] for step in job["steps"][1:]] == ["pending"] * (len(job["steps"]) - 1)
    return job


def error_text(job):
    return json.dumps(job["error"])


@pytest.fixture
def before(lab):
    return [lab.exec(host.name, UNTOUCHED).stdout for host in lab.hosts]


def untouched(lab, before):
    return [lab.exec(host.name, UNTOUCHED).stdout for host in lab.hosts] == before


def test_an_unreachable_host_is_named(stack, lab, before):
    stack.change_host("n2", port=2)

    job = failed_in_preflight(stack, stack.post("prod", {"control_plane": ["n1", "n2", "n3"]}))

    assert "n2" in error_text(job)
    assert "unreachable" in error_text(job)
    assert untouched(lab, before)


def test_a_changed_host_key_is_refused_and_named(stack, lab, before):
    other = lab.inventory()[2]["host_key"]
    stack.change_host("n2", host_key=other)

    job = failed_in_preflight(stack, stack.post("prod", {"control_plane": ["n1", "n2", "n3"]}))

    assert "host-key-changed" in error_text(job)
    assert untouched(lab, before)


def test_a_wrong_ssh_user_is_named(stack, lab, before):
    stack.change_host("n1", user="nobody-here")

    job = failed_in_preflight(stack, stack.post("prod", {"control_plane": ["n1"]}))

    assert "authentication-failed" in error_text(job)
    assert "nobody-here" in error_text(job)
    assert untouched(lab, before)


def test_missing_sudo_is_named(stack, lab, before):
    stack.change_host("n1", user="ops")

    job = failed_in_preflight(stack, stack.post("prod", {"control_plane": ["n1"]}))

    assert "no-sudo" in error_text(job)
    assert untouched(lab, before)


def test_missing_snapd_is_named(stack, lab):
    lab.exec("n1", "rm -f /usr/local/bin/snap")

    job = failed_in_preflight(stack, stack.post("prod", {"control_plane": ["n1"]}))

    assert "no-snapd" in error_text(job)


def test_the_host_is_mended_and_the_job_is_retried(stack, lab):
    stack.change_host("n1", user="nobody-here")
    job = failed_in_preflight(stack, stack.post("prod", {"control_plane": ["n1"]}))
    stack.change_host("n1", user="root")

    answer = stack.client.post(f"/v1/jobs/{job['id']}/retry")

    assert answer.status_code == 202, answer.text
    assert stack.finish(job["id"])["status"] == "succeeded"


def test_a_retry_that_accepts_what_ended_the_job_goes_on_where_a_plain_one_does_not(stack, lab):
    lab.add_condition("n1", "no-memory-cgroup")
    job = failed_in_preflight(stack, stack.post("dev", {"control_plane": ["n1"]}))
    retry = f"/v1/jobs/{job['id']}/retry"

    assert stack.client.post(retry).status_code == 202
    again = stack.finish(job["id"])
    accepted = stack.client.post(retry, json={"accept": again["acceptable"]})
    gone_on = stack.finish(job["id"])

    assert again["error"]["step"] == "preflight"
    assert again["acceptable"] == ["memory-cgroup-off"]
    assert accepted.status_code == 202
    assert gone_on["steps"][0]["status"] == "done"
    assert "memory-cgroup-off" in [row["code"] for row in gone_on["findings"]]
