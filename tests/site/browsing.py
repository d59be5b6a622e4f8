"""A site's pages in a headless Chromium."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from typing import Any

from steepness.site.tables import ROOT
from tests.site.conftest import published

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = [
    name
    for name, there in (
        ("a Chromium (apt-get install chromium)", CHROMIUM),
        ("playwright (pip install playwright)", find_spec("playwright")),
        ("axe-core (pip install axe-playwright-python)", find_spec("axe_playwright_python")),
    )
    if not there
]
REASON = f"needs {', '.join(MISSING)}"
EXAMPLE = str(ROOT / "docs" / "examples" / "nightly-history.html")
"""A page that stands alone, which the documentation shows."""
PAGES = (EXAMPLE, "index.html", *(f"{name}/index.html" for name in ("whatif", "paper", "nightly")),
         *(f"{name}/index.html" for name in published()))  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1200, "height": 900}


class Opened:
    """A page with what it complained about and asked the network for."""

    def __init__(self, browser: Any, address: str, **context: Any) -> None:
        self.page = browser.new_context(**context).new_page()
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda said: self.faults.append(said.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.context.close()
