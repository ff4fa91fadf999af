"""The grammar of chats: what is meant by what people type, and how each command is written."""

import pytest

from workflows.chat.commands import USAGES, ChangeOf, Help, Jobs, OfJob, Quorum, Status, WhoAmI
from workflows.chat.fields_said import checked
from workflows.chat.grammar import parse, printed
from workflows.chat.help_text import help_text
from workflows.chat.words import Misunderstood
from workflows.kinds import KINDS

JOB = "1a2b3c4d"
BOTH = ("addon-needed", "authority-ends-soon")


def adding(cluster="prod", *, workers=(), control_plane=(), **more):
    params = {"control_plane": list(control_plane), "workers": list(workers)}
    return ChangeOf("add-nodes", cluster, params, **more)


def removing(node, cluster="prod", *, force=False, **more):
    return ChangeOf("remove-node", cluster, {"node": node, "force": force}, **more)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", Help()),
        ("?", Help()),
        ("Help Add", Help("add")),
        ("status", Status()),
        ("/cluster STATUS the cluster Prod, please", Status("prod")),
        ("Status: prod;", Status("prod")),
        ('status "prod"', Status("prod")),
        ("hey, could you status prod?", Status("prod")),
        ("jobs prod", Jobs("prod")),
        ("quorum prod", Quorum("prod")),
        ("Quorum of the cluster prod".replace("of ", ""), Quorum("prod")),
        ("quorum prod if remove n2", Quorum("prod", (("remove", "n2"),))),
        (
            "quorum prod what-if stop n1, n2 and add n5 then remove-dead 10.0.0.9:19001",
            Quorum(
                "prod",
                (
                    ("stop", "n1"),
                    ("stop", "n2"),
                    ("add", "n5"),
                    ("remove-dead", "10.0.0.9:19001"),
                ),
            ),
        ),
        ("who am I", WhoAmI()),
        ("add worker n4 to prod", adding(workers=["n4"])),
        ("Add the workers n4, n5 and n6 to the cluster prod", adding(workers=["n4", "n5", "n6"])),
        ("add control plane n4,n5 to prod", adding(control_plane=["n4", "n5"])),
        (
            "add worker n4 and control-plane n5 into prod",
            adding(workers=["n4"], control_plane=["n5"]),
        ),
        ("add worker n4 & n5 + n6 to prod,", adding(workers=["n4", "n5", "n6"])),
        ("plan add worker n4 to prod", adding(workers=["n4"], is_plan=True)),
        ("remove n2 from prod", removing("n2")),
        ("remove the node n2 from prod by force", removing("n2", force=True)),
        ('remove "node" from "the"', removing("node", "the")),
        ("remove n2 from prod because it burns. Now", removing("n2", reason="it burns. Now")),
        (
            "upgrade prod to 1.33/stable",
            ChangeOf("upgrade", "prod", checked(KINDS["upgrade"], {"channel": "1.33/stable"})),
        ),
        (
            "upgrade prod channel=1.33/stable drain=no",
            ChangeOf(
                "upgrade",
                "prod",
                checked(KINDS["upgrade"], {"channel": "1.33/stable", "drain": False}),
            ),
        ),
        (
            "label n1,n2 disk=SSD in prod",
            ChangeOf(
                "label-nodes",
                "prod",
                checked(
                    KINDS["label-nodes"], {"labels": {"n1": {"disk": "SSD"}, "n2": {"disk": "SSD"}}}
                ),
            ),
        ),
        (
            "change label-nodes prod labels.n1.example.com/zone=a taints.n1=gpu=yes:NoSchedule",
            ChangeOf(
                "label-nodes",
                "prod",
                checked(
                    KINDS["label-nodes"],
                    {
                        "labels": {"n1": {"example.com/zone": "a"}},
                        "taints": {"n1": ["gpu=yes:NoSchedule"]},
                    },
                ),
            ),
        ),
        (
            "set-addons prod “enable=metallb:10.0.0.1-10.0.0.2,10.0.1.1-10.0.1.2”",
            ChangeOf(
                "set-addons",
                "prod",
                {"enable": ["metallb:10.0.0.1-10.0.0.2,10.0.1.1-10.0.1.2"], "disable": []},
            ),
        ),
        ("verify prod", ChangeOf("verify", "prod")),
        (
            "plan verify prod accepting authority-ends-soon,addon-needed because why",
            ChangeOf(
                "verify",
                "prod",
                {},
                "why",
                is_plan=True,
                accept=("addon-needed", "authority-ends-soon"),
            ),
        ),
        (
            f"retry {JOB} accepting addon-needed please",
            OfJob("retry", JOB, accept=("addon-needed",)),
        ),
        (f"watch #{JOB}", OfJob("watch", JOB)),
        (f"approve job {JOB.upper()}", OfJob("approve", JOB)),
        (f"approve {JOB} sha256:0123456789", OfJob("approve", JOB, "0123456789")),
        (f'reject {JOB} because "no', OfJob("reject", JOB, reason='"no')),
        (f"roll back {JOB} please", OfJob("rollback", JOB)),
        (f"why {JOB}?", OfJob("why", JOB)),
    ],
)
def test_people_are_understood(text, meant):
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stauts prod", "did you mean status? Type help for all commands"),
        ("xyzzy", "it is no command. Type help for all commands"),
        ("add n4 to prod", "say worker or control-plane; type add worker|control-plane HOST"),
        ("add wroker n4 to prod", "did you mean worker?"),
        ("add worker n4", "type add worker|control-plane HOST[,HOST] to CLUSTER"),
        ("add worker n4 to prod test", "type add worker|control-plane"),
        ("remove n1,n2 from prod", "cannot remove 2 nodes at once: name one host; type remove"),
        ("upgrade prod", "name a cluster and a channel; type upgrade CLUSTER to CHANNEL"),
        ("upgrade prod to newest", "a channel is track/risk"),
        ("label n1 in prod", "type label HOST[,HOST] KEY=VALUE... in CLUSTER"),
        ("change mantain prod", "did you mean maintain?"),
        ("change maintain prod package=yes", "did you mean packages?"),
        ("change maintain prod packages=perhaps", "type packages=yes or packages=no"),
        ("destroy prod", "did you mean destroy-cluster?"),
        ("change maintain prod drain=yes drain=no", "cannot use drain twice"),
        ("change label-nodes prod labels=x", "type labels.NODE.KEY=VALUE"),
        ("destroy-cluster prod", "cannot destroy-cluster without confirm: say confirm=VALUE"),
        ("plan status", "cannot plan that: name a change; type plan CHANGE"),
        ("status one two three", "cannot use two with status; type status [CLUSTER]"),
        ("status -x", "type status [CLUSTER]"),
        ("verify prod accepting", "cannot accept nothing: type accepting CODE"),
        ("verify prod accepting xyzzy", "cannot accept xyzzy"),
        ("status prod accepting addon-needed", "cannot say accepting with status"),
        ("watch", "name a job by the first signs of its id; type watch JOB"),
        ("cancel 12", "give 4 or more signs of its id; type cancel JOB"),
        (f"approve {JOB} xyz", "cannot use xyz as a digest"),
        (f"watch {JOB} because why", "it is for changes and reject; type watch JOB"),
        ('status "prod', "a quotation mark is open"),
        ("help me", "cannot tell of me"),
        ("x" * 3000, "2000 at most"),
    ],
)
def test_what_is_not_understood_is_told_with_what_to_type(text, told):
    with pytest.raises(Misunderstood) as found:
        parse(text)

    assert str(found.value).startswith("cannot ")
    assert told in str(found.value)


@pytest.mark.parametrize("verb", USAGES)
def test_the_example_that_help_shows_is_understood(verb):
    usage = USAGES[verb]

    assert usage.form.split()[0] == verb
    assert parse(usage.example)
    assert usage.example in help_text(verb)
    assert usage.form in help_text()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_change_can_be_asked_for_as_its_example_is_written(kind):
    params = checked(KINDS[kind], KINDS[kind].example)
    command = ChangeOf(kind, "prod", params)

    assert parse(printed(command)) == command
    assert all(name in help_text(kind) for name in KINDS[kind].schema().fields)
