"""A lab as tests, demos, benchmarks and the command line use it."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lab import certificates, conditions, control, faults, probe, saves, state
from lab.errors import LabNotFound, LabRefused
from lab.launch import emulator_changed, launch, stage_emulator
from lab.program import program
from lab.setup import Setup
from lab.snap_dir import words
from lab.spec import HOST_PATH, OUTSIDE_PORT, LabSpec
from lab.teardown import take_down
from lab.wish import Wish, host_names, per_host


@dataclasses.dataclass(frozen=True, slots=True)
class LabHost:
    """One simulated host: where SSH finds it from outside, and where its peers find it."""

    name: str
    address: str
    port: int
    user: str
    node_address: str
    host_key: str
    key_file: str


def _instead(name: str) -> str:
    """Say how to get a lab where there is none of that name."""
    named = "" if name == "default" else f" --lab {name}"
    start = f"start one: {program()} lab up 3{named}"
    running = ", ".join(state.names())
    return f"{start}; running: {running}" if running else start


class Lab:
    """One running lab. As a context manager it is taken down at the end."""

    def __init__(self, name: str) -> None:
        """Find a running lab; ``Lab.up`` starts one."""
        self.name = name
        self.directory = state.directory(name)
        if not state.is_alive(name):
            raise LabNotFound(f"cannot find lab {name}: it is not running; {_instead(name)}")
        record = json.loads((self.directory / "lab.json").read_text())
        self.spec = LabSpec.from_json(json.dumps(record["spec"]))
        self.pid: int = record["pid"]
        self.key_file = str(self.directory / "id_ed25519")
        self._netem: bool = record["netem"]
        self.hosts = tuple(
            LabHost(
                name=host.name,
                address=host.outside,
                port=OUTSIDE_PORT,
                user=self.spec.setup.user,
                node_address=host.address,
                host_key=record["host_keys"][host.name],
                key_file=self.key_file,
            )
            for host in self.spec.hosts
        )

    @classmethod
    def up(
        cls,
        hosts: int | Iterable[str],
        *,
        name: str = "default",
        durations: str = "zero",
        dqlite: str = "auto",
        cpus: int | Mapping[str, int] = 4,
        memory_gib: int | Mapping[str, int] = 8,
        disk_gib: int = 64,
        ssh: str = "auto",
        snap: str | None = None,
        **setup: Any,
    ) -> Lab:
        """Start a lab of so many hosts (n1, n2, ...), or of hosts with these names.

        ``snap`` is the directory of an unpacked snap whose parts are used where possible;
        without it, what the variable CLUSTERWRIGHT_LAB_SNAP names.
        How hosts are set up is told by the fields of ``Setup``, as in ``networks="nat"``.
        """
        names = host_names(hosts)
        wish = Wish(
            name=name,
            hosts=names,
            durations=durations,
            dqlite=dqlite,
            ssh=ssh,
            cpus=per_host(cpus, names, 4),
            memory_gib=per_host(memory_gib, names, 8),
            disk_gib=disk_gib,
            setup=Setup(**setup),
            snap=os.environ.get("CLUSTERWRIGHT_LAB_SNAP") if snap is None else snap,
        )
        launch(wish)
        return cls(name)

    @classmethod
    def open(cls, name: str = "default") -> Lab:
        """Return a lab that is already running."""
        return cls(name)

    @staticmethod
    def names() -> tuple[str, ...]:
        """The labs that are running."""
        return state.names()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()

    @property
    def capabilities(self) -> dict[str, Any]:
        """What of this lab is real, as far as it depends on the machine."""
        return {
            "backend": "userns",
            "uid_map": self.spec.uid_map,
            "ssh": self.spec.ssh,
            "dqlite": self.spec.dqlite,
            "sudo": self.spec.setup.sudo,
            "netem": self._netem,
            **words.capabilities(self.spec.snap),
        }

    def inventory(self) -> list[dict[str, Any]]:
        """The hosts as the product's ``PUT /v1/hosts/{name}`` wants them."""
        fields = ("name", "address", "port", "user", "node_address", "host_key")
        return [{field: getattr(host, field) for field in fields} for host in self.hosts]

    def status(self) -> dict[str, Any]:
        """Which hosts are up, what is cut or delayed, as the lab itself sees it."""
        answer: dict[str, Any] = self._ask("status")
        return answer

    def exec(
        self, host: str, command: str | Sequence[str], *, timeout: float | None = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as the host's root without SSH, so also when its SSH server is dead."""
        script = command if isinstance(command, str) else shlex.join(command)
        return subprocess.run(
            [*self.enter_command(host), "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def enter_command(self, host: str) -> list[str]:
        """The words to put before a command so that it runs inside a host."""
        hosts = self.status()["hosts"]
        if host not in hosts:
            raise LabRefused(f"cannot find host {host}: lab {self.name} has {', '.join(hosts)}")
        pid = hosts[host]["machine_pid"]
        if pid is None:
            raise LabRefused(f"cannot enter {host}: it is off; boot it first")
        ids = ["-S", "0", "-G", "0"]
        if self.spec.uid_map != "shifted":
            ids = ["--preserve-credentials"]
        enter = [probe.find("nsenter") or "nsenter", "-t", str(pid), "-U", "-m", "-u", "-i", "-n"]
        environment = ["env", "-i", f"PATH={HOST_PATH}", "HOME=/root", "LANG=C.UTF-8"]
        return [*enter, "-p", "-T", *ids, "--", *environment]

    def kill(self, host: str) -> None:
        """Cut a host's power: its peers and SSH clients get no answer, not even a refusal."""
        self._ask("kill", host=host)

    def boot(self, host: str) -> None:
        """Switch a host on that is off; its files are as it left them."""
        self._ask("boot", host=host)

    def reboot(self, host: str) -> None:
        """Stop a host's services in order and start it again; return when it speaks SSH."""
        self._ask("reboot", host=host)

    def freeze(self, host: str) -> None:
        """Stop all processes of a host: connections open, and then nobody says anything."""
        self._ask("freeze", host=host)

    def thaw(self, host: str) -> None:
        """Let a frozen host continue."""
        self._ask("thaw", host=host)

    def partition(self, host: str, peer: str | None = None, *, one_way: bool = False) -> None:
        """Drop what one host sends to another (default: all others) and, unless one-way, back.

        SSH from the machine stays open; the peer ``outside`` cuts that instead.
        """
        self._ask("partition", host=host, peer=peer, one_way=one_way)

    def heal(self) -> None:
        """Undo every partition and every delay."""
        self._ask("heal")

    def delay(self, host: str, milliseconds: int) -> None:
        """Delay all that reaches a host; refused where the kernel has no netem. 0 undoes it."""
        self._ask("delay", host=host, milliseconds=milliseconds)

    def fill_disk(self, host: str) -> None:
        """Leave a host's root file system without a free byte."""
        self._ask("fill-disk", host=host)

    def free_disk(self, host: str) -> None:
        """Give a host with a full disk its space back."""
        self._ask("free-disk", host=host)

    def fill_inodes(self, host: str) -> None:
        """Let a host's root file system take no file more, though it has bytes to spare."""
        self._ask("fill-inodes", host=host)

    def free_inodes(self, host: str) -> None:
        """Let a host's root file system take files again."""
        self._ask("free-inodes", host=host)

    def skew_clock(self, host: str, seconds: float) -> None:
        """Let a host's ``date`` be wrong by so many seconds; 0 sets it right."""
        path = self._host_directory(host) / "clock-offset"
        path.unlink(missing_ok=True)
        if seconds:
            path.write_text(f"{int(seconds)}\n")

    def age_certificates(self, host: str, days: int) -> None:
        """Let the certificates that a node renews end in so many days."""
        done = self.exec(host, certificates.ageing(days))
        if done.returncode != 0:
            raise LabRefused(done.stderr.strip())

    def add_fault(self, host: str, fault: Mapping[str, Any]) -> str:
        """Let commands of a host misbehave as described; return the fault's id."""
        return faults.add(self._host_directory(host), fault)

    def faults(self, host: str) -> list[dict[str, Any]]:
        """The faults that a host's commands have at present."""
        return faults.read(self._host_directory(host))

    def clear_fault(self, host: str, fault_id: str | None = None) -> None:
        """Take one fault away from a host, or all of them."""
        faults.clear(self._host_directory(host), fault_id)

    def add_condition(self, host: str, name: str) -> None:
        """Put a running host into one of ``lab.conditions.CONDITIONS``; it outlasts a reboot."""
        user, run = self.spec.setup.user, functools.partial(self.exec, host)
        conditions.add(self._host_directory(host), name, user, run)

    def conditions(self, host: str) -> tuple[str, ...]:
        """The conditions that a host is in at present."""
        return tuple(conditions.read(self._host_directory(host)))

    def clear_condition(self, host: str, name: str | None = None) -> None:
        """Take a host out of one condition, or of all."""
        conditions.clear(self._host_directory(host), name, functools.partial(self.exec, host))

    def log_directory(self, host: str) -> Path:
        """Where a host's /lab/log is found from outside."""
        return self._host_directory(host) / "log"

    def reset(self) -> None:
        """Put every host back to a freshly installed, running state and forget every fault."""
        changed = emulator_changed(self.directory)
        if changed:
            stage_emulator(self.directory, self.spec.python)
        self._ask("reset", rebuild=changed)

    def save(self, name: str) -> None:
        """Keep the whole state of all hosts under a name, in place of an older one of that name.

        Hosts go on afterwards as if nothing had been. Raises LabRefused for a name that is none,
        for a frozen host and for a lab that shows an unpacked snap.
        """
        state.check_name(name)
        self._ask("save", name=name)

    def restore(self, name: str) -> None:
        """Put all hosts back to a save, as often as wished; nothing of after it is left.

        Hosts boot from the files that they had and run the services that they ran; clocks go on.
        Raises LabRefused where there is no such save, or it is one of other hosts.
        """
        self._ask("restore", name=name)

    def saved(self) -> tuple[saves.Save, ...]:
        """The saves of this lab, by name; they end with it."""
        return saves.listed(self.directory)

    def down(self) -> None:
        """End every process of the lab and remove its files."""
        take_down(self.name)

    def _ask(self, do: str, **params: Any) -> Any:
        return control.ask(self.directory / "run", do, **params)

    def _host_directory(self, host: str) -> Path:
        if host not in {known.name for known in self.hosts}:
            known_names = ", ".join(known.name for known in self.hosts)
            raise LabRefused(f"cannot find host {host}: lab {self.name} has {known_names}")
        return self.directory / "hosts" / host
