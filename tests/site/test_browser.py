"""The site as a reader's browser has it: accessible, silent, whole on a phone and on paper, by finger and by keys."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from steepness.site.tables import PUBLISHED, ROOT
from steepness.study import load_study
from tests.site.browsing import DESK, MISSING, PAGES, PHONE, REASON, Opened
from tests.site.conftest import forecasts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=REASON),
]
ONE_OF_EACH = """
document.querySelectorAll("details").forEach((d) => { d.open = true; });
document.querySelectorAll("tbody tr:nth-child(n + 4), figure use:nth-of-type(n + 4)").forEach((e) => e.remove());
document.querySelectorAll(".table, pre").forEach((e) => { e.style.backgroundImage = "none"; });
"""
"""Opens what is closed; of a table's rows and a figure's points, which are alike, three stay: seconds, not minutes.
Shades at edges go, before which axe judges no contrast."""
LOOKED_AT = {
    "light": '{preload: false, resultTypes: ["violations"]}',
    "dark": '{preload: false, runOnly: ["color-contrast"]}',
}
"""What axe is asked; it fetches no style sheet a second time, which the pages' own policy forbids."""
SHOTS = os.environ.get("STEEPNESS_SHOTS", "")
"""Folder that screenshots are kept in; none are taken without it."""


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        *((name, "light") for name in PAGES),
        *((f"{name}index.html", "dark") for name in ("", "whatif/", "nightly/", "image-cpu/")),
    ],
)
def test_axe_finds_nothing_and_the_console_is_silent(
    site: Path, browser: Any, name: str, scheme: str
) -> None:
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    address = (site / name).as_uri()
    with Opened(browser, address, viewport=DESK, color_scheme=scheme) as opened:
        if SHOTS:
            opened.page.screenshot(
                path=Path(SHOTS) / f"{name.replace('/', '-')}-{scheme}.png", full_page=True
            )
        opened.page.add_script_tag(content=script.read_text())
        opened.page.evaluate(ONE_OF_EACH)
        found = opened.page.evaluate(f"axe.run(document, {LOOKED_AT[scheme]})")
        told = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]
        assert told == []
        assert opened.faults == []
        assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_phone(site: Path, browser: Any, name: str) -> None:
    with Opened(browser, (site / name).as_uri(), viewport=PHONE, has_touch=True) as opened:
        assert opened.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        small = opened.page.evaluate(
            """[...document.querySelectorAll(".plot svg text")].filter((t) => t.getClientRects().length
            && t.getBoundingClientRect().height < 9).length"""
        )
        assert small == 0
        if SHOTS:
            opened.page.screenshot(path=Path(SHOTS) / f"{name.replace('/', '-')}-phone.png", full_page=True)


def test_a_tap_shows_the_label_and_a_tap_elsewhere_hides_it(site: Path, browser: Any) -> None:
    largest = max(r.trial.m for r in load_study(ROOT / PUBLISHED / "word_lm-cpu").records)
    address = (site / "word_lm-cpu/index.html").as_uri()
    with Opened(browser, address, viewport=PHONE, has_touch=True) as opened:
        plot = opened.page.locator("figure .plot:visible").first
        plot.scroll_into_view_if_needed()
        box = plot.locator("use").last.bounding_box()
        opened.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        tip = opened.page.locator(".tip")
        assert tip.is_visible()
        assert f"m = {largest:,}" in tip.text_content()
        opened.page.locator("h1").scroll_into_view_if_needed()
        opened.page.locator("h1").tap()
        assert not tip.is_visible()


def test_points_are_reached_by_arrow_keys(site: Path, browser: Any) -> None:
    smallest = min(r.trial.m for r in load_study(ROOT / PUBLISHED / "word_lm-cpu").records)
    with Opened(browser, (site / "word_lm-cpu/index.html").as_uri(), viewport=DESK) as opened:
        plot = opened.page.locator("figure .plot:visible").first
        plot.focus()
        said = []
        for _ in range(3):
            opened.page.keyboard.press("ArrowRight")
            said.append(opened.page.locator(".tip").text_content())
        assert len(set(said)) == 3
        assert all(f"m = {smallest:,}" in text for text in said)
        opened.page.keyboard.press("Escape")
        assert not opened.page.locator(".tip").is_visible()


PRINTED = ("index.html", "image-cpu/index.html", next(name for name in PAGES if name.startswith("compare-")))
A4 = {"width": 703, "height": 1016}
"""Pixels within the margins."""


@pytest.mark.parametrize("name", PRINTED)
def test_paper_cuts_nothing_off_and_breaks_no_figure(site: Path, browser: Any, name: str) -> None:
    with Opened(browser, (site / name).as_uri(), viewport=A4) as opened:
        opened.page.emulate_media(media="print")
        wide = opened.page.evaluate(
            "[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > 705).length"
        )
        assert wide == 0
        figures = opened.page.locator("figure")
        assert figures.count()
        for kept, height in figures.evaluate_all(
            "found => found.map((f) => [getComputedStyle(f).breakInside, f.getBoundingClientRect().height])"
        ):
            assert kept == "avoid"
            assert height < A4["height"]
        pages = opened.page.pdf(format="A4").count(b"/Type /Page\n")
        assert 0 < pages <= 12


def test_sliders_say_what_the_forecast_says_and_stand_in_the_address(site: Path, browser: Any) -> None:
    curves = forecasts(site)["curves"]
    curve = next(c for c in curves if c["id"] == "word_lm-cpu/lstm-2/cross_entropy_nats")
    address = f"{(site / 'whatif/index.html').as_uri()}#{curve['id']}&law=0&at=4&target=2"
    with Opened(browser, address, viewport=DESK) as opened:
        said = opened.page.locator("#said").text_content()
        assert f"{curve['ahead'][4]['error'][0]:.4g}" in said
        assert re.search(r"changes it by [+−]?[\d.]+ % \([+−\d.]+…[+−\d.]+\)\.", said), said
        opened.page.locator("#m").focus()
        opened.page.keyboard.press("ArrowRight")
        said = opened.page.locator("#said").text_content()
        assert f"{curve['ahead'][5]['error'][0]:.4g}" in said
        assert "at=5" in opened.page.url
        assert opened.faults == []


def test_all_forecasts_are_handed_out_as_a_file(site: Path, browser: Any) -> None:
    with Opened(browser, (site / "whatif/index.html").as_uri(), viewport=DESK) as opened:
        with opened.page.expect_download() as download:
            opened.page.get_by_text("JSON of all curves").click()
        assert download.value.suggested_filename == "forecasts.json"
        assert json.loads(Path(download.value.path()).read_text()) == forecasts(site)


FIELDS = {"domain": 0, "model": 2, "metric": 3, "form": 4, "range": 5}
"""Of the picker: which column each is."""


@pytest.mark.parametrize("field", FIELDS)
def test_the_picker_shows_what_was_asked_for_and_keeps_it_in_the_address(
    site: Path, browser: Any, field: str
) -> None:
    with Opened(browser, (site / "index.html").as_uri(), viewport=DESK) as opened:
        select, rows = (
            opened.page.locator(f"select[name={field}]"),
            opened.page.locator("#curves tbody tr:visible"),
        )
        every, wanted = rows.count(), select.locator("option").last.text_content()
        select.select_option(wanted)
        column = [row.split("\t")[FIELDS[field]] for row in rows.all_inner_texts()]
        assert set(column) == {wanted}
        assert 0 < len(column) < every
        assert opened.page.locator("#picked").text_content().startswith(f"{len(column)} of {every} fits")
        opened.page.reload()
        assert rows.count() == len(column)
        assert opened.faults == []


def test_two_fields_narrow_each_other(site: Path, browser: Any) -> None:
    with Opened(browser, f"{(site / 'index.html').as_uri()}#domain=image", viewport=DESK) as opened:
        rows = opened.page.locator("#curves tbody tr:visible")
        assert rows.count() == 12
        opened.page.locator("select[name=metric]").select_option("cross entropy")
        assert rows.count() == 4
        assert "metric=cross+entropy" in opened.page.url


def test_every_fit_has_an_address_that_opens_it(site: Path, browser: Any) -> None:
    with Opened(browser, (site / "index.html").as_uri(), viewport=DESK) as opened:
        links = opened.page.locator("#curves tbody a")
        addresses = links.evaluate_all("links => links.map((a) => [a.href, a.textContent])")
        assert len({address for address, _ in addresses}) == len(addresses)
        for address, exponent in addresses[1::7]:
            opened.page.goto(address)
            chosen = opened.page.locator("#law option:checked").text_content()
            value = exponent.split(" ")[0].replace("−", "")
            assert value in chosen, (address, chosen)
            assert opened.page.locator("#which").input_value() == address.partition("#")[2].partition("&")[0]
        assert opened.faults == []


def test_a_figure_says_the_same_on_a_phone_as_on_a_desk(site: Path, browser: Any) -> None:
    address = (site / "word_lm-cpu/index.html").as_uri()
    texts = "[...document.querySelectorAll('.alone .plot')].map((plot) => plot.texts)"
    with Opened(browser, address, viewport=PHONE) as opened:
        wide, narrow = opened.page.evaluate(texts)[:2]
    assert len(wide) > 7
    assert narrow == wide
    assert all(wide)
