"""Chromium for tests that click: the system's own, driven by playwright."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TIMEOUT_MS = 60_000

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@contextmanager
def chromium_page() -> Generator[Any]:
    """Yield an empty page; requests beyond this machine fail the test."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    outside: list[str] = []
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(TIMEOUT_MS)

        def look(request: Any) -> None:  # noqa: ANN401 - playwright is optional
            if not request.url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:")):
                outside.append(request.url)

        page.on("request", look)
        try:
            yield page
        finally:
            browser.close()
    assert not outside
