import re
import subprocess
import tomllib

import pytest
from pages import PAGES, ROOT, read

# Written in halves, so that this file does not find itself.
FORBIDDEN = [
    "py" + "pi\\.org",
    "python" + "hosted",
    "/" + "work/",
    "/opt/" + "pypi",
]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def our_files():
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    files = [ROOT / name for name in listed.splitlines()] or list(ROOT.rglob("*.md"))
    return [file for file in files if file.is_file()]


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_file_names_a_package_index_or_a_path_of_one_machine(word):
    pattern = re.compile(word)

    found = [
        str(file.relative_to(ROOT))
        for file in our_files()
        if pattern.search(file.read_text(errors="replace"))
    ]

    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_pins_everything_with_a_hash(lock):
    text = read(lock)

    assert re.findall(r"https?://|--(?:extra-)?index|--find-links", text) == []
    requirements = [r for r in re.split(r"\n(?=\S)", text) if r and not r.startswith("#")]
    assert [r for r in requirements if "==" not in r or "--hash=sha256:" not in r] == []


def test_the_locks_agree():
    pins = [dict(re.findall(r"^([\w.-]+)==(\S+)", read(lock), re.MULTILINE)) for lock in LOCKS]

    assert pins[0].items() <= pins[1].items()


def test_the_locks_pin_every_dependency_that_the_project_names():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    groups = {
        LOCKS[0]: [*project["dependencies"], *extras["embedded"], *extras["lab"]],
        LOCKS[1]: extras["dev"],
    }

    missing = [
        f"{name} in {lock}; run make lock"
        for lock, wanted in groups.items()
        for name in (re.match(r"[\w.-]+", text)[0].lower() for text in wanted)
        if not re.search(rf"^{re.escape(name)}==", read(lock), re.MULTILINE)
    ]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_prose_is_plain(page):
    prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.DOTALL)

    found = re.findall(r"(?i)\b(?:simply|easily|just|e\.g\.|TODO|color|behavior)\b", prose)

    assert found == []
