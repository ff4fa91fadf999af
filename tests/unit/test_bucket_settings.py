"""The settings of the bucket that takes copies of backups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.target import BadTarget, target_from_env
from workflows.process.settings import BadSetting, Settings

NAMES = ("", "_ENDPOINT", "_REGION", "_CA")
SOUND = {"": "s3://kept/site-1/prod", "_ENDPOINT": "https://s3.example.org:9000/"}


def settled(**told):
    """Return the target of an environment; ``told`` is by the end of each setting's name."""
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.setenv(
                f"CLUSTERWRIGHT_BACKUP_S3{name}",
                (SOUND | told).get(name, ""),
            )
        return Settings.from_env().backup_target


def test_a_bucket_its_prefix_and_its_server_are_read():
    target = settled(_REGION="eu-1", _CA="/etc/ca.pem")

    assert (target.bucket, target.prefix) == ("kept", "site-1/prod/")
    assert (target.endpoint, target.region) == ("https://s3.example.org:9000", "eu-1")
    assert str(target.ca_file) == "/etc/ca.pem"
    assert target.address("a/b") == "s3://kept/site-1/prod/a/b"
    assert settled(**{"": "s3://kept"}).prefix == ""
    assert settled(**{"": ""}) is None


@pytest.mark.parametrize(
    "told",
    [
        {"": "kept"},
        {"": "https://kept"},
        {"": "s3://Kept"},
        {"": "s3://kept/../other"},
        {"": "s3://kept/a b"},
        {"_ENDPOINT": ""},
        {"_ENDPOINT": "s3.example.org"},
        {"_ENDPOINT": "ftp://s3.example.org"},
        {"_ENDPOINT": "https://s3.example.org/path"},
        {"_ENDPOINT": "https://s3.example.org:port"},
        {"_REGION": "eu 1"},
    ],
)
def test_what_means_nothing_is_refused_with_an_example(told):
    with pytest.raises(BadSetting, match=r"cannot use CLUSTERWRIGHT_BACKUP_S3.* one such as"):
        settled(**told)


def test_a_password_in_the_address_is_refused_and_not_shown():
    with pytest.raises(BadSetting) as caught:
        settled(_ENDPOINT="https://me:hidden-word@s3.example.org")

    assert "hidden-word" not in str(caught.value)


ID = "[default]\naws_access_key_id = one\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ID,
        "[other]\naws_access_key_id = one\naws_secret_access_key = hidden\n",
        "hidden\n[default\n",
        f"{ID}aws_secret_access_key = hid den\n",
    ],
)
def test_a_file_without_credentials_is_told_and_not_shown(tmp_path, text):
    target = settled()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLUSTERWRIGHT_BACKUP_S3", "s3://kept")
        patch.setenv("CLUSTERWRIGHT_BACKUP_S3_ENDPOINT", target.endpoint)
        target = target_from_env(tmp_path)
    target.credentials_file.parent.mkdir()
    target.credentials_file.write_text(text)
    target.credentials_file.chmod(0o600)

    with pytest.raises(BadTarget, match=r"below \[default\] it has to have") as caught:
        target.credentials()
    assert "hid" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_bucket_or_is_refused(text):
    if "\0" in text or not text.isascii():
        return
    try:
        target = settled(**{"": f"s3://{text}"})
    except BadSetting:
        return
    assert ".." not in target.prefix.split("/")
    assert target.address().rstrip("/") == f"s3://{text}".rstrip("/")
