"""From what each sender sends, by a job on lab hosts, to what comes back into ticket and chat."""

import contextlib
import time

import httpx
import pytest
from chat_server import TOKEN, served
from chat_server import Refused as Limited
from chat_services import CHATS, EDITED
from chatting import Chat, rules
from polling import within
from receiver import Reply, receiving
from signed_requests import SECRETS, SIGNED
from standardwebhooks import Webhook
from ticket_events import asked_by_ticket
from ticket_receivers import Refused
from ticket_receivers import receiving as ticket_served
from ticket_systems import SYSTEMS

from workflows.hooks import secrets
from workflows.hooks.sources import SOURCES

OTHERS = sorted(set(SOURCES) - set(SYSTEMS) - set(CHATS))
"""Senders that hear of their jobs by a signed webhook."""
SENDER = """\
  {name}:
    kind: {name}
    clusters: prod
    environments: [dev]
    kinds: [verify]
"""
RULE = """\
  - name: {name}
    source: {name}
    types: ["*"]
    change: {{kind: verify, cluster: prod}}
"""
SOON = {"Retry_After": "1"}


@pytest.fixture
def formed(stack):
    """A stack with a cluster that can be looked at."""
    asked = stack.post("prod", {"control_plane": ["n1"], "environment": "dev"})
    assert stack.finish(asked.json()["id"])["status"] == "succeeded"
    return stack


def put_rules(stack, text, *kinds):
    answer = stack.client.put("/v1/rules", json={"text": text}, headers={"If-Match": "*"})
    assert answer.status_code in {200, 201}, answer.text
    for kind in kinds:
        secrets.add(stack.folder, kind, SECRETS[kind][0].decode())


def rules_for(kinds):
    senders = "".join(SENDER.format(name=kind) for kind in kinds)
    return f"sources:\n{senders}rules:\n" + "".join(RULE.format(name=kind) for kind in kinds)


def subscribe(stack, kind, **asked):
    answer = stack.client.post("/v1/subscriptions", json={"name": kind, "notifier": kind} | asked)
    assert answer.status_code == 201, answer.text
    return answer.json()


def verified(stack, kind, made):
    """Send an event; return the job that it led to, once that has succeeded."""
    url = f"{stack.client.base_url}/v1/hooks/{kind}"
    answer = httpx.request(
        made.method, url, headers=made.headers, content=made.body, params=made.query, timeout=250
    )
    assert answer.is_success, answer.text
    return succeeded(stack, newest(stack))


def newest(stack):
    return stack.client.get("/v1/jobs").json()["jobs"][0]["id"]


def succeeded(stack, job):
    found = stack.finish(job)
    assert (found["kind"], found["status"]) == ("verify", "succeeded"), found
    return found


@pytest.mark.slow
def test_a_ticket_of_every_kind_hears_how_its_job_ended_with_the_evidence(formed):
    put_rules(formed, rules_for(SYSTEMS), *SYSTEMS)
    with contextlib.ExitStack() as stack:
        for kind, system in SYSTEMS.items():
            desk = stack.enter_context(ticket_served(system()))
            desk.limits.append(Refused(429, "too many requests", **SOON))
            subscribe(
                formed,
                kind,
                url=desk.url,
                secret=desk.secret,
                source=kind,
                settings={**desk.settings, **desk.moved, "source": kind},
            )

            job = verified(formed, kind, asked_by_ticket(kind))

            within(lambda desk=desk: desk.state == "done", f"the ticket of {kind} to be done")
            assert job["requested_by"] == f"hook:{kind}"
            assert [note.count("Succeeded") > 0 for note in desk.notes] == [False, False, True]
            evidence = formed.client.get(f"/v1/jobs/{job['id']}/evidence").json()
            assert evidence["digest"] in desk.notes[-1], kind
            assert not desk.limits


@pytest.mark.slow
def test_a_command_of_every_chat_is_told_there_until_its_job_has_ended(formed):
    for kind, chat_kind in CHATS.items():
        put_rules(formed, rules(kind).replace("sender", kind), kind)
        with served(chat_kind()) as service:
            limit = Limited(429, {"ok": False, "error": "ratelimited", "id": "r"}, **SOON)
            service.limits.append(limit)
            more = {"secret": TOKEN, "settings": {"source": kind}} if kind in EDITED else {}
            subscribe(formed, kind, url=service.url, **more)
            chat = Chat(kind, f"{formed.client.base_url}/v1/hooks/{kind}")

            chat.say("verify prod")
            chat.http.close()

            job = succeeded(formed, newest(formed))
            within(lambda s=service: ended(s), f"{kind} to tell that job {job['id']} has succeeded")
            assert job["requested_by"] == f"chat:{kind}:jane"
            assert service.posts == 1 or kind not in EDITED
            assert not service.limits
            formed.client.delete(f"/v1/subscriptions/{kind}")


def ended(service):
    return any("succeeded" in service.text(one) for one in list(service.messages.values()))


@pytest.mark.slow
def test_every_other_sender_is_told_of_its_job_by_a_signed_webhook(formed):
    put_rules(formed, rules_for(OTHERS), *OTHERS)
    for kind in OTHERS:
        with receiving() as receiver:
            receiver.replies.append(Reply(429, {"Retry-After": "1"}))
            made = subscribe(formed, "webhook", name=kind, url=receiver.url, source=kind)

            job = verified(formed, kind, SIGNED[kind](SECRETS[kind][0], time.time()))

            hook = Webhook(made["secret"])

            def types(hook=hook, receiver=receiver, job=job):
                told = [hook.verify(got.body, got.headers) for got in list(receiver.got)]
                assert {row["subject"] for row in told} <= {f"jobs/{job['id']}"}
                return [row["type"].rpartition("job.")[2] for row in told]

            within(lambda: "succeeded" in types(), f"{kind} to be told that it has succeeded")
            assert types()[-1] == "succeeded"
