"""How preflight tells its refusals: in one error that says what to do, and no more than that."""

import pytest

from cluster.findings import Finding, Severity
from deploy_scripts.fleet.errors import HostFailure, Permanent, Transient
from deploy_scripts.preflight import _failed, _refusal


def refusing(advice: str = "mend it", **more: object) -> Finding:
    return Finding("port-in-use", Severity.REFUSE, "n1 is busy", advice, host="n1", **more)  # type: ignore[arg-type]  # in short


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (refusing(), "mend it; no host was changed"),
        (refusing(""), "no host was changed"),
        (
            refusing("", acceptable=True),
            "or override with accept: port-in-use; no host was changed",
        ),
        (
            refusing(acceptable=True),
            "mend it; or override with accept: port-in-use; no host was changed",
        ),
    ],
    ids=["advice", "nothing", "acceptable alone", "both"],
)
def test_an_advice_that_is_missing_leaves_no_punctuation_behind(
    finding: Finding, expected: str
) -> None:
    error = _refusal([finding], (finding,), ())

    assert isinstance(error, Permanent)
    assert error.advice == expected


def test_a_host_that_could_not_be_asked_has_an_advice_though_its_command_gave_none() -> None:
    finding = _failed(HostFailure("n2", "cannot read Survey of n2: Please log in as ubuntu"))

    assert (finding.code, finding.host) == ("not-surveyed", "n2")
    assert finding.advice.startswith("log in to n2 as Clusterwright does")
    assert isinstance(_refusal([finding], (finding,), ()), Transient)
