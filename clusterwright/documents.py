"""What the API takes and answers, by the names of its document.

scripts/client_code.py writes this file from the OpenAPI document.
"""

from typing import Any, Literal, NotRequired, TypedDict


class Index(TypedDict):
    """``Index`` of the document."""

    version: str
    links: dict[str, str]


class AddNodesParams(TypedDict):
    """``AddNodesParams`` of the document."""

    control_plane: NotRequired[list[str]]
    workers: NotRequired[list[str]]


class AddNodesChange(TypedDict):
    """Add free hosts to a cluster, as control plane nodes or workers."""

    kind: Literal["add-nodes"]
    params: AddNodesParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class AdoptClusterParams(TypedDict):
    """``AdoptClusterParams`` of the document."""

    hosts: list[str]
    environment: NotRequired[Literal["dev", "staging", "prod"]]


class AdoptClusterChange(TypedDict):
    """Take over a cluster that is there, and change nothing of it but our mark."""

    kind: Literal["adopt-cluster"]
    params: AdoptClusterParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class ApplyParams(TypedDict):
    """``ApplyParams`` of the document."""

    control_plane: list[str]
    workers: NotRequired[list[str]]
    channel: str
    environment: Literal["dev", "staging", "prod"]
    addons: NotRequired[list[str]]
    labels: NotRequired[dict[str, dict[str, str]]]
    taints: NotRequired[dict[str, list[str]]]
    addresses: NotRequired[dict[str, str]]
    host_keys: NotRequired[dict[str, str]]
    prune: NotRequired[bool]


class ApplyChange(TypedDict):
    """Bring a cluster to what a file says, in one plan."""

    kind: Literal["apply"]
    params: ApplyParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class BackupParams(TypedDict):
    """``BackupParams`` of the document."""

    keep: NotRequired[int]
    days: NotRequired[int]


class BackupChange(TypedDict):
    """Back up the datastore of a cluster, sealed, and off its hosts."""

    kind: Literal["backup"]
    params: BackupParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class CopyBackupsParams(TypedDict):
    """``CopyBackupsParams`` of the document."""

    backup: NotRequired[str]


class CopyBackupsChange(TypedDict):
    """Copy backups to the bucket that have no copy there; no host is asked."""

    kind: Literal["copy-backups"]
    params: CopyBackupsParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class CreateClusterParams(TypedDict):
    """``CreateClusterParams`` of the document."""

    control_plane: list[str]
    workers: NotRequired[list[str]]
    channel: NotRequired[str]
    environment: NotRequired[Literal["dev", "staging", "prod"]]
    topology: NotRequired[Literal["single", "ha", "separated"]]
    addons: NotRequired[list[str]]
    labels: NotRequired[dict[str, dict[str, str]]]
    taints: NotRequired[dict[str, list[str]]]


class CreateClusterChange(TypedDict):
    """Form a cluster out of hosts that belong to none."""

    kind: Literal["create-cluster"]
    params: CreateClusterParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class DestroyClusterParams(TypedDict):
    """``DestroyClusterParams`` of the document."""

    confirm: str
    forget: NotRequired[bool]


class DestroyClusterChange(TypedDict):
    """Take a cluster apart and free its hosts, or forget one whose hosts are gone."""

    kind: Literal["destroy-cluster"]
    params: DestroyClusterParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class DrillParams(TypedDict):
    """``DrillParams`` of the document."""

    target: NotRequired[Literal["worker", "leader", "voter"] | None]
    node: NotRequired[str | None]
    how: NotRequired[Literal["stop", "kill"]]
    seconds: NotRequired[int]


class DrillChange(TypedDict):
    """Stop a node on purpose, and see that the cluster lives without it."""

    kind: Literal["drill"]
    params: DrillParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class IssueKubeconfigParams(TypedDict):
    """``IssueKubeconfigParams`` of the document."""

    request: str
    role: NotRequired[Literal["view", "edit", "admin", "cluster-admin"]]
    minutes: NotRequired[int]


class IssueKubeconfigChange(TypedDict):
    """Sign a short-lived credential for a key that stays where it was made."""

    kind: Literal["issue-kubeconfig"]
    params: IssueKubeconfigParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class LabelNodesParams(TypedDict):
    """``LabelNodesParams`` of the document."""

    labels: NotRequired[dict[str, dict[str, str]]]
    unlabel: NotRequired[dict[str, list[str]]]
    taints: NotRequired[dict[str, list[str]]]
    untaint: NotRequired[dict[str, list[str]]]
    zones: NotRequired[dict[str, str]]
    dedicated: NotRequired[bool | None]


class LabelNodesChange(TypedDict):
    """Give nodes labels, taints and zones, or take them off."""

    kind: Literal["label-nodes"]
    params: LabelNodesParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class MaintainParams(TypedDict):
    """``MaintainParams`` of the document."""

    nodes: NotRequired[list[str] | None]
    reboot: NotRequired[bool]
    packages: NotRequired[bool]
    max_unavailable: NotRequired[int]
    drain: NotRequired[bool]


class MaintainChange(TypedDict):
    """Reboot the hosts of nodes, or upgrade their packages, a few nodes at a time."""

    kind: Literal["maintain"]
    params: MaintainParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class RecoverQuorumParams(TypedDict):
    """``RecoverQuorumParams`` of the document."""

    lost: list[str]
    confirm: str
    dead_are_off: NotRequired[bool]


class RecoverQuorumChange(TypedDict):
    """Recover a datastore that has lost most of its voters for good."""

    kind: Literal["recover-quorum"]
    params: RecoverQuorumParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class RefreshCertsParams(TypedDict):
    """``RefreshCertsParams`` of the document."""

    within_days: NotRequired[int]
    all: NotRequired[bool]


class RefreshCertsChange(TypedDict):
    """Renew the certificates of the control plane, one node after the other."""

    kind: Literal["refresh-certs"]
    params: RefreshCertsParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class RemoveNodeParams(TypedDict):
    """``RemoveNodeParams`` of the document."""

    node: str
    force: NotRequired[bool]


class RemoveNodeChange(TypedDict):
    """Take a node out of a cluster, alive or dead, and free its host."""

    kind: Literal["remove-node"]
    params: RemoveNodeParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class ReplaceNodeParams(TypedDict):
    """``ReplaceNodeParams`` of the document."""

    node: str
    by: str


class ReplaceNodeChange(TypedDict):
    """Have a free host take the place of a node whose host is dead."""

    kind: Literal["replace-node"]
    params: ReplaceNodeParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class RestoreParams(TypedDict):
    """``RestoreParams`` of the document."""

    confirm: str
    backup: NotRequired[str]


class RestoreChange(TypedDict):
    """Put what a backup of the cluster holds into its datastore again."""

    kind: Literal["restore"]
    params: RestoreParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class SetAddonsParams(TypedDict):
    """``SetAddonsParams`` of the document."""

    enable: NotRequired[list[str]]
    disable: NotRequired[list[str]]


class SetAddonsChange(TypedDict):
    """Enable addons, with their arguments, and disable others."""

    kind: Literal["set-addons"]
    params: SetAddonsParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class UpgradeParams(TypedDict):
    """``UpgradeParams`` of the document."""

    channel: str
    max_unavailable: NotRequired[int]
    drain: NotRequired[bool]


class UpgradeChange(TypedDict):
    """Bring every node to another channel, one minor version and a few nodes at a time."""

    kind: Literal["upgrade"]
    params: UpgradeParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class VerifyParams(TypedDict):
    """``VerifyParams`` of the document."""


class VerifyChange(TypedDict):
    """Look at a cluster now, and change nothing."""

    kind: Literal["verify"]
    params: VerifyParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


class VerifyBackupParams(TypedDict):
    """``VerifyBackupParams`` of the document."""

    backup: NotRequired[str]


class VerifyBackupChange(TypedDict):
    """Read a backup to its end: opened, compared and counted; no host is asked."""

    kind: Literal["verify-backup"]
    params: VerifyBackupParams
    accept: NotRequired[list[str]]
    on_failure: NotRequired[Literal["stop", "rollback"]]
    reason: NotRequired[str]
    approve_within: NotRequired[int]
    plan_digest: NotRequired[str]


ChangeRequest = (
    AddNodesChange
    | AdoptClusterChange
    | ApplyChange
    | BackupChange
    | CopyBackupsChange
    | CreateClusterChange
    | DestroyClusterChange
    | DrillChange
    | IssueKubeconfigChange
    | LabelNodesChange
    | MaintainChange
    | RecoverQuorumChange
    | RefreshCertsChange
    | RemoveNodeChange
    | ReplaceNodeChange
    | RestoreChange
    | SetAddonsChange
    | UpgradeChange
    | VerifyChange
    | VerifyBackupChange
)


class Reference(TypedDict):
    """``Reference`` of the document."""

    source: str
    subject: str
    url: str | None


class Action(TypedDict):
    """``Action`` of the document."""

    action: Literal[
        "add-host",
        "change-host",
        "repin-host",
        "show-host",
        "list-hosts",
        "list-clusters",
        "show-cluster",
        "list-jobs",
        "show-job",
        "follow-job",
        "cancel-job",
        "approve-job",
        "reject-job",
        "retry-job",
        "retry-job-accepting",
        "rollback-job",
        "rollback-job-without",
        "plan-change",
        "list-kinds",
        "list-schedules",
        "list-windows",
        "list-freezes",
        "check-stack",
    ]
    arguments: dict[str, str]
    request: NotRequired[str]


class Finding(TypedDict):
    """``Finding`` of the document."""

    code: str
    severity: Literal["refuse", "warn", "info"]
    message: str
    advice: str
    acceptable: bool
    host: str | None
    field: str | None
    measured: Any
    needed: Any
    actions: NotRequired[list[Action]]


class Quorum(TypedDict):
    """``Quorum`` of the document."""

    members: int
    voters: int
    voters_alive: int
    standbys: int
    spares: int
    majority: int
    tolerance: int
    quorum: bool
    ha: bool
    has_leader: bool


class JobQuorum(TypedDict):
    """``JobQuorum`` of the document."""

    before: Quorum | None
    now: Quorum | None
    during: Quorum | None
    expected: Quorum | None


class Step(TypedDict):
    """``Step`` of the document."""

    index: int
    name: str
    title: str
    status: Literal[
        "pending",
        "running",
        "retrying",
        "waiting",
        "done",
        "failed",
        "undoing",
        "undone",
        "nothing-to-undo",
        "skipped",
        "stuck",
        "left-out",
    ]
    attempt: int
    started: float | None
    started_time: str | None
    finished: float | None
    finished_time: str | None
    running_since: float | None
    running_since_time: str | None
    seconds: float | None
    waited_seconds: float | None
    final: bool
    ends_by: float | None
    ends_by_time: str | None
    due: float | None
    due_time: str | None
    waits_for: dict[str, Any] | None
    owed: bool
    hosts: dict[str, dict[str, Any]]
    error: dict[str, Any] | None
    findings: list[Finding]


class End(TypedDict):
    """``End`` of the document."""

    since: float
    p50: float | None
    p90: float | None


class AfterStep(TypedDict):
    """``AfterStep`` of the document."""

    p50: float
    p90: float


class TimeLeft(TypedDict):
    """``TimeLeft`` of the document."""

    ends: list[End]
    after_step: AfterStep | None
    runs: int
    of: Literal["cluster", "all", "both"]
    without: int


class Job(TypedDict):
    """``Job`` of the document."""

    id: str
    cluster: str
    kind: str
    status: Literal[
        "awaiting-approval",
        "queued",
        "running",
        "waiting",
        "cancelling",
        "closing",
        "rolling-back",
        "succeeded",
        "failed",
        "cancelled",
        "rolled-back",
        "stuck",
        "rejected",
        "expired",
        "outdated",
    ]
    finished_for_now: bool
    seq: int
    position: int
    waits_for: str | None
    created: float | None
    created_time: str | None
    started: float | None
    started_time: str | None
    finished: float | None
    finished_time: str | None
    running_since: float | None
    running_since_time: str | None
    seconds: float | None
    waited_seconds: float | None
    reason: str
    requested_by: str | None
    requested_by_name: str | None
    via: str | None
    held_since: float | None
    held_since_time: str | None
    held_by: str | None
    opens: float | None
    opens_time: str | None
    expires: float | None
    expires_time: str | None
    approval_asked_time: str | None
    next_action: str
    links: dict[str, str]
    params: dict[str, Any]
    epoch: int
    accept: list[str]
    acceptable: list[str]
    on_failure: Literal["stop", "rollback"]
    trace_id: str
    without: list[str]
    approve_within: int
    approved: float | None
    approved_time: str | None
    approved_by: str | None
    approved_alone: bool
    approval_why: str | None
    reference: Reference | None
    ends: Literal["failed", "cancelled"] | None
    waits: dict[str, Any] | None
    overtaken_by: str | None
    plan_digest: str
    findings: list[Finding]
    quorum: JobQuorum
    steps: list[Step]
    error: dict[str, Any] | None
    cause: dict[str, Any] | None
    actions: list[Action]
    estimate: TimeLeft | None
    not_taken: NotRequired[dict[str, Any]]


class Approval(TypedDict):
    """``Approval`` of the document."""

    within: int
    why: str


class Estimate(TypedDict):
    """``Estimate`` of the document."""

    p50: float
    p90: float
    runs: int
    of: Literal["cluster", "all"]
    said: str


class PlannedStep(TypedDict):
    """``PlannedStep`` of the document."""

    name: str
    title: str
    hosts: list[str]
    args: dict[str, Any]
    quorum: Quorum | None
    quorum_during: Quorum | None
    guard: dict[str, Any] | None
    retry: dict[str, Any]
    needs: list[str]
    final: bool
    patience: float
    closes: str | None
    writes: list[dict[str, Any]]
    durations: Estimate | None
    changes: dict[str, list[str]] | None


class PlanEstimate(TypedDict):
    """``PlanEstimate`` of the document."""

    p50: float | None
    p90: float | None
    runs: int
    of: Literal["cluster", "all", "both"] | None
    without: int
    said: str


class Shape(TypedDict):
    """``Shape`` of the document."""

    topology: str
    channel: str
    nodes: dict[str, dict[str, Any]]
    addons: list[str]


class Part(TypedDict):
    """``Part`` of the document."""

    what: str
    name: str
    mark: str
    role: str | None
    says: list[str]
    seen: list[str]


class Plan(TypedDict):
    """``Plan`` of the document."""

    kind: str
    cluster: str
    digest: str
    basis: dict[str, Any]
    allowed: bool
    checked: bool
    check: dict[str, Any] | None
    approval: Approval
    steps: list[PlannedStep]
    durations: PlanEstimate
    findings: list[Finding]
    findings_left_out: int
    connections: dict[str, dict[str, Any]]
    before: Shape | None
    after: Shape | None
    difference: list[Part]
    quorum_before: Quorum | None
    quorum_after: Quorum | None


class Milder(TypedDict):
    """``Milder`` of the document."""

    field: str
    values: list[str]
    permission: Literal["read", "plan", "change", "destroy", "approve", "admin"]


class Kind(TypedDict):
    """``Kind`` of the document."""

    name: str
    summary: str
    needs: Literal["new", "existing", "any"]
    cluster: str
    lock: Literal["exclusive", "shared", "none"]
    permission: Literal["read", "plan", "change", "destroy", "approve", "admin"]
    milder: Milder | None
    final: bool
    schema: dict[str, Any]
    example: dict[str, Any]


class KindList(TypedDict):
    """``KindList`` of the document."""

    kinds: list[Kind]


class JobRow(TypedDict):
    """``JobRow`` of the document."""

    id: str
    cluster: str
    kind: str
    status: Literal[
        "awaiting-approval",
        "queued",
        "running",
        "waiting",
        "cancelling",
        "closing",
        "rolling-back",
        "succeeded",
        "failed",
        "cancelled",
        "rolled-back",
        "stuck",
        "rejected",
        "expired",
        "outdated",
    ]
    finished_for_now: bool
    seq: int
    position: int
    waits_for: str | None
    created: float | None
    created_time: str | None
    started: float | None
    started_time: str | None
    finished: float | None
    finished_time: str | None
    running_since: float | None
    running_since_time: str | None
    seconds: float | None
    waited_seconds: float | None
    reason: str
    requested_by: str | None
    requested_by_name: str | None
    via: str | None
    held_since: float | None
    held_since_time: str | None
    held_by: str | None
    opens: float | None
    opens_time: str | None
    expires: float | None
    expires_time: str | None
    approval_asked_time: str | None
    next_action: str
    links: dict[str, str]


class JobList(TypedDict):
    """``JobList`` of the document."""

    jobs: list[JobRow]


class Verb(TypedDict):
    """``Verb`` of the document."""


class Retry(TypedDict):
    """``Retry`` of the document."""

    accept: NotRequired[list[str]]
    without: NotRequired[list[str]]


class Approve(TypedDict):
    """``Approve`` of the document."""

    plan_digest: NotRequired[str]


class Reject(TypedDict):
    """``Reject`` of the document."""

    reason: NotRequired[str]


class Rollback(TypedDict):
    """``Rollback`` of the document."""

    without: NotRequired[list[str]]


class Asked(TypedDict):
    """``Asked`` of the document."""

    by: str | None
    by_name: str | None
    via: str | None
    time: str
    reference: Reference | None


class EvidenceApproval(TypedDict):
    """``EvidenceApproval`` of the document."""

    within_hours: int
    why: str | None
    by: str | None
    alone: bool
    time: str | None


class Evidence(TypedDict):
    """``Evidence`` of the document."""

    format: str
    job: dict[str, Any]
    asked: Asked
    approval: EvidenceApproval
    accepted: list[dict[str, Any]]
    plan: dict[str, Any]
    quorum: dict[str, Any]
    steps: list[dict[str, Any]]
    end: dict[str, Any]
    log: list[dict[str, Any]]
    digest: str


class Cluster(TypedDict):
    """``Cluster`` of the document."""

    health: Literal["good", "warn", "bad", "unknown"]
    stale: bool
    observed_at: float | None
    observed_time: str | None
    age_seconds: float | None
    name: str
    environment: Literal["dev", "staging", "prod"]
    topology: Literal["single", "ha", "separated"]
    channel: str
    control_plane: list[str]
    workers: list[str]
    nodes: dict[str, Any]
    coming: dict[str, Any]
    addons: list[str]
    phase: Literal["forming", "formed", "destroying"]
    revision: int
    formed: bool
    backed_up_at: float | None
    quorum: Quorum | None
    observation: dict[str, Any] | None
    links: dict[str, str]


class ClusterList(TypedDict):
    """``ClusterList`` of the document."""

    clusters: list[Cluster]


class Member(TypedDict):
    """``Member`` of the document."""

    host: str
    role: str
    alive: bool
    leader: bool
    domain: int


class WhatIf(TypedDict):
    """``WhatIf`` of the document."""

    operation: Literal["add", "remove", "remove-dead", "stop"]
    host: str
    allowed: bool
    rule: (
        Literal[
            "no-leader",
            "no-quorum",
            "others-down",
            "not-settled",
            "not-a-member",
            "last-member",
            "quorum-would-be-lost",
        ]
        | None
    )
    settling: bool
    reason: str
    advice: str
    during: Quorum
    after: Quorum
    explain: str


class QuorumAnswer(TypedDict):
    """``QuorumAnswer`` of the document."""

    health: Literal["good", "warn", "bad", "unknown"]
    stale: bool
    observed_at: float | None
    observed_time: str | None
    age_seconds: float | None
    cluster: str
    basis: Literal["observation", "record"]
    members: list[Member]
    now: Quorum
    summary: str
    settled: bool
    explain: str
    what_if: list[WhatIf]


class ClusterFileRequest(TypedDict):
    """``ClusterFileRequest`` of the document."""

    text: str


class Difference(TypedDict):
    """``Difference`` of the document."""

    what: str
    now: str
    wanted: str
    by: str
    is_seen: bool
    needs_prune: bool


class ClusterDiff(TypedDict):
    """``ClusterDiff`` of the document."""

    cluster: str
    exists: bool
    differences: list[Difference]
    params: dict[str, Any]


class Host(TypedDict):
    """``Host`` of the document."""

    name: str
    address: str
    host_key: str
    port: int
    user: str
    ssh_key: str
    node_address: str
    jump: str
    site: str
    zone: str
    labels: dict[str, str]
    cluster: str
    reserved_by: str
    links: dict[str, str]


class HostList(TypedDict):
    """``HostList`` of the document."""

    hosts: list[Host]


class HostRequest(TypedDict):
    """``HostRequest`` of the document."""

    address: str
    host_key: str
    port: NotRequired[int]
    user: NotRequired[str]
    ssh_key: NotRequired[str]
    node_address: NotRequired[str]
    jump: NotRequired[str]
    site: NotRequired[str]
    zone: NotRequired[str]
    labels: NotRequired[dict[str, str]]


class HostRow(TypedDict):
    """``HostRow`` of the document."""

    address: NotRequired[str]
    host_key: NotRequired[str]
    port: NotRequired[int]
    user: NotRequired[str]
    ssh_key: NotRequired[str]
    node_address: NotRequired[str]
    jump: NotRequired[str]
    site: NotRequired[str]
    zone: NotRequired[str]
    labels: NotRequired[dict[str, str]]
    name: str
    if_match: NotRequired[str]


class HostListRequest(TypedDict):
    """``HostListRequest`` of the document."""

    hosts: list[HostRow]
    replace: NotRequired[bool]
    dry_run: NotRequired[bool]


class ChangedHost(TypedDict):
    """``ChangedHost`` of the document."""

    name: str
    changes: dict[str, dict[str, Any]]
    etag: str


class PutHosts(TypedDict):
    """``PutHosts`` of the document."""

    dry_run: bool
    created: list[str]
    changed: list[ChangedHost]
    unchanged: list[str]


class HookEvent(TypedDict):
    """``HookEvent`` of the document."""

    type: str
    subject: str
    outcome: Literal["job", "ignored", "refused"]
    job: str | None
    because: str | None
    links: dict[str, str]


class HookAnswer(TypedDict):
    """``HookAnswer`` of the document."""

    events: list[HookEvent]


class Hook(TypedDict):
    """``Hook`` of the document."""

    name: str
    kind: str
    title: str
    secrets: int
    makes_secrets: bool
    links: dict[str, str]


class HookList(TypedDict):
    """``HookList`` of the document."""

    hooks: list[Hook]


class NewHookSecret(TypedDict):
    """``NewHookSecret`` of the document."""

    secret: NotRequired[str]


class HookSecret(TypedDict):
    """``HookSecret`` of the document."""

    name: str
    kind: str
    title: str
    secrets: int
    makes_secrets: bool
    links: dict[str, str]
    secret: str | None


class RetiredSecrets(TypedDict):
    """``RetiredSecrets`` of the document."""

    retired: int


class TriedRule(TypedDict):
    """``TriedRule`` of the document."""

    rule: str
    matched: bool
    why: str


class ChatTrial(TypedDict):
    """``ChatTrial`` of the document."""

    identity: str
    person: str | None
    roles: list[str]
    command: str | None
    because: str
    allowed: bool


class TriedEvent(TypedDict):
    """``TriedEvent`` of the document."""

    type: str
    subject: str
    because: str
    rules: list[TriedRule]
    chat: ChatTrial | None
    change: dict[str, Any] | None
    allowed: bool
    findings: list[Finding]
    cool_down: int


class HookTrial(TypedDict):
    """``HookTrial`` of the document."""

    events: list[TriedEvent]


class PersonAnswer(TypedDict):
    """``PersonAnswer`` of the document."""

    identity: str
    name: str
    roles: list[str]
    clusters: str
    environments: list[str]


class SenderAnswer(TypedDict):
    """``SenderAnswer`` of the document."""

    name: str
    kind: str
    clusters: str
    environments: list[str]
    kinds: list[str]
    approve_within: int
    people: list[PersonAnswer] | None


class RuleAnswer(TypedDict):
    """``RuleAnswer`` of the document."""

    name: str
    source: str
    kind: str
    types: list[str]
    match: str | None
    approve_within: int
    cool_down: int
    during: str | None


class FileFault(TypedDict):
    """``FileFault`` of the document."""

    line: int
    column: int
    pointer: str
    detail: str


class Rules(TypedDict):
    """``Rules`` of the document."""

    revision: int
    text: str
    by: str
    at: str | None
    stored: bool
    sources: list[SenderAnswer]
    rules: list[RuleAnswer]
    faults: list[FileFault]


class PutRules(TypedDict):
    """``PutRules`` of the document."""

    text: str
    dry_run: NotRequired[bool]


class EventRequest(TypedDict):
    """``EventRequest`` of the document."""

    type: NotRequired[str]
    data: Any
    id: NotRequired[str]
    subject: NotRequired[str]
    is_over: NotRequired[bool]


class ExplainRules(TypedDict):
    """``ExplainRules`` of the document."""

    source: str
    event: EventRequest
    text: NotRequired[str]
    at: NotRequired[str]


class OtherVerdict(TypedDict):
    """``OtherVerdict`` of the document."""

    type: str
    subject: str
    because: str
    rule: str | None


class WantedChange(TypedDict):
    """``WantedChange`` of the document."""

    cluster: str
    kind: str
    params: dict[str, Any]
    accept: list[str]
    on_failure: str
    reason: str
    approve_within: int


class RuleRow(TypedDict):
    """``RuleRow`` of the document."""

    rule: str
    matched: bool
    why: str


class Verdict(TypedDict):
    """``Verdict`` of the document."""

    type: str
    subject: str
    others: list[OtherVerdict]
    because: str
    rule: str | None
    change: WantedChange | None
    cool_down: int
    chat: ChatTrial | None
    revision: int | None
    rows: list[RuleRow]


class StoredPolicy(TypedDict):
    """``StoredPolicy`` of the document."""

    asks: str
    environments: list[str]
    final: bool
    kinds: list[str]
    within: int
    final_kinds: list[str]
    others: list[str]
    revision: int
    by: str
    at: str | None


class Policy(TypedDict):
    """``Policy`` of the document."""

    asks: NotRequired[Literal["others", "always", "never"]]
    environments: NotRequired[list[Literal["dev", "staging", "prod"]]]
    final: NotRequired[bool]
    kinds: NotRequired[list[str]]
    within: NotRequired[int]


class Subscription(TypedDict):
    """``Subscription`` of the document."""

    name: str
    notifier: str
    receiver: str
    state: Literal["on", "disabled", "spent"]
    because: str
    clusters: str
    kinds: list[str]
    events: list[str]
    statuses: list[str]
    environments: list[str]
    source: str
    job: str
    once: bool
    settings: dict[str, str]
    created: float | None
    created_time: str | None
    created_by: str
    waiting: int
    dead: int
    dropped: int
    last_delivered: float | None
    last_delivered_time: str | None
    last_error: str
    links: dict[str, str]


class SubscriptionList(TypedDict):
    """``SubscriptionList`` of the document."""

    subscriptions: list[Subscription]


class SubscriptionRequest(TypedDict):
    """``SubscriptionRequest`` of the document."""

    name: str
    notifier: NotRequired[
        Literal[
            "apprise",
            "discord",
            "gitea",
            "github",
            "gitlab",
            "glpi",
            "jira",
            "mattermost",
            "mattermost-replies",
            "pagerduty",
            "servicenow",
            "slack",
            "slack-replies",
            "teams",
            "webhook",
            "zammad",
            "zendesk",
        ]
    ]
    url: str
    secret: NotRequired[str]
    clusters: NotRequired[str]
    kinds: NotRequired[
        list[
            Literal[
                "add-nodes",
                "adopt-cluster",
                "apply",
                "backup",
                "copy-backups",
                "create-cluster",
                "destroy-cluster",
                "drill",
                "issue-kubeconfig",
                "label-nodes",
                "maintain",
                "recover-quorum",
                "refresh-certs",
                "remove-node",
                "replace-node",
                "restore",
                "set-addons",
                "upgrade",
                "verify",
                "verify-backup",
            ]
        ]
    ]
    events: NotRequired[list[str]]
    statuses: NotRequired[
        list[
            Literal[
                "awaiting-approval",
                "queued",
                "running",
                "waiting",
                "cancelling",
                "closing",
                "rolling-back",
                "succeeded",
                "failed",
                "cancelled",
                "rolled-back",
                "stuck",
                "rejected",
                "expired",
                "outdated",
            ]
        ]
    ]
    environments: NotRequired[list[Literal["dev", "staging", "prod"]]]
    source: NotRequired[str]
    job: NotRequired[str]
    once: NotRequired[bool]
    settings: NotRequired[dict[str, str]]


class MadeSubscription(TypedDict):
    """``MadeSubscription`` of the document."""

    name: str
    notifier: str
    receiver: str
    state: Literal["on", "disabled", "spent"]
    because: str
    clusters: str
    kinds: list[str]
    events: list[str]
    statuses: list[str]
    environments: list[str]
    source: str
    job: str
    once: bool
    settings: dict[str, str]
    created: float | None
    created_time: str | None
    created_by: str
    waiting: int
    dead: int
    dropped: int
    last_delivered: float | None
    last_delivered_time: str | None
    last_error: str
    links: dict[str, str]
    secret: str | None


class SubscriptionChange(TypedDict):
    """``SubscriptionChange`` of the document."""

    clusters: NotRequired[str]
    kinds: NotRequired[
        list[
            Literal[
                "add-nodes",
                "adopt-cluster",
                "apply",
                "backup",
                "copy-backups",
                "create-cluster",
                "destroy-cluster",
                "drill",
                "issue-kubeconfig",
                "label-nodes",
                "maintain",
                "recover-quorum",
                "refresh-certs",
                "remove-node",
                "replace-node",
                "restore",
                "set-addons",
                "upgrade",
                "verify",
                "verify-backup",
            ]
        ]
    ]
    events: NotRequired[list[str]]
    statuses: NotRequired[
        list[
            Literal[
                "awaiting-approval",
                "queued",
                "running",
                "waiting",
                "cancelling",
                "closing",
                "rolling-back",
                "succeeded",
                "failed",
                "cancelled",
                "rolled-back",
                "stuck",
                "rejected",
                "expired",
                "outdated",
            ]
        ]
    ]
    environments: NotRequired[list[Literal["dev", "staging", "prod"]]]
    source: NotRequired[str]
    job: NotRequired[str]
    once: NotRequired[bool]
    settings: NotRequired[dict[str, str]]


class Trial(TypedDict):
    """``Trial`` of the document."""

    delivered: bool
    status: int | None
    because: str
    seconds: float | None


class RotateSecret(TypedDict):
    """``RotateSecret`` of the document."""

    secret: NotRequired[str]
    overlap_hours: NotRequired[int]


class RotatedSecret(TypedDict):
    """``RotatedSecret`` of the document."""

    secret: str | None
    overlap_hours: int


class Delivery(TypedDict):
    """``Delivery`` of the document."""

    id: str
    subscription: str
    type: str
    job: str
    seq: int
    state: Literal["waiting", "done", "dead"]
    attempts: int
    happened: float | None
    happened_time: str | None
    due: float | None
    due_time: str | None
    ended: float | None
    ended_time: str | None
    error: str
    links: dict[str, str]


class DeliveryList(TypedDict):
    """``DeliveryList`` of the document."""

    deliveries: list[Delivery]


class Grant(TypedDict):
    """``Grant`` of the document."""

    permission: Literal["read", "plan", "change", "destroy", "approve", "admin"]
    clusters: str
    environments: list[Literal["dev", "staging", "prod"]]


class Token(TypedDict):
    """``Token`` of the document."""

    id: str
    name: str
    owner: str
    status: Literal["valid", "ended", "revoked"]
    roles: list[Literal["viewer", "operator", "approver", "admin"]]
    clusters: str
    environments: list[Literal["dev", "staging", "prod"]]
    grants: list[Grant]
    created: float | None
    created_time: str | None
    created_by: str
    expires: float | None
    expires_time: str | None
    last_used: float | None
    last_used_time: str | None
    replaced_by: str
    links: dict[str, str]


class TokenList(TypedDict):
    """``TokenList`` of the document."""

    tokens: list[Token]


class TokenRequest(TypedDict):
    """``TokenRequest`` of the document."""

    name: str
    owner: NotRequired[str]
    roles: list[Literal["viewer", "operator", "approver", "admin"]]
    clusters: NotRequired[str]
    environments: NotRequired[list[Literal["dev", "staging", "prod"]]]
    days: NotRequired[int | None]


class MadeToken(TypedDict):
    """``MadeToken`` of the document."""

    id: str
    name: str
    owner: str
    status: Literal["valid", "ended", "revoked"]
    roles: list[Literal["viewer", "operator", "approver", "admin"]]
    clusters: str
    environments: list[Literal["dev", "staging", "prod"]]
    grants: list[Grant]
    created: float | None
    created_time: str | None
    created_by: str
    expires: float | None
    expires_time: str | None
    last_used: float | None
    last_used_time: str | None
    replaced_by: str
    links: dict[str, str]
    token: str


class RotateRequest(TypedDict):
    """``RotateRequest`` of the document."""

    overlap_hours: NotRequired[int]


class RotatedToken(TypedDict):
    """``RotatedToken`` of the document."""

    old: Token
    new: MadeToken


class AuditRecord(TypedDict):
    """``AuditRecord`` of the document."""

    number: int
    at: float | None
    time: str | None
    actor: str
    name: str
    via: str
    address: str
    verb: str
    object: str
    cluster: str
    before: dict[str, Any]
    after: dict[str, Any]
    outcome: Literal["done", "refused", "broken-off"]
    trace_id: str
    former: str
    hash: str


class AuditList(TypedDict):
    """``AuditList`` of the document."""

    records: list[AuditRecord]


class AuditChain(TypedDict):
    """``AuditChain`` of the document."""

    count: int
    first: int
    before: str
    hash: str


class AuditHash(TypedDict):
    """``AuditHash`` of the document."""

    number: int
    hash: str


class AuditFault(TypedDict):
    """``AuditFault`` of the document."""

    where: Literal["redis", "file", "both"]
    number: int
    says: str


class AuditVerdict(TypedDict):
    """``AuditVerdict`` of the document."""

    whole: bool
    redis: AuditChain
    file: AuditChain
    behind: int
    at: AuditHash
    faults: list[AuditFault]


class Outcome(TypedDict):
    """``Outcome`` of the document."""

    slot_time: str | None
    word: Literal["made", "joined", "refused", "missed"]
    job: str | None
    because: str


class Schedule(TypedDict):
    """``Schedule`` of the document."""

    name: str
    cluster: str
    change: dict[str, Any]
    cron: str | None
    timezone: str
    at: str | None
    late_by: int
    enabled: bool
    revision: int
    by: str
    next_time: str | None
    last: Outcome | None
    counts: dict[str, int]
    links: dict[str, str]


class ScheduleList(TypedDict):
    """``ScheduleList`` of the document."""

    schedules: list[Schedule]


class ScheduleRequest(TypedDict):
    """``ScheduleRequest`` of the document."""

    change: ChangeRequest
    cron: NotRequired[str]
    timezone: NotRequired[str]
    at: NotRequired[str]
    late_by: NotRequired[int]
    enabled: NotRequired[bool]


class Window(TypedDict):
    """``Window`` of the document."""

    name: str
    clusters: str
    environments: list[Literal["dev", "staging", "prod"]]
    links: dict[str, str]
    days: list[str]
    begin: str
    end: str
    timezone: str
    open: bool
    changes_time: str | None


class WindowList(TypedDict):
    """``WindowList`` of the document."""

    windows: list[Window]


class WindowRequest(TypedDict):
    """``WindowRequest`` of the document."""

    clusters: NotRequired[str]
    environments: NotRequired[list[Literal["dev", "staging", "prod"]]]
    days: NotRequired[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]]
    begin: str
    end: str
    timezone: NotRequired[str]


class Freeze(TypedDict):
    """``Freeze`` of the document."""

    name: str
    clusters: str
    environments: list[Literal["dev", "staging", "prod"]]
    links: dict[str, str]
    begin_time: str | None
    until_time: str | None
    reason: str
    kinds_except: list[str]
    in_force: bool


class FreezeList(TypedDict):
    """``FreezeList`` of the document."""

    freezes: list[Freeze]


class FreezeRequest(TypedDict):
    """``FreezeRequest`` of the document."""

    clusters: NotRequired[str]
    environments: NotRequired[list[Literal["dev", "staging", "prod"]]]
    begin: NotRequired[str]
    until: str
    reason: NotRequired[str]
    kinds_except: NotRequired[
        list[
            Literal[
                "add-nodes",
                "adopt-cluster",
                "apply",
                "backup",
                "copy-backups",
                "create-cluster",
                "destroy-cluster",
                "drill",
                "issue-kubeconfig",
                "label-nodes",
                "maintain",
                "recover-quorum",
                "refresh-certs",
                "remove-node",
                "replace-node",
                "restore",
                "set-addons",
                "upgrade",
                "verify",
                "verify-backup",
            ]
        ]
    ]


class Backup(TypedDict):
    """``Backup`` of the document."""

    name: str
    cluster: str
    at: float | None
    time: str | None
    host: str
    job: str
    nodes: list[str]
    versions: list[str]
    entries: int
    objects: dict[str, int]
    archive_bytes: int
    archive_sha256: str
    sealed_bytes: int
    sealed_sha256: str
    key: str
    here: bool
    copy: str


class BackupList(TypedDict):
    """``BackupList`` of the document."""

    backups: list[Backup]


class ApiServer(TypedDict):
    """``ApiServer`` of the document."""

    node: str
    url: str


class Credential(TypedDict):
    """``Credential`` of the document."""

    job: str
    cluster: str
    user: str
    role: str
    is_bounded: bool
    ends: int
    certificate: str
    authority: str
    servers: list[ApiServer]


class DrillCriterion(TypedDict):
    """``DrillCriterion`` of the document."""

    name: str
    is_met: bool
    says: str


class DrillMoment(TypedDict):
    """``DrillMoment`` of the document."""

    name: str
    says: str
    seconds: float | None


class DrillProbes(TypedDict):
    """``DrillProbes`` of the document."""

    begins: float
    ends: float
    probes: int
    silent: list[str]


class DrillObserver(TypedDict):
    """``DrillObserver`` of the document."""

    host: str
    probes: int
    failed: int
    first_failure: float | None
    last_failure: float | None
    longest_silence: float


class DrillReport(TypedDict):
    """``DrillReport`` of the document."""

    format: str
    job: dict[str, Any]
    asked: dict[str, Any]
    host: str | None
    target: str | None
    how: str | None
    seconds: float | None
    passed: bool | None
    criteria: list[DrillCriterion]
    moments: list[DrillMoment]
    log: list[DrillProbes]
    observers: list[DrillObserver]
    pods: dict[str, Any] | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class DrillList(TypedDict):
    """``DrillList`` of the document."""

    drills: list[DrillReport]


class Check(TypedDict):
    """``Check`` of the document."""

    status: Literal["pass", "warn", "fail"]
    detail: str


class Health(TypedDict):
    """``Health`` of the document."""

    status: Literal["pass", "warn", "fail"]
    checks: dict[str, Check]
    sites: NotRequired[list[str]]


class ErrorRow(TypedDict):
    """``ErrorRow`` of the document."""

    pointer: str
    detail: str
    line: NotRequired[int]
    column: NotRequired[int]


class Problem(TypedDict):
    """``Problem`` of the document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    advice: str
    actions: list[Action]
    errors: NotRequired[list[ErrorRow]]
    findings: NotRequired[list[Finding]]
    links: NotRequired[dict[str, str]]
    findings_left_out: NotRequired[int]
