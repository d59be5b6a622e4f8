"""What a site's page hands out of its figures: the files that a study's own folder has."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from steepness.press.paths import SVG
from steepness.report.page import write_report
from steepness.site.tables import PUBLISHED, ROOT
from steepness.study import load_study
from tests.site.browsing import DESK, EXAMPLE, MISSING, PAGES, REASON, Opened

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason=REASON)]
OFFERED = """
() => [...document.querySelectorAll("figure:has(figcaption .files)")].filter((f) => f.id !== "figure-whatif")
  .map((f) => [...f.querySelectorAll(".files a")].map((link) => link.textContent))
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The figures' files as `steepness report` writes them beside a study."""
    folder = tmp_path_factory.mktemp("study")
    write_report(load_study(ROOT / PUBLISHED / "word_lm-cpu"), folder)
    return folder / "figures"


def downloaded(opened: Opened, stem: str, kind: str) -> str:
    link = opened.page.locator(f'.files a[download="{stem}.{kind}"]')
    with opened.page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == f"{stem}.{kind}"
    return Path(download.value.path()).read_text()


def numbers(row: list[str]) -> list[object]:
    return [row[0], *(float(n) if n else None for n in row[1:])]


@pytest.mark.parametrize(
    "name", [page for page in PAGES if page != EXAMPLE and not page.startswith("whatif")]
)
def test_every_figure_offers_its_numbers_and_its_picture(site: Path, browser: Any, name: str) -> None:
    with Opened(browser, (site / name).as_uri(), viewport=DESK) as opened:
        offered = opened.page.evaluate(OFFERED)
        assert offered
        assert all(kinds == ["CSV", "JSON", "SVG", "PDF"] for kinds in offered)
        assert opened.faults == []


def test_the_numbers_are_those_beside_the_study(site: Path, browser: Any, written: Path) -> None:
    for path in sorted(written.glob("*.csv")):  # a page each: Chromium hands out ten files of one and no more
        with Opened(browser, (site / "word_lm-cpu/index.html").as_uri(), viewport=DESK) as opened:
            said = list(csv.reader(downloaded(opened, path.stem, "csv").splitlines()))
            wanted = list(csv.reader(path.read_text().splitlines()))
            assert said[0] == wanted[0]
            assert [numbers(row) for row in said[1:]] == [numbers(row) for row in wanted[1:]]
            told = json.loads(downloaded(opened, path.stem, "json"))
            assert told == json.loads(path.with_suffix(".json").read_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_stands_alone_in_light_colours(
    site: Path, browser: Any, written: Path, scheme: str
) -> None:
    address = (site / "word_lm-cpu/index.html").as_uri()
    with Opened(browser, address, viewport=DESK, color_scheme=scheme) as opened:
        for path in sorted(written.glob("*.svg")):
            text = downloaded(opened, path.stem, "svg")
            root = ElementTree.fromstring(text)
            assert words(root) == words(ElementTree.parse(path).getroot())
            assert "var(" not in text
            assert "color-mix(" not in text
            with Opened(browser, "about:blank", viewport=DESK) as alone:
                alone.page.set_content(text)
                fills = alone.page.evaluate(
                    "[...document.querySelectorAll('text')].map((t) => getComputedStyle(t).fill)"
                )
                assert fills
                assert "rgb(0, 0, 0)" not in fills  # what a text has whose style was left behind


def words(root: ElementTree.Element) -> list[str]:
    return sorted("".join(text.itertext()) for text in root.iter(f"{{{SVG}}}text"))
