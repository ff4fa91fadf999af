"""The process that is a lab: first process of the outer namespaces, parent of every host.

It answers requests on a socket in the lab's state directory. When it dies, however it dies, the
kernel ends every host, mount and network of the lab with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from lab import network, rootfs, saves
from lab.errors import LabError, LabRefused
from lab.host import REBOOT_STATUS, LabHost
from lab.relay import Relay
from lab.spec import SSH_PORT, LabSpec
from lab.uplink import Uplinks

_BANNER_SECONDS = 15.0
_CONNECT_SECONDS = 0.05
_READ_SECONDS = 2.0
_STOP_SECONDS = 15.0
Answer = Callable[["Supervisor", dict[str, Any]], Awaitable[dict[str, Any]]]


class Supervisor:
    """A running lab, seen from inside."""

    def __init__(self, lab: LabSpec, directory: Path, machine_proc: int) -> None:
        self.lab = lab
        self.state = directory / "state"
        self.hosts = {spec.name: LabHost(spec, lab, directory) for spec in lab.hosts}
        self.cuts: set[tuple[str, str]] = set()
        self.delays: dict[str, int] = {}
        self.can_delay = False
        self.ended = asyncio.Event()
        self._template = directory / "template"
        self._machine_proc = machine_proc
        self._uplinks = Uplinks(lab.setup.networks)
        self._relays: dict[str, Relay] = {}
        self._rebooting: set[asyncio.Task[None]] = set()
        self.one_at_a_time = asyncio.Lock()

    async def start(self, answer: Answer) -> None:
        """Bring up network, files and hosts; return when every host speaks SSH.

        ``answer`` is asked for what each request on the lab's socket is told.
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        loop.add_signal_handler(signal.SIGTERM, self.end)
        network.make_bridge()
        self._uplinks.make()
        self.can_delay = network.can_delay()
        self._make_keys()
        self._write_host_facts()
        self._build_template()
        for host in self.hosts.values():
            host.install()
        sockets = zip(self.hosts.values(), self.lab.listener_fds, self.lab.plug_fds, strict=True)
        for host, listener, plug in sockets:
            self._relays[host.spec.name] = Relay(
                socket.socket(fileno=listener), socket.socket(fileno=plug), host.spec.address
            )
        control = socket.socket(socket.AF_UNIX)
        control.bind(str(self.state / "run" / "control"))
        await asyncio.start_unix_server(partial(self._serve, answer), sock=control)
        await self.boot(self.hosts.values())

    async def boot(self, hosts: Iterable[LabHost]) -> None:
        """Switch hosts on together; return when each speaks SSH."""
        started = [(host, host.start(self._machine_proc)) for host in hosts]
        for host, _ in started:
            host.wanted = True
            self._unplug(host)
        for host, spawned in started:
            self._uplinks.plug_in(host.spec, spawned.pid)
        cables = [(host.spec, spawned.pid) for host, spawned in started]
        network.plug_in(cables, self.lab.setup.networks)
        for host, spawned in started:
            if self.delays.get(host.spec.name):
                network.delay(host.spec, self.delays[host.spec.name])
            self._set_entrance(host)
            spawned.continue_()
        await asyncio.gather(*(self._wait_for_banner(host) for host, _ in started))

    async def power_off(self, hosts: Iterable[LabHost]) -> None:
        """Cut the power: no goodbye to peers, nothing flushed, no answer to anyone."""
        hosts = list(hosts)
        for host in hosts:
            host.wanted = False
            self._relays[host.spec.name].close()
            self._unplug(host)
            host.signal(signal.SIGKILL)
        await asyncio.gather(*(host.gone.wait() for host in hosts))

    async def reboot(self, host: LabHost) -> None:
        """Let the host stop its services, then start it again on the same files."""
        host.signal(signal.SIGHUP)
        try:
            await asyncio.wait_for(host.gone.wait(), _STOP_SECONDS)
        except TimeoutError:
            await self.power_off([host])
        if self._rebooting:
            await asyncio.wait(self._rebooting)
        if host.pid is None:
            await self.boot([host])

    async def reset(self, *, rebuild: bool) -> None:
        """Give every host a freshly installed root and forget all faults.

        The template is built anew only if what it is made of has changed: that takes longest.
        """
        await self.strip()
        self._write_host_facts()
        if rebuild:
            subprocess.run(["rm", "-rf", str(self._template)], check=True)
            self._build_template()
        for host in self.hosts.values():
            host.install()
        await self.boot(self.hosts.values())

    async def strip(self) -> None:
        """Switch every host off and throw its files away, and every cut and delay with them."""
        await self.power_off(self.hosts.values())
        self.cut(set())
        self.delays.clear()
        for host in self.hosts.values():
            host.uninstall()
        self._empty_directories("world", "hosts")

    def cut(self, cuts: set[tuple[str, str]]) -> None:
        """Replace the set of dropped directions between hosts."""
        own = {name: host.spec.port for name, host in self.hosts.items()}
        management = {name: host.spec.management_port for name, host in self.hosts.items()}
        # Two hosts that do not reach each other do so on none of their networks.
        network.apply_cuts(
            (ports.get(source, source), ports.get(target, target))
            for source, target in cuts
            for ports in (own, management)
        )
        self.cuts = cuts
        for host in self.hosts.values():
            self._set_entrance(host)

    def find(self, name: str) -> LabHost:
        """Return a host, or refuse."""
        if name not in self.hosts:
            known = ", ".join(self.hosts)
            raise LabRefused(f"cannot find host {name}: lab {self.lab.name} has {known}")
        return self.hosts[name]

    def end(self) -> None:
        """Finish, and remove the files that belong to user ids which only exist in here."""
        for host in self.hosts.values():
            host.signal(signal.SIGKILL)
        # A host that is not quite dead may still write; its files then go with the directory.
        with contextlib.suppress(subprocess.CalledProcessError):
            self._empty_directories("world", "hosts", saves.FOLDER)
        self.ended.set()

    def _unplug(self, host: LabHost) -> None:
        self._uplinks.unplug(host.spec)
        network.unplug(host.spec)

    def _set_entrance(self, host: LabHost) -> None:
        name = host.spec.name
        reachable = host.pid is not None and (network.OUTSIDE, name) not in self.cuts
        relay = self._relays[name]
        relay.open() if reachable else relay.close()

    async def _wait_for_banner(self, host: LabHost) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + _BANNER_SECONDS
        while loop.time() < end:
            if host.pid is None:
                raise LabError(f"cannot start {host.spec.name}: it ended with {host.status}")
            with contextlib.suppress(OSError, TimeoutError):
                if await _reads_banner(host.spec.address):
                    return
            await asyncio.sleep(0.01)
        raise LabError(
            f"cannot start {host.spec.name}: no SSH banner in {_BANNER_SECONDS:g} s; "
            f"its log ends with: {self._last_words(host)}"
        )

    def _last_words(self, host: LabHost) -> str:
        log = self.state / "hosts" / host.spec.name / "log"
        texts = (path.read_text(errors="replace") for path in sorted(log.glob("*.log")))
        return "; ".join(text.strip().splitlines()[-1] for text in texts if text.strip())

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                for host in self.hosts.values():
                    if host.pid == pid:
                        self._host_ended(host, status)

    def _host_ended(self, host: LabHost, status: int) -> None:
        host.exited(status)
        self._relays[host.spec.name].close()
        if host.status == REBOOT_STATUS and host.wanted:
            task = asyncio.ensure_future(self.boot([host]))
            self._rebooting.add(task)
            task.add_done_callback(self._rebooting.discard)
        else:
            self._unplug(host)

    async def _serve(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            request: dict[str, Any] = json.loads(await reader.readline() or "{}")
            reply = await answer(self, request)
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
            writer.close()
            if request.get("do") == "end":
                self.end()

    def _make_keys(self) -> None:
        keys = self.state / "run" / "keys"
        keys.mkdir()
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f"]
        makers = [
            subprocess.Popen([*command, str(keys / name)], stdin=subprocess.DEVNULL)
            for name in self.hosts
        ]
        if any(maker.wait() for maker in makers):
            raise LabError("cannot make host keys: ssh-keygen failed; see its log")

    def _build_template(self) -> None:
        self._template.mkdir()
        rootfs.build_template(
            self._template,
            self.state / "opt",
            ops=self.lab.uid_map != "single",
            public_key=self.lab.public_key,
            python=self.lab.python,
            setup=self.lab.setup,
        )

    def _write_host_facts(self) -> None:
        for name, host in self.hosts.items():
            directory = self.state / "hosts" / name
            for subdirectory in ("log", "world"):
                (directory / subdirectory).mkdir(parents=True, exist_ok=True)
            facts = json.dumps(self.lab.host_json(host.spec), indent=1)
            (directory / "host.json").write_text(facts)

    def _empty_directories(self, *names: str) -> None:
        for name in names:
            for entry in (self.state / name).iterdir():
                subprocess.run(["rm", "-rf", str(entry)], check=True)


async def _reads_banner(address: str) -> bool:
    # A first packet to a host that is not up yet is lost, and would be sent again after 1 s only.
    connecting = asyncio.open_connection(address, SSH_PORT)
    reader, writer = await asyncio.wait_for(connecting, _CONNECT_SECONDS)
    try:
        return await asyncio.wait_for(reader.read(4), _READ_SECONDS) == b"SSH-"
    finally:
        writer.close()
