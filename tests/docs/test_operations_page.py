"""What docs/operations.md and the alert rules say of metrics and logs is so."""

import re

import pytest
import yaml
from pages import ROOT, code_blocks, read, rows, section

from api.operations.metrics import Measured
from workflows.ledger.ledger import Ledger
from workflows.ledger.tallies import HOST_ERRORS, RECONCILED, SET_ASIDE_REASONS
from workflows.process import logs
from workflows.states import FINISHED, JobStatus, StepEvent

PAGE = read("docs/operations.md")
RULES = yaml.safe_load(read("docs/prometheus-rules.yaml"))["groups"][0]["rules"]
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "info": ("_info",),
}


@pytest.fixture
def families(redis):
    """Every metric, of an installation without jobs."""
    return list(Measured(Ledger(redis)).collect())


def words(text):
    return set(re.findall(r"`([\w-]+)`", text))


def line(beginning):
    (found,) = [text for text in PAGE.splitlines() if text.startswith(beginning)]
    return found


def test_every_metric_stands_in_the_table_with_its_labels(families):
    expected = {}
    for family in families:
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = family._labelnames if family.type != "info" else ("version", "python")
        expected[family.name + suffix] = set(labels)

    documented = {
        name.strip("`"): words(labels) for name, labels, _ in rows(section(PAGE, "## Metrics"))
    }

    assert documented == expected


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_metric_and_label_of_a_rule_exists(families, rule):
    samples = {family.name + end: family for family in families for end in SUFFIXES[family.type]}

    named = set(re.findall(r"clusterwright_\w+", rule["expr"]))

    assert named <= set(samples)
    assert named or rule["expr"].startswith("up{")
    if named:
        known = {label for name in named for label in samples[name]._labelnames}
        text = rule["expr"] + "".join(rule["annotations"].values())
        assert set(re.findall(r"\$labels\.(\w+)|\b(\w+)!?=\"", text)) <= {
            pair for label in known for pair in ((label, ""), ("", label))
        }


def test_every_status_of_a_rule_exists():
    statuses = set(re.findall(r'status!?="([^"]+)"', " ".join(rule["expr"] for rule in RULES)))

    assert statuses == {JobStatus.STUCK, JobStatus.FAILED, JobStatus.QUEUED}
    assert JobStatus.QUEUED not in FINISHED  # its age is told


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_rule_says_how_bad_it_is_and_leads_to_what_to_do(rule):
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    text = (ROOT / page).read_text()
    headings = {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }

    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert anchor in headings | set(re.findall(r'<a id="([^"]+)"', text))
    assert rule["annotations"]["summary"]


def test_every_alert_stands_in_the_table():
    documented = [re.search(r"`(\w+)`", name)[1] for name, *_ in rows(section(PAGE, "## Alerts"))]

    assert documented == [rule["alert"] for rule in RULES]


def test_the_scrape_configuration_is_yaml_that_scrapes_with_a_token():
    blocks = [yaml.safe_load(text) for text in code_blocks(PAGE, "yaml")]

    (job,) = blocks[0]["scrape_configs"]
    assert job["authorization"]["type"] == "Bearer"
    assert f'up{{job="{job["job_name"]}"}}' in RULES[-1]["expr"]
    assert blocks[1]["rule_files"][0].endswith("prometheus-rules.yaml")


def test_the_values_of_labels_are_told():
    begin = {StepEvent.STARTED, StepEvent.UNDO_STARTED}
    ends = set(StepEvent) - begin - {StepEvent.REOPENED, StepEvent.LEFT_OUT}
    kinds = {"findings", "transient", "permanent", "defect", "waited", "lost"}

    assert words(line("* An `outcome` is")) - {"outcome"} == ends | {"lost", "given-back"}
    assert words(line("* An `error` is")) - {"error"} == HOST_ERRORS | kinds
    assert words(line("* A `reason` is")) - {"reason"} == set(RECONCILED)
    assert words(line("  For what is set aside")) == set(SET_ASIDE_REASONS)


def test_every_field_and_setting_of_the_logs_is_told():
    tables = rows(section(PAGE, "## Logs"))
    fields = {word for first, *_ in tables for word in words(first)}

    always = {"time", "level", "logger", "message", "exc_info", "stack_info"}
    settings = {logs.FORMAT, logs.LEVEL}
    assert fields == always | set(logs.FIELDS) | settings
