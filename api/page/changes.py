"""Ask for a change, look at its plan, and have exactly that plan carried out."""

import secrets
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Response, g, request

from api.access.acts import note, note_nothing
from api.access.principal import principal
from api.backend import backend
from api.changes import asked
from api.checks import checked
from api.page.blueprint import bp
from api.page.change_commands import change_commands
from api.page.change_form import ChangeForm, Errors
from api.page.places import see_other
from api.page.rendering import kept_for_return, page
from api.page.words import natural
from api.told_plans import told
from cluster.names import DNS_LABEL
from cluster.spec import Cluster
from workflows.access import Permission, RequestKey, request_key
from workflows.approvals import approval_of_plan
from workflows.host_sentences import groups
from workflows.inventory import ClusterNotFound
from workflows.kinds import KINDS
from workflows.ledger.refusals import HostTaken
from workflows.plan import Change, Plan, Refused
from workflows.submit import PlanChanged, plan_change, submit

MOST_OFFERED = 50
"""Hosts to choose from at once; of more, those are shown whose names begin as somebody types."""


@bp.get("/changes/new", needs=Permission.PLAN, form_field="cluster")
def new_change() -> Response:
    """Ask for a change."""
    return _form(_typed(), {})


@bp.get("/changes", needs=Permission.PLAN, form_field="cluster")
@bp.get("/changes/plan", needs=Permission.PLAN, form_field="cluster")
def begin_again() -> Response:
    """Lead to the form: a plan is the answer to it, and has no address of its own."""
    return see_other("/changes/new")


@bp.post("/changes/plan", needs=Permission.PLAN, form_field="cluster", changes=False)
def show_plan() -> Response:
    """Show what would happen; nothing is asked for yet."""
    form = _typed()
    if "edit" in form.typed:
        return _form(form, {})
    change, errors = form.change()
    if change is None:
        return _form(form, errors)
    return _plan(form, change, asks_hosts="check" in form.typed)


@bp.post("/changes", needs=Permission.CHANGE, form_field="cluster")
def request_change() -> Response:
    """Have the plan that was looked at carried out, and lead to its job."""
    form = _typed()
    change, errors = form.change()
    if change is None:
        return _form(form, errors)
    digest = request.form.get("plan_digest")
    if not digest:
        note_nothing()
        return _plan(form, change)
    note(after=asked(change))
    try:
        found = submit(
            backend().ledger,
            backend().inventory,
            change,
            plan_digest=digest,
            trace_id=g.trace_id,
            by=principal(),
            keys=_keys(),
        )
    except (Refused, PlanChanged, HostTaken) as error:
        return _plan(form, change, notice=str(error))
    note(after={"job": found.job.id})
    return see_other(f"/jobs/{found.job.id}")


def _keys() -> tuple[RequestKey, ...]:
    """Return the key of the form, which stands for itself: sent twice, it leads to one job."""
    key = request.form.get("key", "")
    return (request_key(principal().id, "form", key, ""),) if key else ()


def _typed() -> ChangeForm:
    form = ChangeForm(request.values)
    form = replace(form, there=_there(form.cluster), known_clusters=backend().names.clusters())
    return replace(form, **_offered(form))


def _offered(form: ChangeForm) -> dict[str, Any]:
    """Return the hosts to choose from: all of a few, else the first free ones and the chosen.

    Nothing is read of any other, so that the form costs the same however many hosts there are.
    """
    if not form.asks_for_hosts:
        return {}
    if backend().names.host_count() <= MOST_OFFERED:
        return {"hosts": backend().inventory.hosts()}
    nodes = form.there.nodes if form.there else {}
    every = backend().names.free_hosts(form.cluster)
    free = [name for name in every if name.startswith(form.begun) and name not in nodes]
    offered = sorted(free, key=natural)[:MOST_OFFERED]
    known = backend().inventory.hosts_known({*offered, *form.chosen})
    hosts = tuple(known[name] for name in {*offered, *form.chosen} if name in known)
    left_out = len(free) - len(offered)
    return {"hosts": hosts, "left_out": left_out, "finds_nothing": not free, "is_part": True}


def _there(name: str) -> Cluster | None:
    """Return the cluster of a name that was typed, if there is one."""
    if not DNS_LABEL.fullmatch(name):
        return None
    with suppress(ClusterNotFound):
        return backend().inventory.cluster(name)
    return None


def _form(form: ChangeForm, errors: Errors) -> Response:
    response = page(
        "new_change.html",
        status=422 if errors else 200,
        form=form,
        fields=form.fields(errors),
        errors=errors,
        kinds=KINDS.values(),
        candidates=form.candidates(),
    )
    return kept_for_return(response)


def _plan(
    form: ChangeForm, change: Change, notice: str = "", *, asks_hosts: bool = False
) -> Response:
    """Show the plan as it is now; ``notice`` says why it was not carried out.

    With ``asks_hosts`` they are asked first; while that goes on, their job is what there is to see.
    """
    plan = plan_change(backend().ledger, backend().inventory, change)
    check = None
    if asks_hosts:
        plan, check = checked(change, plan)
    if check and not check.is_over:
        return see_other(f"/jobs/{check.job.id}")
    refusals = plan.refusals(change.accept)
    response = page(
        "plan.html",
        status=409 if notice else 200,
        form=form,
        change=change,
        approval=approval_of_plan(backend().inventory, change, plan, principal()),
        plan=_told(plan),
        check=check,
        cluster=plan.leaves,
        refusals=refusals,
        notice=notice,
        key=secrets.token_urlsafe(16),
        commands=[] if refusals else list(change_commands(change, plan.digest)),
    )
    return kept_for_return(response)


def _told(plan: Plan) -> dict[str, Any]:
    """Return a plan as it is told, with hosts together to which a step does the same."""
    found = told(plan, with_changes=True)
    for step in found["steps"]:
        step["groups"] = groups(step["changes"])
    return found
