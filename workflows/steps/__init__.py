"""One builder for each step: it alone knows title, retry, guard, quorum, writes and arguments.

``hosts``: what is done to hosts before they are nodes, and once they are none any more.
``looks``: looks at a cluster that change nothing of it.
``joins``: hosts become nodes.
``departures``: nodes leave, or are taken out; clusters end.
``nodes``: what is changed of a node that stays one.
``addons``: addons are switched.
``backups``: backups of a datastore are taken, read and thinned out.
``credentials``: credentials are issued to those who use a cluster.
``recoveries``: a datastore that has lost its quorum is recovered.
``adoption``: a cluster that is there already is taken into the record.
``drills``: a node is stopped on purpose, watched from the others, and started again.
"""

from workflows.steps.addons import disable_addons, enable_addons, others, probe_addresses
from workflows.steps.adoption import adopt_hosts, find_cluster
from workflows.steps.backups import (
    check_backup,
    check_copies,
    copy_backups,
    restore_backup,
    take_backup,
    thin_backups,
)
from workflows.steps.credentials import issue_credential
from workflows.steps.departures import (
    begin_destroying,
    forget_cluster,
    leave_one_by_one,
    remove_dead_node,
    remove_lost,
)
from workflows.steps.drills import judge_drill, start_after_drill, stop_for_drill, watch_drill
from workflows.steps.hosts import (
    free_cluster,
    free_hosts,
    install_microk8s,
    preflight,
    prepare_hosts,
)
from workflows.steps.joins import SETTLE_SECONDS, join_control_plane_one_by_one, join_workers
from workflows.steps.looks import observe, verify_quorum
from workflows.steps.nodes import (
    check_apis,
    check_channels,
    cordon_node,
    drain_node,
    label_nodes,
    reboot_hosts,
    refresh_certs_one_by_one,
    refresh_microk8s,
    uncordon_node,
    upgrade_packages,
)
from workflows.steps.recoveries import (
    await_leader,
    choose_log,
    confirm_loss,
    keep_backends,
    reconfigure_datastore,
    start_members,
    stop_members,
    strike_off,
)
from workflows.steps.words import counted

__all__ = [
    "SETTLE_SECONDS",
    "adopt_hosts",
    "await_leader",
    "begin_destroying",
    "check_apis",
    "check_backup",
    "check_channels",
    "check_copies",
    "choose_log",
    "confirm_loss",
    "copy_backups",
    "cordon_node",
    "counted",
    "disable_addons",
    "drain_node",
    "enable_addons",
    "find_cluster",
    "forget_cluster",
    "free_cluster",
    "free_hosts",
    "install_microk8s",
    "issue_credential",
    "join_control_plane_one_by_one",
    "join_workers",
    "judge_drill",
    "keep_backends",
    "label_nodes",
    "leave_one_by_one",
    "observe",
    "others",
    "preflight",
    "prepare_hosts",
    "probe_addresses",
    "reboot_hosts",
    "reconfigure_datastore",
    "refresh_certs_one_by_one",
    "refresh_microk8s",
    "remove_dead_node",
    "remove_lost",
    "restore_backup",
    "start_after_drill",
    "start_members",
    "stop_for_drill",
    "stop_members",
    "strike_off",
    "take_backup",
    "thin_backups",
    "uncordon_node",
    "upgrade_packages",
    "verify_quorum",
    "watch_drill",
]
