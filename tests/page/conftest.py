"""The page in a real browser: Chromium on a real API server, with jobs written by the ledger."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis as redis_client
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from running_redis import RedisServer
from site_process import Site
from visitor import Visitor

from api.access.tokens import new_token, register
from api.app import create_app
from api.page.sessions import COOKIE, Sessions
from workflows.audit.copy import COPY
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect
from workflows.process.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # what a page has compiled and warmed up is there for the next
]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
PATIENCE_MS = 15_000
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def redis_server(redis_server: RedisServer) -> RedisServer:
    """A database of its own: the site tells of itself there for as long as it lives."""
    return replace(redis_server, database=1)


@pytest.fixture(scope="session")
def site(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server; it lives as long as the tests, and what Redis holds is new in each."""
    found = Site(tmp_path_factory.mktemp("site"), redis_server.url)
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="session")
def token() -> str:
    return new_token()


@pytest.fixture
def redis(site: Site, redis_server: RedisServer, token: str) -> Iterator[redis_client.Redis]:
    """An empty database, but for the token."""
    client = connect(Settings(site.folder, redis_server.url))
    client.flushall()
    (site.folder / COPY).unlink(missing_ok=True)
    register(client, token, "test")
    yield client
    client.close()


@pytest.fixture
def inventory(redis: redis_client.Redis) -> Inventory:
    return Inventory(redis)


@pytest.fixture
def ledger(redis: redis_client.Redis) -> Ledger:
    return Ledger(redis)


@pytest.fixture(scope="session")
def app(redis_server: RedisServer, site: Site) -> Iterator[Flask]:
    """The application in this process, for what needs no browser."""
    app = create_app(Settings(site.folder, redis_server.url))
    yield app
    app.extensions["clusterwright"].close()


@pytest.fixture
def visitor(app: Flask, redis: redis_client.Redis, token: str) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(app.test_client(), token)


@pytest.fixture
def member(visitor: Visitor) -> Visitor:
    """Somebody who has signed in."""
    assert visitor.sign_in().status_code == 303
    return visitor


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium; install it with apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def console() -> Iterator[list[str]]:
    """What the browser complained about; a test that expects some takes it out."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture(scope="session")
def shared(browser: Browser, site: Site) -> BrowserContext:
    """The profile that all tests share: a new one costs a process with nothing warmed up."""
    context = _context(browser, site)
    context.new_page().goto("/healthz")  # keeps the process
    return context


def _context(browser: Browser, site: Site, **options: Any) -> BrowserContext:
    context = browser.new_context(base_url=site.url, reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def _as_new(context: BrowserContext) -> None:
    """Close what a test has opened, and forget what its pages have kept."""
    keeper, *opened = context.pages
    for page in opened:
        page.close()
    context.clear_cookies()
    context.clear_permissions()
    keeper.evaluate("localStorage.clear()")


@pytest.fixture
def open_page(
    browser: Browser,
    shared: BrowserContext,
    site: Site,
    redis: redis_client.Redis,
    token: str,
    console: list[str],
) -> Iterator[OpenPage]:
    """Return a function that opens a browser of its own, signed in unless told otherwise."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str = "",
        *,
        dark: bool = False,
        phone: bool = False,
        javascript: bool = True,
        signed_in: bool = True,
    ) -> Page:
        is_first = javascript and not contexts
        context = shared if is_first else _context(browser, site, java_script_enabled=javascript)
        contexts.append(context)
        if signed_in:
            context.add_cookies([_cookie(site, redis, token)])
        page = context.new_page()
        page.set_viewport_size(PHONE if phone else DESK)  # type: ignore[arg-type]  # a TypedDict
        page.emulate_media(color_scheme="dark" if dark else "light")
        _listen(page, console)
        if path:
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        if context is shared:
            _as_new(context)
        else:
            context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A signed-in browser at a desk."""
    return open_page()


def _cookie(site: Site, redis: redis_client.Redis, token: str) -> Any:
    session_id, _ = Sessions(redis).open(token.split("_")[1])
    flags = {"httpOnly": True, "sameSite": "Lax"}
    return {"name": COOKIE, "value": session_id, "url": site.url} | flags


def _listen(page: Page, console: list[str]) -> None:
    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            console.append(f"{message.type}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: console.append(f"uncaught: {error}"))
