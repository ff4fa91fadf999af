"""What every page must fulfil, whatever it shows."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe().axe_script
OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  return document.documentElement.scrollWidth <= wide ? [] :
    [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > wide + 1)
      .map(e => `${e.tagName}.${e.className} to ${Math.round(e.getBoundingClientRect().right)}`);
}"""
CUT = """() => [...document.querySelectorAll("table.cards")]
  .filter(e => e.parentElement.scrollWidth > e.parentElement.clientWidth)
  .map(e => e.parentElement.getAttribute("aria-label"))"""


def violations(page: Page, **options: Any) -> list[dict[str, Any]]:
    """Return what axe finds wrong, each with the elements that it is about."""
    run_options = {"resultTypes": ["violations"]} | options
    if page.evaluate("() => window.axe === undefined"):  # it is long, and reading it takes time
        page.evaluate(AXE)
    found = page.evaluate("options => window.axe.run(document, options)", run_options)["violations"]
    return [
        {"id": row["id"], "help": row["help"], "at": [node["html"][:160] for node in row["nodes"]]}
        for row in found
    ]


def contrast_violations(page: Page) -> list[dict[str, Any]]:
    """Return what is hard to read for its colours: all that changes between light and dark."""
    return violations(page, runOnly=["color-contrast"])


def overflowing(page: Page) -> list[str]:
    """Return the elements that make the page as a whole scroll sideways."""
    found: list[str] = page.evaluate(OVERFLOW)
    return found


def cut(page: Page) -> list[str]:
    """Return the tables of which a part is out of sight though they are cards on a phone."""
    found: list[str] = page.evaluate(CUT)
    return found
