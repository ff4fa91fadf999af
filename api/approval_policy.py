"""The approval policy: show it, and replace it."""

from typing import Any

from flask import Response, request

from api.access.acts import note
from api.access.principal import principal
from api.backend import backend
from api.description.approval_documents import PolicySchema, StoredPolicySchema
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, document, tag_of_text
from api.http.preconditions import condition
from workflows.access import Permission
from workflows.approval_policies import PolicyMoved, StoredPolicy, load_policy, replace_policy
from workflows.approval_policy import BUILT_IN, ApprovalPolicy
from workflows.approvers import other_approvers
from workflows.kinds import KINDS
from workflows.moments import rfc3339

CONDITIONS = [
    condition("If-Match", "The `ETag` of the policy that is to be replaced; others are 412")
]

bp = Blueprint(
    "approvals", __name__, url_prefix="/v1", description="Which changes need somebody's approval"
)


def _etag_of(stored: StoredPolicy) -> str:
    return tag_of_text(f"{stored.revision}\n{stored.at}")


def policy_body(stored: StoredPolicy) -> dict[str, Any]:
    """Return the policy as it is told, with who else may approve."""
    others = other_approvers(backend().redis, principal(), None, None)
    return stored.policy.as_dict() | {
        "final_kinds": sorted(name for name, kind in KINDS.items() if kind.is_final),
        "others": sorted({each.whose for each in others}),
        "revision": stored.revision,
        "by": stored.by,
        "at": rfc3339(stored.at),
    }


def _answer(stored: StoredPolicy) -> Response:
    response = document(policy_body(stored))
    response.set_etag(_etag_of(stored))
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/approval-policy", needs=Permission.ADMIN)
@bp.response(200, StoredPolicySchema, headers=ETAG, description="The policy that is in force")
def show_policy() -> Response:
    """Show which changes need somebody's approval, and who else may approve."""
    return _answer(load_policy(backend().redis))


@bp.put("/approval-policy", needs=Permission.ADMIN)
@bp.arguments(PolicySchema, example=BUILT_IN.as_dict())
@bp.response(200, StoredPolicySchema, headers=ETAG, description="The policy is in force")
@bp.doc(parameters=CONDITIONS)
def put_policy(policy: ApprovalPolicy) -> Response:
    """Replace the approval policy. It counts for changes that are asked for from now on."""
    return _answer(replace(policy, _expected_revision()))


def replace(policy: ApprovalPolicy, expected_revision: int | None) -> StoredPolicy:
    """Put a policy in force, in place of the one of a revision. Raises ``PolicyMoved``."""
    client = backend().redis
    before = load_policy(client)
    stored = replace_policy(client, policy, expected_revision, principal().id)
    note(object="approval policy", before=_told(before), after=_told(stored))
    return stored


def _told(stored: StoredPolicy) -> dict[str, Any]:
    return {"revision": stored.revision, **stored.policy.as_dict()}


def _expected_revision() -> int | None:
    """Return the revision that the request is meant for, or nothing if it names none."""
    if "If-Match" not in request.headers:
        return None
    stored = load_policy(backend().redis)
    named = request.if_match
    if named.star_tag:
        return None
    if not named.contains(_etag_of(stored)):
        raise PolicyMoved(stored)
    return stored.revision
