"""What the files promise, read from them: no engine is needed here."""

import itertools
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from cli.stack import StackOptions, celery_commands
from lab import rootfs

WISH = StackOptions(Path("/nowhere"), "127.0.0.1:8460")
ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
LASTING = ["redis", "api", "worker", "deliveries"]
HOSTS = [name for name in SERVICES if re.fullmatch(r"lab-\d+", name)]
DOCKERFILES = ["worker.Dockerfile", "containers/lab-host.Dockerfile"]


def dockerfile(name):
    """Return the instructions of a file, one a line, comments left out."""
    lines = [x for x in (ROOT / name).read_text().splitlines() if not x.lstrip().startswith("#")]
    return [x for x in "\n".join(lines).replace("\\\n", " ").splitlines() if x.strip()]


def last_stage(name):
    lines = dockerfile(name)
    return lines[max(i for i, line in enumerate(lines) if line.startswith("FROM ")) :]


def options(command):
    """Return ``--name value`` pairs of a command in list form."""
    pairs = itertools.pairwise(command)
    return {name: value for name, value in pairs if name.startswith("--")}


def test_redis_keeps_every_write_and_evicts_nothing():
    settings = options(SERVICES["redis"]["command"])

    assert settings["--appendonly"] == "yes"
    assert settings["--appendfsync"] == "everysec"
    assert settings["--maxmemory-policy"] == "noeviction"
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_redis_is_full_before_the_kernel_would_kill_it():
    most = options(SERVICES["redis"]["command"])["--maxmemory"]
    limit = SERVICES["redis"]["deploy"]["resources"]["limits"]["memory"]

    assert int(most.removesuffix("mb")) <= 0.75 * int(limit.removesuffix("M"))


@pytest.mark.parametrize("name", list(SERVICES))
def test_no_service_can_gain_a_right_and_none_is_without_limits(name):
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_is_read_only_watched_and_started_again(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert "cap_add" not in service
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]
    assert "stop_grace_period" in service


def test_api_and_celery_workers_are_one_image_that_this_tree_builds():
    assert len({SERVICES[name]["image"] for name in ("api", "worker", "deliveries")}) == 1
    assert SERVICES["api"]["build"]["dockerfile"] == "worker.Dockerfile"


def test_only_the_api_is_published_and_only_on_loopback():
    published = {name: s["ports"] for name, s in SERVICES.items() if "ports" in s}

    assert list(published) == ["api"]
    assert all(port.startswith("127.0.0.1:") for port in published["api"])


def test_redis_has_no_way_out_and_no_neighbour_but_our_own():
    assert COMPOSE["networks"]["ledger"] == {"internal": True}
    assert SERVICES["redis"]["networks"] == ["ledger"]
    on_it = [name for name, s in SERVICES.items() if "ledger" in (s.get("networks") or ())]
    assert on_it == LASTING


def test_the_celery_worker_reads_ssh_keys_and_the_api_cannot():
    where = "/var/lib/clusterwright"
    receivers, hooks = f"receivers:{where}/receivers", f"hooks:{where}/hooks"
    backups, key = f"backups:{where}/backups", f"backup-key:{where}/backup-key"
    assert SERVICES["worker"]["volumes"] == [
        f"keys:{where}/keys:ro",
        backups,
        key,
        f"backup-s3:{where}/backup-s3:ro",
    ]
    assert SERVICES["api"]["volumes"] == [f"data:{where}", receivers, hooks, f"{backups}:ro"]
    assert SERVICES["deliveries"]["volumes"] == [f"{receivers}:ro", f"{hooks}:ro"]


def test_what_delivers_reaches_no_host_and_what_carries_out_steps_takes_no_delivery():
    def queues(name):
        return [word for word in SERVICES[name]["command"] if word.startswith("--queues=")]

    assert queues("worker") == ["--queues=site.${CLUSTERWRIGHT_SITE:-default}"]
    assert queues("deliveries") == ["--queues=cw-deliveries"]
    assert SERVICES["deliveries"]["networks"] == ["ledger", "front"]


def test_the_celery_worker_of_deliveries_is_started_as_clusterwright_up_starts_it():
    words = celery_commands(WISH)["deliveries"]
    up = words[words.index("worker") :]
    composed = dict(word.split("=") for word in SERVICES["deliveries"]["command"] if "=" in word)

    assert [composed[name] for name in ("--pool", "--concurrency", "--queues")] == [
        up[up.index(short) + 1] for short in ("-P", "-c", "-Q")
    ]


def test_there_are_hosts_enough_for_high_availability_and_one_more():
    assert HOSTS == ["lab-1", "lab-2", "lab-3", "lab-4"]
    addresses = [SERVICES[name]["networks"]["hosts"]["ipv4_address"] for name in HOSTS]
    assert len(set(addresses)) == len(HOSTS)
    assert [SERVICES[name]["hostname"] for name in HOSTS] == HOSTS


@pytest.mark.parametrize("name", [*HOSTS, "lab-key"])
def test_a_plain_up_starts_no_host(name):
    assert SERVICES[name]["profiles"] == ["lab"]


def test_every_volume_is_used_and_named():
    used = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", ())}

    assert used == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_base_image_is_pinned_and_can_be_replaced_by_one_with_a_digest(name):
    defaults = [line for line in dockerfile(name) if re.match(r"ARG \w+_IMAGE=", line)]
    bases = [line.split()[1] for line in dockerfile(name) if line.startswith("FROM ")]

    assert len(defaults) == 1
    variable, _, image = defaults[0].removeprefix("ARG ").partition("=")
    assert re.fullmatch(r"[\w./-]+:[\w.-]*\d+[\w.-]*", image)
    assert bases == [f"${{{variable}}}"] * len(bases)
    assert f"${{{variable}:-{image}}}" in (ROOT / "compose.yaml").read_text()


def test_the_product_is_built_in_one_stage_and_runs_as_an_ordinary_user_in_another():
    lines = dockerfile("worker.Dockerfile")
    final = "\n".join(last_stage("worker.Dockerfile"))

    assert [line.split()[2:] for line in lines if line[:4] == "FROM"] == [["AS", "builder"], []]
    assert "--require-hashes" in "\n".join(lines)
    assert "pip" not in final
    assert re.findall(r"^USER (.*)$", final, re.MULTILINE) == ["10001:10001"]
    assert re.search(r"^HEALTHCHECK ", final, re.MULTILINE)
    assert "PYTHONDONTWRITEBYTECODE=1" in final


@pytest.mark.parametrize("name", DOCKERFILES)
def test_everything_that_an_image_copies_exists_and_is_let_through(name):
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [
        word
        for line in dockerfile(name)
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]

    assert copied
    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert [word for word in copied if f"!{word.split('/')[0]}" not in kept] == []


def test_everything_of_the_product_is_in_its_image():
    packages = {init.parent.name for init in ROOT.glob("*/__init__.py")} - {"bench", "tests"}
    copied = {line.split()[1] for line in dockerfile("worker.Dockerfile") if line[:4] == "COPY"}

    assert packages <= copied


def test_a_host_in_a_container_has_the_ssh_server_of_the_other_lab():
    assert (ROOT / "containers/sshd_config").read_text() == rootfs._SSHD_CONFIG


def test_the_main_job_in_containers_names_hosts_that_there_are():
    script = (ROOT / "containers/form-lab-cluster.sh").read_text()

    named = re.search(r"--control-plane (\S+)", script)[1].split(",")
    assert named == HOSTS[:3]


@pytest.mark.parametrize(
    "script", ["scripts/e2e-containers", "containers/form-lab-cluster.sh", "containers/lab-key.sh"]
)
def test_a_script_is_valid_and_may_be_executed(script):
    shell = "bash" if (ROOT / script).read_text().splitlines()[0].endswith("bash") else "sh"
    done = subprocess.run([shell, "-n", ROOT / script], capture_output=True, check=False)

    assert done.stderr == b""
    assert os.access(ROOT / script, os.X_OK)


def test_every_service_and_profile_that_the_page_names_exists():
    page = (ROOT / "docs/containers.md").read_text()
    verbs = r"(?:run|exec|start|kill|pause|unpause)"
    options = r"(?: --entrypoint sh| --\w[\w-]*| -\w)*"
    services = r"docker compose (?:--profile \w+ )?" + verbs + options + r" ([a-z][\w-]*)"
    named = set(re.findall(services, page))
    profiles = {name for s in SERVICES.values() for name in s.get("profiles", ())}

    assert named
    assert named - set(SERVICES) == set()
    assert set(re.findall(r"--profile (\w+)", page)) <= profiles


def test_every_setting_of_the_compose_file_has_its_row():
    files = (ROOT / "compose.yaml").read_text()
    page = (ROOT / "docs/containers.md").read_text()

    settings = set(re.findall(r"\$\{(\w+):-", files))
    assert {name for name in settings if f"| `{name}` |" not in page} == set()


def test_a_host_tells_the_inventory_all_that_it_wants(tmp_path, monkeypatch):
    from api.description.host_requests import HostRequestSchema
    from lab import container_host

    key = tmp_path / "ssh_host_ed25519_key"
    encoded = "AAAAC3NzaC1lZDI1NTE5AAAAIDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
    key.with_suffix(".pub").write_text(f"ssh-ed25519 {encoded} lab\n")
    monkeypatch.setattr(container_host, "HOST_KEY", key)

    row = json.loads(json.dumps(container_host.row("lab-1", "10.79.8.11")))

    assert row.pop("name") == "lab-1"
    assert HostRequestSchema().load(row)["host_key"] == f"ssh-ed25519 {encoded}"
