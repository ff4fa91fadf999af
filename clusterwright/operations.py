"""Every operation of the API, as the call that asks for it; pure.

scripts/client_code.py writes this file from the OpenAPI document.
"""

from collections.abc import Mapping
from typing import Any, Literal

from clusterwright.calls import Call, Form, new_key, path
from clusterwright.documents import (
    Approve,
    AuditList,
    AuditVerdict,
    BackupList,
    ChangeRequest,
    Cluster,
    ClusterDiff,
    ClusterFileRequest,
    ClusterList,
    Credential,
    Delivery,
    DeliveryList,
    DrillList,
    DrillReport,
    Evidence,
    ExplainRules,
    Freeze,
    FreezeList,
    FreezeRequest,
    Health,
    HookAnswer,
    HookList,
    HookSecret,
    HookTrial,
    Host,
    HostList,
    HostListRequest,
    HostRequest,
    Index,
    Job,
    JobList,
    KindList,
    MadeSubscription,
    MadeToken,
    NewHookSecret,
    Plan,
    Policy,
    PutHosts,
    PutRules,
    QuorumAnswer,
    Reject,
    RetiredSecrets,
    Retry,
    Rollback,
    RotatedSecret,
    RotatedToken,
    RotateRequest,
    RotateSecret,
    Rules,
    Schedule,
    ScheduleList,
    ScheduleRequest,
    StoredPolicy,
    Subscription,
    SubscriptionChange,
    SubscriptionList,
    SubscriptionRequest,
    Token,
    TokenList,
    TokenRequest,
    Trial,
    Verb,
    Verdict,
    Window,
    WindowList,
    WindowRequest,
)


def add_secret(source: str, body: NewHookSecret | None = None) -> Call[HookSecret]:
    """Make a secret good for a sender, beside those that are."""
    return Call("POST", path("/v1/hooks/{source}/secrets", source=source), body=body)


def add_subscription(body: SubscriptionRequest) -> Call[MadeSubscription]:
    """Have a receiver told of what happens from now on."""
    return Call("POST", "/v1/subscriptions", body=body)


def approve_job(
    job_id: str, body: Approve | None = None, *, if_match: str | None = None
) -> Call[Job]:
    """Agree to the plan of a job that waits for approval."""
    return Call(
        "POST",
        path("/v1/jobs/{job_id}/approve", job_id=job_id),
        body=body,
        headers={"If-Match": if_match},
    )


def cancel_job(job_id: str, body: Verb | None = None, *, if_match: str | None = None) -> Call[Job]:
    """Ask a job to stop at the next safe point; what is done is kept."""
    return Call(
        "POST",
        path("/v1/jobs/{job_id}/cancel", job_id=job_id),
        body=body,
        headers={"If-Match": if_match},
    )


def change_subscription(name: str, body: SubscriptionChange) -> Call[Subscription]:
    """Have a receiver told of other events; what is left out stays."""
    return Call("PATCH", path("/v1/subscriptions/{name}", name=name), body=body)


def compare_file(cluster: str, body: ClusterFileRequest) -> Call[ClusterDiff]:
    """Compare a cluster's file with its record, and with what was last seen; nothing happens."""
    return Call("POST", path("/v1/clusters/{cluster}/file/diff", cluster=cluster), body=body)


def consent_to_hook(
    source: str,
    *,
    webhook_request_origin: str | None = None,
    webhook_request_rate: str | None = None,
) -> Call[str]:
    """Tell a sender whether it may send, and how much, before it sends anything."""
    return Call(
        "OPTIONS",
        path("/v1/hooks/{source}", source=source),
        headers={
            "WebHook-Request-Origin": webhook_request_origin,
            "WebHook-Request-Rate": webhook_request_rate,
        },
        form=Form.TEXT,
    )


def delete_host(name: str, *, if_match: str | None = None) -> Call[None]:
    """Delete a host that belongs to no cluster; the machine is left as it is."""
    return Call("DELETE", path("/v1/hosts/{name}", name=name), headers={"If-Match": if_match})


def draw_mermaid(name: str) -> Call[str]:
    """Draw a cluster as a Mermaid flowchart, for chat and tickets that render it."""
    return Call("GET", path("/v1/clusters/{name}/topology.mmd", name=name), form=Form.TEXT)


def draw_svg(name: str) -> Call[str]:
    """Draw a cluster as SVG: nodes with roles and health, sites, the quorum, the findings."""
    return Call("GET", path("/v1/clusters/{name}/topology.svg", name=name), form=Form.TEXT)


def draw_text(name: str) -> Call[str]:
    """Draw a cluster as text, for terminals and chat."""
    return Call("GET", path("/v1/clusters/{name}/topology.txt", name=name), form=Form.TEXT)


def enable_subscription(name: str) -> Call[Subscription]:
    """Have a receiver told again that said 410, or whose one event has come."""
    return Call("POST", path("/v1/subscriptions/{name}/enable", name=name))


def explain_rules(body: ExplainRules) -> Call[Verdict]:
    """Say what an event would lead to, and why, rule by rule; nothing happens."""
    return Call("POST", "/v1/rules/explain", body=body)


def greet(source: str) -> Call[str]:
    """Answer a sender that asks whether its hook is there, and who answers."""
    return Call("GET", path("/v1/hooks/{source}", source=source), form=Form.TEXT)


def list_backups(name: str) -> Call[BackupList]:
    """List the backups of a cluster, the newest first: also of one that is no more."""
    return Call("GET", path("/v1/clusters/{name}/backups", name=name))


def list_clusters(
    *, per_page: int | None = None, cursor: str | None = None, begun: str | None = None
) -> Call[ClusterList]:
    """List the clusters."""
    return Call(
        "GET", "/v1/clusters", query={"per_page": per_page, "cursor": cursor, "begun": begun}
    )


def list_deliveries(
    name: str,
    *,
    state: Literal["waiting", "done", "dead"] | None | None = None,
    per_page: int | None = None,
    cursor: str | None = None,
) -> Call[DeliveryList]:
    """List what was delivered, what waits, and what was given up."""
    return Call(
        "GET",
        path("/v1/subscriptions/{name}/deliveries", name=name),
        query={"state": state, "per_page": per_page, "cursor": cursor},
    )


def list_drills(
    name: str, *, per_page: int | None = None, cursor: str | None = None
) -> Call[DrillList]:
    """List the drills of a cluster with what each has shown: also of one that is no more."""
    return Call(
        "GET",
        path("/v1/clusters/{name}/drills", name=name),
        query={"per_page": per_page, "cursor": cursor},
    )


def list_freezes() -> Call[FreezeList]:
    """List the freezes, those that are over too, and whether each is in force now."""
    return Call("GET", "/v1/freezes")


def list_hooks() -> Call[HookList]:
    """List the senders, with the address that each posts to and how many secrets are good."""
    return Call("GET", "/v1/hooks")


def list_hosts(
    *,
    per_page: int | None = None,
    cursor: str | None = None,
    begun: str | None = None,
    free: bool | None = None,
) -> Call[HostList]:
    """List the inventory."""
    return Call(
        "GET",
        "/v1/hosts",
        query={"per_page": per_page, "cursor": cursor, "begun": begun, "free": free},
    )


def list_jobs(
    *,
    cluster: str | None = None,
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
    | None = None,
    per_page: int | None = None,
    cursor: str | None = None,
) -> Call[JobList]:
    """List jobs, newest first."""
    return Call(
        "GET",
        "/v1/jobs",
        query={"cluster": cluster, "status": status, "per_page": per_page, "cursor": cursor},
    )


def list_kinds() -> Call[KindList]:
    """List the kinds of change, with the schema of their params."""
    return Call("GET", "/v1/kinds")


def list_records(
    *,
    actor: str | None = None,
    cluster: str | None = None,
    since: str | None = None,
    outcome: Literal["done", "refused", "broken-off"] | None = None,
    per_page: int | None = None,
    cursor: str | None = None,
) -> Call[AuditList]:
    """List who did what, the newest first."""
    return Call(
        "GET",
        "/v1/audit",
        query={
            "actor": actor,
            "cluster": cluster,
            "since": since,
            "outcome": outcome,
            "per_page": per_page,
            "cursor": cursor,
        },
    )


def list_schedules() -> Call[ScheduleList]:
    """List the schedules, each with its next slot and what became of the last."""
    return Call("GET", "/v1/schedules")


def list_subscriptions() -> Call[SubscriptionList]:
    """List the subscriptions by their names, and how each fares."""
    return Call("GET", "/v1/subscriptions")


def list_tokens(*, per_page: int | None = None, cursor: str | None = None) -> Call[TokenList]:
    """List the tokens, oldest first, without their secrets."""
    return Call("GET", "/v1/tokens", query={"per_page": per_page, "cursor": cursor})


def list_windows() -> Call[WindowList]:
    """List the maintenance windows, and whether each is open now."""
    return Call("GET", "/v1/windows")


def live() -> Call[Health]:
    """Tell that this process answers."""
    return Call("GET", "/healthz")


def make_token(body: TokenRequest) -> Call[MadeToken]:
    """Make a token. It is told once: only a hash of it is stored."""
    return Call("POST", "/v1/tokens", body=body)


def pause_schedule(cluster: str, name: str, body: Verb | None = None) -> Call[Schedule]:
    """Let a schedule rest: no slot of it comes, and none is told as missed."""
    return Call(
        "POST",
        path("/v1/clusters/{cluster}/schedules/{name}/pause", cluster=cluster, name=name),
        body=body,
    )


def plan(
    cluster: str, body: ChangeRequest, *, check: bool | None = None, changes: bool | None = None
) -> Call[Plan | Job]:
    """Plan a change; nothing happens."""
    return Call(
        "POST",
        path("/v1/clusters/{cluster}/plans", cluster=cluster),
        query={"check": check, "changes": changes},
        body=body,
    )


def put_freeze(name: str, body: FreezeRequest) -> Call[Freeze]:
    """Put a freeze, in place of the one of that name: no job of its clusters begins in it."""
    return Call("PUT", path("/v1/freezes/{name}", name=name), body=body)


def put_host(
    name: str, body: HostRequest, *, if_none_match: str | None = None, if_match: str | None = None
) -> Call[Host]:
    """Add a host, or change it as a whole: what is left out gets its default."""
    return Call(
        "PUT",
        path("/v1/hosts/{name}", name=name),
        body=body,
        headers={"If-None-Match": if_none_match, "If-Match": if_match},
    )


def put_hosts(body: HostListRequest) -> Call[PutHosts]:
    """Add a list of hosts, or change them: all of them or none."""
    return Call("POST", "/v1/hosts", body=body)


def put_policy(body: Policy, *, if_match: str | None = None) -> Call[StoredPolicy]:
    """Replace the approval policy. It counts for changes that are asked for from now on."""
    return Call("PUT", "/v1/approval-policy", body=body, headers={"If-Match": if_match})


def put_rules(body: PutRules, *, if_match: str | None = None) -> Call[Rules]:
    """Replace the rule file as a whole; one with any fault is refused, and the former one stays."""
    return Call("PUT", "/v1/rules", body=body, headers={"If-Match": if_match})


def put_schedule(
    cluster: str,
    name: str,
    body: ScheduleRequest,
    *,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> Call[Schedule]:
    """Put a schedule, in place of the one of that name; slots count from now on."""
    return Call(
        "PUT",
        path("/v1/clusters/{cluster}/schedules/{name}", cluster=cluster, name=name),
        body=body,
        headers={"If-Match": if_match, "If-None-Match": if_none_match},
    )


def put_window(name: str, body: WindowRequest) -> Call[Window]:
    """Put a maintenance window, in place of the one of that name."""
    return Call("PUT", path("/v1/windows/{name}", name=name), body=body)


def ready() -> Call[Health]:
    """Tell whether changes can be carried out: Redis, its persistence, and Celery workers."""
    return Call("GET", "/readyz")


def receive(
    source: str, *, content: bytes, headers: Mapping[str, str | None] | None = None
) -> Call[HookAnswer]:
    """Take an event; the same one leads to the same job, however often it is sent."""
    return Call(
        "POST", path("/v1/hooks/{source}", source=source), content=content, headers=headers or {}
    )


def reject_job(
    job_id: str, body: Reject | None = None, *, if_match: str | None = None
) -> Call[Job]:
    """Do not agree to a job that waits for approval."""
    return Call(
        "POST",
        path("/v1/jobs/{job_id}/reject", job_id=job_id),
        body=body,
        headers={"If-Match": if_match},
    )


def remove_freeze(name: str) -> Call[None]:
    """Take a freeze away: jobs that wait for its end begin, unless something else keeps them."""
    return Call("DELETE", path("/v1/freezes/{name}", name=name))


def remove_schedule(cluster: str, name: str) -> Call[None]:
    """Take a schedule away; jobs that it has made stay as they are."""
    return Call(
        "DELETE", path("/v1/clusters/{cluster}/schedules/{name}", cluster=cluster, name=name)
    )


def remove_subscription(name: str) -> Call[None]:
    """Remove a subscription with its deliveries, its address and its secrets."""
    return Call("DELETE", path("/v1/subscriptions/{name}", name=name))


def remove_window(name: str) -> Call[None]:
    """Take a maintenance window away; jobs that wait for it are looked at anew."""
    return Call("DELETE", path("/v1/windows/{name}", name=name))


def replay_delivery(delivery_id: str) -> Call[Delivery]:
    """Send a delivery anew that was given up; its id stays."""
    return Call("POST", path("/v1/deliveries/{delivery_id}/replay", delivery_id=delivery_id))


def request_change(
    cluster: str,
    body: ChangeRequest,
    *,
    idempotency_key: str | None = None,
    traceparent: str | None = None,
) -> Call[Job]:
    """Have a change carried out; nothing has happened to a host when this answers."""
    return Call(
        "POST",
        path("/v1/clusters/{cluster}/changes", cluster=cluster),
        body=body,
        headers={"Idempotency-Key": idempotency_key or new_key(), "traceparent": traceparent},
    )


def resume_schedule(cluster: str, name: str, body: Verb | None = None) -> Call[Schedule]:
    """Have the slots of a schedule come again, from now on."""
    return Call(
        "POST",
        path("/v1/clusters/{cluster}/schedules/{name}/resume", cluster=cluster, name=name),
        body=body,
    )


def retire_secrets(source: str) -> Call[RetiredSecrets]:
    """Take all secrets of a sender away but the newest, once it signs with that."""
    return Call("POST", path("/v1/hooks/{source}/secrets/retire", source=source))


def retry_job(job_id: str, body: Retry | None = None, *, if_match: str | None = None) -> Call[Job]:
    """Go on with a failed or cancelled job; hosts that are done are left alone."""
    return Call(
        "POST",
        path("/v1/jobs/{job_id}/retry", job_id=job_id),
        body=body,
        headers={"If-Match": if_match},
    )


def revoke_token(token_id: str, *, if_match: str | None = None) -> Call[Token]:
    """Make a token invalid for good; other API processes may take it for five seconds more."""
    return Call(
        "POST",
        path("/v1/tokens/{token_id}/revoke", token_id=token_id),
        headers={"If-Match": if_match},
    )


def roll_job_back(
    job_id: str, body: Rollback | None = None, *, if_match: str | None = None
) -> Call[Job]:
    """Undo what a failed or cancelled job has done, last step first."""
    return Call(
        "POST",
        path("/v1/jobs/{job_id}/rollback", job_id=job_id),
        body=body,
        headers={"If-Match": if_match},
    )


def rotate_secret(name: str, body: RotateSecret | None = None) -> Call[RotatedSecret]:
    """Put a new secret in the place of a receiver's."""
    return Call("POST", path("/v1/subscriptions/{name}/rotate", name=name), body=body)


def rotate_token(
    token_id: str, body: RotateRequest | None = None, *, if_match: str | None = None
) -> Call[RotatedToken]:
    """Make a token with another's name, roles and clusters, which ends after an overlap."""
    return Call(
        "POST",
        path("/v1/tokens/{token_id}/rotate", token_id=token_id),
        body=body,
        headers={"If-Match": if_match},
    )


def run_schedule(
    cluster: str, name: str, body: Verb | None = None, *, idempotency_key: str | None = None
) -> Call[Job]:
    """Ask for a schedule's change now, as whoever sends this; its slots stay as they are."""
    return Call(
        "POST",
        path("/v1/clusters/{cluster}/schedules/{name}/run", cluster=cluster, name=name),
        body=body,
        headers={"Idempotency-Key": idempotency_key or new_key()},
    )


def show_cluster(name: str) -> Call[Cluster]:
    """Show what a cluster is meant to be, and how it was last seen."""
    return Call("GET", path("/v1/clusters/{name}", name=name))


def show_credential(job_id: str) -> Call[Credential]:
    """Show what a job of the kind `issue-kubeconfig` had signed, and where the API is reached."""
    return Call("GET", path("/v1/jobs/{job_id}/credential", job_id=job_id))


def show_drill(
    job_id: str, *, format_: Literal["json", "markdown"] | None = None
) -> Call[DrillReport]:
    """Show what a drill has shown: the moments T0 to T5, the probes, the verdict."""
    return Call("GET", path("/v1/jobs/{job_id}/drill", job_id=job_id), query={"format": format_})


def show_evidence(
    job_id: str, *, format_: Literal["json", "markdown"] | None = None
) -> Call[Evidence]:
    """Show what a job has done: plan, who asked and agreed, times, quorum, log."""
    return Call("GET", path("/v1/jobs/{job_id}/evidence", job_id=job_id), query={"format": format_})


def show_file(cluster: str) -> Call[str]:
    """Write a cluster as a file, as its record and the inventory have it."""
    return Call("GET", path("/v1/clusters/{cluster}/file", cluster=cluster), form=Form.TEXT)


def show_file_schema() -> Call[dict[str, Any]]:
    """Tell the schema of a cluster's file, for editors: what there is to say, and how."""
    return Call("GET", "/v1/cluster-file.schema.json")


def show_host(name: str) -> Call[Host]:
    """Show one host."""
    return Call("GET", path("/v1/hosts/{name}", name=name))


def show_index() -> Call[Index]:
    """Show where hosts, clusters, jobs, kinds of change and the documentation are."""
    return Call("GET", "/v1")


def show_job(job_id: str, *, wait: int | None = None, after: int | None = None) -> Call[Job]:
    """Show a job, at once or when there is news of it."""
    return Call(
        "GET", path("/v1/jobs/{job_id}", job_id=job_id), query={"wait": wait, "after": after}
    )


def show_metrics() -> Call[str]:
    """Tell what is counted: jobs, steps, queues, processes, and the quorum of each cluster."""
    return Call("GET", "/metrics", form=Form.TEXT)


def show_own() -> Call[Token]:
    """Tell who asks, and what they may: the token of this request, of ours or of an issuer."""
    return Call("GET", "/v1/tokens/self")


def show_policy() -> Call[StoredPolicy]:
    """Show which changes need somebody's approval, and who else may approve."""
    return Call("GET", "/v1/approval-policy")


def show_quorum(name: str, *, what_if: list[str] | None = None) -> Call[QuorumAnswer]:
    """Work out the quorum of the last observation, and try operations on paper."""
    return Call("GET", path("/v1/clusters/{name}/quorum", name=name), query={"what_if": what_if})


def show_rules() -> Call[Rules]:
    """Show the rule file, as it was written and as it is understood."""
    return Call("GET", "/v1/rules")


def show_schedule(name: str) -> Call[Schedule]:
    """Show one schedule. Its `ETag` is of what is asked for, not of what became of it."""
    return Call("GET", path("/v1/schedules/{name}", name=name))


def show_subscription(name: str) -> Call[Subscription]:
    """Show one subscription, and how it fares."""
    return Call("GET", path("/v1/subscriptions/{name}", name=name))


def show_token(token_id: str) -> Call[Token]:
    """Show one token, without its secret."""
    return Call("GET", path("/v1/tokens/{token_id}", token_id=token_id))


def try_hook(
    source: str, *, content: bytes, headers: Mapping[str, str | None] | None = None
) -> Call[HookTrial]:
    """Say what an event would lead to and why, rule by rule; nothing happens."""
    return Call(
        "POST",
        path("/v1/hooks/{source}/test", source=source),
        content=content,
        headers=headers or {},
    )


def try_subscription(name: str) -> Call[Trial]:
    """Send a test event now, signed as any other, and tell what was answered."""
    return Call("POST", path("/v1/subscriptions/{name}/test", name=name))


def verify_log(*, at: int | None = None) -> Call[AuditVerdict]:
    """Reckon the chain anew, in Redis and in the files of this API's data directory."""
    return Call("GET", "/v1/audit/verify", query={"at": at})
