"""Steps that wait: for what is not there yet, and for a person."""

import json
from types import SimpleNamespace

import pytest
from ledger_records import add, claim, record

from cluster.findings import Finding, Severity
from cluster.spec import Host
from deploy_scripts.fleet.errors import NeedsPerson, NotYet, Transient
from deploy_scripts.protocol import Result
from workflows import engine as engine_module
from workflows.engine import Engine
from workflows.inventory import Inventory
from workflows.ledger.claims import Wait
from workflows.ledger.ledger import Ledger

STEP = "cw:job:j1:step:0"
VOTER = "cp-2 is not a voter yet"


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    return Ledger(redis)


@pytest.fixture
def carried_out(ledger, redis, settings, monkeypatch):
    """Create a job of one step that does what it is given; return what carries it out."""

    def make(act, *, patience=600.0, undo=None, attempts=1, guard=None):
        job = record(steps=1)
        step = {"name": "step", "title": "Do", "hosts": ["n1"], "args": {}, "guard": guard}
        step |= {"retry": {"attempts": attempts, "base_seconds": 1, "cap_seconds": 1}}
        step |= {"patience": patience}
        job["plan"] = json.dumps(json.loads(job["plan"]) | {"steps": [step]})
        ledger.create(job)
        module = SimpleNamespace(apply=act, undo=undo or act, UNDO="does", INTERRUPTIBLE=True)
        monkeypatch.setattr(engine_module, "step_module", lambda _: module)
        engine = Engine(ledger, Inventory(redis), settings, "test")
        return lambda: engine.run_step("j1", 0, ledger.job("j1").epoch)

    return make


def in_turn(*answers):
    """Return an act that raises or returns each of these, one a call."""
    left = list(answers)

    def act(_fleet, **_):
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Result()

    return act


def is_due(ledger):
    ledger.redis.hset(STEP, "due", 1)
    ledger.redis.zadd("cw:due", {"j1": 1})


def test_a_step_looks_again_later_and_it_costs_no_attempt(ledger, carried_out):
    run = carried_out(in_turn(NotYet(VOTER, after=5.0), NotYet(VOTER, after=5.0), {}))

    for _ in range(2):
        assert not run()
        job = ledger.job("j1")
        assert (job.status, job.steps[0].status) == ("waiting", "waiting")
        assert job.waits == {"what": VOTER, "asks": False, "advice": "", "acceptable": []}
        assert job.steps[0].due
        assert not run()  # a message too early is for nobody
        is_due(ledger)
        assert ledger.due() == ["j1"]
    assert run()

    job = ledger.job("j1")
    assert (job.status, job.steps[0].attempt, job.waits) == ("succeeded", 1, None)
    assert ledger.redis.hget(STEP, "tries") == "0"
    event_types = [event.type for event in ledger.events("j1") if "." in event.type]
    assert event_types.count("job.deferred") == event_types.count("job.resumed") == 2


def test_each_look_has_a_larger_fence_than_the_one_before(ledger):
    add(ledger, steps=1)
    claims = []
    for token in "abc":
        lease, _ = claim(ledger, 0, token=token)
        claims.append(ledger.job("j1").steps[0].claims)
        assert ledger.deferred(lease, Wait(VOTER, 0.0), 600.0) == "ok"

    assert claims == [1, 2, 3]


def test_patience_has_an_end_and_says_what_was_waited_for(ledger, carried_out):
    run = carried_out(in_turn(*[NotYet(VOTER, after=5.0, advice="look at cp-2")] * 2), patience=60)
    run()
    wait_out(ledger)

    run()

    job = ledger.job("j1")
    assert job.status == "failed"
    assert job.error["message"] == (
        f"cannot wait any longer: after 60 s it is still so that {VOTER}"
    )
    assert job.error["advice"] == "look at cp-2"
    assert ledger.redis.hget("cw:tallies", "failures|step_0|waited") == "1"


def wait_out(ledger):
    """Let a minute of patience pass, and the step be due."""
    since = int(ledger.redis.hget(STEP, "waits_since"))
    ledger.redis.hset(STEP, "waits_since", since - 61_000)
    is_due(ledger)


def test_a_wait_in_vain_ends_in_the_words_of_the_step_with_what_was_found(ledger, carried_out):
    found = Finding("silent-node", Severity.REFUSE, "w-1 is silent", "start w-1")
    waits = {"after": 5.0, "otherwise": "cannot verify the cluster", "findings": [found]}
    run = carried_out(in_turn(*[NotYet("w-1 is silent", **waits)] * 2), patience=60)
    run()
    wait_out(ledger)

    run()

    error = ledger.job("j1").error
    assert error["message"] == "cannot verify the cluster after 60 s: w-1 is silent"
    assert [row["code"] for row in error["findings"]] == ["silent-node"]


def test_a_wait_in_vain_is_an_attempt_and_the_next_begins_afresh_with_a_patience_of_its_own(
    ledger, carried_out
):
    seen = []

    def act(_fleet, *, before):
        seen.append(before.has_waited)
        raise NotYet(VOTER, after=5.0)

    run = carried_out(act, patience=60, attempts=2)
    for _ in range(2):
        run()
        wait_out(ledger)
        run()
        is_due(ledger)

    job = ledger.job("j1")
    assert seen == [False, True, False, True]
    assert (job.status, job.steps[0].attempt) == ("failed", 2)
    event_types = [event.type for event in ledger.events("j1")]
    assert (event_types.count("step.retried"), event_types.count("step.failed")) == (1, 1)


def test_a_host_that_is_done_renews_the_patience(ledger, carried_out):
    def act(fleet, **_):
        fleet.mark_done("n1")
        raise NotYet("n2 not Ready", after=5.0)

    run = carried_out(in_turn(NotYet("n1 not Ready", after=5.0)), patience=60)
    run()
    wait_out(ledger)
    run = carried_out(act, patience=60)

    run()

    assert ledger.job("j1").status == "waiting"


def test_a_guard_that_refuses_for_a_moment_costs_a_step_that_waits_no_attempt(
    ledger, carried_out, monkeypatch
):
    guard = {"operation": "join", "hosts": ["n1"], "control_plane": ["n1"]}
    settling = Transient("cannot join n1: the previous join has not settled")
    answers = [None, settling, None]

    def ask(*_, **__):
        if answer := answers.pop(0):
            raise answer

    monkeypatch.setattr(engine_module, "require_quorum", ask)
    run = carried_out(in_turn(NotYet(VOTER, after=5.0), {}), guard=guard)

    for _ in range(2):
        run()
        assert ledger.job("j1").status == "waiting"
        is_due(ledger)
    assert run()
    assert ledger.job("j1").steps[0].attempt == 1


def test_a_guard_that_waits_for_roles_to_settle_costs_no_attempt_of_a_step_that_has_not_begun(
    ledger, carried_out, monkeypatch
):
    guard = {"operation": "leave", "hosts": ["n1"], "control_plane": ["n1"]}
    moving = "dqlite is still moving roles (2 of 1 voters)"
    answers = [NotYet(moving, after=5.0, otherwise="cannot remove n1"), None]

    def ask(*_, **__):
        if answer := answers.pop(0):
            raise answer

    monkeypatch.setattr(engine_module, "require_quorum", ask)
    run = carried_out(in_turn({}), guard=guard)

    run()
    assert ledger.job("j1").status == "waiting"
    is_due(ledger)

    assert run()
    assert ledger.job("j1").steps[0].attempt == 1


def test_a_retry_begins_a_new_patience(ledger, carried_out):
    run = carried_out(in_turn(*[NotYet(VOTER, after=5.0)] * 3), patience=60)
    run()
    ledger.redis.hset(STEP, "waits_since", 1)
    is_due(ledger)
    run()

    ledger.retry("j1")

    run()
    assert ledger.job("j1").status == "waiting"


def test_a_person_is_waited_for_without_a_due_time_and_asked_in_words(ledger, carried_out):
    asks = NeedsPerson("n1 is switched off", advice="switch n1 on")
    run = carried_out(in_turn(asks, asks, {}))

    run()

    job = ledger.job("j1")
    assert ledger.redis.zscore("cw:due", "j1") is None
    assert "n1 is switched off: switch n1 on, then retry" in job.next_action
    assert {"cancel", "retry"} <= set(job.can)
    assert not run()  # a message that comes twice is no answer of a person
    assert ledger.job("j1").status == "waiting"
    ledger.retry("j1")
    run()
    assert ledger.job("j1").status == "waiting"
    ledger.retry("j1")
    assert run()
    assert ledger.job("j1").status == "succeeded"


def test_what_a_retry_of_a_waiting_job_accepts_is_given_to_its_step(ledger, carried_out):
    small = Finding("memory-too-small", Severity.REFUSE, "n1 is small", "", acceptable=True)
    run = carried_out(in_turn(NeedsPerson("n1 is small", findings=[small]), {}))
    run()
    assert ledger.job("j1").acceptable == ["memory-too-small"]

    ledger.retry("j1", accept=["memory-too-small"])

    job = ledger.job("j1")
    assert (job.status, job.accept) == ("running", {"memory-too-small"})
    assert job.acceptable == []
    asked = [event for event in ledger.events("j1") if event.type == "job.retry-requested"]
    assert asked[0].data["accept"] == ["memory-too-small"]
    _, claimed = claim(ledger, 0)
    assert claimed == "run"


def test_a_retry_of_a_waiting_job_looks_at_once(ledger, carried_out):
    run = carried_out(in_turn(NotYet(VOTER, after=300.0), {}))
    run()

    ledger.retry("j1")

    assert ledger.job("j1").status == "running"
    assert run()


@pytest.mark.parametrize(
    "reason", [NotYet(VOTER, after=300.0), NeedsPerson("n1 is off")], ids=["later", "person"]
)
def test_a_cancel_ends_a_wait_at_once_and_lets_the_cluster_go(ledger, carried_out, reason):
    run = carried_out(in_turn(reason, {}))
    run()

    job = ledger.cancel("j1")

    assert (job.status, job.steps[0].status, job.waits) == ("cancelled", "pending", None)
    assert ledger.redis.exists("cw:holder:prod") == 0
    assert ledger.redis.zscore("cw:due", "j1") is None
    ledger.retry("j1")
    assert run()


def test_a_waiting_job_keeps_its_cluster(ledger, carried_out):
    run = carried_out(in_turn(NotYet(VOTER, after=300.0)))
    run()

    add(ledger, "j2")

    assert ledger.job("j2").waits_for == "j1"


def test_an_undo_looks_again_too_and_for_a_person_it_is_stuck(ledger, carried_out):
    off = NeedsPerson("n1 is switched off", advice="switch n1 on")
    undo = in_turn(NotYet("n1 still leaves", after=5.0), off)
    run = carried_out(in_turn(ValueError("cannot")), undo=undo)
    run()
    ledger.rollback("j1")

    run()

    job = ledger.job("j1")
    assert (job.status, job.steps[0].status) == ("rolling-back", "undoing")
    is_due(ledger)
    run()
    assert ledger.job("j1").status == "stuck"


def test_a_step_that_waits_while_its_job_is_cancelled_does_not_wait(ledger):
    add(ledger, steps=1)
    lease, _ = claim(ledger, 0)
    ledger.cancel("j1")

    ledger.deferred(lease, Wait(VOTER, 60.0), 600.0)

    assert ledger.job("j1").status == "cancelled"


def test_a_step_that_has_waited_took_as_long_as_from_its_first_look(ledger, carried_out):
    run = carried_out(in_turn(NotYet(VOTER, after=5.0), {}))
    run()
    ledger.redis.hincrby(STEP, "started", -60_000)
    ledger.redis.hincrby("cw:job:j1", "running_since", -60_000)
    is_due(ledger)
    run()

    (noted,) = ledger.redis.lrange("cw:durations:step_0:1", 0, -1)
    assert 60_000 <= int(noted.partition(":")[0]) < 120_000
