import runpy

from pages import ROOT, read


def test_the_manual_is_the_one_that_its_script_writes():
    written = runpy.run_path(str(ROOT / "scripts" / "cli_page.py"))["render"]()

    assert read("docs/cli.md") == written
