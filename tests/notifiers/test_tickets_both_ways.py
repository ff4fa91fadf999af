"""From a ticket's signed event to the job, and from the job back into the ticket, kind by kind."""

import importlib

import pytest
import yaml
from api_requests import HOST_KEY, Steps
from signed_requests import SECRETS
from ticket_events import asked_by_ticket
from ticket_receivers import receiving
from ticket_systems import SYSTEMS
from told_tickets import post, target

from api.app import create_app
from api.local_token import first_token
from cluster.spec import Host
from workflows.evidence.bundle import digest_of
from workflows.evidence.reading import evidence_of
from workflows.hooks import secrets
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.notifiers.notifier import News

HOSTS = {kind: f"n{place}" for place, kind in enumerate(SYSTEMS, start=1)}


def rule_text():
    """Return rules by which an event of each kind asks for a cluster of that name."""
    sources, rules = {}, []
    for kind, host in HOSTS.items():
        may = {"clusters": kind, "environments": ["dev"], "kinds": ["create-cluster"]}
        sources[kind] = {"kind": kind} | may
        params = {"control_plane": [host], "environment": "dev"}
        change = {"kind": "create-cluster", "cluster": kind, "params": params}
        rules.append({"name": kind, "source": kind, "types": ["*"], "change": change})
    return yaml.safe_dump({"sources": sources, "rules": rules}, sort_keys=False)


@pytest.fixture
def client(redis, settings):
    token = first_token(redis, settings.data_dir)
    for place, (kind, host) in enumerate(HOSTS.items(), start=1):
        Inventory(redis).put_host(Host(host, f"10.0.0.{place}", HOST_KEY))
        secrets.add(settings.data_dir, kind, SECRETS[kind][0].decode())
    app = create_app(settings)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    answer = client.put("/v1/rules", json={"text": rule_text()})
    assert answer.status_code in {200, 201}, answer.text
    yield client
    app.extensions["clusterwright"].close()


def job_of_a_ticket(client, kind):
    """Send what a kind of ticket system sends; return the job that it leads to."""
    made = asked_by_ticket(kind)
    anonymous = client.application.test_client()
    sent = anonymous.post(f"/v1/hooks/{kind}", headers=dict(made.headers), data=made.body)
    assert sent.status_code == 202, sent.text
    return sent.json["events"][0]["job"]


def notes_of(client, ledger, job, kind, desk):
    """Tell a ticket all that its job's events say; return what it was told to keep."""
    notifier, kept = importlib.import_module(f"workflows.notifiers.{kind}").NOTIFIER, {}
    to = target(desk, settings=desk.moved | {"source": kind})
    evidence = evidence_of(ledger, ledger.job(job))
    for event in ledger.events(job):
        shown = client.get(f"/v1/jobs/{job}").json
        one = News(f"n{event.seq}", event.type, event.at, event.seq, shown, "", evidence)
        told = notifier.tell(to, one, kept, post)
        assert told.is_done, told.because
        kept = told.keep
    return kept


def test_a_ticket_that_asks_for_a_change_hears_how_it_ended_with_the_evidence(redis, client):
    ledger = Ledger(redis)
    for kind, system in SYSTEMS.items():
        job = job_of_a_ticket(client, kind)
        Steps(ledger, job).finish()

        with receiving(system()) as desk:
            assert notes_of(client, ledger, job, kind, desk)

        evidence = client.get(f"/v1/jobs/{job}/evidence").json
        assert len(desk.notes) == 3, kind
        assert "Succeeded" in desk.notes[-1]
        assert evidence["digest"] == digest_of(evidence)
        assert evidence["digest"] in desk.notes[-1]
        assert desk.state == "done"
