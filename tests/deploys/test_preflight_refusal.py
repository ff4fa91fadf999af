"""How preflight tells its refusals: in one error that says what to do, and no more than that."""

import pytest

from deploy_scripts.errors import HostFailure, Permanent, Transient
from deploy_scripts.findings import Finding, Severity
from deploy_scripts.preflight import _failed, _mark, _refusal, _silent


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


def test_a_host_that_answers_nothing_is_named_with_its_command_and_the_likely_cause() -> None:
    failure = _silent("n3")

    assert failure.message == (
        "cannot survey n3: the command ended well and printed nothing; the login shell or its "
        "start files keep it from running"
    )
    assert (failure.command, failure.host) == ("Read Survey", "n3")
    assert "~/.bashrc" in failure.advice


def test_a_mark_that_is_told_in_part_is_unknown_in_the_rest() -> None:
    told = _mark({"cluster": "prod", "anything": "else"})

    assert _mark(None) is None
    assert told is not None
    assert (told.installation, told.cluster, told.job) == ("", "prod", "")
