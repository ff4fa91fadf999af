"""When certificates end: days, words, warnings, and what an observation keeps of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.certificates import (
    DAY_SECONDS,
    SOON_DAYS,
    SeenCertificate,
    ending,
    ending_soon,
    ends_in_words,
)
from cluster.findings import Severity
from cluster.observation import Observation

NOW = 1_800_000_000


def certificate(days: float, host: str = "n1", name: str = "server.crt") -> SeenCertificate:
    return SeenCertificate(host, name, int(NOW + days * DAY_SECONDS))


@given(st.integers(-4000, 4000), st.integers(0, DAY_SECONDS - 1), st.integers(0, 3650))
def test_a_certificate_ends_within_days_exactly_when_fewer_whole_days_are_left(days, rest, within):
    one = replace(certificate(0), ends=NOW + days * DAY_SECONDS + rest)

    assert one.days_left(NOW) == days
    assert bool(ending([one], NOW, within)) == (one.ends < NOW + within * DAY_SECONDS)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (364.2, "ends in 364 days"),
        (1.5, "ends in 1 day"),
        (0.4, "ends within a day"),
        (-0.4, "ended within the last day"),
        (-2.5, "ended 3 days ago"),
        (-NOW / DAY_SECONDS, "is missing, or is no certificate"),
    ],
)
def test_an_end_is_told_in_words(days, words):
    assert ends_in_words(certificate(days), NOW) == words


def test_each_node_is_warned_of_once_with_the_certificate_that_ends_first():
    rows = [
        certificate(20),
        certificate(10, name="front-proxy-client.crt"),
        certificate(SOON_DAYS + 1, "n2"),
        certificate(5, "n3"),
    ]

    found = list(ending_soon(rows, NOW))

    assert [(row.code, row.severity, row.host, row.measured) for row in found] == [
        ("certificate-ends-soon", Severity.WARN, "n3", 5),
        ("certificate-ends-soon", Severity.WARN, "n1", 10),
    ]
    assert "refresh-certs" in found[0].advice


def test_an_authority_that_ends_is_warned_of_once_and_not_advised_to_be_renewed():
    rows = [certificate(5, host, "ca.crt") for host in ("n1", "n2", "n3")]

    [found] = ending_soon(rows, NOW)

    assert "ca.crt" in found.message
    assert "refresh-certs" not in found.advice


def test_an_observation_keeps_certificates_and_an_older_one_has_none():
    seen = Observation(float(NOW), (), True, (), (), certificates=(certificate(5),))
    older = {name: value for name, value in seen.as_dict().items() if name != "certificates"}

    assert Observation.from_dict(seen.as_dict()) == seen
    assert Observation.from_dict(older).certificates == ()
