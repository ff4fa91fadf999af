"""Saves of a lab: what each of them holds, and where they lie in the lab's own directory.

``saves/NAME/`` holds ``save.json``, ``roots/HOST/``, ``hosts/HOST/`` and ``world/``.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from lab.errors import LabError, LabRefused
from lab.spec import LabSpec

FOLDER = "saves"
_RECORD = "save.json"
_HALF_DONE = ".new"


@dataclasses.dataclass(frozen=True, slots=True)
class Save:
    """What a save says of itself.

    ``made_of`` is what a lab must have in common with the one that was saved.
    ``services`` are those that ran, by host; a host that was off has no entry.
    ``serving`` are the hosts whose Kubernetes API answered.
    ``full`` says of which hosts disk or inodes were full.
    """

    name: str
    at: str
    made_of: dict[str, Any]
    services: dict[str, list[str]]
    serving: list[str]
    full: dict[str, list[str]]
    cuts: list[tuple[str, str]]
    delays: dict[str, int]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the record of one save."""
        record = json.loads((folder / _RECORD).read_text())
        return cls(**record | {"cuts": [(source, target) for source, target in record["cuts"]]})

    def write(self, folder: Path) -> None:
        """Leave the record in the save's folder."""
        (folder / _RECORD).write_text(json.dumps(dataclasses.asdict(self), indent=1))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that were saved."""
        return tuple(self.made_of["hosts"])

    def check_fits(self, lab: LabSpec) -> None:
        """Refuse a lab whose hosts are not those that were saved."""
        own = made_of(lab)
        differing = [what for what in own if own[what] != self.made_of.get(what)]
        if "hosts" in differing:
            raise LabRefused(
                f"cannot restore {self.name} in lab {lab.name}: it holds the hosts "
                f"{_told(self.made_of['hosts'])}, and this lab has {_told(own['hosts'])}; "
                "start a lab of those hosts and save it there"
            )
        if differing:
            raise LabRefused(
                f"cannot restore {self.name} in lab {lab.name}: it comes from a lab that was "
                f"started otherwise ({', '.join(differing)}); save this lab itself"
            )


def made_of(lab: LabSpec) -> dict[str, Any]:
    """What a lab has to have in common with the save that it is put back to."""
    return {
        "hosts": {host.name: host.address for host in lab.hosts},
        "setup": dataclasses.asdict(lab.setup),
        "dqlite": lab.dqlite,
        "ssh": lab.ssh,
        "uid_map": lab.uid_map,
        "key": lab.public_key,
    }


def now() -> str:
    """The present, as a save's record has it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def find(directory: Path, name: str) -> Save:
    """Return the save of that name of the lab with this directory, or refuse."""
    known = listed(directory)
    for save in known:
        if save.name == name:
            return save
    names = ", ".join(save.name for save in known) or "none"
    raise LabRefused(f"cannot find the save {name}: this lab has {names}; make it with lab save")


def listed(directory: Path) -> tuple[Save, ...]:
    """All saves of the lab with this directory, by name."""
    found = sorted((directory / FOLDER).glob(f"*/{_RECORD}"))
    return tuple(Save.read(path.parent) for path in found if path.parent.suffix != _HALF_DONE)


def begun(directory: Path, name: str) -> Path:
    """An empty folder for a save that is being made; ``keep`` gives it its name."""
    folder = directory / FOLDER / f"{name}{_HALF_DONE}"
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("roots", "hosts"):
        (folder / part).mkdir(parents=True)
    return folder


def keep(folder: Path) -> None:
    """Put a finished save in the place of an older one of its name."""
    final = folder.with_suffix("")
    shutil.rmtree(final, ignore_errors=True)
    folder.rename(final)


def copy_all(pairs: Iterable[tuple[Path, Path]], doing: str) -> None:
    """Copy directories side by side, with owners, times, links, sockets and holes in files."""
    command = ["cp", "-a", "-T", "--sparse=always"]
    copiers = [
        subprocess.Popen(
            [*command, str(source), str(target)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for source, target in pairs
    ]
    # All are waited for, also when the first of them has failed.
    outcomes = [(copier.communicate()[1], copier.returncode) for copier in copiers]
    failed = [text for text, status in outcomes if status]
    if failed:
        last = (failed[0].strip().splitlines() or ["cp did not say why"])[-1]
        raise LabError(f"cannot {doing}: {last}")


def _told(hosts: Mapping[str, str]) -> str:
    return ", ".join(hosts)
