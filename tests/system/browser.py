"""Chromium without a window, for the tests of the page of /status: `viewer` opens it, and at the end of a test
nothing may have been blocked by its policy, and no error may stand in the console."""
import os
import shutil
from contextlib import contextmanager

import pytest

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    Axe = expect = sync_playwright = None

from daemon import PATIENCE
from stage import Stage

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(not (CHROMIUM and sync_playwright),
                                   reason="no chromium, or no playwright: make test-browser installs both")
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# What Chromium itself notes of an answer that is none or of 401.
OF_THE_NET = "Failed to load resource"
WATCH = """window.blocked = [];
document.addEventListener('securitypolicyviolation', (e) => window.blocked.push(e.violatedDirective + ' ' + e.blockedURI));"""


@contextmanager
def running_chromium():
    with sync_playwright() as play:
        # Root, as in a container, has no sandbox.
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def chromium():
    with running_chromium() as browser:
        yield browser


class Viewer:
    """viewer(url, dark=..., size=...) opens the page in a window that keeps nothing of others, and returns playwright's
    page; prepare(page) comes before that. Set `net_fails` where answers that fail belong to the test."""

    def __init__(self, browser):
        self.browser, self.pages, self.errors, self.net_fails = browser, [], [], False

    def __call__(self, url, dark=False, size=WIDE, live=True, prepare=None, **options):
        context = self.browser.new_context(color_scheme="dark" if dark else "light", viewport=size, **options)
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.add_init_script(WATCH)
        page.on("console", lambda m: m.type in ("error", "warning") and self.errors.append(m.text))
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.pages.append(page)
        if prepare:
            prepare(page)
        page.goto(url)
        if live:
            page.wait_for_selector("#link.live")
        return page

    def stop(self):
        blocked = [one for page in self.pages for one in page.evaluate("window.blocked")]
        for page in self.pages:
            page.context.close()
        errors = [e for e in self.errors if not (self.net_fails and e.startswith(OF_THE_NET))]
        assert blocked == [] and errors == [], (blocked, errors)


@pytest.fixture
def viewer(chromium):
    viewer = Viewer(chromium)
    yield viewer
    viewer.stop()


@pytest.fixture
def stage(start):
    """The daemon's page with pretended facts."""
    daemon = start()
    stage = Stage(daemon.get("/status", {"Accept": "text/html"}))
    yield stage
    stage.stop()


def rows(page):
    return page.locator("#exchanges > li")


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def faults(page):
    """What axe finds: rule, and the element."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}).response["violations"]
    return [(v["id"], node["target"], node.get("failureSummary")) for v in found for node in v["nodes"]]
