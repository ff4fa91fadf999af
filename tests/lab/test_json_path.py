"""The emulated kubectl's jsonpath, where kubectl's own answer is known."""

import pytest

from lab.emulator.json_path import PathError, render

DATA = {
    "items": [
        {
            "metadata": {"name": "n1", "labels": {"microk8s.io/cluster": "true"}},
            "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Disk"}]},
            "count": 2,
        },
        {"metadata": {"name": "n2", "labels": {}}, "status": {"conditions": []}, "up": False},
    ],
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{.items[*].metadata.name}", "n1 n2"),
        ("{.items[0].metadata.name}", "n1"),
        ("{.items[-1:].metadata.name}", "n2"),
        ('{range .items[*]}{.metadata.name}{"\\t"}{.count}{"\\n"}{end}', "n1\t2\nn2\t\n"),
        ("{range .items[*]}{.metadata.name}={range .status.conditions[*]}{.type},{end};{end}",
         "n1=Ready,Disk,;n2=;"),
        ("{.items[0].metadata.labels['microk8s.io/cluster']}", "true"),
        ("{.items[0].metadata.labels.microk8s\\.io/cluster}", "true"),
        ('{.items[*].status.conditions[?(@.type=="Ready")].status}', "True"),
        ("{.items[?(@.metadata.name!='n1')].up}", "false"),
        ("{.items[?(@.up)].metadata.name}", "n2"),
        ("{..name}", "n1 n2"),
        ("{.items[0].metadata.labels}", '{"microk8s.io/cluster":"true"}'),
        ("{$.items[1].metadata.name} and text", "n2 and text"),
        ("{.nothing.at.all}", ""),
        ("{range .nothing[*]}x{end}", ""),
    ],
)  # fmt: skip
def test_a_path_prints_what_kubectl_prints(template: str, text: str) -> None:
    assert render(template, DATA) == text


@pytest.mark.parametrize(
    "template", ["{.items[0", "{end}", "{range .items[*]}x", "{.items[9]}", "{.items[?(@.a>1)]}"]
)
def test_a_path_that_kubectl_refuses_or_that_goes_beyond_is_refused(template: str) -> None:
    with pytest.raises(PathError):
        render(template, DATA)
