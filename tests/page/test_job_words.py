"""What one job's page says, as it is read without a browser."""

import re

import pytest
from job_scenes import ADVICE, COMMAND, FAILURE, INSTALL, MESSAGE, three_hosts
from past import pass_time
from seeding import finding, surveyed

from api.page.job_findings import groups_of
from api.page.words import linked
from workflows.job_documents import job_document
from workflows.states import StepEvent


@pytest.fixture
def shown(member):
    def shown(path):
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", member.get(path).text))

    return shown


def test_times_are_those_at_work_and_waits_stand_apart(shown, redis, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    scene.worker.carry_out(0)
    scene.worker.carry_out(1)
    for delay, attempt_took, then_waited in ((0, 30, 20), (None, 5, 3600)):
        scene.worker.begin(INSTALL)
        pass_time(redis, scene.job, attempt_took)
        scene.worker.fail(INSTALL, FAILURE, delay)
        pass_time(redis, scene.job, then_waited)
    ledger.retry(scene.job)
    scene.worker.finish()

    text, listed = shown(scene.path), shown("/jobs")

    assert re.search(r"Succeeded after 5[5-9] s ; it rested 1 h 0 min in between", text)
    assert re.search(r"done, attempt 3 .*? 3[5-9] s waited 1 h 0 min", text)
    assert "1 h 0 min left out: the job waited" in text
    assert re.search(r"just now 5[5-9] s|ago 5[5-9] s", listed)


def attempt(scene, *, delay, message=MESSAGE):
    """Have an attempt at the install fail on n2."""
    scene.worker.begin(INSTALL)
    scene.worker.report(INSTALL, "n2", "failed", operation="Install MicroK8s", detail=message)
    scene.worker.fail(INSTALL, FAILURE | {"message": message}, delay)


@pytest.fixture
def at_install(ledger, inventory):
    """A job whose third step is next."""
    scene = three_hosts(ledger, inventory)
    scene.worker.carry_out(0)
    scene.worker.carry_out(1)
    return scene


def test_why_a_job_failed_is_said_once(shown, at_install):
    for delay in (0, 0, None):
        attempt(at_install, delay=delay)

    text = shown(at_install.path)

    assert text.count(MESSAGE) == 1
    assert text.count(ADVICE) == 1
    assert text.index(MESSAGE) < text.index("Hosts and steps")
    assert "Attempts 1 to 3: 3 times the same" in text
    assert "failed and is tried again, 2 times the same" in text


def test_other_reasons_of_earlier_attempts_are_told_with_them(shown, at_install):
    for number in (1, 2, 3):
        attempt(at_install, delay=0, message="cannot install: snapd is busy" + "!" * (number // 3))
    attempt(at_install, delay=None)

    text = shown(at_install.path)

    assert "Attempts 1 to 2: cannot install: snapd is busy (2 times the same)" in text
    assert "Attempt 3: cannot install: snapd is busy!" in text
    assert text.count(MESSAGE) == 1


def test_a_failed_host_shows_operation_command_and_exit_code(shown, at_install):
    attempt(at_install, delay=None)

    text = shown(at_install.path)

    assert f"Operation Install MicroK8s Command {COMMAND} exit code 1 Last lines" in text


def test_a_step_that_was_taken_over_says_whose_celery_worker_was_lost(
    shown, redis, ledger, at_install
):
    at_install.worker.begin(INSTALL)
    pass_time(redis, at_install.job, 60)
    at_install.worker.begin(INSTALL)

    text = shown(at_install.path)

    lost = "Celery worker w1@lab let its lease end: it was lost, or cut off from Redis"
    assert f"is taken over {lost}" in text
    assert f"Attempt 1: {lost}" in text
    assert "Attempt 1: lost with Celery worker w1@lab, 6.0 s" in text


def test_a_cancel_says_for_which_step_it_waits_and_for_how_long_at_most(shown, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    for index in range(3):
        scene.worker.carry_out(index)
    scene.worker.begin(3)
    scene.worker.report(3, "n2", "running", operation="Join the cluster", limit=435)
    ledger.uninterruptible(scene.worker.leases[3], 1200.0)
    ledger.cancel(scene.job)

    text = shown(scene.path)

    assert re.search(
        r"The cancel waits for step 4 , which is carried to its end: at most \d+ min \d+ s more\. "
        r"Join the cluster on n2 has 7 min \d+ s of that at most\.",
        text,
    )
    assert "it stops when step 4, &#39;Join n2 as control plane node 2 of 3&#39;, has ended" in text
    assert "is carried to its end: it may not be interrupted half-way" in text
    scene.worker.end(3)
    assert "The cancel waits" not in shown(scene.path)


def slow_disk(host, speed):
    return finding(
        "disk-slow",
        f"{host} writes {speed} MB/s, 100 MB/s are advised",
        "put /var/snap on an SSD",
        host=host,
        severity="warn",
    )


def test_what_preflight_warned_of_is_in_banner_map_list_and_cluster(shown, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    warned = [slow_disk("n1", 41), slow_disk("n3", 52)]
    note = finding("microk8s-installed", "MicroK8s is there", "use it", severity="info", host="n2")
    scene.worker.carry_out(0, surveyed(("n1", "n2", "n3"), note, *warned))
    scene.worker.finish()

    text, cluster = shown(scene.path), shown("/clusters/prod")

    assert "All 7 steps are done with 2 warnings" in text
    assert "nothing is to be done. Show 2 warnings Cluster prod" in text
    assert "Findings 2 warnings, 1 note" in text
    assert "warning disk-slow n1 n3 n1 writes 41 MB/s, 100 MB/s are advised 1 more like it" in text
    assert text.count("put /var/snap on an SSD") == 1
    assert re.search(r"n1 done 0\.4 s 1 warning ", text)
    assert re.search(r"n2 done 0\.4 s done", text)
    assert "The last change, create-cluster, was done with 2 warnings" in cluster


def test_equal_findings_of_many_hosts_are_one_and_keep_what_is_their_own():
    rows = [slow_disk(f"n{number}", 41) for number in range(1, 4)]
    rows[2] |= {"advice": "give n3 an SSD"}
    rows += [finding("old", "it is old", "renew it"), finding("old", "it is old", "renew it")]

    accepted, warned = groups_of(rows)

    assert (accepted.is_accepted, accepted.hosts, accepted.others) == (True, (), ())
    assert (warned.is_accepted, warned.hosts) == (False, ("n1", "n2", "n3"))
    assert [advice for _, advice in warned.others] == ["", "give n3 an SSD"]


def test_the_findings_of_steps_are_findings_of_the_job(ledger, inventory):
    scene = three_hosts(ledger, inventory)
    scene.worker.carry_out(0, surveyed(("n1",), slow_disk("n1", 41)))

    document = job_document(ledger.job(scene.job))

    assert [row["code"] for row in document["findings"]] == ["disk-slow"]
    assert document["findings"] == document["steps"][0]["findings"]


def test_without_findings_nothing_is_said_of_them(member, shown, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    scene.worker.finish()

    assert 'aria-labelledby="findings-title" hidden' in member.get(scene.path).text
    assert "All 7 steps are done What to do next" in shown(scene.path)


@pytest.mark.parametrize(
    ("reason", "html"),
    [
        (
            "https://tickets.example/CHG-1?a=1&b=2",
            '<a href="https://tickets.example/CHG-1?a=1&amp;b=2" rel="noreferrer">'
            "https://tickets.example/CHG-1?a=1&amp;b=2</a>",
        ),
        (
            "as said (http://wiki.example/page).",
            'as said (<a href="http://wiki.example/page" rel="noreferrer">'
            "http://wiki.example/page</a>).",
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ('https://"><b>', "https://&#34;&gt;&lt;b&gt;"),
        ("https://bank.example@evil.example/", "https://bank.example@evil.example/"),
        ("https://bank.example\\@evil.example/", "https://bank.example\\@evil.example/"),
        ("ftp://files.example/", "ftp://files.example/"),
        ("https://", "https://"),
        ("https://[::1", "https://[::1"),
    ],
)
def test_addresses_of_the_web_in_a_reason_can_be_followed(reason, html):
    assert linked(reason) == html


def test_the_reason_of_a_job_leads_to_its_ticket(member, ledger, inventory):
    scene = three_hosts(ledger, inventory, reason="https://tickets.example/CHG-1")

    assert 'Reason: <a href="https://tickets.example/CHG-1"' in member.get(scene.path).text


def test_what_is_advised_leads_to_where_it_is_done(member, ledger, at_install):
    attempt(at_install, delay=None)
    failed = member.get(at_install.path).text
    ledger.retry(at_install.job)
    at_install.worker.finish()

    assert re.search(r'job-banner.*?class="advised"> <a href="/hosts/n2">Host n2</a>', failed, re.S)
    assert '<a href="/clusters/prod">Cluster prod</a>' in member.get(at_install.path).text


def test_findings_that_ended_a_job_can_be_accepted_with_its_retry(member, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    small = {"code": "memory-too-small", "severity": "refuse", "acceptable": True}
    text = {"message": "n2 has 1 GiB", "advice": "use a larger host", "host": "n2"}
    scene.worker.begin(0)
    scene.worker.fail(0, FAILURE | {"failures": [], "findings": [small | text]}, None)

    page = member.get(scene.path).text
    answer = member.send(f"{scene.path}/retry", {"accept": "memory-too-small"})

    assert 'name="accept" value="memory-too-small"' in page
    assert answer.status_code == 303
    assert ledger.job(scene.job).accept == {"memory-too-small"}
    assert 'name="accept"' not in member.get(scene.path).text


def test_a_rolled_back_job_tells_what_was_undone_and_what_was_passed_over(
    shown, ledger, at_install
):
    attempt(at_install, delay=None)
    ledger.rollback(at_install.job, without=["n2"])
    passed = {INSTALL: StepEvent.UNDO_SKIPPED, 1: None, 0: StepEvent.UNDO_NOT_NEEDED}
    for index, why in passed.items():
        at_install.worker.begin(index)
        assert ledger.done(at_install.worker.leases[index], {}, passed=why)

    text = shown(at_install.path)

    assert "Everything that was done is undone, but on n2: lost for good" in text
    for head in (
        "1 preflight nothing to undo",
        "2 prepare hosts undone",
        "3 install MicroK8s skipped",
    ):
        assert head in text
    assert "nothing-to-undo" not in text


def test_a_job_that_takes_something_back_says_what_and_how_it_rests(shown, redis, at_install):
    redis.hset(f"cw:job:{at_install.job}:step:{INSTALL}", "closed_by", "3")
    redis.hset(f"cw:job:{at_install.job}:step:3", "closes", str(INSTALL))
    attempt(at_install, delay=None)

    text = shown(at_install.path)

    assert re.search(r"Closing for .* Cause: " + re.escape(MESSAGE), text)
    assert "before it rests as failed it carries out step 4, " in text
    assert "Takes back what must not stay, before it rests" in text
