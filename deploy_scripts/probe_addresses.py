"""See from a node that nobody has the addresses that MetalLB is to give away; changes nothing."""

from collections.abc import Collection

from cluster.address_ranges import BadRange, read_ranges, without
from cluster.findings import Severity
from deploy_scripts.checks.probe_addresses_fact import AddressProbe, SeenAddresses, limit
from deploy_scripts.checks.range_rules import judge_ranges
from deploy_scripts.fleet.errors import HostFailure, Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True


def apply(
    fleet: Fleet,
    *,
    before: Before,
    host: str,
    ranges: str,
    own: str = "",
    accept: Collection[str] = (),
) -> Result:
    """Ask for each address of ``ranges``; raise ``Permanent`` where a finding refuses.

    Those of ``own`` are not asked for: the cluster's MetalLB gives them away by now.
    """
    del before  # nothing is changed
    try:
        wanted, known = read_ranges(ranges), read_ranges(own) if own else ()
    except BadRange as error:
        raise Permanent(
            f"cannot ask for the addresses of metallb: {error}",
            advice="post the change anew with a range such as 10.0.0.200-10.0.0.210",
        ) from None
    asked = tuple(without(wanted, known))
    seen = SeenAddresses()
    if asked:
        seen = fleet.facts(AddressProbe, on=[host], timeout=limit(asked), ranges=asked)[host]
    findings = tuple(judge_ranges(host, fleet.node_address(host), asked, seen))
    refusals = [
        finding
        for finding in findings
        if finding.severity is Severity.REFUSE and finding.code not in accept
    ]
    if refusals:
        codes = ", ".join(sorted({finding.code for finding in refusals}))
        raise Permanent(
            f"cannot give addresses to metallb: {'; '.join(row.message for row in refusals)}",
            failures=[
                HostFailure(host, row.message, advice=row.advice, code=row.code) for row in refusals
            ],
            advice=f"{refusals[0].advice}; or override with accept: {codes}; nothing was changed",
            findings=findings,
        )
    fleet.mark_done(host, f"{seen.asked} addresses asked for")
    return Result({"findings": [finding.as_dict() for finding in findings], "asked": seen.asked})
