"""No join token is found anywhere but where MicroK8s itself keeps it."""

from pathlib import Path

import pytest
from test_main_job import SEPARATED, succeeded


def tokens_of(lab):
    found = set()
    for host in lab.hosts:
        file = lab.log_directory(host.name) / "tokens.txt"
        found |= set(file.read_text().split()) if file.exists() else set()
    return found


def everything_written(stack):
    """Yield every text that the product has left behind, with where it was found."""
    for file in sorted(stack.redis_folder.rglob("*")):
        if file.is_file():
            yield str(file), file.read_bytes()
    for file in sorted(stack.folder.rglob("*")):
        if file.is_file() and file.name != "lab":
            yield str(file), file.read_bytes()


def test_no_join_token_is_found_in_redis_messages_events_or_logs_or_stays_valid(stack, lab):
    job = succeeded(stack, stack.post("prod", SEPARATED))
    tokens = tokens_of(lab)
    shown = stack.client.get(f"/v1/jobs/{job['id']}/events").text + str(stack.job(job["id"]))

    assert len(tokens) >= 4
    for token in tokens:
        assert token not in shown
        for place, content in everything_written(stack):
            assert token.encode() not in content, place
    kept = lab.exec("n1", "cat /var/snap/microk8s/current/credentials/cluster-tokens.txt").stdout
    assert not [token for token in tokens if token in kept]


def test_no_private_key_is_found_in_anything_that_was_written(stack, lab):
    succeeded(stack, stack.post("prod", {"control_plane": ["n1"]}))
    lines = [line for line in Path(lab.key_file).read_bytes().splitlines() if b"-----" not in line]

    assert lines
    for place, content in everything_written(stack):
        assert not [line for line in lines if line in content], place


def test_the_append_only_file_holds_what_was_written(stack, lab):
    # The search above would prove nothing if it looked in the wrong place.
    job = succeeded(stack, stack.post("prod", {"control_plane": ["n1"]}))

    assert any(job["id"].encode() in content for _, content in everything_written(stack))


@pytest.mark.slow
def test_no_token_was_an_argument_of_a_process_of_ours(stack, lab):
    lab.add_fault("n2", {"match": "microk8s join", "action": "slow", "seconds": 3, "times": 1})
    job_id = stack.post("prod", {"control_plane": ["n1", "n2", "n3"]}).json()["id"]
    seen = []
    while not (tokens := tokens_of(lab)):
        pass
    while not stack.job(job_id)["finished_for_now"]:
        seen += lab.exec("n2", "ps -eo comm,args").stdout.splitlines()

    holders = [line for line in seen if any(token in line for token in tokens)]
    # MicroK8s' own join takes the URL as its argument, and calls sudo with it; ours never does.
    theirs = ("/snap/bin/microk8s join ", "join.py")
    assert holders
    assert not [line for line in holders if not any(word in line for word in theirs)]
