"""The certificates of control plane nodes, as their hosts hand them over."""

import pytest
from honest_answers import CERTIFICATES

from cluster.observation import Observation
from deploy_scripts.microk8s.certificates import (
    MOST_LINES,
    parse_certificates,
    with_certificates,
)

ENDS = 1_827_328_506
FINGERPRINT_LENGTH = 64


def seen(*alive: str, dead: tuple[str, ...] = ()) -> Observation:
    rows = [
        {"host": host, "address": "", "role": "voter", "alive": host in alive}
        for host in (*alive, *dead)
    ]
    return Observation.from_dict({"at": ENDS - 10 * 86_400, "members": rows})


class Hosts:
    """A fleet whose hosts tell their certificates, or do not."""

    def __init__(self, *tell: str) -> None:
        self.tell = tell
        self.asked: list[str] = []

    def try_facts(self, _fact, *, on):
        self.asked += on
        return {host: parse_certificates(CERTIFICATES) for host in on if host in self.tell}, ()


def test_a_certificate_tells_when_it_ends_and_which_it_is():
    certificate = parse_certificates(CERTIFICATES)["server.crt"]

    assert certificate["ends"] == ENDS
    assert len(certificate["fingerprint"]) == FINGERPRINT_LENGTH


@pytest.mark.parametrize("damage", ["", "-----BEGIN CERTIFICATE-----\nMIIB\n", "nonsense\n" * 9])
def test_a_file_that_is_missing_or_damaged_has_no_end(damage):
    lines = [*CERTIFICATES[:-1], *damage.splitlines()]

    assert parse_certificates(lines)["front-proxy-client.crt"] == {"ends": 0, "fingerprint": ""}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        CERTIFICATES[:4],
        [*CERTIFICATES, "@@certificate server.crt"],
        [*CERTIFICATES, "@@certificate /etc/shadow"],
        [*CERTIFICATES, *["x"] * 3 * (MOST_LINES + 2)],
    ],
    ids=["nothing", "not all", "twice", "another file", "too much"],
)
def test_an_answer_of_another_shape_proves_nothing_of_any_certificate(lines):
    with pytest.raises(ValueError, match=r"certificates|was not asked for"):
        parse_certificates(lines)


def test_only_members_that_answer_are_asked_and_what_ends_soon_is_found():
    fleet = Hosts("n1", "n2")

    found = with_certificates(fleet, seen("n1", "n2", "n4", dead=("n3",)), ["n1", "n2", "n3", "n4"])

    assert fleet.asked == ["n1", "n2", "n4"]
    assert [(row.host, row.name) for row in found.certificates if row.ends][:2] == [
        ("n1", "ca.crt"),
        ("n1", "server.crt"),
    ]
    assert {row.host for row in found.certificates} == {"n1", "n2"}
    assert [(row.code, row.host) for row in found.findings] == [
        ("certificate-ends-soon", "n1"),  # the authority's, which all have in common
        ("certificate-ends-soon", "n1"),
        ("certificate-ends-soon", "n2"),
    ]


def test_of_a_cluster_of_which_nobody_answers_no_host_is_asked():
    fleet = Hosts("n1")

    assert with_certificates(fleet, seen(dead=("n1",)), ["n1"]).certificates == ()
    assert fleet.asked == []
