"""Plans as they are told: how long they take by past runs, and the cluster before and after."""

from api_requests import CHANGES, PLANS, change
from jsonschema import Draft202012Validator


def noted(redis, plan, *milliseconds):
    """Have each step of a plan have run before, for so long, in one job after the other."""
    runs = [f"{spent}:{job}" for job, spent in enumerate(milliseconds)]
    for step in plan["steps"]:
        assert len(step["hosts"]) == 1
        redis.delete(f"cw:durations:{step['name']}:1")
        redis.rpush(f"cw:durations:{step['name']}:1", *runs)


def held_to_the_document(anonymous, plan):
    schemas = anonymous.get("/openapi.json").json["components"]
    schema = {"$ref": "#/components/schemas/Plan", "components": schemas}
    Draft202012Validator(schema).validate(plan)


def test_a_plan_says_how_long_it_and_each_of_its_steps_takes(client, anonymous, redis, ledger):
    before = client.post(PLANS, json=change()).json
    noted(redis, before, 2000, 90_000, 3000)

    plan = client.post(PLANS, json=change()).json

    count = len(plan["steps"])
    assert [step["durations"]["p90"] for step in plan["steps"]] == [90.0] * count
    assert {step["durations"]["said"] for step in plan["steps"]} == {"about 3 s, 2 min at most"}
    assert plan["durations"]["p50"] == 3.0 * count
    assert plan["durations"]["p90"] == 90.0 * count
    assert plan["durations"]["without"] == 0
    assert plan["digest"] == before["digest"]
    held_to_the_document(anonymous, plan)


def test_a_plan_says_where_it_rests_on_runs_on_the_same_cluster(client, anonymous, redis, ledger):
    noted(redis, client.post(PLANS, json=change()).json, 90_000)
    redis.hset("cw:durations-of:prod", "preflight:1", " ".join(["4000:a"] * 5))

    plan = client.post(PLANS, json=change()).json

    of = {step["name"]: step["durations"]["of"] for step in plan["steps"]}
    assert of.pop("preflight") == "cluster"
    assert set(of.values()) == {"all"}
    assert plan["durations"]["of"] == "both"
    assert "on this cluster, or on any where it had too few" in plan["durations"]["said"]
    held_to_the_document(anonymous, plan)


def test_a_plan_of_steps_that_never_ran_says_so(client, ledger):
    plan = client.post(PLANS, json=change()).json

    assert {step["durations"] for step in plan["steps"]} == {None}
    assert plan["durations"]["p50"] is None
    assert plan["durations"]["without"] == len(plan["steps"])
    assert "no past run" in plan["durations"]["said"]


def test_past_runs_are_not_read_to_have_a_change_carried_out(client, redis, ledger):
    plan = client.post(PLANS, json=change()).json
    for step in plan["steps"]:
        redis.set(f"cw:durations:{step['name']}:1", "not to be read")

    assert client.post(CHANGES, json=change()).status_code == 202


def test_a_plan_tells_the_cluster_before_and_after_and_what_becomes_of_each_part(client, ledger):
    plan = client.post(PLANS, json=change()).json

    assert plan["before"] is None
    assert list(plan["after"]["nodes"]) == ["n1"]
    nodes = [part for part in plan["difference"] if part["what"] == "node"]
    assert [(part["name"], part["mark"], part["role"]) for part in nodes] == [
        ("n1", "comes", "control-plane")
    ]


def test_a_plan_says_what_each_step_changes_on_each_host_where_that_is_asked_for(client, ledger):
    bare = client.post(PLANS, json=change()).json
    plan = client.post(f"{PLANS}?changes=true", json=change()).json

    install = next(step for step in plan["steps"] if step["name"] == "install_microk8s")
    assert {step["changes"] for step in bare["steps"]} == {None}
    assert any("snap microk8s" in sentence for sentence in install["changes"]["n1"])
    assert all(step["changes"] for step in plan["steps"] if step["hosts"])
    assert plan["digest"] == bare["digest"]
