"""A headless Chromium, this machine's own, for walking through a web page as a person does: by what is written on it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 180_000.0  # milliseconds for anything to appear: a page takes a second, a run of the DAG twenty, on a busy machine more

expect.set_options(timeout=PATIENCE)


def installed() -> str | None:
    """Where this machine's Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium(home: Path) -> Iterator[Browser]:
    """Start it, and end it.

    :param home: what it takes for the user's home: it keeps caches there.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), env={**os.environ, "HOME": str(home)})
        try:
            yield browser
        finally:
            browser.close()


def open_window(browser: Browser, language: str, width: int = 1280, height: int = 800) -> Page:
    """A window of a browser that was never here, for a person in Tokyo.

    :param language: as in `Accept-Language`, like `ja-JP`.
    """
    window = browser.new_context(locale=language, timezone_id="Asia/Tokyo", viewport={"width": width, "height": height})
    window.set_default_timeout(PATIENCE)
    return window.new_page()


def field(form: Locator, label: str) -> Locator:
    """The input beside a label, also where the page does not tie the two together for screen readers."""
    return form.get_by_role("group").filter(has=form.page.get_by_text(label, exact=True)).get_by_role("textbox")
