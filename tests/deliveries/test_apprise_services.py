"""Services by their Apprise addresses: which are taken, and where they may be."""

import json
import logging
import os
import socket
import threading

import pytest
from receiver import Reply

from workflows.deliveries.subscription import DeliveryState
from workflows.notifiers import apprise_services
from workflows.notifiers.apprise_services import BadReceiver, service_of
from workflows.notifiers.guarded_connections import guarded
from workflows.notifiers.notifier import News, Target
from workflows.notifiers.safe_post import AddressRefused, SafePost
from workflows.notifiers.urls import host_of

TOKEN = "s3cr3ts3cr3ts3cr3t"


@pytest.mark.parametrize(
    "url",
    [
        *("syslog://", "dbus://", "windows://", "macosx://", "gnome://", "kde://", "glib://"),
        *("rsyslog://10.0.0.1", "growl://10.0.0.1", "blink1://"),
        *("file:///etc/passwd", "exec://rm", "http://127.0.0.1/", "nothing", "", "json:127.0.0.1"),
        f"json://example.org/?template=/etc/passwd&x={TOKEN}",
        "mailto://user:pass@example.org?pgpkey=/etc/passwd",
        "fcm://project@key/device?keyfile=/etc/passwd",
        "jsons://example.org/?verify=no",
    ],
)
def test_what_acts_on_this_machine_or_reads_its_files_is_refused(url):
    with pytest.raises(BadReceiver, match="cannot use") as refused:
        host_of("apprise", url)

    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("json://example.org/x", "example.org"),
        ("ntfys://ntfy.example.org/topic", "ntfy.example.org"),
        (f"tgram://123456789:{TOKEN}{TOKEN}/12345/", "Telegram"),
        (f"mailtos://user:{TOKEN}@mail.example.org", "mail.example.org"),
    ],
)
def test_of_a_service_its_name_and_host_are_shown_and_no_secret(url, shown):
    found = service_of(url)

    assert shown in found
    assert TOKEN not in found


def test_a_line_about_an_event_reaches_a_service(outgoing):
    port = outgoing.receiver.port
    outgoing.subscribe(
        notifier="apprise", url=f"json://127.0.0.1:{port}/", events=("job.succeeded",)
    )

    outgoing.end(outgoing.job())
    outgoing.tick()

    (told,) = [json.loads(got.body) for got in outgoing.receiver.got]
    assert told["message"] == "prod: job.succeeded, create-cluster, job j1"


@pytest.mark.parametrize("reply", [Reply(500), Reply(302, {"Location": "http://127.0.0.1:9/"})])
def test_what_a_service_does_not_take_is_tried_again(outgoing, reply):
    port = outgoing.receiver.port
    outgoing.subscribe(
        notifier="apprise", url=f"json://127.0.0.1:{port}/", events=("job.succeeded",)
    )
    outgoing.receiver.replies.append(reply)

    outgoing.end(outgoing.job())
    outgoing.tick()
    (waiting,) = outgoing.deliveries.deliveries("board")
    assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, 1)
    assert "did not take it" in waiting.error

    outgoing.clock.on(10)
    outgoing.tick()
    assert len(outgoing.receiver.got) == 2


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:{port}/",
        "mailto://user:pass@example.org:{port}?smtp=127.0.0.1&from=a@example.org&to=b@example.org",
        "ntfy://localhost:{port}/topic",
    ],
)
def test_a_service_on_a_private_address_is_refused_before_anything_is_sent(receiver, url):
    target = Target("board", url.format(port=receiver.port))
    news = News("msg_1", "job.failed", 0.0, 1, {"id": "j1"})

    told = apprise_services.tell(target, news, {}, SafePost())

    assert (told.is_done, told.is_final) == (False, True)
    assert "is not public" in told.because
    assert receiver.got == []


def test_of_two_threads_that_send_the_last_one_brings_logs_and_proxies_back(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org")
    log = logging.getLogger("apprise")
    first_left, second_in = threading.Event(), threading.Event()
    seen = []

    def second():
        with apprise_services._silence:
            second_in.set()
            first_left.wait(30)
            seen.append((log.disabled, "HTTPS_PROXY" in os.environ))

    thread = threading.Thread(target=second)
    with apprise_services._silence:
        thread.start()
        assert second_in.wait(30)
    first_left.set()
    thread.join()

    assert seen == [(True, False)]
    assert (log.disabled, os.environ["HTTPS_PROXY"]) == (False, "http://proxy.example.org")


NEWS = News("msg_1", "job.failed", 0.0, 1, {"id": "j1"})


def test_a_name_that_leads_to_this_machine_after_it_was_judged_is_refused(monkeypatch, receiver):
    resolved = socket.getaddrinfo
    answers = iter(["9.9.9.9"])

    def rebound(host, *rest, **more):
        return resolved(next(answers, "127.0.0.1"), *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    target = Target("board", f"json://rebound.example.org:{receiver.port}/")

    told = apprise_services.tell(target, NEWS, {}, SafePost())

    assert (told.is_done, told.is_final) == (False, True)
    assert "127.0.0.1 is not public" in told.because
    assert receiver.got == []


def test_a_receiver_that_only_the_service_knows_how_to_read_is_judged_when_it_is_reached(receiver):
    key, relay = "b7" * 32, f"ws://127.0.0.1:{receiver.port}"
    target = Target("board", f"nostr://{key}?relay={relay}")

    told = apprise_services.tell(target, NEWS, {}, SafePost())

    assert (told.is_done, told.is_final) == (False, True)
    assert "127.0.0.1 is not public" in told.because


def test_what_other_threads_connect_to_is_not_judged(receiver):
    reached = []

    def connect():
        with socket.create_connection(("127.0.0.1", receiver.port), 30):
            reached.append(receiver.port)

    with guarded(()):
        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()
        with pytest.raises(AddressRefused, match="not public"):
            socket.create_connection(("127.0.0.1", receiver.port), 30)
    connect()

    assert reached == [receiver.port] * 2


@pytest.mark.parametrize("path", ["/no/such/socket", b"\0abstract"])
def test_a_socket_of_this_machine_is_no_receiver(path):
    with (
        guarded(()) as guard,
        socket.socket(socket.AF_UNIX) as ours,
        pytest.raises(AddressRefused, match="no address of a network"),
    ):
        ours.connect(path)

    assert guard.refused
