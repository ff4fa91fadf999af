"""``clusterwright plan --check``: what a terminal says of whether the hosts were asked."""

from answering_api import answering
from click.testing import CliRunner

from cli.main import cli

PLAN = {
    "kind": "create-cluster",
    "cluster": "dev",
    "digest": "sha256:0",
    "allowed": True,
    "checked": False,
    "check": None,
    "steps": [],
    "findings": [],
}
JOB = {"id": "3f2a91c0" * 4, "kind": "check-create-cluster", "status": "running"}
UNASKED = "no host was asked: --check asks them"


def planned(answer, *words, status=200):
    with answering(**{"/v1/clusters/dev/plans": (status, answer)}) as api:
        return CliRunner().invoke(
            cli,
            ["--url", api.url, "plan", "create-cluster", "dev", "--control-plane", "w-1", *words],
            env={"CLUSTERWRIGHT_TOKEN": "t"},
        )


def test_a_plan_that_asked_no_host_says_so_and_how_to_have_them_asked():
    result = planned(PLAN)

    assert result.exit_code == 0, result.output
    assert UNASKED in result.output


def test_a_checked_plan_says_by_which_job_the_hosts_were_asked():
    check = {"job": JOB["id"], "status": "succeeded", "detail": ""}

    result = planned(PLAN | {"checked": True, "check": check}, "--check")

    assert UNASKED not in result.output
    assert "the hosts were asked: job 3f2a91c0" in result.output


def test_a_check_that_could_not_ask_says_why_and_the_plan_is_not_taken_for_checked():
    check = {"job": JOB["id"], "status": "failed", "detail": "cannot connect to w-1: refused"}

    result = planned(PLAN | {"check": check}, "--check")

    assert result.exit_code == 1
    assert "the hosts could not be asked: job 3f2a91c0 is failed" in result.output
    assert "cannot connect to w-1: refused" in result.output


def test_a_check_that_takes_longer_leads_to_its_job():
    result = planned(JOB, "--check", status=202)

    assert result.exit_code == 1
    assert "the hosts are still being asked" in result.output
    assert "watch 3f2a91c0" in result.output


def test_a_plan_says_how_many_voters_are_left_while_one_of_them_is_down():
    after = {"voters": 1, "tolerance": 0}
    steps = [
        {
            "title": "Take n3 out",
            "quorum": after,
            "quorum_during": {"voters": 3, "voters_alive": 2},
        },
        {"title": "Join n3", "quorum": after, "quorum_during": {"voters": 1, "voters_alive": 1}},
    ]

    told = planned(PLAN | {"steps": steps}).output.splitlines()

    assert told[1].endswith("1 voter, survives 0; meanwhile 2 of 3 alive")
    assert told[2].endswith("1 voter, survives 0")


def test_a_plan_says_which_step_runs_also_after_a_failure_or_a_cancel():
    steps = [
        {"title": "Cordon w-1", "quorum": None, "closes": None},
        {"title": "Uncordon w-1", "quorum": None, "closes": "cordon"},
    ]

    lines = planned(PLAN | {"steps": steps}).output.splitlines()

    place = next(i for i, line in enumerate(lines) if "Uncordon w-1" in line)
    assert lines[place + 1].strip() == "runs also after a failure or a cancel"
    assert sum("runs also" in line for line in lines) == 1


def test_a_plan_says_how_long_each_step_takes_and_the_whole():
    known = {"p50": 61.0, "p90": 300.0, "runs": 9, "said": "about 1 min, 5 min at most"}
    steps = [
        {"title": "Check w-1", "quorum": None, "durations": known},
        {"title": "Install", "quorum": {"voters": 1, "tolerance": 0}, "durations": None},
    ]
    whole = {"p50": 61.0, "p90": 300.0, "runs": 9, "without": 1, "said": "it takes about 1 min"}

    told = planned(PLAN | {"steps": steps, "durations": whole}).output.splitlines()

    assert told[1:4] == [
        "  1. Check w-1  about 1 min, 5 min at most",
        "  2. Install    no past run                 1 voter, survives 0",
        "it takes about 1 min",
    ]


def test_where_no_step_has_run_before_no_column_says_so_of_each():
    steps = [{"title": "Check w-1", "quorum": None, "durations": None}]
    whole = {"said": "how long it takes is not known"}

    told = planned(PLAN | {"steps": steps, "durations": whole}).output

    assert "no past run" not in told
    assert "how long it takes is not known" in told


def test_a_plan_says_from_which_step_on_there_is_no_way_back():
    steps = [
        {"title": "Cordon n3", "quorum": None, "final": False},
        {"title": "Strike n3 off", "quorum": None, "final": True},
        {"title": "Look", "quorum": None, "final": False},
    ]

    told = planned(PLAN | {"steps": steps}).output

    assert "no way back from step 2 on: once it has begun, the job cannot be rolled back" in told
    assert "no way back" not in planned(PLAN | {"steps": steps[:1]}).output


def test_a_check_asks_the_api_for_one():
    place = "/v1/clusters/dev/plans?check=true"

    with answering(**{place: (200, PLAN)}) as api:
        words = ["plan", "create-cluster", "dev", "--control-plane", "w-1", "--check"]
        result = CliRunner().invoke(
            cli, ["--url", api.url, *words], env={"CLUSTERWRIGHT_TOKEN": "t"}
        )

    assert result.exit_code == 0, result.output


def test_a_plan_tells_what_each_step_changes_with_hosts_together_that_change_alike():
    found = {"w-1": ["reboots"], "w-2": ["reboots"], "w-3": ["is looked at", "stays"]}
    steps = [{"title": "Reboot", "quorum": None, "changes": found}]
    answers = {"/v1/clusters/dev/plans?changes=true": (200, PLAN | {"steps": steps})}

    with answering(**answers) as api:
        words = ["plan", "create-cluster", "dev", "--control-plane", "w-1", "--changes"]
        result = CliRunner().invoke(
            cli, ["--url", api.url, *words], env={"CLUSTERWRIGHT_TOKEN": "t"}
        )

    assert result.exit_code == 0, result.output + repr(result.exception) + result.stderr
    assert result.output.splitlines()[1:7] == [
        "  1. Reboot",
        "       w-1, w-2",
        "         reboots",
        "       w-3",
        "         is looked at",
        "         stays",
    ]
