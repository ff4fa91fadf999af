"""Takes the pictures in ``docs/screenshots``; ``scripts/screenshots`` runs it."""

from pathlib import Path

import pytest
from demo_data import seed
from looks import overflowing, violations
from small_png import shrink

from workflows.celery_workers import celery_worker_seen

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
LARGEST = 200_000


@pytest.fixture
def take(open_page, redis, ledger):
    demo = seed(redis)

    def take(name, path, *, fill=None, **look):
        celery_worker_seen(ledger.redis, "w1@lab")
        page = open_page(path.format(demo=demo), **look)
        if fill:
            fill(page)
        target = FOLDER / f"{name}.png"
        target.write_bytes(shrink(page.screenshot(full_page=True, animations="disabled")))
        assert target.stat().st_size < LARGEST
        assert violations(page) == []
        assert overflowing(page) == []

    return take


def plan(page):
    page.get_by_label("Cluster", exact=True).fill("web")
    for name in ("node-7", "node-8", "node-9"):
        page.get_by_label(f"Role of {name}", exact=True).select_option("control plane")
    for name in ("node-10", "node-11"):
        page.get_by_label(f"Role of {name}", exact=True).select_option("workers")
    page.get_by_label("Environment").select_option("prod")
    page.get_by_role("button", name="Show the plan").click()


def test_screenshots(take):
    take("overview", "/")
    take("cluster", "/clusters/shop")
    take("cluster-degraded", "/clusters/edge")
    take("hosts", "/hosts")
    take("host", "/hosts/node-5")
    take("plan", "/changes/new", fill=plan)
    take("job", "/jobs/{demo.running}")
    take("job-failed", "/jobs/{demo.failed}")
    take("phone", "/", phone=True)
    take("phone-cluster", "/clusters/edge", phone=True, dark=True)
    take("dark", "/clusters/shop", dark=True)
