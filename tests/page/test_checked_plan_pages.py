"""A plan on the page whose hosts are asked, and one whose hosts are not."""

import re

import pytest
from answering_hosts import LITTLE, hosts_that_say
from seeding import put_hosts

from api import checks

FORM = {
    "kind": "create-cluster",
    "cluster": "web",
    "order": "",
    "role.n1": "control_plane",
    "environment": "dev",
    "channel": "1.32/stable",
}


@pytest.fixture
def hosts(inventory):
    return put_hosts(inventory, 1)


def plain(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_plan_that_asked_no_host_says_so_and_offers_to(member, hosts):
    shown = member.send("/changes/plan", FORM)

    assert "nothing in the inventory stands against them; the hosts have not been asked" in plain(
        shown
    )
    assert '<button name="check" value="1">Ask the hosts</button>' in shown.text


def test_what_the_hosts_had_to_say_refuses_the_plan_and_the_job_that_asked_is_named(
    member, ledger, hosts
):
    with hosts_that_say(ledger, LITTLE) as played:
        shown = member.send("/changes/plan", FORM | {"check": "1"})

    assert shown.status_code == 200
    assert LITTLE["message"] in shown.text
    assert "Carry out this plan" not in shown.text
    assert f'The hosts were asked by job <a href="/jobs/{played[0].id}">' in shown.text
    assert 'name="check" value="1">Ask the hosts again</button>' in shown.text


def test_a_plan_whose_hosts_are_fit_is_carried_out_as_it_was_checked(member, ledger, hosts):
    with hosts_that_say(ledger):
        shown = member.send("/changes/plan", FORM | {"check": "1"})
    digest = re.search(r'name="plan_digest" value="([^"]+)"', shown.text)[1]

    assert "nothing in the inventory or on the hosts stands against them." in plain(shown)
    assert '<input type="hidden" name="check"' not in shown.text
    assert member.send("/changes", FORM | {"plan_digest": digest}).status_code == 303


def test_while_the_hosts_are_still_being_asked_their_job_is_shown(
    member, ledger, hosts, monkeypatch
):
    monkeypatch.setattr(checks, "LONGEST_WAIT", 0.1)

    answer = member.send("/changes/plan", FORM | {"check": "1"})

    (job,) = ledger.jobs()
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}")
    assert "check-create-cluster" in member.get(answer.location).text


def test_a_plan_says_which_step_runs_also_after_a_failure_or_a_cancel(app):
    row = {"hosts": ["n1"], "guard": None, "quorum": None, "retry": {"attempts": 1}}
    steps = [row | {"title": "Cordon", "closes": None}, row | {"title": "Uncordon", "closes": "c"}]

    shown = str(
        app.jinja_env.get_template("page/_plan_steps.html").module.steps_table({"steps": steps})
    )

    assert shown.count("runs also after a failure or a cancel") == 1
    assert "Uncordon<small>runs also after" in shown


def test_a_plan_says_how_many_voters_are_left_while_one_of_them_is_down(app):
    during = {"voters": 3, "voters_alive": 2}
    row = {"hosts": ["n1"], "guard": None, "quorum": None, "retry": {"attempts": 1}}
    steps = [row | {"title": "Take n1 out", "quorum_during": during}]
    steps += [row | {"title": "Look", "quorum_during": None}]

    shown = str(
        app.jinja_env.get_template("page/_plan_steps.html").module.steps_table({"steps": steps})
    )

    assert shown.count("meanwhile 2 of 3 voters alive") == shown.count("meanwhile") == 1


def test_a_plan_says_how_long_each_step_takes_by_its_past_runs(member, redis, hosts):
    first = plain(member.send("/changes/plan", FORM))
    redis.rpush("cw:durations:preflight:1", 180_000)
    shown = plain(member.send("/changes/plan", FORM))

    assert "How long it takes is not known" in first
    assert "It takes about 3 min, by 1 past run of each step on any cluster;" in shown
    assert shown.count("about 3 min") == 2
    assert "no past run" in shown


def test_a_plan_says_from_which_step_on_there_is_no_way_back(app):
    row = {"hosts": ["n1"], "guard": None, "quorum": None, "retry": {"attempts": 1}}
    steps = [row | {"title": name, "final": name in "BC"} for name in "ABC"]

    shown = str(
        app.jinja_env.get_template("page/_plan_steps.html").module.steps_table({"steps": steps})
    )

    assert shown.count("no way back") == 1
    assert "B<small><strong>no way back from here on</strong>" in shown


def test_a_plan_says_what_each_step_changes_on_each_host(member, hosts):
    shown = member.send("/changes/plan", FORM)

    assert "<summary>What it changes on n1</summary>" in shown.text
    assert "<dd>has the snap microk8s of 1.32/stable, with its refreshes held</dd>" in shown.text
