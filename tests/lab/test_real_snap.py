"""What hosts do around a snap's own parts: environment, add-ons, and which cluster a node is in."""

from pathlib import Path

import pytest

from lab.emulator import addon_catalogue, agent_join, datastore, faults, objects
from lab.emulator.real_snap import addon_list, cluster_id, environment, kubectl_rows, plan, run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$PATH:/x", "/bin:/x"),
        ("${PATH}/y", "/bin/y"),
        ("$NOBODY_SET_THIS", ""),
        ("a $ b", "a $ b"),
    ],
)
def test_settings_of_the_snap_may_name_what_the_caller_has_set(text: str, expected: str) -> None:
    assert environment.expanded(text, {"PATH": "/bin"}) == expected


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["-s", "a", "-c", "x.crt", "-k", "x.key", "k8s", ".cluster"], ["-s", "a", "k8s"]),
        (["--cert=x", "--key", "y", "-s", "a", "k8s", ".cluster"], ["-s", "a", "k8s"]),
        (["-s", "a", "k8s", ".cluster", "-c"], ["-s", "a", "k8s"]),
    ],
)
def test_the_dqlite_shell_is_asked_without_tls(words: list[str], kept: list[str]) -> None:
    assert run.without_tls(words) == [*kept, ".cluster"]


def test_the_emulators_addons_read_back_from_the_file_that_scripts_get() -> None:
    known = addon_catalogue.available("v1.32.3")

    read = addon_list.parse(addon_list.render(known))

    assert [entry.name for entry in read] == [addon.name for addon in known]
    assert all(entry.check for entry in read)
    assert dict(read)["dns"] == "pod/coredns"


def test_an_enabled_addon_shows_the_object_by_which_scripts_know_it() -> None:
    listed = (
        '- name: "storage"\n  check_status: "deployment.apps/hostpath"\n'
        '- name: "dns"\n  check_status: "pod/coredns"\n'
        "- name: ha-cluster\n  check_status: ${SNAP_DATA}/var/lock/ha-cluster\n"
        '- name: "rbac"\n  check_status: "clusterrole.rbac.authorization.k8s.io/cluster-admin"\n'
    )

    rows = kubectl_rows.enabled_rows(["dns", "ha-cluster", "rbac"], listed)

    assert rows == ["pod/coredns"]


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "backend"
    folder.mkdir()
    monkeypatch.setattr(objects, "CLUSTER_FILE", str(folder / "lab-cluster-id"))
    for name in ("INIT", "UPDATE", "INFO"):
        monkeypatch.setattr(datastore, name, str(folder / f"{name.lower()}.yaml"))
    monkeypatch.setattr(cluster_id, "REGISTER", str(tmp_path / "register"))
    return folder


def start(backend: Path, **texts: str) -> str:
    """Start a datastore whose folder has these files only; return the cluster it belongs to."""
    for path in backend.iterdir():
        path.unlink()
    for name, text in texts.items():
        (backend / f"{name}.yaml").write_text(text)
    cluster_id.settle()
    return (backend / "lab-cluster-id").read_text()


SEED, JOINER = "10.79.0.11:19001", "10.79.0.12:19001"
ALONE = "Address: 127.0.0.1:19001\n"


def joining(*voters: str) -> str:
    return f"Address: {JOINER}\nCluster:\n" + "".join(f"- {voter}\n" for voter in voters)


def test_who_joins_sees_the_objects_of_the_voters_that_it_names(backend: Path) -> None:
    seed = start(backend, update=f"Address: {SEED}\n", info=ALONE)

    assert start(backend, init=joining("10.79.0.99:19001", SEED)) == seed
    assert start(backend, init=joining(JOINER)) == seed
    assert start(backend, init=joining("10.79.0.99:19001")) != seed


def test_who_begins_anew_is_a_cluster_of_its_own(backend: Path) -> None:
    seed = start(backend, update=f"Address: {SEED}\n", info=ALONE)

    alone = {start(backend, init=ALONE) for _ in range(2)}

    assert len(alone | {seed}) == 3


def test_a_restart_keeps_the_cluster_and_a_new_address_belongs_to_it(backend: Path) -> None:
    before = start(backend, init=ALONE)
    (backend / "init.yaml").unlink()
    (backend / "info.yaml").write_text(f"Address: {SEED}\nID: 1\n")

    cluster_id.settle()

    assert (backend / "lab-cluster-id").read_text() == before
    assert start(backend, init=joining(SEED)) == before


@pytest.mark.parametrize(
    ("field", "worker"),
    [
        (True, True),
        ("as-worker", True),
        ("as-master", False),
        (False, False),
        (None, False),
        (1, False),
    ],
)
def test_a_joiner_is_a_worker_only_by_the_words_that_the_real_agent_knows(
    field: object, worker: bool
) -> None:
    assert agent_join.is_worker(field) is worker


@pytest.mark.parametrize(
    ("words", "hit_by", "answered"),
    [
        (["status"], "", True),
        (["leave"], "", False),
        (["nonsense"], "", True),
        ([], "", True),
        (["status"], "false-success", False),
        (["status"], "slow", True),
    ],
)
def test_the_snap_answers_for_its_commands_and_for_what_nobody_knows(
    monkeypatch: pytest.MonkeyPatch, words: list[str], hit_by: str, answered: bool
) -> None:
    snap_plan = {"parts": {"dispatcher": ""}, "commands": {"status": "", "leave": "no wrapper"}}
    for module in (plan, run):
        monkeypatch.setattr(module, "plan", lambda: snap_plan)
    monkeypatch.setattr(faults, "has", lambda action: action == hit_by)

    assert run.answers(words) is answered
