"""Watches over every page that a person opens: what no scenario looks for but none may tolerate."""

import re
from contextlib import suppress

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    TimeoutError,
    WebError,
    expect,
)
from playwright.sync_api import Error as PlaywrightError

from .browsers import PATIENCE, in_page

NO_HTMX = "the page has scripts, but htmx is not there"
# Runs before the page's own scripts in every document, so no page passes by unseen, however short its stay.
# A page that has scripts or the frame must have htmx: without it all works by plain forms and proves nothing.
LOOK_FOR_HTMX = f"""document.addEventListener('DOMContentLoaded', function () {{
  if (!window.htmx && document.querySelector('script[src], #menu')) {{ console.error('{NO_HTMX}'); }}
}});"""
BUSY = ".htmx-request, .htmx-swapping, .htmx-settling"
STATE = f"({{busy: document.querySelector('{BUSY}') !== null, htmx: typeof window.htmx !== 'undefined'}})"
SHEET = re.compile(r"/print/|/prints/(\d+/)?preview")
"""A sheet for paper is sandboxed: it runs no scripts, and those of the tests stumble in it."""
STATUS_LOGGED_BY_HTMX = re.compile(r"^Response Status Error Code (\d{3})")


def page_of(request: Request) -> Page | None:
    """The tab that asks; none where it is closed."""
    with suppress(PlaywrightError):
        return request.frame.page
    return None


class Watch:
    """The eyes on one browser context. `way` is one of WAYS."""

    def __init__(self, context: BrowserContext, way: str) -> None:
        self.way = way
        self.allowed: set[int] = set()
        """Response statuses from 400 on that the scenario expects just now."""
        self.refusals: list[int] = []
        """All statuses from 400 on, in the order they came."""
        self.findings: list[str] = []
        self._context = context
        self._pending: dict[Request, None] = {}
        if way != "nojs":
            context.add_init_script(LOOK_FOR_HTMX)
        context.on("page", lambda page: page.on("close", self._forget))
        context.on("request", lambda request: self._pending.update({request: None}))
        context.on("requestfinished", lambda request: self._pending.pop(request, None))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("weberror", self._script_error)
        context.on("console", self._said)

    def _forget(self, closed: Page) -> None:
        """What a closed tab still asked for gets no end that is told of."""
        for request in [request for request in self._pending if page_of(request) in (None, closed)]:
            del self._pending[request]

    def _failed(self, request: Request) -> None:
        self._pending.pop(request, None)
        why = request.failure or ""
        if "ERR_ABORTED" not in why:  # left by going elsewhere, or a download
            self.findings.append(f"{request.url} failed: {why}")

    def _answered(self, response: Response) -> None:
        if response.status < 400:
            return
        self.refusals.append(response.status)
        if response.status not in self.allowed:
            self.findings.append(f"{response.request.method} {response.url} answered {response.status}")

    def _script_error(self, trouble: WebError) -> None:
        where = trouble.page.url if trouble.page else "?"
        if SHEET.search(where):
            return
        self.findings.append(f"JavaScript error on {where}: {trouble.error}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type != "error" and "Content Security Policy" not in message.text:
            return
        if message.text.startswith("Failed to load resource"):
            return  # counted as a response, where the scenario can expect it
        if "sandboxed" in message.text and SHEET.search(message.text):
            return
        logged = STATUS_LOGGED_BY_HTMX.match(message.text)
        if logged and int(logged[1]) in self.allowed:
            return
        where = message.page.url if message.page else "?"
        self.findings.append(f"console on {where}: {message.text}")

    def settle(self, page: Page) -> None:
        """Wait until the page is loaded, nothing is on its way and htmx has put everything in its place."""
        self._ask_state(page)  # answered after the click before it: what the click has sent off is known then
        while True:
            self._let_requests_end()
            page.wait_for_load_state("load")
            state = self._ask_state(page)
            if state["htmx"] and self.way == "nojs":
                self.findings.append(f"scripts run on {page.url} although they are switched off")
            if state["busy"]:
                expect(page.locator(BUSY)).to_have_count(0)
            if not (self._pending or state["busy"]):
                return

    def _ask_state(self, page: Page) -> dict[str, bool]:
        try:
            return dict(in_page(page, STATE))
        except PlaywrightError:  # between two pages there is nothing to ask
            return {"busy": False, "htmx": False}

    def _let_requests_end(self) -> None:
        tries = PATIENCE // 200
        while self._pending and tries:
            tries -= 1
            # Short, as a request that fails instead of finishing does not wake this up.
            with suppress(TimeoutError):
                self._context.wait_for_event("requestfinished", timeout=200)
        for request in self._pending:
            self.findings.append(f"{request.method} {request.url} did not end")
        self._pending.clear()

    def check(self) -> None:
        """Fail with everything that went wrong since the last check."""
        findings, self.findings = self.findings, []
        assert not findings, f"in the way {self.way}:\n  " + "\n  ".join(findings)
