"""Jobs as the API shows them, for what chats are told, and the news of one."""

from typing import Any

from chat_server import TOKEN, ChatService
from told_tickets import post

from workflows.chat.answers import Way
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.notifier import News, Target, Told

JOB = "3f2a91c0" * 4
PAGE = "https://clusters.test/jobs/3f2a91c0"
HOOK = "https://clusters.test/v1/hooks/chat"
SIGNS_BY = b"what the chat signs with"
QUORUM = {"voters": 3, "voters_alive": 3, "majority": 2, "tolerance": 1}
STEPS = ("Check the hosts", "Join n4 to prod", "Verify the quorum")


def step(index: int, status: str = "pending", title: str = "", **more: Any) -> dict[str, Any]:
    found = {"index": index, "name": f"step_{index}", "title": title or STEPS[index % 3]}
    return found | {"status": status, "seconds": 2.0, "waits_for": None, "hosts": {}} | more


def job(status: str = "running", done: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a job of three steps, so many of which are done."""
    words = ["done"] * done + ["running"] * (status == "running") + ["pending"] * 3
    can = {"running": ["cancel"], "awaiting-approval": ["approve", "reject", "cancel"]}
    can |= {"failed": ["retry", "rollback"]}
    actions = [f"{verb}-job" for verb in can.get(status, [])]
    return {
        "id": JOB,
        "cluster": "prod",
        "kind": "add-nodes",
        "status": status,
        "epoch": 1,
        "reason": "",
        "requested_by": "chat:chat:jane",
        "requested_by_name": "jane",
        "approved_by": "chat:chat:bob",
        "reference": {"source": "chat", "subject": "C1", "url": None},
        "plan_digest": "sha256:" + "ab" * 32,
        "quorum": {"before": QUORUM, "now": None, "during": QUORUM, "expected": QUORUM},
        "next_action": "wait for it",
        "steps": [step(index, words[index]) for index in range(3)],
        "error": None,
        "actions": [{"action": one, "arguments": {"job": JOB}} for one in actions],
    } | fields


def here(service: ChatService, **fields: Any) -> dict[str, Any]:
    """Return a job that was asked for in the chat's own channel."""
    reference = {"source": "chat", "subject": service.channel, "url": None}
    return job(**{"reference": reference} | fields)


def tell(
    kind: str,
    service: ChatService,
    shown: dict[str, Any],
    type_: str = "job.started",
    kept: Any = None,
    *,
    drawing: str = "",
    **more: Any,
) -> Told:
    """Tell a chat news of a job, as it is now."""
    settings = {"source": "chat", **more.pop("settings", {})}
    secrets = more.pop("secrets", [TOKEN.encode()])
    way = more.pop("way", Way(HOOK, SIGNS_BY))
    target = Target("team", service.url, secrets, settings, way)
    news = News("msg_1", type_, 1.0, 1, shown, PAGE, drawing=drawing)
    return NOTIFIERS[kind].tell(target, news, kept or {}, post)
