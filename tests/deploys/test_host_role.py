"""What a host is to MicroK8s follows from the lines of the role probe, whatever they are."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy_scripts.fleet import marks
from deploy_scripts.microk8s import facts as microk8s
from deploy_scripts.microk8s.facts import ROLE_PROBE, HostRole
from deploy_scripts.microk8s.role_parser import parse_role

INSTALLED = ("tracking=1.32/stable", "notes=classic,held", "lock=no-apiserver-proxy")
SEED = (*INSTALLED, "members=1", "lock=no-cert-reissue")
ROLES = {
    "not-installed",
    "standalone",
    "former-seed",
    "control-plane",
    "worker",
    "stopped",
    "half-joined",
    "joining",
    "unknown",
}


@pytest.mark.parametrize(
    ("lines", "role"),
    [
        (("tracking=", "notes=", "members="), "not-installed"),
        ((*INSTALLED, "members=1", "address=127.0.0.1:19001"), "standalone"),
        ((*INSTALLED, "members=3", "lock=no-cert-reissue"), "control-plane"),
        ((*SEED, "address=10.0.0.1:19001"), "former-seed"),
        ((*SEED, "address='[fd00::1]:19001'"), "former-seed"),
        ((*SEED, "address=127.0.0.1:19001"), "standalone"),
        ((*SEED, "address='[::1]:19001'"), "standalone"),
        ((*INSTALLED, "members=1", "address=10.0.0.1:19001"), "standalone"),
        ((*INSTALLED[:2], "members=", "lock=clustered.lock", "lock=no-cert-reissue"), "worker"),
        ((*INSTALLED, "members=1", "lock=stopped.lock"), "stopped"),
        ((*INSTALLED, "members=1", "lock=join-in-progress"), "half-joined"),
        ((*INSTALLED, "members=1", "lock=init.yaml"), "half-joined"),
        ((*INSTALLED, "members=", "lock=clustered.lock"), "half-joined"),
        ((*INSTALLED, "members=1", "lock=join-in-progress", "joining=yes"), "joining"),
        ((*INSTALLED, "members=", "lock=join-in-progress", "lock=stopped.lock"), "half-joined"),
    ],
    ids=[
        "no snap",
        "fresh",
        "member of three",
        "seed whose joiners all left",
        "the same with IPv6",
        "never joined by anybody",
        "the same with IPv6",
        "moved without a join",
        "worker",
        "stopped",
        "join lock left behind",
        "datastore never started",
        "worker without its proxy",
        "join still running",
        "stopped in the middle of a join",
    ],
)
def test_the_role_of_a_host_follows_from_its_files(lines, role):
    assert parse_role(list(lines))["role"] == role


def test_a_role_says_channel_hold_whose_installation_it_is_and_which_job_put_it_there():
    host_role = parse_role(
        [
            *INSTALLED,
            "lock=ours",
            "members=1",
            "mark.installation=i-1",
            "mark.cluster=prod",
            "mark.job=j-9",
            "joined.cluster=prod",
            "joined.role=worker",
        ]
    )

    assert host_role == {
        "role": "standalone",
        "reason": "",
        "channel": "1.32/stable",
        "held": True,
        "ours": True,
        "joining": False,
        "mark": {"installation": "i-1", "cluster": "prod", "job": "j-9"},
        "joined": {"installation": "", "cluster": "prod", "job": "", "role": "worker"},
    }


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "lines of the probe are missing"),
        (["Welcome to host seven!"], "lines of the probe are missing"),
        (["lock=ours", "members=1"], "lines of the probe are missing"),
        (["tracking=1.32/stable of $(reboot)"], "is no channel"),
        ([*INSTALLED, "members=three"], "is no number of members"),
        ([*INSTALLED, "members=99999999"], "is no number of members"),
        ([*SEED, "address=localhost:19001"], "is no address of a member"),
        (SEED, "is no address of a member"),
        (["tracking=", "unsure=error: cannot communicate with server"], "cannot communicate"),
        (["tracking=", *["lock=x"] * 1000], "1001 lines"),
    ],
    ids=[
        "nothing",
        "a greeting",
        "no word of the snap",
        "no channel",
        "members in words",
        "too many members",
        "member without an address in numbers",
        "member whose address is missing",
        "snapd that does not answer",
        "babble",
    ],
)
def test_a_host_that_cannot_be_read_has_no_role_and_says_why(lines, why):
    host_role = parse_role(list(lines))

    assert host_role["role"] == "unknown"
    assert why in host_role["reason"]
    assert host_role["channel"] == ""


@pytest.mark.parametrize("lines", [["Welcome!"], ["tracking=", "unsure=error"], []])
def test_a_host_that_cannot_be_read_fails_the_step_that_asks_for_its_role(lines):
    with pytest.raises(ValueError, match="cannot tell what MicroK8s is"):
        HostRole().process(lines)


@pytest.mark.parametrize(
    "value", ["a b", "x" * 101, "$(id)", "é", "a;b", "../x/y", "-"[:0]], ids=range(7)
)
def test_what_is_no_plain_word_in_a_mark_of_ours_is_not_known(value):
    host_role = parse_role([*INSTALLED, f"mark.job={value}", f"joined.cluster={value}"])

    assert host_role["mark"]["job"] == ""
    assert host_role["joined"]["cluster"] == ""


def test_a_mark_cannot_speak_for_the_probe():
    host_role = parse_role([*INSTALLED, "members=1", "mark.lock=clustered.lock", "mark.tracking=9"])

    assert (host_role["role"], host_role["channel"]) == ("standalone", "1.32/stable")


LINES = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.builds(
            "{}={}".format,
            st.sampled_from(
                ["tracking", "notes", "lock", "members", "address", "joining", "mark.job", "unsure"]
            ),
            st.one_of(
                st.sampled_from(["1.32/stable", "no-cert-reissue", "1", "3", "127.0.0.1:1", "yes"]),
                st.text(max_size=20),
            ),
        ),
    ),
    max_size=30,
)


@given(LINES)
def test_any_lines_have_a_role_and_an_unknown_one_has_a_reason(lines):
    host_role = parse_role(lines)

    assert host_role["role"] in ROLES
    assert bool(host_role["reason"]) is (host_role["role"] == "unknown")
    assert all(len(value) <= 100 for value in host_role["mark"].values())


def test_the_probe_reads_marks_and_the_only_member_of_a_host(tmp_path, monkeypatch):
    """A mark's last line may lack its end, and a snapd that is away is not an absent snap."""
    places = {
        microk8s.DATA: tmp_path / "data",
        microk8s.SNAP_DATA: tmp_path,
        marks.OWN: tmp_path / "own",
    }
    (tmp_path / "data/var/lock").mkdir(parents=True)
    (tmp_path / "data/var/kubernetes/backend").mkdir(parents=True)
    (tmp_path / "own").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "own/installed-microk8s").write_text("installation=i-1\njob=j-9")
    (tmp_path / "own/joined").write_text("cluster=prod\n")
    (tmp_path / "data/var/lock/no-cert-reissue").touch()
    (tmp_path / "data/var/kubernetes/backend/cluster.yaml").write_text(
        "- ID: 7\n  Role: 0\n  Address: 10.0.0.1:19001\n"
    )
    snap = tmp_path / "bin/snap"
    snap.write_text(
        "#!/bin/sh\n"
        "echo 'Name Version Rev Tracking Publisher Notes'\n"
        "echo 'microk8s v1.32.3 7 1.32/stable canonical** classic,held'\n"
    )
    snap.chmod(0o755)
    # Other hosts on this machine may be joining at this very moment.
    (tmp_path / "bin/pgrep").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin/pgrep").chmod(0o755)
    script = ROLE_PROBE
    for there, here in places.items():
        script = script.replace(there, str(here))

    def probe():
        path = f"{tmp_path}/bin:/usr/bin:/bin"
        ran = subprocess.run(  # the product's own script, on files of this test
            ["/bin/sh", "-c", script],
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        return parse_role(ran.stdout.splitlines())

    host_role = probe()
    snap.write_text("#!/bin/sh\necho 'error: cannot communicate with server' >&2; exit 1\n")
    without_snapd = probe()
    snap.write_text("#!/bin/sh\necho 'error: no matching snaps installed' >&2; exit 1\n")

    assert (host_role["role"], host_role["held"], host_role["ours"]) == ("former-seed", True, True)
    assert host_role["mark"] == {"installation": "i-1", "cluster": "", "job": "j-9"}
    assert host_role["joined"] == {"installation": "", "cluster": "prod", "job": ""}
    assert (without_snapd["role"], "cannot communicate" in without_snapd["reason"]) == (
        "unknown",
        True,
    )
    assert probe()["role"] == "not-installed"
