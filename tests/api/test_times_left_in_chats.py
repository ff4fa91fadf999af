"""Chats tell how long a job may still take, and how long one would that waits for approval."""

from api_requests import Steps
from chatting import APPROVAL, newest, told

from workflows.states import JobStatus


def past_minutes(redis, job):
    """Have each step of a job have taken a minute before."""
    for step in job.plan["steps"]:
        for size in ("1", "2-3"):
            redis.rpush(f"cw:durations:{step['name']}:{size}", "60000:j")


def test_watch_and_status_tell_how_long_a_job_still_takes_once_it_has_begun(
    open_chat, ledger, redis
):
    chat = open_chat("slack")
    asked = chat.say("add worker n2 to prod")
    job = newest(ledger)
    past_minutes(redis, job)
    before = chat.say(f"watch {job.id[:8]}")
    Steps(ledger, job.id).begin()

    watched, status = chat.say(f"watch {job.id[:8]}"), chat.say("status prod")

    assert "by past runs" not in asked + before
    left = f"by past runs: about {len(job.plan['steps'])} min more"
    assert left in watched
    assert left in status


def test_who_is_to_approve_a_job_is_told_how_long_it_takes(open_chat, ledger, redis):
    chat = open_chat("slack", limits=APPROVAL)
    chat.say("add worker n2 to prod")
    job = newest(ledger)
    past_minutes(redis, job)

    answer = told(chat.ask(f"watch {job.id[:8]}"))

    assert job.status is JobStatus.AWAITING_APPROVAL
    assert f"it takes about {len(job.plan['steps'])} min" in answer
