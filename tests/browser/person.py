"""A person at a browser: few verbs, and everything is named as on the screen.

After each verb the page is let come to rest and is checked (watch.py): script errors, failed resources,
answers from 400 on that were not expected, violations of the content security policy, htmx missing where
scripts run.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Dialog, FilePayload, Locator, Page, expect

from .firms import Firm
from .watch import Watch

FRAME = "#menu"
"""Only there where somebody is signed in."""
BUTTON = "button"


class Person:
    """Signed in or not. `page` is Playwright's, for what the verbs do not cover.

    `within` narrows a verb to a part of the page: a row or a part as `row()` and `part()` give them.
    """

    def __init__(self, context: BrowserContext, firm: Firm, artefacts: Path) -> None:
        self.firm = firm
        self.watch = Watch(context, firm.way)
        self.questions: list[str] = []
        """What the browser's own boxes (confirm, alert) asked; they are answered with yes."""
        self._context = context
        self._artefacts = artefacts
        self.at_the_door = False
        """Whether the first page is still to be opened; the first look at `page` does."""
        self._page = context.new_page()
        self._page.on("dialog", self._say_yes)

    @property
    def page(self) -> Page:
        if self.at_the_door:
            self.go("/")
        return self._page

    def _say_yes(self, dialog: Dialog) -> None:
        self.questions.append(dialog.message)
        dialog.accept()

    # Going about

    def sign_in(self, name: str, password: str) -> None:
        """By the form at the door."""
        self.go("/login")
        self.fill("用戶名", name)
        self.fill("密碼", password)
        self.press("登錄")
        expect(self.page.locator(FRAME)).to_be_attached()

    def is_signed_in(self) -> bool:
        return self.page.locator(FRAME).count() > 0

    def go(self, path: str) -> None:
        """Open an address of the firm, as typed into the address bar."""
        self.at_the_door = False
        self._page.goto(path)
        self._come_to_rest()

    def open_menu(self, entry: str) -> None:
        """Follow an entry of the menu at the left, unfolding its group where it is folded."""
        link = self.page.locator(f"{FRAME} a", has_text=re.compile(rf"^\s*{re.escape(entry)}\s*$")).first
        expect(link).to_be_attached()
        if not link.is_visible():
            folded = self.page.locator(f"{FRAME} [aria-expanded=false]")
            group = self.page.locator(f"{FRAME} *").filter(has=link).filter(has=folded).last
            group.locator("[aria-expanded=false]").first.click()
        link.click()
        self._come_to_rest()

    def follow(self, text: str, *, within: Locator | None = None) -> None:
        """Click a link by its text."""
        self._visible("link", text, within).click()
        self._come_to_rest()

    def press(self, label: str, *, within: Locator | None = None) -> None:
        """Press a button by its label; of several the first (保存 stands above and below a long form)."""
        self._visible(BUTTON, label, within).click()
        self._come_to_rest()

    def download(self, label: str, *, within: Locator | None = None) -> Path:
        """The file that a button or a link gives, under the name it was sent with."""
        wanted = self._visible("link", label, within).or_(self._visible(BUTTON, label, within)).first
        with self.page.expect_download() as coming:
            wanted.click()
        path = self._artefacts / "downloads" / self.firm.way / coming.value.suggested_filename
        coming.value.save_as(path)
        self._come_to_rest()
        return path

    # Filling in

    def unfold(self, label: str) -> None:
        """Open the group of a form in which the field with this label stands, where it is folded.

        IE 11 folds nothing and shows the field at once.
        """
        field = self.page.get_by_label(label, exact=True)
        expect(field.first).to_be_attached()
        if not field.first.is_visible():
            self.page.locator("details:not([open])").filter(has=field).last.locator("summary").first.click()
        expect(field.first).to_be_visible()

    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        """Write into the field with this label; dates as 2026-11-23."""
        self._labelled(label, within).fill(text)

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        """Choose by the words seen: in a list, or among the radio buttons of a group with this legend."""
        base = within or self.page
        chooser = self._labelled(label, within).and_(base.locator("select"))
        group = base.get_by_role("group", name=label, exact=True)
        group = group.or_(base.get_by_role("radiogroup", name=label, exact=True))
        radio = group.get_by_role("radio", name=option, exact=True)
        expect(chooser.or_(radio).first).to_be_visible()
        if chooser.count():
            chooser.select_option(label=option)
        else:
            radio.check()
        self._come_to_rest()

    def tick(self, label: str, on: bool = True, *, within: Locator | None = None) -> None:
        self._labelled(label, within).set_checked(on)
        self._come_to_rest()

    def upload(self, label: str, file: Path | FilePayload, *, within: Locator | None = None) -> None:
        """Put a file into a file field: a path, or {"name", "mimeType", "buffer"}."""
        (within or self.page).get_by_label(label, exact=True).set_input_files(file)
        self._come_to_rest()

    # Looking

    def sees(self, text: str, *, within: Locator | None = None) -> None:
        """The text stands somewhere on the page, to be seen; it is waited for."""
        expect((within or self.page).get_by_text(text).filter(visible=True).first).to_be_visible()
        self._come_to_rest()

    def does_not_see(self, text: str, *, within: Locator | None = None) -> None:
        """Nothing to be seen has the text, once the page has come to rest."""
        self._come_to_rest()
        expect((within or self.page).get_by_text(text).filter(visible=True)).to_have_count(0)

    def finds(self, label: str, text: str, *, within: Locator | None = None) -> None:
        """The field with this label holds the text."""
        expect(self._labelled(label, within)).to_have_value(text)

    def row(self, text: str) -> Locator:
        """The row of a table in which the text stands."""
        return self.page.get_by_role("row").filter(has_text=text)

    def part(self, name: str) -> Locator:
        """A part of the page by its accessible name: a fieldset, a region, a box on top, a table, a list."""
        parts = self.page.get_by_role("group", name=name, exact=True)
        for role in ("region", "dialog", "table", "list", "navigation", "form"):
            parts = parts.or_(self.page.get_by_role(role, name=name, exact=True))
        return parts

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """What is done inside is answered with this status (404, 422 …), which elsewhere is a failure."""
        before = self.watch.refusals.count(status)
        self.watch.allowed.add(status)
        try:
            yield
            self._come_to_rest()
            came = self.watch.refusals.count(status) > before
            assert came, f"nothing was answered with {status}"
        finally:
            self.watch.allowed.discard(status)

    def screenshot(self, name: str) -> Path:
        """A picture of the whole page in the artefacts folder."""
        path = self._artefacts / f"{name}-{self.firm.way}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    # For conftest.py

    def finish(self) -> None:
        """The last look, at the end of a test that has gone well so far."""
        self._come_to_rest()

    def leave_traces(self, name: str) -> str:
        """What there is to see of a failure: a picture, the page's source, what the watch found."""
        picture = self.screenshot(name)
        picture.with_suffix(".html").write_text(self.page.content(), encoding="utf-8")
        found = "".join(f"\n  {finding}" for finding in self.watch.findings)
        return f"{self.page.url}: {picture}{found}"

    def _come_to_rest(self) -> None:
        self.watch.settle(self._page)
        self.watch.check()

    def _visible(self, role: str, name: str, within: Locator | None) -> Locator:
        found = (within or self.page).get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        return found.filter(visible=True).first

    def _labelled(self, label: str, within: Locator | None) -> Locator:
        return (within or self.page).get_by_label(label, exact=True).filter(visible=True)
