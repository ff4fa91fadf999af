"""The pages of docs/integrations as the tests read them."""

import re
from dataclasses import dataclass
from functools import cached_property

import yaml
from pages import ROOT, code_blocks, read

FOLDER = "docs/integrations"


def names() -> set[str]:
    """Return the names of all pages but the list of them."""
    return {path.stem for path in (ROOT / FOLDER).glob("*.md")} - {"README"}


@dataclass(frozen=True)
class Sent:
    """A request of a page, and what the page says that it is answered."""

    block: str
    status: int
    names_job: bool


@dataclass(frozen=True)
class Page:
    """One page about a kind of sender."""

    name: str

    @cached_property
    def text(self) -> str:
        return read(f"{FOLDER}/{self.name}.md")

    @cached_property
    def rules(self) -> str:
        (found,) = code_blocks(self.text, "yaml")
        return found

    @cached_property
    def source(self) -> tuple[str, dict[str, object]]:
        """The one sender of its rule file: its name, and what is said of it."""
        ((name, told),) = yaml.safe_load(self.rules)["sources"].items()
        return name, told

    @cached_property
    def shell(self) -> list[str]:
        return code_blocks(self.text, "bash")

    @cached_property
    def requests(self) -> list[Sent]:
        """Its blocks with curl, and what stands below each."""
        blocks = [block for block in self.shell if "curl " in block]
        answers = re.findall(r"^```\n\nAnswers `(\d+)`(.*)", self.text, re.MULTILINE)
        assert len(blocks) == len(answers), f"{self.name}: a request without its answer"
        return [
            Sent(block, int(status), "names the job" in rest)
            for block, (status, rest) in zip(blocks, answers, strict=True)
        ]
