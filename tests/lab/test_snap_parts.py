"""Which parts of an unpacked snap a lab takes, and what it says of the others."""

import os
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from snap_tree import write_tree

from lab.emulator.real_snap import elf
from lab.errors import CannotStart
from lab.snap_dir import bases, libraries, snap_yaml, tree, words
from lab.snap_dir.parts import Plan

Make = Callable[[Path], Path]


def look(root: Path, dqlite: str = "real") -> Plan:
    return tree.look(str(root), dqlite=dqlite, python=sys.executable)


def test_a_whole_tree_gives_its_commands_agent_and_dqlite_shell(tmp_path: Path) -> None:
    plan = look(write_tree(tmp_path))

    own = {verb for verb, why in plan.commands.items() if not why}
    assert own == {"status", "stop"}
    assert (plan.parts["dispatcher"], plan.parts["cluster agent"]) == ("", "")
    assert plan.parts["dqlite shell"] == ""
    assert plan.version == "v1.32.3"
    assert plan.environment == {"REAL_PATH": "$PATH", "GREETING": "to ${SNAP_NAME}"}
    assert plan.programs == ("bin/cat", "bin/grep")


def test_each_command_that_cannot_run_says_what_it_lacks(tmp_path: Path) -> None:
    plan = look(write_tree(tmp_path))

    assert plan.commands["leave"] == "python3 has no a_module_that_nobody_has"
    assert plan.commands["join"] == "no microk8s-join.wrapper"
    assert plan.commands["inspect"] == "there is no systemd"
    assert plan.commands["images"] == "no microk8s-images.wrapper"


@pytest.mark.parametrize(
    ("without", "part", "reason"),
    [
        ("bin/cluster-agent", "cluster agent", "no bin/cluster-agent"),
        ("run-cluster-agent", "cluster agent", "no run-cluster-agent-with-args"),
        ("bin/dqlite", "dqlite shell", "no bin/dqlite"),
        ("microk8s.wrapper", "dispatcher", "no microk8s.wrapper"),
        ("addons", "addon list", "no addons/core/addons.yaml"),
    ],
)
def test_a_part_that_the_tree_lacks_is_emulated_and_the_reason_names_it(
    tmp_path: Path, without: str, part: str, reason: str
) -> None:
    plan = look(write_tree(tmp_path, without=(without,)))

    assert plan.parts[part] == reason
    assert plan.commands["status"] == ""


def test_without_the_common_script_no_wrapper_can_run(tmp_path: Path) -> None:
    plan = look(write_tree(tmp_path, without=("actions",)))

    assert plan.commands["status"] == "no actions/common/utils.sh"
    assert plan.parts["cluster agent"] == "no actions/common/utils.sh"


def test_a_wrapper_whose_script_is_missing_is_not_run(tmp_path: Path) -> None:
    plan = look(write_tree(tmp_path, without=("scripts/wrappers/status.py",)))

    assert plan.commands["status"] == "no scripts/wrappers/status.py"


def test_a_shell_for_real_dqlite_is_of_no_use_beside_an_emulated_one(tmp_path: Path) -> None:
    plan = look(write_tree(tmp_path), dqlite="emulated")

    assert plan.parts["dqlite shell"] == "the lab's dqlite is emulated"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: root / "absent", "there is no such directory"),
        (lambda root: root, "meta/snap.yaml is missing; unpack one: snap download microk8s"),
        (
            lambda root: write_tree(root, without=("meta",)),
            "meta/snap.yaml is missing; unpack one: snap download microk8s",
        ),
        (
            lambda root: write_tree(root, without=("actions", "bin", "microk8s", "scripts")),
            "bin/cluster-agent, bin/dqlite, microk8s-*.wrapper are missing",
        ),
    ],
)
def test_a_directory_that_is_no_snap_is_refused_with_what_is_missing(
    tmp_path: Path, make: Make, message: str
) -> None:
    with pytest.raises(CannotStart) as refusal:
        look(make(tmp_path))

    assert str(refusal.value).startswith("cannot use ")
    assert message in str(refusal.value)


def test_a_snap_of_another_name_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path)
    (tmp_path / "meta/snap.yaml").write_text("name: lxd\nversion: '5.0'\n")

    with pytest.raises(CannotStart, match="its name is lxd, not microk8s"):
        look(tmp_path)


def test_a_program_for_another_linker_is_not_used_and_named(tmp_path: Path) -> None:
    write_tree(tmp_path)
    foreign = "/snap/core22/current/lib64/ld-linux-x86-64.so.2"
    (tmp_path / "bin/cluster-agent").write_bytes(program(foreign))

    plan = look(tmp_path)

    assert plan.parts["cluster agent"] == f"bin/cluster-agent needs {foreign}"


def test_a_program_for_the_base_runs_where_this_machine_has_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bases, "MOUNTED", tmp_path / "mounted")
    linker = tmp_path / "mounted/core99/current/lib64/ld.so"
    linker.parent.mkdir(parents=True)
    linker.touch()
    tree_of_snap = write_tree(tmp_path / "snap")
    (tree_of_snap / "bin/cluster-agent").write_bytes(program("/snap/core99/current/lib64/ld.so"))
    (tree_of_snap / "bin/dqlite").write_bytes(program("/snap/core22/current/lib64/ld.so"))

    plan = look(tree_of_snap)

    assert plan.base == str(tmp_path / "mounted/core99/current")
    assert plan.parts["cluster agent"] == ""
    assert plan.parts["dqlite shell"] == "bin/dqlite needs /snap/core22/current/lib64/ld.so"


def test_a_snap_with_a_python_of_its_own_needs_no_other_modules(tmp_path: Path) -> None:
    write_tree(tmp_path)
    python = tmp_path / "usr/bin/python3"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)

    plan = look(tmp_path)

    assert (plan.parts["python3"], plan.commands["leave"]) == ("", "")


def program(linker: str) -> bytes:
    """The first bytes of an ELF program of this machine that asks for a dynamic linker."""
    machine = elf.MACHINES[os.uname().machine]
    head = bytearray(64)
    head[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<H", head, 18, machine)
    struct.pack_into("<Q", head, 32, 64)
    struct.pack_into("<HH", head, 54, 56, 1)
    section = bytearray(56)
    struct.pack_into("<I", section, 0, elf.INTERPRETER)
    struct.pack_into("<Q", section, 8, 120)
    struct.pack_into("<Q", section, 32, len(linker) + 1)
    return bytes(head + section) + linker.encode() + b"\0"


def test_programs_say_what_they_need_to_run() -> None:
    shell = Path(shutil.which("sh") or "/bin/sh").read_bytes()[: elf.HEAD_BYTES]

    assert elf.interpreter(program("/lib/x.so")) == "/lib/x.so"
    assert Path(elf.interpreter(shell) or "absent").exists()
    assert elf.interpreter(b"#!/usr/bin/env bash\n") == "/usr/bin/env"
    assert elf.interpreter(b"just text") is None
    assert elf.interpreter(b"#!") is None
    assert elf.interpreter(b"\x7fELF\x02\x01") is None


def test_snap_yaml_is_read_as_far_as_it_matters() -> None:
    text = (
        "name: microk8s\n# version: v0\nsummary: 'a: b'\napps:\n  status:\n    command: x\n"
        'environment:\n  REAL_PATH: $PATH\n  QUOTED: "v: 1"\nversion: v1.30.1\n'
    )

    read = snap_yaml.parse(text)

    assert (read["name"], read["version"], read["summary"]) == ("microk8s", "v1.30.1", "a: b")
    assert read["environment"] == {"REAL_PATH": "$PATH", "QUOTED": "v: 1"}


@pytest.mark.parametrize("text", ["", "\x00\xff", "- a\n- b\n", "environment:\n", ": :\n"])
def test_a_broken_snap_yaml_names_no_snap(text: str) -> None:
    assert snap_yaml.parse(text).get("name") is None


def test_packages_of_this_environment_are_lent_with_all_that_they_import(tmp_path: Path) -> None:
    lent = libraries.lendable(sys.executable, ["click", "no_such_module"])

    libraries.lend(lent["click"], tmp_path)

    assert set(lent) == {"click"}
    assert (tmp_path / "click" / "__init__.py").exists()


def test_the_sentence_names_what_is_real_and_why_the_rest_is_not(tmp_path: Path) -> None:
    sentence = words.sentence(look(write_tree(tmp_path, without=("bin/cluster-agent",))).to_json())

    assert f"of {tmp_path} (v1.32.3): microk8s status, stop; dispatcher; dqlite shell" in sentence
    assert "cluster agent (no bin/cluster-agent)" in sentence
    assert "kubectl (there is no API server behind it)" in sentence
    assert "microk8s leave (python3 has no a_module_that_nobody_has)" in sentence
    assert "the machine's own: python3, programs" in sentence


def test_without_a_snap_the_sentence_is_the_emulators() -> None:
    assert words.sentence(None) == "snap, microk8s, systemctl: emulated"
    assert words.capabilities(None) == {"microk8s": "emulated"}
