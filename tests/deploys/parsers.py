"""Every parser of what hosts print: how it is asked, and what honest hosts answer."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import honest_answers as honest

from deploy_scripts.adopt_hosts import parse_mark
from deploy_scripts.backups.on_host import ArchiveFile, ArchivePiece
from deploy_scripts.checks.host_survey import Survey
from deploy_scripts.checks.node_names import OwnName
from deploy_scripts.checks.probe_addresses_fact import AddressProbe
from deploy_scripts.checks.probe_network import NetworkProbe, among
from deploy_scripts.fleet.error_text import headline, is_hopeless
from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.framing import Frame
from deploy_scripts.fleet.host_json import read_json
from deploy_scripts.keep_backends import parse_copy
from deploy_scripts.microk8s.addons import ShownAddonsFact
from deploy_scripts.microk8s.agents import AgentHealth
from deploy_scripts.microk8s.api_endpoints import Endpoints
from deploy_scripts.microk8s.boot_state import BootState
from deploy_scripts.microk8s.certificates import Certificates
from deploy_scripts.microk8s.client_certificates import SigningFact
from deploy_scripts.microk8s.cordoning import CordonNote
from deploy_scripts.microk8s.deprecated_apis import DeprecatedApis
from deploy_scripts.microk8s.drilling import LastWrite, Sight, WriteProbe
from deploy_scripts.microk8s.facts import ClusterNodes, ClusterView, HostRole
from deploy_scripts.microk8s.healing import HealTimer
from deploy_scripts.microk8s.join_token import read_fingerprint
from deploy_scripts.microk8s.leaving import JoinNotes
from deploy_scripts.microk8s.machine_ids import parse_machine, parse_machines
from deploy_scripts.microk8s.pending_packages import PendingPackages
from deploy_scripts.microk8s.pods import NodePods
from deploy_scripts.microk8s.raft_log import CanReadRaftLog, RaftLogEnd
from deploy_scripts.microk8s.seen_addons import SeenAddons
from deploy_scripts.microk8s.snap_state import SnapState
from deploy_scripts.microk8s.store_channels import StoreChannels

Lines = Sequence[str]


@dataclass(frozen=True)
class Parser:
    """One parser, with the modules whose code it tries."""

    read: Callable[[Lines], Any]
    honest: Sequence[Lines]
    modules: Sequence[str]
    refuses: tuple[type[Exception], ...] = (ValueError,)
    """What it raises for what it cannot read; nothing else may come out of it."""
    keeps_lines: bool = False
    """Whether it hands lines on as they are."""


def _frame(lines: Lines) -> list[str]:
    frame = Frame("cw-1")
    return [printed for line in lines for printed in frame.lines("stdout", line)] + frame.noise


def _error(lines: Lines) -> tuple[str, bool]:
    return headline(lines), is_hopeless(lines)


PARSERS = {
    "survey": Parser(
        Survey().process,
        [honest.UBUNTU.splitlines()],
        [
            "checks.host_survey",
            "checks.host_answer",
            "checks.host_answer_network",
            "checks.node_names",
            "microk8s.role_parser",
            "microk8s.store_channels",
        ],
    ),
    "role": Parser(HostRole().process, [honest.ROLE], ["microk8s.facts", "microk8s.role_parser"]),
    "view": Parser(
        ClusterView().process,
        [honest.VIEW, honest.LEADERLESS],
        ["microk8s.facts", "microk8s.view_parser", "microk8s.node_list", "fleet.host_json"],
    ),
    "nodes": Parser(
        ClusterNodes().process,
        [honest.NODES, honest.SILENT],
        ["microk8s.facts", "microk8s.view_parser", "microk8s.node_list"],
    ),
    "certificates": Parser(
        Certificates().process, [honest.CERTIFICATES], ["microk8s.certificates"]
    ),
    "signing": Parser(SigningFact().process, [honest.SIGNING], ["microk8s.client_certificates"]),
    "own name": Parser(OwnName().process, [["n1.example.com"]], ["checks.node_names"], ()),
    "measurement": Parser(
        lambda lines: among(("n1", "n2"), NetworkProbe().process(lines)),
        [["Welcome!", json.dumps(honest.MEASUREMENT)]],
        ["checks.probe_network", "fleet.host_json"],
    ),
    "addresses": Parser(
        AddressProbe().process,
        [["network 10.0.0.11/24", json.dumps({"asked": 9, "answers": {"10.0.0.7": "02:00"}})]],
        ["checks.probe_addresses_fact", "fleet.host_json"],
    ),
    "addons": Parser(
        ShownAddonsFact().process,
        [["core/dns: enabled", "core/rbac: disabled", "lent 10.0.0.7-10.0.0.9"]],
        ["microk8s.addons"],
        (),
    ),
    "seen addons": Parser(
        SeenAddons().process,
        [
            ["@@addons", "core/dns: enabled", "core/rbac: disabled", "@@end"],
            ["@@addons", "core/metallb: enabled", "lent 10.0.0.7-10.0.0.9", "@@end"],
            ["@@addons", "@@end"],
        ],
        ["microk8s.seen_addons", "microk8s.addons"],
    ),
    "agents": Parser(
        AgentHealth().process,
        [["10.0.0.11 ok", "10.0.0.12 Connection refused"]],
        ["microk8s.agents"],
        (),
    ),
    "endpoints": Parser(
        Endpoints().process,
        [["endpoints", "endpoint 10.0.0.11", "endpoint fd00::1", "Warning: v1 Endpoints"]],
        ["microk8s.api_endpoints"],
    ),
    "join notes": Parser(
        JoinNotes().process, [["notes", "10.0.0.12 3f2a", "10.0.0.13 -"]], ["microk8s.leaving"], ()
    ),
    "former mark": Parser(
        parse_mark,
        [["mark:"], ["mark:", "is there", "installation=3f2a", "cluster=prod", "job=j1"]],
        ["adopt_hosts"],
    ),
    "machine": Parser(parse_machine, [["machine:", "0f" * 16]], ["microk8s.machine_ids"]),
    "machines": Parser(
        parse_machines, [["nodes:", f"node n1 {'0f' * 16}", "node n2 "]], ["microk8s.machine_ids"]
    ),
    "cordon note": Parser(CordonNote().process, [['cordoned by "3f2a"']], ["microk8s.cordoning"]),
    "pods": Parser(NodePods().process, [honest.PODS], ["microk8s.pods"]),
    "drill sight": Parser(Sight().process, [honest.SIGHT], ["microk8s.drilling"]),
    "drill probe": Parser(WriteProbe().process, [["yes"], ["no"]], ["microk8s.drilling"]),
    "last write": Parser(LastWrite().process, [["probe 17"], ["probe"]], ["microk8s.drilling"]),
    "timer": Parser(
        HealTimer().process, [["active"], ["inactive"], ["failed"]], ["microk8s.healing"]
    ),
    "snap": Parser(SnapState().process, [honest.SNAP], ["microk8s.snap_state"]),
    "boot": Parser(
        BootState().process,
        [["boot 0e8d2f5a-9b1c-4c3d-8e7f-1a2b3c4d5e6f 12.34"]],
        ["microk8s.boot_state"],
    ),
    "packages": Parser(
        PendingPackages().process,
        [["@@upgrade", "libc6:i386", "g++-12", "@@all", "g++-12", "linux-generic", "@@end"]],
        ["microk8s.pending_packages"],
    ),
    "channels": Parser(
        StoreChannels().process,
        [
            [
                "@@store",
                "channels:",
                "1.33/stable: v1.33.1 2025-05-01 (8085) 170MB classic",
                "1.33/edge: --",
            ]
        ],
        ["microk8s.store_channels"],
    ),
    "deprecated APIs": Parser(
        DeprecatedApis().process,
        [
            [
                'apiserver_requested_deprecated_apis{group="batch",removed_release="1.33",'
                'resource="cronjobs",subresource="",version="v1beta1"} 1',
                "@@end",
            ]
        ],
        ["microk8s.deprecated_apis"],
    ),
    "archive": Parser(ArchiveFile().process, [["4096 " + "0f" * 32 + "  -"]], ["backups.on_host"]),
    "piece": Parser(
        ArchivePiece().process, [["@@piece AAEC", "@@piece AwQ=", "ends"]], ["backups.on_host"]
    ),
    "reader of a raft log": Parser(
        CanReadRaftLog().process, [["yes"], ["no"]], ["microk8s.raft_log"]
    ),
    "raft log": Parser(
        RaftLogEnd().process,
        [[f"log 3 451 {'0f' * 32}", "Address: 10.0.0.1:19001", "ID: 3297041220608546238"]],
        ["microk8s.raft_log"],
    ),
    "kept copy": Parser(
        parse_copy,
        [[f"copy 9 4096 {'0f' * 32} /var/lib/clusterwright/recovery/1/backend-0f.tar.gz"]],
        ["keep_backends"],
    ),
    "fingerprint": Parser(
        lambda lines: read_fingerprint(lines, "n1", 1),
        [["fingerprint=" + "0f" * 20]],
        ["microk8s.join_token"],
        (Transient,),
    ),
    "JSON": Parser(
        lambda lines: bool(read_json("\n".join(lines))),
        [json.dumps([honest.MEMBERS, honest.MEASUREMENT], indent=1).splitlines()],
        ["fleet.host_json"],
    ),
    "error": Parser(
        _error,
        [["Traceback", "  File x", "ValueError: no", "error: it is", "  not there", "", "bye"]],
        ["fleet.error_text"],
        (),
    ),
    "frame": Parser(
        _frame,
        [["Welcome!", "$ cw-1 begins", "", "answer", "", "", "cw-1 ends 0", "bye"]],
        ["fleet.framing"],
        (),
        keeps_lines=True,
    ),
}
NO_PARSERS = {
    "checks.address_probe_program": "runs on a host itself, tried by a test of its own",
    "microk8s.raft_log_program": "runs on a host itself, tried by a test of its own",
    "checks.network_probe_program": "runs on the hosts themselves, tried by its own test",
    "fleet.redaction": "masks and reads nothing, tried by its own test",
    "backups.archive": "reads an archive of any bytes, tried by a test of its own",
    "backups.copies": "reads what a bucket gives back, tried with buckets that give back others'",
    "backups.shelf": "reads what we wrote ourselves",
    "fleet.secret_forms": "the same",
    "fleet.shown_command": "reads what we wrote ourselves",
    "checks.proxy_rules": "judges facts that were read, tried with any of them there",
    "checks.host_rules": "the same",
}
"""Modules with patterns or JSON that read no answer of a host, and why they are not tried here."""
