"""What is in the images, and above all what is not."""

import json
import os
import re

import pytest
from composed import LAB_HOST, PRODUCT, ROOT, run

pytestmark = pytest.mark.containers

DOCKERFILES = ["worker.Dockerfile", "containers/lab-host.Dockerfile"]
COMPILERS = "gcc cc g++ clang tcc as ld make rustc go"
SECRET_NAMES = re.compile(r"(?i)(token|secret|password|passwd|private|credential|api_?key)")
SECRET_VALUES = re.compile(r"cw_[0-9a-f]{12}_|BEGIN [A-Z ]*PRIVATE KEY")
FIND_KEYS = (
    "grep -rlIE --exclude='*.py' --exclude='*.pyc' --exclude='*.so*' --exclude-dir=proc "
    "--exclude-dir=sys -e '-----BEGIN [A-Z ]*PRIVATE KEY-----|cw_[0-9a-f]{12}_' / 2>/dev/null"
)


def inside(image, script, user="0"):
    words = ["docker", "run", "--rm", "--network=none", "--user", user, "--entrypoint=sh", image]
    return run([*words, "-c", script], check=False).stdout.strip()


def config(image):
    return json.loads(run(["docker", "image", "inspect", image]).stdout)[0]["Config"]


@pytest.mark.parametrize("file", DOCKERFILES)
def test_the_linter_has_nothing_to_say(file):
    done = run([os.environ["CLUSTERWRIGHT_HADOLINT"], str(ROOT / file)], check=False)

    assert (done.stdout, done.returncode) == ("", 0)


def test_compose_accepts_the_file_with_every_profile(built):
    done = built.compose("--profile", "*", "config", "--quiet", check=False)

    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_the_product_runs_as_an_ordinary_user_of_a_fixed_id(built):
    assert config(PRODUCT)["User"] == "10001:10001"
    words = ["docker", "run", "--rm", "--network=none", PRODUCT, "id", "-u"]
    assert run(words).stdout.strip() == "10001"


@pytest.mark.parametrize("image", [PRODUCT, LAB_HOST])
def test_no_image_holds_a_compiler(built, image):
    assert inside(image, f"for name in {COMPILERS}; do command -v $name; done") == ""


def test_the_product_brings_no_installer_and_no_download(built):
    left = "/root/.cache /var/lib/clusterwright/.cache /build"

    assert inside(PRODUCT, f"ls -d {left} /opt/clusterwright/bin/pip* 2>/dev/null") == ""
    assert inside(PRODUCT, "ls /var/lib/apt/lists /var/cache/apt/archives/*.deb 2>/dev/null") in {
        "",
        "/var/lib/apt/lists:",
    }


@pytest.mark.parametrize("image", [PRODUCT, LAB_HOST])
def test_no_secret_is_in_an_image_or_in_its_history(built, image):
    names = [variable.partition("=")[0] for variable in config(image)["Env"]]
    history = run(["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image]).stdout

    assert [name for name in names if SECRET_NAMES.search(name)] == []
    assert SECRET_VALUES.findall(" ".join(config(image)["Env"]) + history) == []
    assert inside(image, FIND_KEYS) == ""


def test_nothing_of_the_product_can_be_changed_by_its_user(built):
    found = inside(PRODUCT, "find /opt /usr /etc /bin -xdev -writable -not -type l", user="10001")

    assert found == ""


def test_the_product_is_labelled_and_checks_its_health(built):
    facts = config(PRODUCT)

    assert facts["Labels"]["org.opencontainers.image.title"] == "Clusterwright"
    assert facts["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert facts["Healthcheck"]["Test"][0] == "CMD"


def test_the_command_line_is_in_the_product_and_knows_its_version(built):
    words = ["docker", "run", "--rm", "--network=none", PRODUCT, "clusterwright", "--version"]

    assert re.fullmatch(r"clusterwright, version \d+\.\d+\.\d+", run(words).stdout.strip())
