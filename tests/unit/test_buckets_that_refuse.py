"""Buckets that refuse, lie low, send elsewhere or do not know us: told, and never in the way."""

import socket
import time
from dataclasses import replace

import pytest
from s3_server import KEY_ID, SECRET, s3_server, write_credentials
from shelved import put

from buckets import bucket as bucket_module
from deploy_scripts.backups import copies
from deploy_scripts.backups.shelf import Shelf
from deploy_scripts.fleet.errors import Permanent, StepError, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.redaction import redact
from deploy_scripts.protocol import Before
from deploy_scripts.thin_backups import apply as thin

AT = 1_700_000_000.0
DAY = 86400


def test_a_bucket_that_never_took_a_copy_does_not_hold_an_undo_up(shelf, server):
    manifest = put(shelf, "prod", AT)
    server.fails["DELETE"] = (403, "AccessDenied")

    copies.taken_back(shelf, "prod", manifest.name)
    copies.taken_back(shelf, "prod", manifest.name)
    assert shelf.backups("prod") == ()

    kept = replace(put(shelf, "prod", AT), copy="s3://kept/it")
    shelf.put(kept)
    with pytest.raises(Permanent, match="cannot remove the copy of backup"):
        copies.taken_back(shelf, "prod", kept.name)
    assert shelf.backups("prod") == (kept,)


@pytest.mark.parametrize(
    ("answer", "kind", "advice"),
    [
        ((403, "AccessDenied"), Permanent, "get, put and delete objects"),
        ((404, "NoSuchBucket"), Permanent, "make the bucket first"),
        ((503, "SlowDown"), Transient, "wait until the server is well"),
        ((500, "InternalError"), Transient, "wait until the server is well"),
    ],
)
def test_a_refusal_says_which_bucket_and_what_to_do_and_the_next_attempt_copies(
    shelf, server, answer, kind, advice
):
    manifest = put(shelf, "prod", AT)
    server.fails["PUT"] = answer

    with pytest.raises(StepError, match=f"cannot copy backup {manifest.name} of cluster") as caught:
        copies.copied(shelf, manifest)
    server.fails.clear()

    assert type(caught.value) is kind
    assert advice in caught.value.advice
    assert server.url in str(caught.value)
    assert shelf.backups("prod") == (manifest,)
    assert copies.copied(shelf, manifest).copy


def test_wrong_credentials_are_told_and_never_shown(shelf):
    file = write_credentials(shelf.data_dir, "another-secret-of-many-signs")
    manifest = put(shelf, "prod", AT)

    with pytest.raises(Permanent, match="SignatureDoesNotMatch") as caught:
        copies.copied(shelf, manifest)
    told = f"{caught.value} {caught.value.advice} {caught.value.__dict__}"
    assert "another-secret" not in told
    assert KEY_ID not in told

    file.chmod(0o644)
    with pytest.raises(Permanent, match="others may read it") as caught:
        copies.copied(shelf, manifest)
    assert caught.value.advice.startswith(f"chmod 600 {file}")


def test_a_server_that_is_down_is_worth_another_attempt(shelf):
    away = replace(shelf.target, endpoint="http://127.0.0.1:9")

    with pytest.raises(Transient, match="does not answer"):
        copies.copied(Shelf(shelf.data_dir, away), put(shelf, "prod", AT))


def test_a_server_that_says_nothing_is_given_up_in_time(shelf, monkeypatch):
    monkeypatch.setattr(bucket_module, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        away = replace(shelf.target, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()

        with pytest.raises(Transient, match=r"does not answer .*Timeout"):
            copies.backups(Shelf(shelf.data_dir, away), "prod")

    assert time.monotonic() - begun < 20


def test_a_redirect_is_not_followed(shelf, server):
    manifest = put(shelf, "prod", AT)
    with s3_server() as other:
        server.elsewhere = other.url
        with pytest.raises(StepError):
            copies.copied(shelf, manifest)

        assert server.reached
        assert other.reached == 0


def test_credentials_have_no_text_form(shelf):
    credentials = shelf.target.credentials()

    assert credentials.secret == SECRET
    assert repr(credentials) == "Credentials()"


def test_old_backups_stay_in_both_places_where_the_bucket_refuses_to_remove_them(shelf, server):
    old = copies.copied(shelf, put(shelf, "prod", AT))
    new = copies.copied(shelf, put(shelf, "prod", AT + DAY))
    server.fails["DELETE"] = (403, "AccessDenied")

    before = Before({}, lambda noted: noted)
    with pytest.raises(Permanent, match=f"cannot remove the copy of backup {old.name}"):
        thin(Fleet([], shelf=shelf), before=before, cluster="prod", keep=1, days=0)

    assert shelf.backups("prod") == (new, old)
    assert len(server.objects) == 4


def test_a_line_of_the_credentials_is_masked_wherever_it_might_be_told(shelf):
    text = shelf.target.credentials_file.read_text()

    assert SECRET in text
    assert SECRET not in redact(text)
