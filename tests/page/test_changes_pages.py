"""From the form over the plan to the job, as answers to forms."""

import re

import pytest
from seeding import Worker, put_hosts, submitted
from visitor import stored

from workflows.plan import Change
from workflows.submit import submit

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
ROLES = {
    "role.n1": "control_plane",
    "role.n2": "control_plane",
    "role.n3": "control_plane",
    "role.n4": "workers",
    "role.n5": "",
}
ALONE = {"role.n2": "", "role.n3": "", "labels": "", "taints": ""}
NO_ROLES = dict.fromkeys(ROLES, "")
WISH = ROLES | {
    "kind": "create-cluster",
    "cluster": "web",
    "order": "",
    "environment": "prod",
    "channel": "1.32/stable",
    "addons": "dns\r\nmetallb:10.0.0.200-10.0.0.210\r\n",
    "labels": "n1 disk=ssd\nn1 row=a\nn4 disk=hdd",
    "taints": "n4 gpu=yes:NoSchedule",
    "on_failure": "rollback",
    "reason": "CHG-1",
}


@pytest.fixture
def hosts(inventory):
    return put_hosts(inventory, 5)


def hidden(answer, action):
    """Return what the form with this action says by itself."""
    (form,) = (
        part.split("</form>")[0]
        for part in answer.text.split("<form")[1:]
        if f'action="{action}"' in part and "plan_digest" in part
    )
    found: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(form):
        found.setdefault(name, []).append(value)
    return found


def plain(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def roles(answer):
    """Return what each host that can be chosen was chosen for, in the form's order."""
    found = {}
    for name, options in re.findall(r'<select name="role\.([^"]+)".*?>(.*?)</select>', answer.text):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def job_ids(ledger):
    return [job.id for job in ledger.jobs()]


def test_what_is_typed_is_the_change_that_is_carried_out(member, ledger, inventory, hosts):
    plan = member.send("/changes/plan", WISH)
    answer = member.send("/changes", hidden(plan, "/changes"))

    (job,) = ledger.jobs()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/jobs/{job.id}")
    assert (job.cluster, job.kind, job.on_failure, job.reason) == (
        *("web", "create-cluster", "rollback", "CHG-1"),
    )
    assert job.params == {
        "control_plane": ["n1", "n2", "n3"],
        "workers": ["n4"],
        "channel": "1.32/stable",
        "environment": "prod",
        "topology": "ha",
        "addons": ["dns", "metallb:10.0.0.200-10.0.0.210"],
        "labels": {"n1": {"disk": "ssd", "row": "a"}, "n4": {"disk": "hdd"}},
        "taints": {"n4": ["gpu=yes:NoSchedule"]},
    }


def test_a_plan_stores_nothing(member, redis, hosts):
    before = set(stored(redis))

    answer = member.send("/changes/plan", WISH)

    assert answer.status_code == 200
    assert set(stored(redis)) == before


def test_the_plan_tells_each_step_with_the_voters_afterwards(member, hosts):
    answer = member.send("/changes/plan", WISH)

    text = plain(answer)
    assert "Join n2 as control plane node 2 of 3" in text
    assert "the quorum guard looks first whether n2 may join" in text
    assert "1 voter, 1 spare survives none" in text
    assert "3 voters survives 1" in text
    assert "has everything rolled back" in text


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"cluster": "Web!"}, "cluster", "a name has 1 to 63 characters"),
        ({"cluster": ""}, "cluster", "a name has 1 to 63 characters"),
        (NO_ROLES | {"labels": ""}, "control_plane", "cannot leave this field out"),
        ({"order": "n5 n1"}, "order", "cannot put n5 first: give it a role"),
        ({"workers": ["n1"]}, "workers", "cannot name n1 twice"),
        ({"channel": "newest"}, "channel", "a channel is track/risk"),
        ({"environment": "moon"}, "environment", "must be one of: dev, staging, prod"),
        ({"addons": "dns; reboot"}, "addons", "an addon is a name"),
        ({"labels": "n1"}, "labels", "cannot read line 1: a host comes first"),
        ({"labels": "\nn1 a b"}, "labels", "cannot read line 2: it has no ="),
        ({"labels": "n9 a=b"}, "labels", "cannot use n9: it is not among"),
        ({"taints": "n1 a=b:Never"}, "taints", "a taint is key=value:Effect"),
        ({"accept": "Bad_Code"}, "accept", "name the code of a finding"),
        ({"reason": "bad \x07 bell"}, "reason", "plain text only"),
        ({"on_failure": "explode"}, "on_failure", "on_failure is stop or rollback"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_input_is_told_at_its_field_and_kept(member, redis, hosts, wrong, field, message):
    before = set(stored(redis))

    answer = member.send("/changes/plan", WISH | wrong)

    assert answer.status_code == 422
    (error,) = re.findall(rf'id="f-{field}-error">([^<]+)<', answer.text)
    assert message in error.replace("&#39;", "'")
    assert f'href="#f-{field}"' in answer.text
    assert 'value="CHG-1"' in answer.text or field == "reason"
    assert set(stored(redis)) == before


def test_several_faults_are_told_at_once(member, hosts):
    answer = member.send("/changes/plan", WISH | {"cluster": "-", "channel": "x", "labels": "n1"})

    assert set(re.findall(r'id="f-(\w+)-error"', answer.text)) == {"cluster", "channel", "labels"}


def test_an_unknown_kind_shows_the_form(member, hosts):
    answer = member.send("/changes/plan", WISH | {"kind": "explode"})

    assert answer.status_code == 422
    assert "cannot use kind explode" in answer.text


def test_a_refused_plan_offers_no_way_to_carry_it_out(member, ledger, hosts):
    answer = member.send("/changes/plan", WISH | {"role.n3": "workers"})

    assert "Carry out this plan" not in answer.text
    assert "two-control-planes" in answer.text
    assert job_ids(ledger) == []


def test_what_may_be_accepted_is_planned_again_and_then_carried_out(member, ledger, hosts):
    wish = WISH | ALONE
    refused = member.send("/changes/plan", wish)
    assert 'name="accept" value="prod-without-ha"' in refused.text

    plan = member.send("/changes/plan", wish | {"accept": "prod-without-ha"})
    answer = member.send("/changes", hidden(plan, "/changes"))

    assert answer.status_code == 303
    assert len(job_ids(ledger)) == 1


def test_a_form_that_leaves_the_acceptance_out_is_refused(member, ledger, hosts):
    wish = WISH | ALONE
    plan = member.send("/changes/plan", wish | {"accept": "prod-without-ha"})

    answer = member.send("/changes", hidden(plan, "/changes") | {"accept": ""})

    assert answer.status_code == 409
    assert "Not carried out" in answer.text
    assert job_ids(ledger) == []


def test_a_plan_sent_twice_makes_one_job(member, ledger, hosts):
    form = hidden(member.send("/changes/plan", WISH), "/changes")

    first, second = member.send("/changes", form), member.send("/changes", form)

    assert first.headers["Location"] == second.headers["Location"]
    assert len(job_ids(ledger)) == 1


def test_a_plan_sent_again_when_its_job_has_ended_leads_to_that_job(member, ledger, hosts):
    form = hidden(member.send("/changes/plan", WISH), "/changes")
    first = member.send("/changes", form)
    Worker(ledger, job_ids(ledger)[0]).finish()

    second = member.send("/changes", form)

    assert second.headers["Location"] == first.headers["Location"]
    assert len(job_ids(ledger)) == 1


def test_a_plan_that_is_no_longer_true_is_shown_anew_and_not_carried_out(
    member, ledger, inventory, hosts
):
    form = hidden(member.send("/changes/plan", WISH), "/changes")
    submitted(ledger, inventory, "other", control_plane=["n1"])

    answer = member.send("/changes", form)

    assert answer.status_code == 409
    assert "Not carried out" in answer.text
    assert "host n1 is reserved for cluster other" in answer.text
    assert [job.cluster for job in ledger.jobs()] == ["other"]


def test_a_plan_of_other_steps_than_those_looked_at_is_not_carried_out(member, ledger, hosts):
    form = hidden(member.send("/changes/plan", WISH), "/changes")

    answer = member.send("/changes", form | {"role.n5": "workers"})

    assert answer.status_code == 409
    assert "cannot carry out the plan sha256:" in answer.text
    assert job_ids(ledger) == []


def test_a_form_without_a_digest_shows_the_plan(member, ledger, hosts):
    answer = member.send("/changes", WISH)

    assert answer.status_code == 200
    assert "Carry out this plan" in answer.text
    assert job_ids(ledger) == []


def test_the_request_can_be_changed_again_with_everything_kept(member, hosts):
    form = hidden(member.send("/changes/plan", WISH), "/changes")

    answer = member.send("/changes/plan", form | {"edit": "1"})

    assert answer.status_code == 200
    assert 'name="cluster" value="web"' in answer.text
    assert roles(answer) == {name.removeprefix("role."): role for name, role in ROLES.items()}
    assert "n1 disk=ssd" in answer.text
    assert '<option value="rollback" selected>' in answer.text


def test_the_seed_and_the_order_of_joining_can_be_chosen(member, ledger, hosts):
    plan = member.send("/changes/plan", WISH | {"order": "n3, n4 n2"})
    member.send("/changes", hidden(plan, "/changes"))

    (job,) = ledger.jobs()
    assert "3 control plane nodes, seed n3" in plain(plan)
    assert job.params["control_plane"] == ["n3", "n2", "n1"]
    again = member.send("/changes/plan", hidden(plan, "/changes") | {"edit": "1"})
    assert 'name="order" value="n3, n4 n2"' in again.text
    assert "the first is the seed" in plain(again)


def test_roles_that_a_link_names_are_chosen_already(member, hosts):
    answer = member.get("/changes/new?kind=create-cluster&control_plane=n2&workers=n4")

    assert {host for host, role in roles(answer).items() if role} == {"n2", "n4"}


def test_hosts_are_listed_as_people_count_and_can_be_found_where_there_are_many(member, inventory):
    put_hosts(inventory, 12)
    few = member.get("/changes/new")
    put_hosts(inventory, 1, first=13, net=1)

    many = member.get("/changes/new")

    assert list(roles(many)) == [f"n{number}" for number in range(1, 14)]
    assert ("data-filter" in few.text, "data-filter" in many.text) == (False, True)
    assert 'data-row="n13 10.20.1.11 root rack-1 default free"' in many.text


def test_only_hosts_that_are_free_can_be_chosen(member, ledger, inventory, hosts):
    submit(ledger, inventory, Change("other", "create-cluster", {"control_plane": ["n1"]}))

    answer = member.get("/changes/new")

    assert set(roles(answer)) == {"n2", "n3", "n4", "n5"}
    assert "n1 in cluster other" in plain(answer)


@pytest.mark.parametrize("place", ["/changes", "/changes/plan"])
def test_a_plan_that_is_loaded_by_its_address_leads_to_the_form(member, place):
    answer = member.get(place)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/changes/new")
