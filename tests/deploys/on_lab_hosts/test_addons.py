"""Addons as MicroK8s really switches them: late, with restarts, by alias, half, and by whom."""

import pytest
from steps import StepFailed, Steps, effects
from variants import first_of

from deploy_scripts.microk8s.addon_scripts import enable_script, take_back_script
from lab import Lab

NOTES = "/var/lib/clusterwright/addons"
MICROK8S = "/snap/bin/microk8s"
REFUSED = (
    "The connection to the server 127.0.0.1:16443 was refused - did you specify the right host?"
)


def args(*addons: str) -> dict[str, object]:
    return {"seed": "n1", "addons": list(addons), "hosts": ["n1"]}


@pytest.fixture
def node(steps: Steps) -> Steps:
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")
    return steps


ALIASES = {"storage", "gpu", "prometheus"}


def shown(lab: Lab) -> set[str]:
    """The addons that MicroK8s shows enabled; it shows an alias beside its addon's own name."""
    lines = lab.exec("n1", f"{MICROK8S} status --format short").stdout.splitlines()
    on = {line.removesuffix(": enabled") for line in lines if line.endswith(": enabled")}
    always = {"dns", "ha-cluster", "helm", "helm3"}
    return {name.removeprefix("core/") for name in on} - always - ALIASES


def notes(lab: Lab) -> list[str]:
    return lab.exec("n1", f"cat {NOTES}").stdout.splitlines()


def answering(lab: Lab, verb: str, answer: str, times: int) -> None:
    """After ``microk8s VERB`` let the next looks at the status get another answer, as it happens
    while API servers restart (an answer) or while the first pod is not there yet (a filter)."""
    lab.exec("n1", f"mv {MICROK8S} {MICROK8S}.real")
    script = (
        "#!/bin/sh\n"
        f'if [ "$1" = {verb} ]; then\n'
        f'  {MICROK8S}.real "$@"; rc=$?; echo {times} >/run/left; exit $rc\nfi\n'
        "left=$(cat /run/left 2>/dev/null || echo 0)\n"
        'if [ "$1" = status ] && [ "$left" -gt 0 ]; then\n'
        "  echo $((left - 1)) >/run/left\n"
        f"  {answer}\n"
        "fi\n"
        f'exec {MICROK8S}.real "$@"\n'
    )
    path = lab.exec("n1", f"cat >{MICROK8S} <<'END'\n{script}END\nchmod +x {MICROK8S}")
    assert path.returncode == 0, path.stderr


@pytest.mark.slow
def test_one_addon_more_than_once_leaves_the_others_as_they_are(lab: Lab, node: Steps) -> None:
    node.apply("enable_addons", **args("metrics-server", "hostpath-storage", "ingress", "rbac"))
    others = {"metrics-server", "hostpath-storage", "ingress"}
    for _ in range(2):
        node.undo("enable_addons", **args("rbac"))
        assert shown(lab) == others

        node.apply("enable_addons", **args("rbac"))
        assert shown(lab) == {*others, "rbac"}
    node.undo("enable_addons", **args("rbac"))

    assert shown(lab) == others
    assert notes(lab) == ["metrics-server", "hostpath-storage", "ingress"]
    node.undo("enable_addons", **args("metrics-server", "hostpath-storage", "ingress"))
    assert shown(lab) == set()
    assert lab.exec("n1", f"test -e {NOTES}").returncode == 1


def test_a_note_without_the_end_of_its_row_is_not_glued_to_the_next(lab: Lab, node: Steps) -> None:
    node.apply("enable_addons", **args("ingress"))
    lab.exec("n1", f"printf ingress >{NOTES}")

    node.apply("enable_addons", **args("rbac"))

    assert notes(lab) == ["ingress", "rbac"]
    node.undo("enable_addons", **args("rbac"))
    node.undo("enable_addons", **args("ingress"))
    assert shown(lab) == set()


@pytest.mark.parametrize(
    ("alias", "name"),
    first_of(
        [("storage", "hostpath-storage"), ("gpu", "nvidia"), ("core/prometheus", "observability")]
    ),
)
def test_an_alias_is_judged_noted_and_disabled_by_the_name_that_is_shown(
    lab: Lab, node: Steps, alias: str, name: str
) -> None:
    node.apply("enable_addons", **args(alias))

    assert shown(lab) == {name}
    assert notes(lab) == [name]
    node.undo("enable_addons", **args(alias))
    assert shown(lab) == set()


def test_an_alias_that_was_noted_by_itself_is_disabled_too(lab: Lab, node: Steps) -> None:
    node.apply("enable_addons", **args("storage"))
    lab.exec("n1", f"echo storage >{NOTES}")

    node.undo("enable_addons", **args("storage"))

    assert shown(lab) == set()


@pytest.mark.parametrize(
    "answer",
    [
        f"echo '{REFUSED}' >&2; exit 1",
        f"{MICROK8S}.real \"$@\" | sed 's/rbac: enabled/rbac: disabled/'; exit 0",
    ],
    ids=["refused while API servers restart", "shown later"],
)
def test_an_addon_that_is_shown_late_is_waited_for(lab: Lab, node: Steps, answer: str) -> None:
    answering(lab, "enable", answer, 2)

    node.apply("enable_addons", **args("rbac"))

    assert shown(lab) == {"rbac"}
    assert len(effects(lab, "n1", "addon-changed")) == 1


def test_a_refused_connection_is_not_taken_for_disabled(lab: Lab, node: Steps) -> None:
    node.apply("enable_addons", **args("rbac"))
    answering(lab, "disable", f"echo '{REFUSED}' >&2; exit 1", 2)

    node.undo("enable_addons", **args("rbac"))

    assert shown(lab) == set()
    assert lab.exec("n1", "cat /run/left").stdout == "0\n"


def test_an_addon_that_stays_enabled_keeps_its_note(lab: Lab, node: Steps) -> None:
    node.apply("enable_addons", **args("ingress"))
    lab.add_fault("n1", {"match": "microk8s disable", "action": "fail-before", "text": "no way"})
    lab.exec(
        "n1",
        "printf '#!/bin/sh\\necho $(($(/usr/bin/date +%s%N) / 10000000))\\n' "
        ">/usr/local/bin/date; chmod +x /usr/local/bin/date",
    )

    with pytest.raises(StepFailed, match=r"cannot disable ingress: .* it said last: no way"):
        node.undo("enable_addons", **args("ingress"))

    assert notes(lab) == ["ingress"]


def test_an_addon_that_this_microk8s_lacks_is_no_matter_for_another_attempt(
    lab: Lab, node: Steps
) -> None:
    with pytest.raises(StepFailed) as caught:
        node.apply("enable_addons", **args("nosuch:1"))

    assert caught.value.kind == "Permanent"
    assert "cannot enable nosuch: this MicroK8s has no such addon, but cert-manager" in (
        caught.value.message
    )
    assert notes(lab) == []


def test_a_wrong_argument_is_told_in_microk8s_words(lab: Lab, node: Steps) -> None:
    with pytest.raises(StepFailed, match=r"it said last: Your input value \(nonsense\) is not"):
        node.apply("enable_addons", **args("metallb:nonsense"))

    node.undo("enable_addons", **args("metallb:nonsense"))
    assert notes(lab) == []


def test_an_addon_that_missed_a_node_is_taken_back_and_enabled_again(lab: Lab, node: Steps) -> None:
    lab.add_fault("n1", {"match": "microk8s enable", "action": "push-fails", "times": 1})

    with pytest.raises(StepFailed, match="a node could not be reached, so it was taken back"):
        node.apply("enable_addons", **args("rbac"))
    assert shown(lab) == set()

    node.apply("enable_addons", **args("rbac"))
    assert shown(lab) == {"rbac"}
    assert [row["verb"] for row in effects(lab, "n1", "addon-changed")] == [
        "enable",
        "disable",
        "enable",
    ]


@pytest.mark.parametrize("action", first_of(["fail-before", "fail-after"]))
def test_an_interrupted_enable_is_undone(lab: Lab, node: Steps, action: str) -> None:
    """A command that was killed may have had its effect, or not."""
    lab.exec("n1", f"mkdir -p {NOTES.rpartition('/')[0]}; echo rbac >{NOTES}")
    if action == "fail-after":
        lab.exec("n1", f"{MICROK8S} enable rbac")

    node.undo("enable_addons", **args("rbac"))

    assert shown(lab) == set()
    assert notes(lab) == []
    kept = "it was never shown enabled" in node.last["reports"][-1][3]
    assert kept is (action == "fail-before")


def test_undo_has_nothing_to_do_where_microk8s_is_gone(lab: Lab, node: Steps) -> None:
    node.apply("enable_addons", **args("ingress"))
    lab.exec("n1", "snap remove --purge microk8s")

    node.undo("enable_addons", **args("ingress"))

    assert notes(lab) == []


def test_a_job_disables_only_what_it_enabled_itself(lab: Lab, node: Steps) -> None:
    del node
    assert lab.exec("n1", enable_script("ingress", "a1")).returncode == 0
    assert lab.exec("n1", enable_script("core/ingress", "b2")).returncode == 0
    assert notes(lab) == ["ingress a1"]

    other = lab.exec("n1", take_back_script("ingress", "b2"))

    assert (other.returncode, other.stdout) == (0, "kept: ingress was enabled by a1\n")
    assert shown(lab) == {"ingress"}
    assert lab.exec("n1", take_back_script("ingress", "a1")).returncode == 0
    assert shown(lab) == set()
