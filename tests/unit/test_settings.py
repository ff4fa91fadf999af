"""What is read from the environment, and what is refused there."""

import pytest

from api.server import stays_here
from workflows.process.settings import BadSetting, Settings, is_within


def test_networks_of_proxies_are_read(monkeypatch):
    monkeypatch.setenv("CLUSTERWRIGHT_TRUSTED_PROXIES", "10.0.0.0/8, ::1")

    trusted = Settings.from_env().trusted_proxies

    assert is_within("10.1.2.3", trusted)
    assert is_within("::1", trusted)
    assert not is_within("192.0.2.1", trusted)
    assert not is_within("nonsense", trusted)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLUSTERWRIGHT_TRUSTED_PROXIES", "proxy.example"),
        ("CLUSTERWRIGHT_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("CLUSTERWRIGHT_OBSERVATION_SECONDS", "an hour"),
        ("CLUSTERWRIGHT_CONNECTIONS_PER_ADDRESS", "many"),
        ("CLUSTERWRIGHT_CONNECTIONS_PER_ADDRESS", "0"),
        ("CLUSTERWRIGHT_CONNECTIONS_PER_ADDRESS", "-1"),
        ("CLUSTERWRIGHT_STEP_SECONDS", "0"),
        ("CLUSTERWRIGHT_RECEIVER_NETWORKS", "127.0.0.1/8"),
        ("CLUSTERWRIGHT_PUBLIC_URL", "clusterwright.example.org"),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_its_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(BadSetting, match=f"cannot use {name}"):
        Settings.from_env()


def test_the_address_of_the_page_is_read_without_the_slash_at_its_end(monkeypatch):
    assert Settings.from_env().public_url == ""

    monkeypatch.setenv("CLUSTERWRIGHT_PUBLIC_URL", "https://clusterwright.example.org/")

    assert Settings.from_env().public_url == "https://clusterwright.example.org"


def test_how_long_a_cluster_is_as_it_was_seen_can_be_set(monkeypatch):
    assert Settings.from_env().observation_seconds == 900

    monkeypatch.setenv("CLUSTERWRIGHT_OBSERVATION_SECONDS", "60")

    assert Settings.from_env().observation_seconds == 60


@pytest.mark.parametrize(
    ("bind", "here"),
    [
        ("127.0.0.1:8460", True),
        ("localhost:8460", True),
        ("[::1]:8460", True),
        ("unix:/run/api", True),
        ("0.0.0.0:8460", False),
        ("[::]:8460", False),
        (":8460", False),
        ("192.0.2.1:8460", False),
    ],
)
def test_an_address_that_others_reach_is_known(bind, here):
    assert stays_here(bind) is here
