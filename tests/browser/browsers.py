"""The browser, and the three ways of working in it."""

from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright, expect

from . import needs
from .firms import Firm
from .mask import USER_AGENT

WAYS = ("chromium", "ie11", "nojs")
PATIENCE = 10_000
"""Milliseconds that a scenario waits for what should appear; nothing waits that long when all is well."""

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_lines: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()


def start(playwright: Playwright) -> Browser:
    expect.set_options(timeout=PATIENCE)
    return playwright.chromium.launch(executable_path=needs.chromium(), headless=True, args=ARGUMENTS)


PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True}
"""A small telephone, for `enter("li", **PHONE)`."""


def new_context(browser: Browser, firm: Firm, cookies: Any = None, **device: Any) -> BrowserContext:
    """A browser window of its own (cookies, cache), the size of an old screen or as `device` says, in Taipei."""
    context = browser.new_context(
        base_url=firm.url,
        **{"viewport": {"width": 1024, "height": 768}, **device},
        locale="zh-TW",
        timezone_id="Asia/Taipei",
        storage_state=cookies,
        java_script_enabled=firm.way != "nojs",
        user_agent=USER_AGENT if firm.way == "ie11" else None,
    )
    context.set_default_timeout(PATIENCE)
    if firm.mask:
        context.add_init_script(firm.mask.init_script)
    return context


def state(firm: Firm, cookies: dict[str, str]) -> Any:
    """What new_context() takes as `cookies`."""
    kept = [{"name": name, "value": value, "url": firm.url} for name, value in cookies.items()]
    return {"cookies": kept, "origins": []}


def in_page(page: Page, expression: str) -> Any:
    """The value of a JavaScript expression in the page's own world.

    By the debugging protocol: Playwright's evaluate() uses functions that the mask has removed there, and
    the content security policy does not hold this back. A promise is waited for.
    """
    if page not in _lines:
        _lines[page] = page.context.new_cdp_session(page)
    said = _lines[page].send(
        "Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True}
    )
    if "exceptionDetails" in said:
        trouble = said["exceptionDetails"]
        raise AssertionError(trouble.get("exception", {}).get("description") or trouble["text"])
    return said["result"].get("value")
