import runpy

from pages import ROOT, read


def test_the_page_of_permissions_is_the_one_that_its_script_writes():
    written = runpy.run_path(str(ROOT / "scripts" / "permissions_page.py"))["render"]()

    assert read("docs/permissions.md") == written


def test_the_page_tells_who_may_end_clusters_and_whom_lists_are_for():
    page = read("docs/permissions.md")

    assert "| operator | yes | yes | yes | in dev, staging | no | no |" in page
    assert "| GET `/v1/jobs` | `read` | cluster | yes | yes | yes | yes |" in page
    assert "| GET `/v1/hosts` | `read` | all | yes | yes | yes | yes |" in page
    assert "| DELETE `/v1/hosts/{name}` | `admin` | all | no | no | no | yes |" in page
