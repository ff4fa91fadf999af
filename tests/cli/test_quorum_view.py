"""``clusterwright clusters quorum``: what a terminal says of a quorum, and of operations on it."""

import json

import pytest
from answered_documents import THREE
from answering_api import answering
from click.testing import CliRunner
from serving import serving

from cli.main import cli

LOST = THREE | {"voters_alive": 1, "tolerance": -1, "quorum": False, "ha": False}
TWO_ALIVE = THREE | {"voters_alive": 2, "tolerance": 0, "ha": False}
ANSWER = {
    "cluster": "prod",
    "basis": "observation",
    "observed_at": 1.0,
    "stale": False,
    "settled": True,
    "members": [
        {"host": "cp-1", "role": "voter", "alive": True, "leader": True, "domain": 1},
        {"host": "cp-10", "role": "stand-by", "alive": False, "leader": False, "domain": 1},
    ],
    "now": THREE,
    "summary": "3 of 3 voters alive, 2 needed: 1 may be lost at once",
    "what_if": [],
}
STOPPED = {"operation": "stop", "host": "cp-1", "allowed": True, "rule": None}
STOPPED |= {"reason": "", "advice": "", "during": TWO_ALIVE, "after": TWO_ALIVE}
REFUSED = {"operation": "stop", "host": "cp-2", "allowed": False, "rule": "others-down"}
REFUSED |= {"reason": "cannot stop cp-2: cp-1 is down", "advice": "start cp-1", "during": LOST}
REFUSED |= {"after": LOST}


def told(answer, *words):
    with answering(**{"/v1/clusters/prod/quorum": (200, answer)}) as api:
        return CliRunner().invoke(
            cli,
            ["--url", api.url, "clusters", "quorum", "prod", *words],
            env={"CLUSTERWRIGHT_TOKEN": "t"},
        )


def test_every_member_is_told_with_its_role_and_what_the_quorum_survives():
    result = told(ANSWER)

    assert result.exit_code == 0
    first, *rest = result.output.splitlines()
    assert first.startswith("quorum of prod, seen ")
    assert rest == [
        "  ✓ cp-1   voter, leads",
        "  ✗ cp-10  stand-by, does not answer",
        ANSWER["summary"],
    ]


def test_failure_domains_are_told_where_members_stand_in_several():
    first, second = ANSWER["members"]

    result = told(ANSWER | {"members": [first, second | {"domain": 2}]})

    assert result.output.splitlines()[1:3] == [
        "  ✓ cp-1   voter, leads, failure domain 1",
        "  ✗ cp-10  stand-by, failure domain 2, does not answer",
    ]


def test_each_operation_is_told_with_its_margin_and_a_refusal_with_rule_and_advice():
    result = told(ANSWER | {"what_if": [STOPPED, REFUSED]}, "--what-if", "stop:cp-1,stop:cp-2")

    assert result.exit_code == 1
    assert result.output.splitlines()[-6:] == [
        "  what if, in this order  voters meanwhile     afterwards",
        "✓ stop cp-1               2 of 3, survives 0   2 of 3, survives 0",
        "✗ stop cp-2               1 of 3, QUORUM LOST  1 of 3, QUORUM LOST",
        "    refused, others-down: cannot stop cp-2: cp-1 is down",
        "    -> start cp-1",
        "what is refused is not done: operations behind it are judged without it",
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"basis": "record", "observed_at": None}, "not observed yet: as its record says"),
        ({"stale": True}, "which is long ago: look again"),
        ({"settled": False}, "its roles have not settled"),
    ],
)
def test_a_quorum_says_on_what_it_rests(more, words):
    assert words in told(ANSWER | more).output


def test_with_json_the_answer_is_one_document():
    result = told(ANSWER | {"what_if": [STOPPED]}, "--json", "--what-if", "stop:cp-1")

    assert (result.exit_code, json.loads(result.stdout)["what_if"]) == (0, [STOPPED])


def test_operations_reach_the_api_and_are_judged_in_their_order(redis, settings):
    node = {"role": "control-plane", "channel": "1.32/stable", "labels": {}, "taints": []}
    row = {"name": "prod", "environment": "dev", "phase": "formed", "addons": "[]"}
    row |= {"made_by": "j1", "revision": "1"}
    row |= {
        f"node:cp-{place}": json.dumps(node | {"host": f"cp-{place}", "place": place})
        for place in (1, 2, 3)
    }
    redis.hset("cw:cluster:prod", mapping=row)
    redis.sadd("cw:clusters", "prod")

    with serving(redis, settings) as served:
        ask = ("clusters", "quorum", "prod")
        allowed = served.run(*ask, "--what-if", "stop:cp-1", "--what-if", "add:cp-4")
        refused = served.run(*ask, "--what-if", "remove:cp-1,remove:cp-2,remove:cp-3")

    assert "✓ stop cp-1" in allowed.output
    assert "add cp-4" in allowed.output
    assert refused.exit_code == 1
    assert "remove cp-3" in refused.output
    assert "last-member" in refused.output or "quorum-would-be-lost" in refused.output
